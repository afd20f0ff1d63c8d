import { protocols } from "../address/protocol.ts";
import { doubleZero } from "../base/v8-double.ts";
import type { Peer, Transport } from "../io/io.ts";
import { emptyKey, type MessageKey } from "../messages/message.ts";
import { counter, type Moment, phaseAt } from "../metrics/snapshot.ts";
import { mostRemembered } from "../scenario/patterns.ts";
import { globalIndexOf } from "../schedule/portion.ts";
import type { ConnectionUser } from "./connections/connection-user.ts";
import { Connections } from "./connections/connections.ts";
import { lastingConnections } from "./connections/lasting-connections.ts";
import type { Expired } from "./connections/reopening.ts";
import { DelayRing } from "./delay-queue.ts";
import { PhasedTraffic, quotaOf, totalExchanges } from "./phased-traffic.ts";
import {
  ConversationReplies,
  type ConversationRepliesUser,
} from "./replies/conversation-replies.ts";
import { errorSide, failure } from "./replies/error-side.ts";
import { Exchanges, outcome } from "./replies/exchanges.ts";
import { Replies } from "./replies/replies.ts";
import type { BreakCause, ExchangeReplies } from "./replies/replies-user.ts";
import type { WireTimes } from "./replies/wire-times.ts";
import type { RequestParts } from "./request-parts.ts";
import { countUnsent } from "./shortfall.ts";
import { SlotQueue } from "./slot-queue.ts";
import type { TrafficContext } from "./traffic.ts";

/** Sends at most this many in one turn, so that replies are read while a backlog is worked off. */
const mostPerTurn = 256;

/** Exchanges remembered per connection for each that may be in flight: room for late replies. */
const rememberedPerInFlight = { inOrder: 4, anyOrder: mostRemembered };

/** At the end, what may be left over after the last reply is waited for: so many times the longest service time, ns. */
const leftOver = { perService: 2, leastNs: 20e6, mostNs: 500e6 };

/**
 * Requests and replies on connections that stay open: the patterns `request` and `hold`.
 *
 * Open model: arrival n is due at its intended time and goes to the connection that has been idle
 * longest. Where none is idle it waits, and its response time runs all the same; the backlog needs
 * no queue, as it is the arrivals between the next one and those due. Closed model: each
 * connection sends again when its reply is in.
 *
 * A slot may begin an exchange ("has a token") when it is open, takes bytes, and has fewer than
 * `inFlight` exchanges in flight; unused tokens are in the idle-slot queue (open model) or in
 * the delay ring while a client thinks (closed model):
 *
 *     tokens in the queue + thinking + in flight = inFlight, for every usable slot
 */
export class RequestTraffic
  extends PhasedTraffic
  implements ConnectionUser, ConversationRepliesUser
{
  readonly #context: TrafficContext;
  readonly #parts: RequestParts;
  protected readonly connections: Connections;
  readonly #exchanges: Exchanges;
  readonly #replies: ExchangeReplies;
  readonly #key = emptyKey();
  /** The number in the workload of what this worker begins, by its own count; null: no message says it. */
  readonly #numberOf: ((begun: number) => number) | null;
  /** Null: nobody asks for the kernel's times. */
  readonly #wire: WireTimes | null;
  /** Several in flight: since when something has been, by slot. */
  readonly #busySinceNs: Float64Array | null;
  readonly #timeoutNs: number;
  readonly #inFlight: number;

  readonly #idleSlots: SlotQueue;
  readonly #thinkNs: number;
  readonly #thinking: DelayRing;
  readonly #thinkers: Uint16Array;
  /** 1 while the slot's transport takes no more bytes. */
  readonly #full: Uint8Array;
  /** Rotating: exchanges begun on the slot's source port. */
  readonly #onPort: Float64Array | null;
  readonly #perPort: number;

  /** Next arrival of this worker (open model), or exchanges begun (closed model). */
  #begun = 0;
  readonly #quota: number;
  /** When the ring, found empty with arrivals due, had a token again. */
  #freedNs = doubleZero;
  #running = false;
  /** Since when nothing has been in flight or due, at the end. */
  #idleSinceNs = Number.POSITIVE_INFINITY;
  /** Not always a number, so that V8 hands on the object that it is given: see SocketTransport.nowNs. */
  #nowNs = null as unknown as number;
  #lastSentNs = doubleZero;
  /** Closed model without a duration: nothing sent for that long, and nothing will be. */
  readonly #longestStillNs: number;

  constructor(context: TrafficContext, parts: RequestParts) {
    super(context, parts.durationNs);
    const { workload, portion } = context;
    const slots = portion.connections;
    this.#context = context;
    this.#parts = parts;
    const { isReliable } = protocols[workload.protocol];
    this.#timeoutNs = workload.timeoutNs;
    this.#inFlight = workload.inFlight;
    const { number, source } = parts.uses;
    this.#exchanges = new Exchanges(
      slots,
      parts.remembered ??
        workload.inFlight *
          rememberedPerInFlight[isReliable && workload.inFlight === 1 ? "inOrder" : "anyOrder"],
      number,
    );
    this.#wire = context.wire ?? null;
    this.#wire?.attach(this.#exchanges, slots);
    this.#numberOf = number ? globalIndexOf(portion) : null;
    this.#idleSlots = new SlotQueue(slots, workload.inFlight);
    const { load } = workload;
    this.#thinkNs = load.model === "closed" ? load.thinkNs : 0;
    this.#thinking = new DelayRing(slots * workload.inFlight);
    this.#thinkers = new Uint16Array(slots);
    this.#full = new Uint8Array(slots);
    this.#busySinceNs = workload.inFlight > 1 ? new Float64Array(slots) : null;
    this.#onPort = workload.rotateEvery === null ? null : new Float64Array(slots);
    this.#perPort = workload.rotateEvery ?? Number.POSITIVE_INFINITY;
    this.#quota = quotaOf(context, parts.arrivals, totalExchanges(context));
    this.#longestStillNs =
      parts.arrivals === null && parts.durationNs === null
        ? 2 * workload.timeoutNs +
          workload.connectTimeoutNs +
          workload.reconnectDelayNs +
          this.#thinkNs +
          1e9
        : Number.POSITIVE_INFINITY;
    const { conversation } = parts;
    this.#replies =
      conversation === null
        ? new Replies(context, parts, this.clock, this.#exchanges, this)
        : new ConversationReplies(context, conversation, this.clock, this.#exchanges, this);
    this.connections = new Connections(
      context,
      lastingConnections(context, parts),
      this.clock,
      this,
      source,
    );
    parts.asides?.attach({
      clock: this.clock,
      transport: this.connections.transport,
      takes: (slot) => this.#full[slot] === 0 && this.connections.isOpen(slot),
      filled: (slot) => {
        this.#full[slot] = 1;
      },
    });
  }

  // Traffic

  start(nowNs: number): number {
    this.#nowNs = nowNs;
    const { endNs, beginNs } = this.clock;
    let nextNs = this.connections.start(nowNs);
    if (this.ended) return nextNs;
    nextNs = Math.min(nextNs, this.#parts.asides?.start(nowNs) ?? nextNs);
    if (nowNs < Math.min(beginNs, endNs)) return Math.min(nextNs, beginNs, endNs);
    if (!this.#running) this.#lastSentNs = nowNs;
    this.#running = true;
    nextNs = Math.min(nextNs, this.#replies.resume(nowNs));
    this.#replies.sweep(nowNs);
    this.endSends(nowNs, this.#idleSlots.isEmpty);
    const closed = this.#parts.arrivals === null;
    nextNs = Math.min(nextNs, closed ? this.#think(nowNs) : this.#dispatch(nowNs, mostPerTurn));
    const idle = this.#exchanges.inFlightTotal === 0;
    const stillNs = this.#lastSentNs + this.#longestStillNs;
    if (closed && idle && (this.#begun >= this.#quota || nowNs >= stillNs)) {
      this.clock.endAt(nowNs);
    }
    if (nowNs < this.clock.endNs) return Math.min(nextNs, this.clock.endNs, stillNs);
    const lastSendNs = this.lastSendNs;
    if (!idle || this.#backlogged(nowNs)) {
      return Math.min(nextNs, nowNs < lastSendNs ? lastSendNs : Number.POSITIVE_INFINITY);
    }
    this.#idleSinceNs = Math.min(this.#idleSinceNs, nowNs);
    const overNs = this.#idleSinceNs + this.#leftOverNs;
    if (nowNs < overNs) return Math.min(nextNs, overNs);
    this.#finish(nowNs);
    return nowNs;
  }

  /** How long what may be left over after a reply is waited for: where replies say what they answer, not at all. */
  get #leftOverNs(): number {
    if (!this.#parts.doubts || this.#replies.tellApart || this.#begun === 0) return 0;
    const { perService, leastNs, mostNs } = leftOver;
    const waitNs = perService * this.#replies.outcomes.longestServiceNs;
    return Math.min(this.#timeoutNs, mostNs, Math.max(leastNs, waitNs));
  }

  get nextIntendedNs(): number {
    return this.#running ? this.#nextArrivalNs() : Number.POSITIVE_INFINITY;
  }

  get inFlight(): number {
    return this.#exchanges.inFlightTotal;
  }

  // Beginning exchanges

  #connection(slot: number): number {
    return this.#context.portion.firstConnection + slot;
  }

  #usable(slot: number): boolean {
    return (
      this.connections.isOpen(slot) &&
      this.#full[slot] === 0 &&
      !this.#isSpent(slot) &&
      !this.#replies.isHeld(slot) &&
      !this.#mustDrain(slot) &&
      this.#makeRoom(slot)
    );
  }

  /**
   * Whether the slot has had something in flight for so long that it must get all its replies before it sends again: of
   * several in flight whose order alone pairs them, one without a reply would be found out by nothing else.
   */
  #mustDrain(slot: number): boolean {
    const since = this.#busySinceNs;
    if (since === null || this.#exchanges.inFlight(slot) === 0 || this.#replies.tellApart) {
      return false;
    }
    return this.#nowNs - (since[slot] as number) > this.#timeoutNs;
  }

  /** Rotating: whether the slot has had its exchanges on this source port. */
  #isSpent(slot: number): boolean {
    return this.#onPort !== null && (this.#onPort[slot] as number) >= this.#perPort;
  }

  /** Where replies say what they answer the oldest exchanges are forgotten; else their replies are still owed, in order. */
  #makeRoom(slot: number): boolean {
    const exchanges = this.#exchanges;
    if (exchanges.hasRoom(slot)) return true;
    if (!this.#parts.isDatagram && !this.#replies.tellApart) return false;
    if (exchanges.outcomeOf(slot, exchanges.oldest(slot)) === outcome.inFlight) return false;
    exchanges.forgetOldest(slot);
    return true;
  }

  /** Intended time of the next arrival of this worker, Infinity when there is none before the end. */
  #nextArrivalNs(): number {
    const { arrivals } = this.#parts;
    const isOver = arrivals === null || this.sendsOver || this.#begun >= arrivals.count;
    if (isOver) return Number.POSITIVE_INFINITY;
    const intendedNs = this.clock.beginNs + arrivals.intendedNs(this.#begun);
    return intendedNs < this.clock.endNs ? intendedNs : Number.POSITIVE_INFINITY;
  }

  #backlogged(nowNs: number): boolean {
    return this.#nextArrivalNs() <= nowNs;
  }

  /** Open model: begins what is due and has a connection. @returns when the next is due */
  #dispatch(nowNs: number, most: number): number {
    for (let budget = most; budget > 0; budget--) {
      const intendedNs = this.#nextArrivalNs();
      if (intendedNs > nowNs) return intendedNs;
      let slot = -1;
      while (slot < 0 && !this.#idleSlots.isEmpty) {
        const candidate = this.#idleSlots.take();
        if (this.#usable(candidate)) slot = candidate;
      }
      if (slot >= 0) this.#send(slot, intendedNs, this.#context.now());
      else if (!this.#replies.release(nowNs)) return Number.POSITIVE_INFINITY;
    }
    return nowNs;
  }

  /** Closed model: sends for clients that have thought long enough, and for those that start. */
  #think(nowNs: number): number {
    while (this.#thinking.nextNs <= nowNs && nowNs < this.clock.endNs) {
      const dueNs = this.#thinking.nextNs;
      const slot = this.#thinking.take();
      this.#thinkers[slot] = (this.#thinkers[slot] as number) - 1;
      if (this.#begun < this.#quota && this.#usable(slot)) {
        this.#send(slot, dueNs, this.#context.now());
      }
    }
    for (let budget = mostPerTurn; !this.#idleSlots.isEmpty; budget--) {
      if (budget === 0) return nowNs;
      if (nowNs >= this.clock.endNs || this.#begun >= this.#quota) break;
      const slot = this.#idleSlots.take();
      if (this.#usable(slot)) this.#send(slot, nowNs, nowNs);
    }
    return nowNs < this.clock.endNs ? this.#thinking.nextNs : Number.POSITIVE_INFINITY;
  }

  /** A slot may begin exchanges again, or more of them: gives out its tokens. */
  #refill(slot: number, nowNs: number): void {
    this.#nowNs = nowNs;
    if (this.#isSpent(slot) && this.#exchanges.inFlight(slot) === 0) this.#rotate(slot);
    if (this.#isQuiet(slot)) return;
    let free =
      this.#inFlight -
      this.#exchanges.inFlight(slot) -
      this.#idleSlots.standing(slot) -
      (this.#thinkers[slot] as number);
    for (; free > 0 && this.#usable(slot); free--) this.#give(slot, nowNs);
  }

  #rotate(slot: number): void {
    if (!this.connections.isOpen(slot) || !this.#goesOn(slot, this.#nowNs)) return;
    this.connections.reopen(slot, "rotation", "reset", this.#nowNs);
  }

  /** Whether the slot has had its exchanges, and only other slots continue. */
  #isQuiet(slot: number): boolean {
    const { goOn } = this.#parts;
    return goOn !== null && slot >= goOn.slots && this.#exchanges.next(slot) >= goOn.after;
  }

  /** @param slot one that is usable */
  #give(slot: number, nowNs: number): void {
    const closed = this.#parts.arrivals === null;
    if (closed && this.#running) {
      if (this.#thinkNs > 0) {
        this.#rest(slot, nowNs + this.#thinkNs);
      } else if (nowNs < this.clock.endNs && this.#begun < this.#quota) {
        // The reply's time is the next message's: it leaves in the same breath.
        this.#send(slot, nowNs, nowNs);
      }
      return;
    }
    const wasEmpty = this.#idleSlots.isEmpty;
    if (wasEmpty) this.#freedNs = nowNs;
    this.#idleSlots.push(slot);
    if (this.#running && !closed) this.#dispatch(nowNs, 1);
    // An arrival that had no token was waited for as long as it took; the next has a time.
    if (wasEmpty && !this.#idleSlots.isEmpty) this.#context.io.wake();
  }

  #rest(slot: number, untilNs: number): void {
    if (this.#thinking.isEmpty) this.#context.io.wake();
    this.#thinking.push(slot, untilNs);
    this.#thinkers[slot] = (this.#thinkers[slot] as number) + 1;
  }

  /** Begins an exchange; there is a lag only where a clock says when to send. */
  #send(slot: number, intendedNs: number, sentNs: number): void {
    const at: Moment = this.clock.at(intendedNs);
    const exchanges = this.#exchanges;
    const sequence = exchanges.begin(slot, intendedNs, sentNs, at);
    const recorder = this.#replies.outcomes.recorderOf(slot, sequence);
    if (this.#numberOf !== null) {
      exchanges.setNumber(slot, sequence, this.#numberOf(this.#begun));
    }
    if (this.#onPort !== null) this.#onPort[slot] = (this.#onPort[slot] as number) + 1;
    this.#begun++;
    this.#lastSentNs = sentNs;
    const { sender } = this.#parts;
    const { transport } = this.connections;
    const passed = sender.isConstant
      ? sender.sendConstant(transport, slot)
      : sender.send(transport, this.keyOf(slot, sequence));
    if (!passed) this.#full[slot] = 1;
    if (this.#wire !== null) this.#wire.sent(slot, sequence);
    this.#replies.sent(slot, passed);
    if (this.#busySinceNs !== null && exchanges.inFlight(slot) === 1) {
      this.#busySinceNs[slot] = sentNs;
    }
    recorder.sent(at, sender.lastBytes);
    if (sentNs !== intendedNs) recorder.lag(at, intendedNs, this.#freedNs, sentNs);
  }

  // Events of the connections

  ready(slot: number, nowNs: number): void {
    this.#replies.opened(slot);
    this.#full[slot] = 0;
    this.#parts.asides?.opened(slot);
    if (this.#onPort !== null) this.#onPort[slot] = 0;
    this.#resend(slot);
    this.#refill(slot, nowNs);
  }

  received(slot: number, bytes: Uint8Array, start: number, end: number, nowNs: number): void {
    this.#nowNs = nowNs;
    if (!this.connections.isOpen(slot)) return;
    if (this.#parts.asides?.takeDatagram(slot, bytes, start, end) === true) return;
    this.#replies.received(slot, bytes, start, end, nowNs);
  }

  receivedFrom(
    _slot: number,
    _bytes: Uint8Array,
    _start: number,
    _end: number,
    _peer: Peer,
    _nowNs: number,
  ): void {
    // Counted as wrongSource by the connections; never an answer.
  }

  drained(slot: number, nowNs: number): void {
    this.#full[slot] = 0;
    this.#parts.asides?.drained(slot);
    this.#replies.drained(slot, nowNs);
    this.#refill(slot, nowNs);
  }

  lost(slot: number, code: string | null, own: boolean, nowNs: number): boolean {
    this.#nowNs = nowNs;
    this.#wire?.forget();
    const replies = this.#replies;
    replies.settleHeld(slot);
    if (!own && code === null) replies.ended(slot, nowNs);
    const owed = this.#exchanges.inFlight(slot);
    const mayReopen = replies.hasAnswered(slot) && this.#context.workload.reconnect && !own;
    if (mayReopen && owed > 0 && this.#parts.resends && !replies.isAmid(slot)) return true;
    replies.failed(slot, code ?? failure.endOfStream, own);
    this.#exchanges.clear(slot);
    const reason = code ?? this.#parts.closeError;
    if (!own && owed === 0 && reason !== null) {
      const { recorder } = this.#context;
      recorder.failed(this.#connection(slot), reason, errorSide(reason), this.clock.at(nowNs));
    }
    return (
      mayReopen && owed === 0 && (code === null || this.#parts.resends) && this.#goesOn(slot, nowNs)
    );
  }

  failed(slot: number, code: string): void {
    this.#replies.failed(slot, code, false);
    this.#exchanges.clear(slot);
  }

  /** Of several in flight nobody knows which was refused: each has its time. */
  refused(slot: number, code: string, nowNs: number): boolean {
    if (this.#exchanges.inFlight(slot) !== 1) return false;
    this.#nowNs = nowNs;
    this.#replies.failed(slot, code, false);
    const sendsAtOnce = this.#parts.arrivals === null && this.#thinkNs === 0 && this.#running;
    if (!sendsAtOnce || this.#isSpent(slot)) this.#refill(slot, nowNs);
    // A port where nothing listens is not hammered.
    else this.#rest(slot, nowNs + this.#context.workload.reconnectDelayNs);
    return true;
  }

  /** Sends again what the connection before ended without an answer to. */
  #resend(slot: number): void {
    const exchanges = this.#exchanges;
    if (exchanges.inFlight(slot) === 0) return;
    const { sender } = this.#parts;
    const { transport } = this.connections;
    for (let sequence = exchanges.oldest(slot); sequence < exchanges.next(slot); sequence++) {
      if (exchanges.outcomeOf(slot, sequence) !== outcome.inFlight) continue;
      const passed = sender.send(transport, this.keyOf(slot, sequence));
      if (!passed) this.#full[slot] = 1;
      this.#wire?.sent(slot, sequence);
      const at = exchanges.momentOf(slot, sequence);
      const recorder = this.#replies.outcomes.recorderOf(slot, sequence);
      recorder.count(at, counter.bytesSent, sender.lastBytes);
    }
    this.#replies.sent(slot, true);
  }

  // Events of the replies

  get transport(): Transport {
    return this.connections.transport;
  }

  get isDatagram(): boolean {
    return this.#parts.isDatagram;
  }

  concluded(slot: number, nowNs: number): void {
    this.#refill(slot, nowNs);
  }

  keyOf(slot: number, sequence: number): MessageKey {
    const key = this.#key;
    const { uses } = this.#parts;
    key.slot = slot;
    key.connection = this.#connection(slot);
    key.sequence = sequence;
    if (uses.number) key.number = this.#exchanges.number(slot, sequence);
    if (uses.sentNs) key.sentNs = this.#exchanges.sentNs(slot, sequence);
    if (uses.source) key.source = this.connections.sourceOf(slot);
    if (uses.times) {
      key.intendedNs = this.#exchanges.intendedNs(slot, sequence);
      key.sentNs = this.#exchanges.sentNs(slot, sequence);
      key.phase = phaseAt(this.#exchanges.momentOf(slot, sequence));
    }
    return key;
  }

  /** Only what is in flight on the connection is lost with it. */
  broken(slot: number, cause: BreakCause, expired: Expired | null): void {
    const replies = this.#replies;
    const nowNs = this.#nowNs;
    replies.failed(slot, failure.abandoned, true);
    this.#exchanges.clear(slot);
    const isHopeless = cause !== "timeout" && !replies.hasAnswered(slot);
    replies.opened(slot);
    if (!this.#goesOn(slot, nowNs)) this.connections.close(slot, "reset");
    else this.connections.reopen(slot, cause, "reset", nowNs, expired, isHopeless);
  }

  /** The target ends the connection in order: the next request opens another. What it has not answered goes there. */
  closing(slot: number): void {
    // Its end has come already, and completed the reply: see `lost`.
    if (!this.connections.isOpen(slot)) return;
    const nowNs = this.#nowNs;
    const { workload, recorder } = this.#context;
    const { closeError } = this.#parts;
    const at = this.clock.at(nowNs);
    if (closeError !== null && this.#exchanges.inFlight(slot) === 0) {
      recorder.failed(this.#connection(slot), closeError, errorSide(closeError), at);
    }
    if (!workload.reconnect) recorder.count(at, counter.closedByTarget, 1);
    if (!this.#parts.resends) {
      this.#replies.failed(slot, failure.endOfStream, false);
      this.#exchanges.clear(slot);
    }
    this.#replies.opened(slot);
    const goesOn = workload.reconnect && this.#goesOn(slot, nowNs);
    if (goesOn) this.connections.reopen(slot, "closedByTarget", "fin", nowNs);
    else this.connections.close(slot, "fin");
  }

  /** Whether more is sent on the slot, or sent again. */
  #goesOn(slot: number, nowNs: number): boolean {
    if (nowNs < this.clock.endNs) return true;
    const isLeft = this.#parts.arrivals !== null && this.#backlogged(nowNs);
    return this.#exchanges.inFlight(slot) > 0 || (isLeft && nowNs < this.lastSendNs);
  }

  /** Counts what was never sent and closes everything. */
  #finish(nowNs: number): void {
    this.#replies.expire(0, this.#full.length, nowNs);
    const { arrivals } = this.#parts;
    this.ended = true;
    this.#running = false;
    if (arrivals !== null) {
      countUnsent(this.#context, this.clock, arrivals, this.#begun, 1, this.wasBlocked);
    }
    this.connections.end("fin");
  }
}
