import { doubleZero } from "../../base/v8-double.ts";
import type { ReplyReader, ReplySink } from "../../framing/reply-reader.ts";
import type { ReplyIds } from "../../messages/ids.ts";
import { counter, type Moment } from "../../metrics/snapshot.ts";
import { exampleOf } from "../../metrics/wrong-replies.ts";
import { sweptAtOnce } from "../connections/connections.ts";
import type { Expired } from "../connections/reopening.ts";
import type { PhaseClock } from "../phase-clock.ts";
import { statusOf } from "../protocol/session-asides.ts";
import type { RequestParts } from "../request-parts.ts";
import { SlotQueue } from "../slot-queue.ts";
import type { TrafficContext } from "../traffic.ts";
import { DatagramReplies, foreign, isCut, leftover, unstamped } from "./datagram-replies.ts";
import { type Doubted, DoubtedReplies } from "./doubted-replies.ts";
import { failure } from "./error-side.ts";
import { type Exchanges, outcome } from "./exchanges.ts";
import { Matching } from "./matching.ts";
import { Outcomes } from "./outcomes.ts";
import type { ExchangeReplies, RepliesUser } from "./replies-user.ts";
import { type Likeness, likeness, ReplyHabit } from "./reply-habit.ts";
import { Requests } from "./requests.ts";

/** Sweeps that are made up for at once, at most, after a turn that took long. */
const mostSweeps = 16;

/**
 * What is received on connections that exchange messages: finds the exchange that each reply belongs to, and decides its
 * outcome. A fault of one exchange never costs the next: where only the order pairs replies with requests, and the order
 * is lost, the connection is given up; where replies identify their request, the connection stays in use.
 */
export class Replies implements ExchangeReplies, ReplySink {
  readonly outcomes: Outcomes;
  readonly #context: TrafficContext;
  readonly #parts: RequestParts;
  readonly #clock: PhaseClock;
  readonly #exchanges: Exchanges;
  readonly #user: RepliesUser;
  readonly #requests: Requests;
  readonly #reader: ReplyReader | null;
  /** Of the reply that the reader hands over; null where replies have no status, or never end their connection. */
  readonly #statusOf: ((slot: number) => number) | null;
  readonly #closes: ((slot: number) => boolean) | null;
  /** UDP: which reply a datagram is; null over TCP. */
  readonly #datagrams: DatagramReplies | null;
  /** The numbers that say which request a reply answers; null: replies have none. */
  readonly #ids: ReplyIds | null;
  /** Whether replies repeat their request, of which no two are the same: as `expect: echo` says, or their habit. */
  #matches: boolean;
  readonly #matching: Matching;
  /** TCP: slots with an exchange that has timed out and whose reply may still come. */
  readonly #lateOwed = new Set<number>();
  #doubts: DoubtedReplies | null;
  /** By message of a mix; null: what stands out is not looked for. */
  readonly #habits: readonly ReplyHabit[] | null;
  /** What has been done on the slot's connection: one of `done`. */
  readonly #done: Uint8Array;
  /** Whether a check reads the bytes of replies. */
  readonly #needsReply: boolean;
  readonly #slots: number;
  readonly #sweepEveryNs: number;
  #sweepAtNs = doubleZero;
  #swept = 0;
  /** Not always a number, so that V8 hands on the object that it is given: see SocketTransport.nowNs. */
  #nowNs = null as unknown as number;
  /** Of the chunk that is being read: bytes that stand in a counter, and those of its first reply that do already. */
  #counted = 0;
  #countedBefore = 0;
  /** Whether the slot may send again when all that came has been read: what is left of it answers nothing that it sends. */
  #concludes = false;
  /** UDP: slots whose reply had no stamp, and that may send again when all that had arrived has been read. */
  readonly #concluding: SlotQueue | null;

  constructor(
    context: TrafficContext,
    parts: RequestParts,
    clock: PhaseClock,
    exchanges: Exchanges,
    user: RepliesUser,
  ) {
    const { workload, portion, index, tag } = context;
    const slots = portion.connections;
    this.#context = context;
    this.#parts = parts;
    this.#clock = clock;
    this.#exchanges = exchanges;
    this.#user = user;
    this.#slots = slots;
    this.outcomes = new Outcomes(context, clock, exchanges, parts.mix);
    const { firstConnection } = portion;
    const requests = new Requests(exchanges, parts, user, firstConnection);
    this.#requests = requests;
    this.#reader = parts.reader?.(requests) ?? null;
    this.#statusOf = statusOf(parts.session, this.#reader);
    this.#closes = this.#reader?.hasCloses ? this.#reader.closes : null;
    const { stamped } = parts;
    this.#datagrams = parts.isDatagram
      ? new DatagramReplies({ slots, stamped, workload: index, firstConnection, tag })
      : null;
    this.#concluding = parts.isDatagram ? new SlotQueue(slots, 1) : null;
    this.#ids = parts.ids;
    const request = (slot: number, sequence: number) => requests.bytes(slot, sequence);
    this.#matching = new Matching(exchanges, parts.ids, firstConnection, request);
    this.#matches = parts.matches;
    this.#doubts = parts.doubts ? new DoubtedReplies(workload.timeoutNs) : null;
    // Replies to different messages are not alike, and do not say whether all repeat their request.
    const repeated = parts.isDistinct && parts.mix === null ? request : null;
    this.#habits =
      parts.doubts && !parts.matches
        ? Array.from({ length: parts.mix?.count ?? 1 }, () => new ReplyHabit(repeated))
        : null;
    this.#done = new Uint8Array(slots);
    this.#needsReply = (parts.mix ?? parts.check).needsReply;
    this.#sweepEveryNs = Math.min(100e6, Math.max(5e6, workload.timeoutNs / 10));
  }

  get tellApart(): boolean {
    return this.#ids !== null || this.#matches || this.#datagrams?.tellApart === true;
  }

  isHeld(slot: number): boolean {
    return this.#doubts?.has(slot) === true;
  }

  hasAnswered(slot: number): boolean {
    return this.#done[slot] === done.answered;
  }

  isAmid(slot: number): boolean {
    return this.#reader !== null && this.#reader.pending(slot) > 0;
  }

  sent(slot: number): void {
    if (this.#done[slot] === done.nothing) this.#done[slot] = done.sent;
  }

  opened(slot: number): void {
    this.#reader?.reset(slot);
    this.#lateOwed.delete(slot);
    this.#datagrams?.opened(slot);
    this.#done[slot] = done.nothing;
  }

  received(slot: number, bytes: Uint8Array, start: number, end: number, nowNs: number): void {
    this.#nowNs = nowNs;
    if (this.#datagrams !== null) {
      this.#datagram(this.#datagrams, slot, bytes, start, end);
      return;
    }
    const reader = this.#reader;
    if (reader === null) {
      this.#context.recorder.count(this.#clock.at(nowNs), counter.bytesReceived, end - start);
      return;
    }
    this.#concludes = false;
    this.#counted = 0;
    this.#countedBefore = reader.pending(slot);
    const isRead = reader.feed(slot, bytes, start, end, this);
    const rest = end - start - this.#counted;
    if (rest > 0) this.#countAwaited(slot, counter.bytesReceived, rest);
    if (!isRead) this.#malformed(slot, bytes, start, end);
    else if (this.#concludes) this.#user.concluded(slot, nowNs);
  }

  ended(slot: number, nowNs: number): void {
    this.#nowNs = nowNs;
    if (this.#reader === null) return;
    this.#counted = 0;
    this.#countedBefore = this.#reader.pending(slot);
    this.#reader.end(slot, this);
  }

  // Replies in a stream

  /** Over TCP replies come in the order of the requests, or say what they answer. */
  reply(slot: number, bytes: Uint8Array, start: number, end: number, totalBytes: number): void {
    const exchanges = this.#exchanges;
    const sequence =
      this.#ids === null && !this.#matches
        ? exchanges.oldest(slot)
        : this.#matching.find(slot, bytes, start, end, totalBytes);
    const was = exchanges.outcomeOf(slot, sequence);
    const isKnown = was !== outcome.none;
    const at = isKnown ? exchanges.momentOf(slot, sequence) : this.#clock.at(this.#nowNs);
    const counted = totalBytes - this.#countedBefore;
    this.#countedBefore = 0;
    this.#counted += counted;
    const counting = isKnown ? sequence : foreign;
    this.outcomes.recorderOf(slot, counting).count(at, counter.bytesReceived, counted);
    // What came in pieces, which are not kept, may be the late reply to an exchange before.
    if (this.#matches && end - start !== totalBytes && this.#lateOwed.has(slot)) {
      this.outcomes.uninvited(slot, this.#nowNs, null, bytes, start, end, totalBytes);
      this.#concludes = false;
      this.#user.broken(slot, "unsolicited", null);
      return;
    }
    // What had come before the request left cannot be its reply.
    if (was !== outcome.inFlight || exchanges.sentNs(slot, sequence) >= this.#nowNs) {
      // A stream repeats nothing by itself: a second reply to a request is left over, unless it has the request's id.
      const hasId = this.#ids !== null && sequence >= 0 && was !== outcome.inFlight;
      if (hasId || (this.#matches && was === outcome.expired)) {
        this.outcomes.cameAgain(slot, sequence, this.#nowNs, bytes, start, end, totalBytes);
      } else this.#unsolicited(slot, bytes, start, end);
      return;
    }
    const status = this.#statusOf === null ? 0 : this.#statusOf(slot);
    // Where the check does not need the bytes, a reply that came in pieces is an empty range.
    const code = this.#needsReply
      ? this.#check(slot, sequence, bytes, start, end, status)
      : this.#check(slot, sequence, bytes, 0, totalBytes, status);
    const { outcomes } = this;
    if (code !== null) outcomes.wrongReply(slot, code, this.#nowNs, bytes, start, end, totalBytes);
    const isUsual = code === null && this.#isUsual(slot, sequence, bytes, start, end);
    if (!isUsual && this.#isDoubtful(slot, sequence, bytes, start, end, totalBytes, code)) return;
    const isInTime = this.#settle(slot, sequence, at, this.#nowNs, code, status);
    if (!isInTime) outcomes.late(slot, this.#nowNs, bytes, start, end, totalBytes);
    if (this.#closes?.(slot)) this.#user.closing(slot);
    else this.#concludes = true;
  }

  #malformed(slot: number, bytes: Uint8Array, start: number, end: number): void {
    const sequence = this.#exchanges.firstInFlight(slot);
    this.outcomes.wrongReply(slot, failure.malformed, this.#nowNs, bytes, start, end);
    const at = this.#awaitedMoment(slot);
    if (sequence < 0) this.outcomes.refused(slot, sequence, failure.malformed, at);
    else {
      this.#countAwaited(slot, counter.corrupted, 1);
      this.outcomes.failedOne(slot, sequence, failure.malformed, false);
    }
    this.#user.broken(slot, "malformed", null);
  }

  /** Something unsolicited was received. An error, or what comes before the first request, leaves the order of replies intact. */
  #unsolicited(slot: number, bytes: Uint8Array, start: number, end: number): void {
    const refusal = this.#parts.refusal?.() ?? null;
    this.outcomes.uninvited(slot, this.#nowNs, refusal, bytes, start, end);
    if (refusal !== null) {
      if (this.#closes?.(slot)) this.#user.closing(slot);
      return;
    }
    if (this.#done[slot] === done.nothing || this.#matches || this.#ids !== null) return;
    this.#concludes = false;
    this.#user.broken(slot, "unsolicited", null);
  }

  // Datagrams

  #datagram(
    datagrams: DatagramReplies,
    slot: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    let sequence =
      this.#ids === null
        ? datagrams.sequenceOf(slot, bytes, start, end)
        : this.#matching.find(slot, bytes, start, end, end - start);
    const isPlain = sequence === unstamped;
    if (isPlain) sequence = this.#plainSequence(datagrams, slot, bytes, start, end);
    if (sequence < 0 || this.#exchanges.outcomeOf(slot, sequence) !== outcome.inFlight) {
      this.#unawaited(slot, sequence, bytes, start, end);
      return;
    }
    const at = this.#exchanges.momentOf(slot, sequence);
    this.outcomes.recorderOf(slot, sequence).count(at, counter.bytesReceived, end - start);
    const code = this.#checkDatagram(slot, sequence, bytes, start, end);
    if (code !== null) this.outcomes.wrongReply(slot, code, this.#nowNs, bytes, start, end);
    this.#concludes = false;
    const isUsual = !isPlain || (code === null && this.#isUsual(slot, sequence, bytes, start, end));
    if (isUsual || !this.#isDoubtful(slot, sequence, bytes, start, end, end - start, code)) {
      if (isPlain) datagrams.remember(slot, bytes, start, end);
      const status = this.#statusOf?.(slot) ?? 0;
      const isInTime = this.#settle(slot, sequence, at, this.#nowNs, code, status);
      if (!isInTime) this.outcomes.late(slot, this.#nowNs, bytes, start, end, end - start);
      this.#concludes = true;
    }
    if (!this.#concludes) return;
    if (isPlain) this.#concludeLater(slot);
    else this.#user.concluded(slot, this.#nowNs);
  }

  /**
   * The same reply once more, which may have arrived already, must not meet the next request: it would be taken for the
   * reply to that. So the next request leaves in the next turn.
   */
  #concludeLater(slot: number): void {
    const concluding = this.#concluding as SlotQueue;
    if (concluding.isEmpty) this.#context.io.wake();
    if (concluding.standing(slot) === 0) concluding.push(slot);
  }

  /** Lets the slots send again whose replies were read in the turn before. */
  resume(nowNs: number): number {
    const concluding = this.#concluding;
    for (let left = concluding?.count ?? 0; left > 0; left--) {
      this.#user.concluded((concluding as SlotQueue).take(), nowNs);
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Which request a datagram without a stamp answers; `foreign`: none. */
  #plainSequence(
    datagrams: DatagramReplies,
    slot: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    const exchanges = this.#exchanges;
    const sequence = this.#matches
      ? this.#matching.find(slot, bytes, start, end, end - start)
      : exchanges.firstInFlight(slot);
    // What had come before the request left cannot be its reply.
    if (sequence >= 0 && exchanges.sentNs(slot, sequence) < this.#nowNs) return sequence;
    const last = (sequence >= 0 ? sequence : exchanges.next(slot)) - 1;
    const isRepeat =
      exchanges.outcomeOf(slot, last) === outcome.answered &&
      datagrams.isRepeat(slot, bytes, start, end);
    return isRepeat ? last : foreign;
  }

  /** A datagram has come that answers no request in flight. */
  #unawaited(slot: number, sequence: number, bytes: Uint8Array, start: number, end: number): void {
    const nowNs = this.#nowNs;
    const isKnown = sequence >= 0 && sequence < this.#exchanges.next(slot);
    const recorder = this.outcomes.recorderOf(slot, isKnown ? sequence : foreign);
    const at = this.outcomes.momentOf(slot, sequence, nowNs);
    recorder.count(at, counter.bytesReceived, end - start);
    if (isKnown) this.outcomes.cameAgain(slot, sequence, nowNs, bytes, start, end, end - start);
    else if (sequence === leftover) recorder.count(at, counter.unsolicited, 1);
    else this.outcomes.uninvited(slot, nowNs, null, bytes, start, end);
  }

  #checkDatagram(
    slot: number,
    sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): string | null {
    const { stamped } = this.#parts;
    const check = this.#requests.checkOf(slot, sequence);
    const request = check.needsRequest ? this.#requests.bytes(slot, sequence) : null;
    // The length of a message that is not compared may have to be computed.
    if (request !== null || stamped) {
      const length = request?.length ?? this.#requests.length(slot, sequence);
      if (isCut(bytes, start, end, request, length)) return failure.truncated;
    }
    return check.check(bytes, start, end, request, request?.length ?? 0, 0);
  }

  // Outcomes of exchanges

  /** What has been found by repeating its request repeats it: that is not compared again. */
  #check(
    slot: number,
    sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    status: number,
  ): string | null {
    const { matches } = this.#parts;
    if (matches && this.#matching.isMatched && status === 0) return null;
    const check = this.#requests.checkOf(slot, sequence);
    const request = check.needsRequest ? this.#requests.bytes(slot, sequence) : null;
    return check.check(bytes, start, end, request, request?.length ?? 0, status);
  }

  /** A reply to an exchange in flight has come. @returns whether in time */
  #settle(
    slot: number,
    sequence: number,
    at: Moment,
    receivedNs: number,
    code: string | null,
    status: number,
  ): boolean {
    const isInTime = this.outcomes.settle(slot, sequence, at, receivedNs);
    if (isInTime) {
      const recorder = this.outcomes.recorderOf(slot, sequence);
      if (status !== 0) recorder.status(at, status);
      if (code === failure.truncated) recorder.count(at, counter.truncated, 1);
      if (code !== null) this.outcomes.refused(slot, sequence, code, at);
      this.#done[slot] = done.answered;
    }
    if (this.#datagrams !== null) {
      if (this.#datagrams.overtaken(slot, sequence)) {
        this.outcomes.recorderOf(slot, sequence).count(at, counter.reordered, 1);
      }
      this.#datagrams.answered(slot, sequence);
    } else if (!this.#matches && this.#ids === null) this.#exchanges.forgetOldest(slot);
    return isInTime;
  }

  #settleDoubted(slot: number, one: Doubted): void {
    this.#settle(slot, one.sequence, this.outcomes.recall(slot, one), one.receivedNs, one.code, 0);
  }

  // Doubts: see DoubtedReplies

  /** Whether nothing speaks against what `expect` does not refuse: nearly always. */
  #isUsual(slot: number, sequence: number, bytes: Uint8Array, start: number, end: number): boolean {
    const doubts = this.#doubts;
    if (doubts === null) return true;
    if (!doubts.isEmpty) return false;
    const habit = this.#habitOf(slot, sequence);
    if (habit === null) return true;
    return this.#matches ? this.#matching.isMatched : habit.isUsual(bytes, start, end);
  }

  /** @returns whether it is not known yet whether this is the reply, or it is known that it is not */
  #isDoubtful(
    slot: number,
    sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    totalBytes: number,
    code: string | null,
  ): boolean {
    const doubts = this.#doubts;
    if (doubts === null) return false;
    const like = this.#likeness(slot, sequence, bytes, start, end, totalBytes);
    const fits = code === null && like === likeness.fits;
    const held = doubts.take(slot);
    if (held !== undefined) {
      if (fits) {
        this.outcomes.uninvitedBefore(slot, held.receivedNs, held.example);
        return false;
      }
      // One of the two was the reply.
      this.#settleDoubted(slot, held);
      this.#concludes = true;
      this.#unsolicited(slot, bytes, start, end);
      return true;
    }
    const isOneOfMany = this.#matches && this.#habits !== null && !this.#matching.isMatched;
    if (like === likeness.shifted || (isOneOfMany && this.#exchanges.inFlight(slot) > 1)) {
      this.#unsolicited(slot, bytes, start, end);
      return true;
    }
    if (fits || this.#exchanges.inFlight(slot) !== 1) return false;
    const example = exampleOf(bytes, start, end, totalBytes);
    doubts.doubt(slot, { sequence, receivedNs: this.#nowNs, code, example }, this.outcomes);
    return true;
  }

  #likeness(
    slot: number,
    sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    totalBytes: number,
  ): Likeness {
    const habit = this.#habitOf(slot, sequence);
    if (habit === null || end - start !== totalBytes) return likeness.fits;
    if (this.#matches) return this.#matching.isMatched ? likeness.fits : likeness.deviates;
    const like = habit.judge(slot, sequence, bytes, start, end, totalBytes);
    this.#matches = habit.echoes;
    return like;
  }

  /** What has been doubted for long enough was a reply, and so is what stands out from now on. */
  #stopDoubting(nowNs: number): void {
    while (this.release(nowNs));
    this.#doubts = null;
  }

  release(nowNs: number): boolean {
    const slot = this.#doubts?.firstSlot() ?? -1;
    if (slot < 0) return false;
    this.settleHeld(slot);
    this.#user.concluded(slot, nowNs);
    return true;
  }

  settleHeld(slot: number): void {
    const held = this.#doubts?.take(slot);
    if (held !== undefined) this.#settleDoubted(slot, held);
  }

  failed(slot: number, code: string, own: boolean): void {
    this.outcomes.failed(slot, code, own);
  }

  drained(): void {}

  // Time-outs

  sweep(nowNs: number): void {
    this.#nowNs = nowNs;
    const doubts = this.#doubts;
    if (doubts !== null && doubts.firstSlot(nowNs) >= 0) this.#stopDoubting(nowNs);
    if (this.#exchanges.inFlightTotal > 0 && nowNs >= this.#sweepAtNs) this.#sweepSlots(nowNs);
  }

  /** Expires what is late, a part of the slots at a time; all are looked at in `#sweepEveryNs`. */
  #sweepSlots(nowNs: number): void {
    const slots = this.#slots;
    const part = Math.min(slots, sweptAtOnce);
    const everyNs = (this.#sweepEveryNs * part) / slots;
    const due = Math.floor((nowNs - this.#sweepAtNs) / everyNs) + 1;
    this.#sweepAtNs = nowNs + everyNs;
    const from = this.#swept;
    const to = Math.min(slots, from + part * Math.min(due, mostSweeps));
    this.expire(from, to, nowNs);
    this.#swept = to === slots ? 0 : to;
  }

  /** Expires what is late on the slots `[from, to)`. */
  expire(from: number, to: number, nowNs: number): void {
    const exchanges = this.#exchanges;
    this.#nowNs = nowNs;
    for (let slot = from; slot < to; slot++) {
      if (exchanges.inFlight(slot) === 0) continue;
      let expired: Expired | null = null;
      for (;;) {
        const sequence = exchanges.firstInFlight(slot);
        if (sequence < 0 || !this.outcomes.isOver(slot, sequence, nowNs)) break;
        if (this.isHeld(slot)) this.settleHeld(slot);
        else expired = this.outcomes.timedOut(slot, sequence);
      }
      if (expired === null) continue;
      if (this.#reader !== null) this.#lateOwed.add(slot);
      if (this.tellApart) this.#user.concluded(slot, nowNs);
      else this.#user.broken(slot, "timeout", expired);
    }
  }

  #habitOf(slot: number, sequence: number): ReplyHabit | null {
    const habits = this.#habits;
    if (habits === null) return null;
    return habits[this.#requests.messageOf(slot, sequence)] as ReplyHabit;
  }

  #countAwaited(slot: number, which: number, by: number): void {
    const sequence = this.#exchanges.firstInFlight(slot);
    this.outcomes.recorderOf(slot, sequence).count(this.#awaitedMoment(slot), which, by);
  }

  /** Moment of the exchange that the next reply of the slot belongs to. */
  #awaitedMoment(slot: number): Moment {
    return this.outcomes.momentOf(slot, this.#exchanges.firstInFlight(slot), this.#nowNs);
  }
}

/** What has been done on a connection. */
const done = { nothing: 0, sent: 1, answered: 2 } as const;
