import { protocols } from "../address/protocol.ts";
import { doubleZero } from "../base/v8-double.ts";
import type { ReplyReader, ReplySink } from "../framing/reply-reader.ts";
import type { Peer } from "../io/io.ts";
import { isStamped, stampSequence } from "../messages/stamp.ts";
import { counter, type Phase, timing } from "../metrics/snapshot.ts";
import { Connections, type ConnectionUser, sweptAtOnce } from "./connections.ts";
import { DatagramReplies, isCut } from "./datagram-replies.ts";
import { DelayRing } from "./delay-queue.ts";
import { errorSide, failure } from "./error-side.ts";
import { Exchanges, outcome } from "./exchanges.ts";
import { PhasedTraffic, quotaOf, totalExchanges } from "./phased-traffic.ts";
import type { RequestParts } from "./request-parts.ts";
import { countUnsent } from "./shortfall.ts";
import { SlotQueue } from "./slot-queue.ts";
import type { TrafficContext } from "./traffic.ts";

/** Sends at most this many in one turn, so that replies are read while a backlog is worked off. */
const mostPerTurn = 256;

/** Exchanges remembered per connection for each that may be in flight: room for late replies. */
const rememberedPerInFlight = { reliable: 4, unreliable: 16 };

/** Goes that may be made up for at once. */
const mostSweeps = 16;

/**
 * Requests and replies on connections that stay open: the patterns `request` and `hold`.
 *
 * Open model: arrival n is due at its intended time and goes to the connection that has been idle
 * longest. Where none is idle it waits, and its response time runs all the same; the backlog needs
 * no queue, as it is the arrivals between the next one and those due. Closed model: each
 * connection sends again when its reply is in.
 *
 * A slot may begin an exchange ("has a token") when it is open, takes bytes, and has fewer than
 * `inFlight` on the way; tokens that nobody needs yet stand in the ring (open model) or in
 * the delay ring while a client thinks (closed model):
 *
 *     tokens in the ring + thinking + in flight = inFlight, for every usable slot
 */
export class RequestTraffic extends PhasedTraffic implements ConnectionUser, ReplySink {
  readonly #context: TrafficContext;
  readonly #parts: RequestParts;
  protected readonly connections: Connections;
  readonly #exchanges: Exchanges;
  readonly #reader: ReplyReader | null;
  /** Of the reply that the reader hands over; null where replies have no status. */
  readonly #statusOf: ((slot: number) => number) | null;
  readonly #timeoutNs: number;
  readonly #inFlight: number;

  readonly #idleSlots: SlotQueue;
  readonly #thinkNs: number;
  readonly #thinking: DelayRing;
  readonly #thinkers: Uint16Array;
  /** 1 while the slot's transport takes no more bytes. */
  readonly #full: Uint8Array;
  /** UDP: which reply a datagram is; null over TCP. */
  readonly #datagrams: DatagramReplies | null;
  /** Rotating: exchanges begun on the slot's source port. */
  readonly #onPort: Float64Array | null;
  readonly #perPort: number;

  /** Next arrival of this worker (open model), or exchanges begun (closed model). */
  #begun = 0;
  readonly #quota: number;
  /** When the ring, found empty with arrivals due, had a token again. */
  #freedNs = doubleZero;
  #running = false;
  readonly #sweepEveryNs: number;
  #sweepAtNs = doubleZero;
  #swept = 0;
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
    const { isDatagram, isReliable } = protocols[workload.protocol];
    this.#timeoutNs = workload.timeoutNs;
    this.#inFlight = workload.inFlight;
    this.#exchanges = new Exchanges(
      slots,
      parts.remembered ??
        workload.inFlight * rememberedPerInFlight[isReliable ? "reliable" : "unreliable"],
    );
    this.#sweepEveryNs = Math.min(100e6, Math.max(5e6, workload.timeoutNs / 10));
    this.#idleSlots = new SlotQueue(slots, workload.inFlight);
    const { load } = workload;
    this.#thinkNs = load.model === "closed" ? load.thinkNs : 0;
    this.#thinking = new DelayRing(slots * workload.inFlight);
    this.#thinkers = new Uint16Array(slots);
    this.#full = new Uint8Array(slots);
    this.#datagrams = isDatagram
      ? new DatagramReplies({
          slots,
          inFlight: workload.inFlight,
          timeoutNs: workload.timeoutNs,
          stamped: parts.stamped,
          partlyStamped: parts.partlyStamped,
          firstConnection: portion.firstConnection,
        })
      : null;
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
    this.#reader =
      parts.reader?.((slot) =>
        parts.sender.requestBytes(
          this.#exchanges.oldest(slot),
          this.#connection(slot),
          this.connections.sourceOf(slot),
        ),
      ) ?? null;
    this.#statusOf = this.#reader?.hasStatus ? this.#reader.status : null;
    this.connections = new Connections(
      context,
      {
        slots,
        tuple: (slot) => portion.firstConnection + slot,
        client: (slot) => portion.firstConnection + slot,
        reconnect: workload.reconnect,
      },
      this.clock,
      this,
      workload.message.kind === "template",
    );
  }

  // Traffic

  start(nowNs: number): number {
    this.#nowNs = nowNs;
    const { endNs, beginNs } = this.clock;
    let nextNs = this.connections.start(nowNs);
    if (this.ended) return nextNs;
    if (nowNs < Math.min(beginNs, endNs)) return Math.min(nextNs, beginNs, endNs);
    if (!this.#running) this.#lastSentNs = nowNs;
    this.#running = true;
    while (this.#datagrams !== null && this.#datagrams.nextNs <= nowNs) {
      this.#refill(this.#datagrams.takeSlot(), nowNs);
    }
    if (this.#exchanges.inFlightTotal > 0 && nowNs >= this.#sweepAtNs) this.#sweep(nowNs);
    nextNs = Math.min(
      nextNs,
      this.#parts.arrivals === null ? this.#think(nowNs) : this.#dispatch(nowNs, mostPerTurn),
      this.#datagrams?.nextNs ?? Number.POSITIVE_INFINITY,
    );
    const idle = this.#exchanges.inFlightTotal === 0;
    const closed = this.#parts.arrivals === null;
    const stillNs = this.#lastSentNs + this.#longestStillNs;
    if (closed && idle && (this.#begun >= this.#quota || nowNs >= stillNs)) {
      this.clock.endAt(nowNs);
    }
    if (nowNs < this.clock.endNs) return Math.min(nextNs, this.clock.endNs, stillNs);
    const lastNs = this.clock.endNs + this.#timeoutNs;
    if ((idle && !this.#backlogged(nowNs)) || nowNs >= lastNs) {
      this.#finish(nowNs);
      return nowNs;
    }
    return Math.min(nextNs, lastNs);
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
      this.#datagrams?.isSilent(slot, this.#nowNs) !== true &&
      this.#makeRoom(slot)
    );
  }

  /** Rotating: whether the slot has had its exchanges on this source port. */
  #isSpent(slot: number): boolean {
    return this.#onPort !== null && (this.#onPort[slot] as number) >= this.#perPort;
  }

  /** UDP forgets the oldest exchanges; over TCP their replies are still owed, in order. */
  #makeRoom(slot: number): boolean {
    const exchanges = this.#exchanges;
    if (exchanges.hasRoom(slot)) return true;
    if (this.#datagrams === null) return false;
    if (exchanges.outcomeOf(slot, exchanges.oldest(slot)) === outcome.inFlight) return false;
    exchanges.forgetOldest(slot);
    return true;
  }

  /** Intended time of the next arrival of this worker, Infinity when there is none before the end. */
  #nextArrivalNs(): number {
    const { arrivals } = this.#parts;
    if (arrivals === null || this.#begun >= arrivals.count) return Number.POSITIVE_INFINITY;
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
      if (slot < 0) return Number.POSITIVE_INFINITY;
      this.#send(slot, intendedNs, this.#context.now());
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
    if (!this.#usable(slot) || this.#isQuiet(slot)) return;
    let free =
      this.#inFlight -
      this.#exchanges.inFlight(slot) -
      this.#idleSlots.standing(slot) -
      (this.#thinkers[slot] as number);
    for (; free > 0; free--) this.#give(slot, nowNs);
  }

  /** What is still under way to the old port is lost: nothing to be silent for. */
  #rotate(slot: number): void {
    if (!this.connections.isOpen(slot) || this.#nowNs >= this.clock.endNs) return;
    this.#datagrams?.endSilence(slot, this.#nowNs);
    this.connections.rotate(slot);
  }

  /** Whether the slot has had its exchanges, and only others go on. */
  #isQuiet(slot: number): boolean {
    const { goOn } = this.#parts;
    return goOn !== null && slot >= goOn.slots && this.#exchanges.next(slot) >= goOn.after;
  }

  #give(slot: number, nowNs: number): void {
    const closed = this.#parts.arrivals === null;
    if (closed && this.#running) {
      if (this.#thinkNs > 0) {
        if (this.#thinking.isEmpty) this.#context.io.wake();
        this.#thinking.push(slot, nowNs + this.#thinkNs);
        this.#thinkers[slot] = (this.#thinkers[slot] as number) + 1;
      } else if (nowNs < this.clock.endNs && this.#begun < this.#quota && this.#usable(slot)) {
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

  /** Begins an exchange; lag is ours alone, so it is kept only where a clock says when to send. */
  #send(slot: number, intendedNs: number, sentNs: number): void {
    const { recorder } = this.#context;
    const at: Phase = this.clock.at(intendedNs);
    const connection = this.#connection(slot);
    const source = this.connections.sourceOf(slot);
    const sequence = this.#exchanges.begin(slot, intendedNs, sentNs, at);
    if (this.#onPort !== null) this.#onPort[slot] = (this.#onPort[slot] as number) + 1;
    this.#begun++;
    this.#lastSentNs = sentNs;
    const { sender } = this.#parts;
    const passed = sender.send(this.connections.transport, slot, sequence, connection, source);
    if (!passed) this.#full[slot] = 1;
    recorder.sent(at, sender.lastBytes);
    if (sentNs !== intendedNs) {
      recorder.time(timing.sendLag, at, sentNs - Math.max(intendedNs, this.#freedNs));
    }
  }

  // Events of the connections

  ready(slot: number, nowNs: number): void {
    this.#reader?.reset(slot);
    this.#full[slot] = 0;
    this.#datagrams?.opened(slot);
    if (this.#onPort !== null) this.#onPort[slot] = 0;
    this.#refill(slot, nowNs);
  }

  received(slot: number, bytes: Uint8Array, start: number, end: number, nowNs: number): void {
    this.#nowNs = nowNs;
    if (this.#datagrams !== null) {
      this.#datagram(this.#datagrams, slot, bytes, start, end);
    } else if (this.#reader !== null && !this.#reader.feed(slot, bytes, start, end, this)) {
      this.#refuse(slot, failure.malformed, this.clock.at(nowNs));
      this.connections.close(slot, "reset");
    }
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
    this.#refill(slot, nowNs);
  }

  lost(slot: number, code: string | null, own: boolean, nowNs: number): void {
    const { recorder } = this.#context;
    const exchanges = this.#exchanges;
    const owed = exchanges.inFlight(slot);
    for (;;) {
      const sequence = exchanges.firstInFlight(slot);
      if (sequence < 0) break;
      const at = exchanges.phaseOf(slot, sequence);
      recorder.count(at, counter.aborted, 1);
      if (own) recorder.count(at, counter.abandoned, 1);
      exchanges.decide(slot, sequence, outcome.expired);
    }
    exchanges.clear(slot);
    if (own) return;
    const reason = code ?? (owed > 0 ? failure.endOfStream : null);
    if (reason !== null) {
      recorder.failed(this.#connection(slot), reason, errorSide(reason), this.clock.at(nowNs));
    }
  }

  failed(): void {}

  // Replies

  /** TCP: replies come in the order of the requests. */
  reply(slot: number, bytes: Uint8Array, start: number, end: number, totalBytes: number): void {
    const exchanges = this.#exchanges;
    const sequence = exchanges.oldest(slot);
    const was = exchanges.outcomeOf(slot, sequence);
    if (was === outcome.none) {
      this.#refuse(slot, failure.unsolicited, this.clock.at(this.#nowNs));
      return;
    }
    // Where the check does not need the bytes, a reply that came in pieces is an empty range.
    if (this.#parts.check.needsReply) this.#settle(slot, sequence, was, bytes, start, end);
    else this.#settle(slot, sequence, was, bytes, 0, totalBytes);
    exchanges.forgetOldest(slot);
    this.#refill(slot, this.#nowNs);
  }

  #datagram(
    datagrams: DatagramReplies,
    slot: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const exchanges = this.#exchanges;
    let sequence = exchanges.firstInFlight(slot);
    const isOurs = datagrams.isOurs(slot, bytes, start, end);
    if (this.#parts.stamped || isOurs) {
      sequence = isOurs ? stampSequence(bytes, start) : -1;
    } else if (datagrams.endSilence(slot, this.#nowNs)) {
      this.#context.recorder.count(this.clock.at(this.#nowNs), counter.late, 1);
      this.#refill(slot, this.#nowNs);
      return;
    } else if (sequence < 0) {
      // Nothing is asked: once more what came before, or late.
      sequence = exchanges.next(slot) - 1;
    }
    if (sequence < 0 || sequence >= exchanges.next(slot)) {
      this.#refuse(slot, failure.unsolicited, this.clock.at(this.#nowNs));
      return;
    }
    this.#settle(slot, sequence, exchanges.outcomeOf(slot, sequence), bytes, start, end);
    datagrams.answered(slot, sequence);
    this.#refill(slot, this.#nowNs);
  }

  /** A reply for an exchange has come: in time, late, or once more. */
  #settle(
    slot: number,
    sequence: number,
    was: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const { recorder } = this.#context;
    const exchanges = this.#exchanges;
    const nowNs = this.#nowNs;
    if (was !== outcome.inFlight) {
      const which = was === outcome.answered ? counter.duplicated : counter.late;
      const known = was !== outcome.none;
      recorder.count(known ? exchanges.phaseOf(slot, sequence) : this.clock.at(nowNs), which, 1);
      return;
    }
    const at = exchanges.phaseOf(slot, sequence);
    const sentNs = exchanges.sentNs(slot, sequence);
    if (nowNs - sentNs > this.#timeoutNs) {
      this.#expire(slot, sequence);
      recorder.count(at, counter.late, 1);
      return;
    }
    const intendedNs = exchanges.intendedNs(slot, sequence);
    exchanges.decide(slot, sequence, outcome.answered);
    const responseNs = nowNs - intendedNs;
    recorder.answered(at, responseNs, nowNs - sentNs);
    const status = this.#statusOf === null ? 0 : this.#statusOf(slot);
    if (status !== 0) recorder.status(at, status);
    if (recorder.isSlow(at, responseNs)) recorder.slow(at, this.#connection(slot), responseNs);
    if (this.#datagrams?.overtaken(slot, sequence)) {
      recorder.count(at, counter.reordered, 1);
    }
    const { check, sender } = this.#parts;
    const request = check.needsRequest
      ? sender.request(sequence, this.#connection(slot), this.connections.sourceOf(slot))
      : null;
    if (this.#datagrams !== null && this.#isCut(slot, sequence, bytes, start, end, request)) {
      recorder.count(at, counter.truncated, 1);
      this.#refuse(slot, failure.truncated, at);
      return;
    }
    const code = check.check(bytes, start, end, request, request?.length ?? 0, status);
    if (code !== null) this.#refuse(slot, code, at);
  }

  #isCut(
    slot: number,
    sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    request: Uint8Array | null,
  ): boolean {
    // The length of a message that is not compared may have to be computed.
    if (request === null && !isStamped(bytes, start, end)) return false;
    const { sender } = this.#parts;
    const length =
      request?.length ??
      sender.requestBytes(sequence, this.#connection(slot), this.connections.sourceOf(slot));
    return isCut(bytes, start, end, request, length);
  }

  #refuse(slot: number, code: string, at: Phase): void {
    this.#context.recorder.count(at, counter.corrupted, 1);
    this.#context.recorder.failed(this.#connection(slot), code, "target", at);
  }

  // Time-outs

  /** Expires what is late, a part of the slots at a time; all are looked at in `#sweepEveryNs`. */
  #sweep(nowNs: number): void {
    const slots = this.#full.length;
    const part = Math.min(slots, sweptAtOnce);
    const everyNs = (this.#sweepEveryNs * part) / slots;
    const due = Math.floor((nowNs - this.#sweepAtNs) / everyNs) + 1;
    this.#sweepAtNs = nowNs + everyNs;
    const from = this.#swept;
    const to = Math.min(slots, from + part * Math.min(due, mostSweeps));
    this.#expireLate(from, to, nowNs);
    this.#swept = to === slots ? 0 : to;
  }

  /** Expires what is late on the slots `[from, to)`. */
  #expireLate(from: number, to: number, nowNs: number): void {
    const exchanges = this.#exchanges;
    for (let slot = from; slot < to; slot++) {
      if (exchanges.inFlight(slot) === 0) continue;
      let expired = false;
      for (;;) {
        const sequence = exchanges.firstInFlight(slot);
        if (sequence < 0 || nowNs - exchanges.sentNs(slot, sequence) <= this.#timeoutNs) break;
        this.#expire(slot, sequence);
        expired = true;
      }
      if (expired) this.#refill(slot, nowNs);
    }
  }

  #expire(slot: number, sequence: number): void {
    const { recorder } = this.#context;
    const at = this.#exchanges.phaseOf(slot, sequence);
    this.#exchanges.decide(slot, sequence, outcome.expired);
    recorder.count(at, counter.timedOut, 1);
    recorder.failed(this.#connection(slot), failure.timeout, "target", at);
    this.#datagrams?.expired(slot, this.#nowNs);
  }

  /** Counts what was never sent and closes everything. */
  #finish(nowNs: number): void {
    this.#expireLate(0, this.#full.length, nowNs);
    const { arrivals } = this.#parts;
    this.ended = true;
    this.#running = false;
    if (arrivals !== null) {
      const waiting = this.#idleSlots.isEmpty;
      countUnsent(this.#context, this.clock, arrivals, this.#begun, 1, waiting);
    }
    this.connections.end("fin");
  }
}
