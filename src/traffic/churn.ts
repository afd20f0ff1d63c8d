import { createCursor } from "../address/churn-cursor.ts";
import { protocols } from "../address/protocol.ts";
import { doubleZero } from "../base/v8-double.ts";
import type { ReplyReader, ReplySink } from "../framing/reply-reader.ts";
import { emptyKey, type MessageKey } from "../messages/message.ts";
import type { Recorder } from "../metrics/recorder.ts";
import { counter, type Moment } from "../metrics/snapshot.ts";
import { globalIndexOf } from "../schedule/portion.ts";
import type { ConnectionUser } from "./connections/connection-user.ts";
import { Connections } from "./connections/connections.ts";
import { TupleWalk } from "./connections/tuple-cursor.ts";
import { DelayRing } from "./delay-queue.ts";
import { PhasedTraffic, quotaOf } from "./phased-traffic.ts";
import { statusOf } from "./protocol/session-asides.ts";
import { resetOf } from "./protocol/session-framer.ts";
import {
  foreign,
  LastReplies,
  leftover,
  stampedSequence,
  unstamped,
} from "./replies/datagram-replies.ts";
import { errorSide, failure } from "./replies/error-side.ts";
import type { RequestParts } from "./request-parts.ts";
import { countUnsent } from "./shortfall.ts";
import { SlotQueue } from "./slot-queue.ts";
import type { TrafficContext } from "./traffic.ts";

const mostPerTurn = 64;

/**
 * The first connections stay open for a moment after their last reply: a server that greets has then sent one message
 * more than it was sent, and the greeting was taken for the reply.
 */
const lingering = { connections: 8, perService: 2, leastNs: 20e6, mostNs: 500e6 };

/** Of a slot whose exchange was refused: it rests when it is closed. */
const refusedMark = 2;

export type ChurnParts = Pick<
  RequestParts,
  | "sender"
  | "steps"
  | "session"
  | "reader"
  | "check"
  | "mix"
  | "asides"
  | "stamped"
  // Only of streams whose framing does not tell.
  | "doubts"
  | "ids"
  // New connections.
  | "arrivals"
>;

/**
 * Connections that come and go: connect, `exchangesPerConnection` exchanges, close, again.
 *
 * Each connection takes the next 4-tuple of this worker's portion of the space, so that a tuple comes
 * back as late as the space allows. The response time of a connection's first exchange runs from
 * the connection's intended time, connecting and its opening steps included; that of the others from their sending.
 *
 *     free -> connecting -> exchanging -> closing -> free
 */
export class ChurnTraffic extends PhasedTraffic implements ConnectionUser, ReplySink {
  readonly #context: TrafficContext;
  readonly #parts: ChurnParts;
  protected readonly connections: Connections;
  readonly #reader: ReplyReader | null;
  /** Of the reply that the reader hands over; null where replies have no status. */
  readonly #statusOf: ((slot: number) => number) | null;
  readonly #tuples: TupleWalk;
  readonly #udp: boolean;
  /** What the stamps of the workload have in common. */
  readonly #stamps: { readonly workload: number; readonly tag: number };
  /** Exchanges on each connection; 0: connect and close alone. */
  readonly #exchangesEach: number;
  readonly #quota: number;
  /** Slots without a connection. */
  readonly #free: SlotQueue;
  /** Slots whose connection failed: they wait, so that a dead target is not hammered. */
  readonly #resting: DelayRing;
  /** Slots that wait for what may be left over after their last reply. */
  readonly #lingering: {
    readonly slot: number;
    readonly serial: number;
    readonly untilNs: number;
  }[] = [];
  /** Connections that are still to do so. */
  #toLinger: number;
  /** Slots whose transport takes nothing more for now. */
  readonly #full = new Set<number>();
  /** UDP; null over TCP. */
  readonly #last: LastReplies | null;
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
  #nowNs = doubleZero;
  #sweepAtNs = doubleZero;
  #freedNs = doubleZero;

  constructor(context: TrafficContext, parts: ChurnParts) {
    super(context, context.workload.durationNs);
    const { workload, portion } = context;
    const slots = portion.connections;
    this.#context = context;
    this.#parts = parts;
    this.#tuples = new TupleWalk(
      createCursor(context.space.size, portion.portion, portion.ofPortions),
      slots,
    );
    this.#stamps = { workload: context.index, tag: context.tag };
    this.#udp = protocols[workload.protocol].isDatagram;
    this.#exchangesEach = workload.exchangesPerConnection;
    this.#quota = quotaOf(context, parts.arrivals, workload.totalConnections);
    this.#free = new SlotQueue(slots, 1);
    for (let slot = 0; slot < slots; slot++) this.#free.push(slot);
    this.#resting = new DelayRing(slots);
    this.#toLinger = parts.doubts ? lingering.connections : 0;
    this.#last = this.#udp ? new LastReplies(slots) : null;
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
      parts.sender.uses.source,
    );
    parts.asides?.attach({
      clock: this.clock,
      transport: this.connections.transport,
      takes: (slot) => !this.#full.has(slot) && this.connections.isOpen(slot),
      filled: (slot) => this.#full.add(slot),
    });
    const awaitedLength = (slot: number) => this.#request(slot).length;
    const awaitedMessage = (slot: number) =>
      parts.mix?.of(this.#connection(slot), Math.max(0, this.#latest(slot))) ?? 0;
    this.#reader = parts.reader?.({ awaitedLength, awaitedMessage }) ?? null;
    this.#statusOf = statusOf(parts.session, this.#reader);
  }

  // Traffic

  /** Nothing is opened beforehand. */
  override open(): void {}

  override get settled(): boolean {
    return true;
  }

  start(nowNs: number): number {
    this.#nowNs = nowNs;
    const { beginNs, endNs } = this.clock;
    let nextNs = this.connections.start(nowNs);
    if (this.ended) return nextNs;
    if (nowNs < Math.min(beginNs, endNs)) return Math.min(nextNs, beginNs, endNs);
    while (this.#resting.nextNs <= nowNs) this.#freed(this.#resting.take(), nowNs);
    nextNs = Math.min(nextNs, this.#endLingering(nowNs));
    if (this.#busy > 0 && nowNs >= this.#sweepAtNs) this.#sweep(nowNs);
    this.endSends(nowNs, this.#free.isEmpty);
    nextNs = Math.min(nextNs, this.#resting.nextNs, this.#beginDue(nowNs, mostPerTurn));
    const exhausted = this.#begun >= this.#quota && this.#busy === 0;
    if (exhausted && this.#parts.arrivals === null) this.clock.endAt(nowNs);
    if (nowNs < this.clock.endNs) return Math.min(nextNs, this.clock.endNs);
    const lastSendNs = this.lastSendNs;
    const lastNs = lastSendNs + this.#context.workload.timeoutNs + 1;
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
    this.#moment[slot] = at;
    this.#serial[slot] = this.#begun++;
    this.#exchange[slot] = 0;
    this.#owed[slot] = 0;
    this.#last?.forget(slot);
    this.#busy++;
    recorder.count(at, counter.offered, Math.max(1, this.#exchangesEach));
    this.#recorderOf(slot, 0).lag(at, intendedNs, this.#freedNs, startedNs);
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

  #request(slot: number): Buffer {
    return this.#parts.sender.request(this.#keyOf(slot, (this.#exchange[slot] as number) - 1));
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
    // One message at a time: whether the transport is full does not matter to it, the reply comes after.
    const passed = sender.send(this.connections.transport, this.#keyOf(slot, sequence));
    if (!passed) this.#full.add(slot);
    this.#recorderOf(slot, sequence).sentOffered(at, sender.lastBytes);
  }

  // Events of the connections

  ready(slot: number, nowNs: number): void {
    this.#nowNs = nowNs;
    this.#reader?.reset(slot);
    this.#full.delete(slot);
    this.#parts.asides?.opened(slot);
    if (this.#exchangesEach === 0) this.connections.close(slot, this.#context.workload.close);
    else this.#send(slot, this.#intendedNs[slot] as number);
  }

  received(slot: number, bytes: Uint8Array, start: number, end: number, nowNs: number): void {
    this.#nowNs = nowNs;
    if (!this.connections.isOpen(slot)) return;
    if (this.#parts.asides?.takeDatagram(slot, bytes, start, end) === true) return;
    this.#countLatest(slot, counter.bytesReceived, end - start);
    if (this.#udp) {
      this.#datagram(slot, bytes, start, end);
      return;
    }
    if (this.#reader === null || this.#reader.feed(slot, bytes, start, end, this)) return;
    this.#countLatest(slot, counter.corrupted, 1);
    this.#fail(slot, failure.malformed, false);
    this.connections.close(slot, "reset");
  }

  /** A stamp or an id names the request; without one a datagram is the reply to the only one. */
  #datagram(slot: number, bytes: Uint8Array, start: number, end: number): void {
    const { recorder } = this.#context;
    const at = this.#moment[slot] as Moment;
    const latest = this.#latest(slot);
    const sequence = this.#sequenceOf(slot, bytes, start, end);
    if (sequence === unstamped || (sequence === latest && this.#owed[slot] === 1)) {
      this.#settle(slot, bytes, start, end);
    } else if (sequence === leftover) recorder.count(at, counter.unsolicited, 1);
    else if (sequence === foreign || sequence > latest) this.#unsolicited(slot);
    else this.#recorderOf(slot, sequence).count(at, counter.duplicated, 1);
  }

  /** What counts an exchange of the slot's connection; a negative sequence is none. */
  #recorderOf(slot: number, sequence: number): Recorder {
    const { mix } = this.#parts;
    if (mix === null || sequence < 0) return this.#context.recorder;
    return mix.recorderOf(this.#connection(slot), sequence);
  }

  #countLatest(slot: number, which: number, by: number): void {
    const recorder = this.#recorderOf(slot, this.#latest(slot));
    recorder.count(this.#moment[slot] as Moment, which, by);
  }

  /** The request sent last. */
  #latest(slot: number): number {
    return (this.#exchange[slot] as number) - 1;
  }

  /** The request that a reply names; `unstamped`, `foreign` or `leftover`. */
  #sequenceOf(slot: number, bytes: Uint8Array, start: number, end: number): number {
    const { ids, stamped } = this.#parts;
    if (ids !== null) {
      const next = this.#exchange[slot] as number;
      const sequence = ids.sequenceOf(bytes, start, end, this.#connection(slot), next, slot);
      return sequence < 0 ? foreign : sequence;
    }
    return stamped
      ? stampedSequence(bytes, start, end, this.#stamps, this.#connection(slot))
      : unstamped;
  }

  receivedFrom(): void {}

  drained(slot: number): void {
    this.#full.delete(slot);
    this.#parts.asides?.drained(slot);
  }

  reply(slot: number, bytes: Uint8Array, start: number, end: number, totalBytes: number): void {
    const { ids, check, mix } = this.#parts;
    if (ids !== null && this.#sequenceOf(slot, bytes, start, end) !== this.#latest(slot)) {
      this.#unsolicited(slot);
      return;
    }
    // Where the check does not need the bytes, a reply that came in pieces is an empty range.
    if ((mix ?? check).needsReply) this.#settle(slot, bytes, start, end);
    else this.#settle(slot, bytes, 0, totalBytes);
  }

  #settle(slot: number, bytes: Uint8Array, start: number, end: number): void {
    const { workload } = this.#context;
    const recorder = this.#recorderOf(slot, this.#latest(slot));
    // What had come before the request left cannot be its reply.
    if (this.#owed[slot] === 0 || (this.#sentNs[slot] as number) >= this.#nowNs) {
      const isRepeat = this.#last?.isRepeat(slot, bytes, start, end);
      if (isRepeat) recorder.count(this.#moment[slot] as Moment, counter.duplicated, 1);
      else this.#unsolicited(slot);
      return;
    }
    const { mix } = this.#parts;
    const at = this.#moment[slot] as Moment;
    const nowNs = this.#nowNs;
    if (nowNs - (this.#sentNs[slot] as number) > workload.timeoutNs) {
      this.#expire(slot);
      recorder.count(at, counter.late, 1);
      return;
    }
    this.#owed[slot] = 0;
    const responseNs = nowNs - (this.#intendedNs[slot] as number);
    const serviceNs = nowNs - (this.#sentNs[slot] as number);
    recorder.answered(at, responseNs, serviceNs, nowNs, this.clock.at(nowNs));
    const status = this.#statusOf === null ? 0 : this.#statusOf(slot);
    if (status !== 0) recorder.status(at, status);
    if (recorder.isSlow(at, responseNs)) recorder.slow(at, this.#tuples.last(slot), responseNs);
    const check =
      mix === null ? this.#parts.check : mix.checkOf(this.#connection(slot), this.#latest(slot));
    const request = check.needsRequest ? this.#request(slot) : null;
    const code = check.check(bytes, start, end, request, request?.length ?? 0, status);
    if (code !== null) {
      recorder.count(at, counter.corrupted, 1);
      recorder.failed(this.#tuples.last(slot), code, "target", at);
    }
    const isLast = (this.#exchange[slot] as number) >= this.#exchangesEach;
    const closes = this.#reader?.hasCloses === true && this.#reader.closes(slot);
    this.#last?.remember(slot, bytes, start, end);
    if (!isLast && !closes && !this.sendsOver) this.#send(slot, nowNs);
    else if (isLast && !closes && this.#toLinger > 0) this.#linger(slot, nowNs, serviceNs);
    else this.connections.close(slot, workload.close);
  }

  #linger(slot: number, nowNs: number, serviceNs: number): void {
    const { perService, leastNs, mostNs } = lingering;
    const untilNs = nowNs + Math.min(mostNs, Math.max(leastNs, perService * serviceNs));
    this.#toLinger--;
    this.#lingering.push({ slot, serial: this.#serial[slot] as number, untilNs });
    this.#context.io.wake();
  }

  /** Closes connections that have lingered for long enough. @returns when the next one has */
  #endLingering(nowNs: number): number {
    if (this.#lingering.length === 0) return Number.POSITIVE_INFINITY;
    for (const one of this.#lingering.splice(0)) {
      // The target may have closed it.
      if (this.#serial[one.slot] !== one.serial) continue;
      if (one.untilNs > nowNs) this.#lingering.push(one);
      else this.connections.close(one.slot, this.#context.workload.close);
    }
    return Math.min(...this.#lingering.map(({ untilNs }) => untilNs));
  }

  lost(slot: number, code: string | null, own: boolean, nowNs: number): boolean {
    this.#nowNs = nowNs;
    // Its end may complete a reply.
    const isWhole = !own && code === null && this.#reader?.end(slot, this) === true;
    this.#busy--;
    this.#tuples.giveBack(slot);
    const wasRefused = this.#owed[slot] === refusedMark;
    if (wasRefused) this.#owed[slot] = 0;
    if (own) this.#fail(slot, failure.abandoned, true);
    const unsent = this.#exchangesEach - (this.#exchange[slot] as number);
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
    this.#giveUp(slot, code, Math.max(1, this.#exchangesEach));
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
    if (this.#owed[slot] === 0) return;
    this.#owed[slot] = 0;
    const at = this.#moment[slot] as Moment;
    const recorder = this.#recorderOf(slot, this.#latest(slot));
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

  #unsolicited(slot: number): void {
    this.#context.recorder.count(this.#moment[slot] as Moment, counter.unsolicited, 1);
    this.#error(slot, failure.unsolicited);
  }

  // Time-outs and the end

  #sweep(nowNs: number): void {
    const { timeoutNs } = this.#context.workload;
    this.#sweepAtNs = nowNs + Math.min(100e6, Math.max(5e6, timeoutNs / 10));
    for (let slot = 0; slot < this.#owed.length; slot++) {
      if (this.#owed[slot] !== 1) continue;
      if (nowNs - (this.#sentNs[slot] as number) > timeoutNs) this.#expire(slot);
    }
  }

  #expire(slot: number): void {
    const { workload } = this.#context;
    const recorder = this.#recorderOf(slot, this.#latest(slot));
    const at = this.#moment[slot] as Moment;
    this.#owed[slot] = 0;
    const sentNs = this.#sentNs[slot] as number;
    const waitedNs = sentNs - (this.#intendedNs[slot] as number);
    const { timeoutNs } = workload;
    recorder.timedOut(at, waitedNs + timeoutNs, timeoutNs, sentNs + timeoutNs);
    this.#error(slot, failure.timeout, recorder);
    this.connections.close(slot, "reset");
  }

  #finish(nowNs: number): void {
    this.#sweep(nowNs);
    this.ended = true;
    const { arrivals } = this.#parts;
    if (arrivals !== null) {
      const each = Math.max(1, this.#exchangesEach);
      countUnsent(this.#context, this.clock, arrivals, this.#begun, each, this.wasBlocked);
    }
    this.connections.end("reset");
  }
}
