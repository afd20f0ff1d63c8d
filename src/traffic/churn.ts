import { createCursor } from "../address/churn-cursor.ts";
import { protocols } from "../address/protocol.ts";
import { doubleZero } from "../base/v8-double.ts";
import type { Transport } from "../io/io.ts";
import { emptyKey, type MessageKey } from "../messages/message.ts";
import type { Recorder } from "../metrics/recorder.ts";
import { counter, type Moment, timing } from "../metrics/snapshot.ts";
import { longestExchangeNs } from "../scenario/exchange-time.ts";
import { patterns } from "../scenario/patterns.ts";
import { globalIndexOf } from "../schedule/portion.ts";
import type { ConnectionUser } from "./connections/connection-user.ts";
import { Connections } from "./connections/connections.ts";
import { TupleWalk } from "./connections/tuple-cursor.ts";
import { DelayRing } from "./delay-queue.ts";
import { Lingering } from "./lingering.ts";
import { PhasedTraffic, quotaOf } from "./phased-traffic.ts";
import { resetOf } from "./protocol/session-framer.ts";
import { errorSide, failure } from "./replies/error-side.ts";
import {
  SingleReplies,
  type SingleRepliesParts,
  type SingleRepliesUser,
} from "./replies/single-replies.ts";
import type { RequestParts } from "./request-parts.ts";
import { countUnsent } from "./shortfall.ts";
import { SlotQueue } from "./slot-queue.ts";
import { Conversations, type ConversationUser, type WrongReply } from "./steps/conversation.ts";
import { SessionPauses } from "./steps/session-pauses.ts";
import type { TrafficContext } from "./traffic.ts";

const mostPerTurn = 64;

/** Of a slot whose exchange was refused: it rests when it is closed. */
const refusedMark = 2;

export type ChurnParts = SingleRepliesParts &
  Pick<
    RequestParts,
    | "uses"
    | "conversation"
    | "steps"
    | "asides"
    // Only of streams whose framing does not tell.
    | "doubts"
    // New connections.
    | "arrivals"
  >;

/**
 * Connections that come and go: connect, `exchangesPerConnection` exchanges, close, again: the patterns `churn` and
 * `session`. In a session each exchange is due after a pause, and belongs to the phase that it is due in.
 *
 * Each connection takes the next 4-tuple of this worker's portion of the space, so that a tuple comes
 * back as late as the space allows. The response time of a connection's first exchange runs from
 * the connection's intended time, connecting and its opening steps included; that of the others from their sending.
 *
 *     free -> connecting -> exchanging -> closing -> free
 */
export class ChurnTraffic
  extends PhasedTraffic
  implements ConnectionUser, ConversationUser, SingleRepliesUser
{
  readonly #context: TrafficContext;
  readonly #parts: ChurnParts;
  protected readonly connections: Connections;
  readonly #tuples: TupleWalk;
  readonly #udp: boolean;
  /** Exchanges on each connection; 0: connect and close alone. */
  readonly #exchangesEach: number;
  readonly #quota: number;
  /** Slots without a connection. */
  readonly #free: SlotQueue;
  /** Slots whose connection failed: they wait, so that a dead target is not hammered. */
  readonly #resting: DelayRing;
  readonly #lingering: Lingering;
  readonly #replies: SingleReplies | Conversations;
  /** Sessions: when each was due, by slot, and their pauses; null: an arrival is all exchanges of a connection. */
  readonly #sessions: { readonly dueNs: Float64Array; readonly pauses: SessionPauses } | null;
  /** Exchanges that an arrival stands for. */
  readonly #perArrival: number;
  /** Slots whose transport takes nothing more for now. */
  readonly #full = new Set<number>();
  readonly #intendedNs: Float64Array;
  readonly #sentNs: Float64Array;
  readonly #moment: Int32Array;
  readonly #key = emptyKey();
  /** The number among all of the workload's connections that this worker's have, by its own count. */
  readonly #globalSerial: (serial: number) => number;
  /** Number of the slot's connection, over this worker, and exchanges begun on it. */
  readonly #serial: Float64Array;
  readonly #exchange: Uint32Array;
  /** 1 while a reply is owed; `refusedMark` once the flow of one that was is being closed. */
  readonly #owed: Uint8Array;
  #begun = 0;
  #busy = 0;
  #freedNs = doubleZero;

  constructor(context: TrafficContext, parts: ChurnParts) {
    super(context, context.workload.durationNs);
    const { workload, portion } = context;
    const slots = portion.connections;
    this.#context = context;
    this.#parts = parts;
    const { first, size } = context.space;
    const walk = portion.part ?? portion;
    this.#tuples = new TupleWalk(
      createCursor(size - first, walk.portion, walk.ofPortions, first),
      slots,
    );
    this.#udp = protocols[workload.protocol].isDatagram;
    this.#exchangesEach = workload.exchangesPerConnection;
    this.#quota = quotaOf(context, parts.arrivals, workload.totalConnections);
    this.#free = new SlotQueue(slots, 1);
    for (let slot = 0; slot < slots; slot++) this.#free.push(slot);
    this.#resting = new DelayRing(slots);
    this.#lingering = new Lingering(context, parts.doubts);
    const { conversation } = parts;
    this.#replies =
      conversation === null
        ? new SingleReplies(context, parts, this)
        : new Conversations(context, conversation, this);
    const { sessions } = patterns[workload.pattern];
    this.#sessions = sessions
      ? { dueNs: new Float64Array(slots), pauses: new SessionPauses(context) }
      : null;
    this.#perArrival = sessions ? 1 : Math.max(1, this.#exchangesEach);
    this.#intendedNs = new Float64Array(slots);
    this.#sentNs = new Float64Array(slots);
    this.#moment = new Int32Array(slots);
    this.#serial = new Float64Array(slots);
    this.#globalSerial = globalIndexOf(portion);
    this.#exchange = new Uint32Array(slots);
    this.#owed = new Uint8Array(slots);
    this.connections = new Connections(
      context,
      {
        slots,
        tuple: (slot) => this.#tuples.take(slot),
        client: (slot) => this.#tuples.last(slot),
        connection: (slot) => this.#connection(slot),
        steps: parts.steps,
        reset: resetOf(parts.session),
        reconnect: false,
        walks: true,
      },
      this.clock,
      this,
      parts.uses.source,
    );
    parts.asides?.attach({
      clock: this.clock,
      transport: this.connections.transport,
      takes: (slot) => !this.#full.has(slot) && this.connections.isOpen(slot),
      filled: (slot) => this.#full.add(slot),
    });
  }

  // Traffic

  /** Nothing is opened beforehand. */
  override open(): void {}

  override get settled(): boolean {
    return true;
  }

  start(nowNs: number): number {
    const { beginNs, endNs } = this.clock;
    let nextNs = this.connections.start(nowNs);
    if (this.ended) return nextNs;
    nextNs = Math.min(nextNs, this.#parts.asides?.start(nowNs) ?? nextNs);
    if (nowNs < Math.min(beginNs, endNs)) return Math.min(nextNs, beginNs, endNs);
    while (this.#resting.nextNs <= nowNs) this.#freed(this.#resting.take(), nowNs);
    nextNs = Math.min(nextNs, this.#endLingering(nowNs), this.#resume(nowNs));
    if (this.#busy > 0) this.#replies.sweep(nowNs);
    this.endSends(nowNs, this.#free.isEmpty);
    nextNs = Math.min(nextNs, this.#resting.nextNs, this.#beginDue(nowNs, mostPerTurn));
    const exhausted = this.#begun >= this.#quota && this.#busy === 0;
    if (exhausted && this.#parts.arrivals === null) this.clock.endAt(nowNs);
    if (nowNs < this.clock.endNs) return Math.min(nextNs, this.clock.endNs);
    const lastSendNs = this.lastSendNs;
    const lastNs = lastSendNs + longestExchangeNs(this.#context.workload) + 1;
    const isLeft = this.#nextArrivalNs(nowNs) <= nowNs;
    if ((this.#busy === 0 && !isLeft) || nowNs >= lastNs) {
      this.#finish(nowNs);
      return nowNs;
    }
    return Math.min(nextNs, nowNs < lastSendNs ? lastSendNs : lastNs);
  }

  get nextIntendedNs(): number {
    const isOpen = this.#parts.arrivals !== null && !this.ended;
    return isOpen ? this.#nextArrivalNs(0) : Number.POSITIVE_INFINITY;
  }

  get inFlight(): number {
    return this.#busy;
  }

  // Beginning connections

  #nextArrivalNs(nowNs: number): number {
    if (this.#begun >= this.#quota) return Number.POSITIVE_INFINITY;
    const { arrivals } = this.#parts;
    const dueNs = arrivals === null ? nowNs : this.clock.beginNs + arrivals.intendedNs(this.#begun);
    return dueNs < this.clock.endNs && !this.sendsOver ? dueNs : Number.POSITIVE_INFINITY;
  }

  #beginDue(nowNs: number, most: number): number {
    for (let budget = most; budget > 0; budget--) {
      const dueNs = this.#nextArrivalNs(nowNs);
      if (dueNs > nowNs) return dueNs;
      if (this.#free.isEmpty) return Number.POSITIVE_INFINITY;
      this.#beginOn(this.#free.take(), dueNs);
    }
    return nowNs;
  }

  #beginOn(slot: number, intendedNs: number): void {
    const { recorder } = this.#context;
    const at = this.clock.at(intendedNs);
    const startedNs = this.#context.now();
    this.#intendedNs[slot] = intendedNs;
    if (this.#sessions !== null) this.#sessions.dueNs[slot] = intendedNs;
    this.#moment[slot] = at;
    this.#serial[slot] = this.#begun++;
    this.#exchange[slot] = 0;
    this.#owed[slot] = 0;
    this.#busy++;
    recorder.count(at, counter.offered, this.#perArrival);
    this.recorderOf(slot, 0).lag(at, intendedNs, this.#freedNs, startedNs);
    this.connections.open(slot, startedNs);
  }

  /** The slot has no connection any more. */
  #freed(slot: number, nowNs: number): void {
    const wasEmpty = this.#free.isEmpty;
    if (wasEmpty) this.#freedNs = nowNs;
    this.#free.push(slot);
    if (!this.ended) this.#beginDue(nowNs, 1);
    // An arrival that had no slot was waited for as long as it took; the next has a time.
    if (wasEmpty && !this.#free.isEmpty) this.#context.io.wake();
  }

  #connection(slot: number): number {
    return this.#globalSerial(this.#serial[slot] as number);
  }

  #keyOf(slot: number, sequence: number): MessageKey {
    const key = this.#key;
    const connection = this.#connection(slot);
    key.slot = slot;
    key.connection = connection;
    key.sequence = sequence;
    key.number = connection * this.#exchangesEach + sequence;
    key.sentNs = this.#sentNs[slot] as number;
    key.source = this.connections.sourceOf(slot);
    return key;
  }

  #send(slot: number, intendedNs: number): void {
    const { sender } = this.#parts;
    const at = this.#moment[slot] as Moment;
    this.#intendedNs[slot] = intendedNs;
    this.#sentNs[slot] = this.#context.now();
    this.#owed[slot] = 1;
    const sequence = this.#exchange[slot] as number;
    this.#exchange[slot] = sequence + 1;
    const passed = sender.send(this.connections.transport, this.#keyOf(slot, sequence));
    if (!passed) this.#full.add(slot);
    this.recorderOf(slot, sequence).sentOffered(at, sender.lastBytes);
    // One message at a time: whether the transport is full does not matter, the reply comes after.
    this.#replies.begun(slot, passed, this.#sentNs[slot] as number);
  }

  // Events of the connections

  ready(slot: number): void {
    this.#replies.reset(slot);
    this.#full.delete(slot);
    this.#parts.asides?.opened(slot);
    if (this.#exchangesEach === 0) this.connections.close(slot, this.#context.workload.close);
    else this.#send(slot, this.#intendedNs[slot] as number);
  }

  received(slot: number, bytes: Uint8Array, start: number, end: number, nowNs: number): void {
    if (!this.connections.isOpen(slot)) return;
    if (this.#parts.asides?.takeDatagram(slot, bytes, start, end) === true) return;
    this.#replies.received(slot, bytes, start, end, nowNs);
  }

  receivedFrom(): void {}

  drained(slot: number, nowNs: number): void {
    this.#full.delete(slot);
    this.#parts.asides?.drained(slot);
    this.#replies.drained(slot, nowNs);
  }

  /** The reply to the slot's exchange has come in time. */
  answered(slot: number, nowNs: number): void {
    const recorder = this.#latestRecorder(slot);
    const at = this.#moment[slot] as Moment;
    this.#owed[slot] = 0;
    const responseNs = nowNs - (this.#intendedNs[slot] as number);
    const serviceNs = nowNs - (this.#sentNs[slot] as number);
    recorder.answered(at, responseNs, serviceNs, nowNs, this.clock.at(nowNs));
    if (recorder.isSlow(at, responseNs)) {
      recorder.slow(at, this.#tuples.last(slot), this.#context.now());
    }
    if (this.#sessions === null || !this.#isLast(slot)) return;
    const dueNs = this.#sessions.dueNs[slot] as number;
    this.#context.recorder.time(timing.sessionTime, this.clock.at(dueNs), nowNs - dueNs);
  }

  #isLast(slot: number): boolean {
    return (this.#exchange[slot] as number) >= this.#exchangesEach;
  }

  /** The slot's exchange is over: the next one begins, or its connection ends. */
  concluded(slot: number, nowNs: number, closes: boolean): void {
    const isLast = this.#isLast(slot);
    if (!isLast && !closes && !this.sendsOver) this.#sendNext(slot, nowNs);
    else if (!isLast || closes || !this.#linger(slot, nowNs)) this.#close(slot);
  }

  #sendNext(slot: number, nowNs: number): void {
    if (this.#sessions === null) {
      this.#send(slot, nowNs);
      return;
    }
    const { thinkNs } = this.#context.workload;
    if (thinkNs > 0) this.#sessions.pauses.begin(slot, nowNs + thinkNs);
    else this.#sendInSession(slot, nowNs);
  }

  /** Sends what is due in a session; what is due when the workload has ended is not sent. */
  #sendInSession(slot: number, dueNs: number): void {
    if (dueNs >= this.clock.endNs) {
      this.#close(slot);
      return;
    }
    const { recorder, workload } = this.#context;
    const at = this.clock.at(dueNs);
    this.#moment[slot] = at;
    recorder.count(at, counter.offered, 1);
    this.#send(slot, dueNs);
    if (workload.thinkNs === 0) return;
    this.#latestRecorder(slot).lag(at, dueNs, 0, this.#sentNs[slot] as number);
  }

  /** Continues exchanges and sessions whose pauses are over. @returns when the next is */
  #resume(nowNs: number): number {
    const nextNs = this.#replies.resume(nowNs);
    if (this.#sessions === null) return nextNs;
    const { pauses } = this.#sessions;
    const dueNs = nowNs < this.clock.endNs ? nowNs : Number.MAX_VALUE;
    while (pauses.nextNs <= dueNs) {
      const atNs = pauses.nextNs;
      const slot = pauses.take();
      if (slot >= 0) this.#sendInSession(slot, atNs);
    }
    return Math.min(nextNs, pauses.nextNs);
  }

  #close(slot: number): void {
    this.connections.close(slot, this.#context.workload.close);
  }

  #linger(slot: number, nowNs: number): boolean {
    const serviceNs = nowNs - (this.#sentNs[slot] as number);
    return this.#lingering.begin(slot, this.#serial[slot] as number, nowNs, serviceNs);
  }

  /** Closes connections that have lingered for long enough. @returns when the next one has */
  #endLingering(nowNs: number): number {
    return this.#lingering.end(
      nowNs,
      (slot) => this.#serial[slot],
      (slot) => this.#close(slot),
    );
  }

  lost(slot: number, code: string | null, own: boolean, nowNs: number): boolean {
    // Its end may complete a reply.
    const isWhole = !own && code === null && this.#replies.ended(slot, nowNs);
    this.#busy--;
    this.#tuples.giveBack(slot);
    const wasRefused = this.#owed[slot] === refusedMark;
    if (wasRefused) this.#owed[slot] = 0;
    if (own) this.#fail(slot, failure.abandoned, true);
    this.#sessions?.pauses.forget(slot);
    const begun = this.#exchange[slot] as number;
    const unsent = Math.max(0, Math.min(this.#exchangesEach, this.#perArrival) - begun);
    if (own) {
      // Ended after a time-out or a refusal, or cut off at the end.
      if (!this.ended || !this.#context.saturated()) this.#giveUp(slot, failure.timeout, unsent);
      if (wasRefused) this.#rest(slot, nowNs);
      else this.#freed(slot, nowNs);
      return false;
    }
    const reason = code ?? failure.endOfStream;
    if (isWhole) {
      this.#giveUp(slot, reason, unsent);
      this.#freed(slot, nowNs);
      return false;
    }
    if (this.#owed[slot] === 1) this.#fail(slot, reason, false);
    else this.#error(slot, reason);
    this.#giveUp(slot, reason, unsent);
    this.#rest(slot, nowNs);
    return false;
  }

  failed(slot: number, code: string, nowNs: number): void {
    this.#busy--;
    this.#tuples.giveBack(slot);
    this.#giveUp(slot, code, this.#perArrival);
    this.#rest(slot, nowNs);
  }

  /** The slot is free again after `reconnectDelay`. */
  #rest(slot: number, nowNs: number): void {
    if (this.#resting.isEmpty) this.#context.io.wake();
    this.#resting.push(slot, nowNs + this.#context.workload.reconnectDelayNs);
  }

  /** The connection's further exchanges will not be: because of the target, unless it was our fault. */
  #giveUp(slot: number, code: string, unsent: number): void {
    if (errorSide(code) === "generator") return;
    this.#context.recorder.count(this.#moment[slot] as Moment, counter.unsent, unsent);
  }

  #error(slot: number, code: string, recorder = this.#context.recorder): void {
    const at = this.#moment[slot] as Moment;
    recorder.failed(this.#tuples.last(slot), code, errorSide(code), at);
  }

  /** The request in flight, if there is one, gets no reply any more. @param own whether we end its connection */
  #fail(slot: number, code: string, own: boolean): void {
    if (this.#owed[slot] !== 0) this.#failAs(slot, this.#replies.fail(slot, code, own), own);
  }

  #failAs(slot: number, code: string, own: boolean): void {
    if (this.#owed[slot] === 0) return;
    this.#owed[slot] = 0;
    const at = this.#moment[slot] as Moment;
    const recorder = this.#latestRecorder(slot);
    recorder.count(at, counter.exchangesFailed, 1);
    if (own) recorder.count(at, counter.exchangesAbandoned, 1);
    this.#error(slot, code, recorder);
  }

  /** Nothing listens there: the flow is of no use any more. */
  refused(slot: number, code: string): boolean {
    if (this.#owed[slot] !== 1) return false;
    this.#fail(slot, code, false);
    this.#owed[slot] = refusedMark;
    this.connections.close(slot, "reset");
    return true;
  }

  // Events of the replies

  get transport(): Transport {
    return this.connections.transport;
  }

  clientOf(slot: number): number {
    return this.#tuples.last(slot);
  }

  /** What counts an exchange of the slot's connection; a negative sequence is none. */
  recorderOf(slot: number, sequence: number): Recorder {
    const { mix } = this.#parts;
    if (mix === null || sequence < 0) return this.#context.recorder;
    return mix.recorderOf(this.#connection(slot), sequence);
  }

  #latestRecorder(slot: number): Recorder {
    return this.recorderOf(slot, (this.#exchange[slot] as number) - 1);
  }

  exchangeKey(slot: number): MessageKey {
    return this.#keyOf(slot, (this.#exchange[slot] as number) - 1);
  }

  exchangeMoment(slot: number): Moment {
    return this.#moment[slot] as Moment;
  }

  exchangeDueNs(slot: number): number {
    return this.#intendedNs[slot] as number;
  }

  momentAt(ns: number): Moment {
    return this.clock.at(ns);
  }

  wrong(slot: number, { code, isOver }: WrongReply, nowNs: number): void {
    const at = this.#moment[slot] as Moment;
    this.#latestRecorder(slot).count(at, counter.corrupted, 1);
    this.#failAs(slot, code, false);
    if (isOver) this.concluded(slot, nowNs, false);
    else this.connections.close(slot, "reset");
  }

  unexpected(slot: number, code: string): void {
    const recorder = this.#latestRecorder(slot);
    recorder.count(this.#moment[slot] as Moment, counter.corrupted, 1);
    this.#error(slot, code, recorder);
  }

  unsolicited(slot: number, refusal: string | null = null): void {
    const at = this.#moment[slot] as Moment;
    if (refusal === null) this.#context.recorder.count(at, counter.unsolicited, 1);
    this.#error(slot, refusal ?? failure.unsolicited);
  }

  /** Over TCP nobody knows any more which reply comes next, unless nothing has been sent. */
  uninvited(slot: number, _nowNs: number, isFirst: boolean): void {
    this.unsolicited(slot);
    if (!isFirst && !this.#udp) this.connections.close(slot, "reset");
  }

  expired(slot: number, code: string, endNs: number, isLate: boolean): void {
    const recorder = this.#latestRecorder(slot);
    const at = this.#moment[slot] as Moment;
    const responseNs = endNs - (this.#intendedNs[slot] as number);
    this.#owed[slot] = 0;
    recorder.timedOut(at, responseNs, endNs - (this.#sentNs[slot] as number), endNs);
    if (isLate) recorder.count(at, counter.late, 1);
    this.#error(slot, code, recorder);
    this.connections.close(slot, "reset");
  }

  // The end

  #finish(nowNs: number): void {
    this.#replies.expireAll(nowNs);
    this.ended = true;
    const { arrivals } = this.#parts;
    if (arrivals !== null) {
      const each = this.#perArrival;
      countUnsent(this.#context, this.clock, arrivals, this.#begun, each, this.wasBlocked);
    }
    this.connections.end("reset");
  }
}
