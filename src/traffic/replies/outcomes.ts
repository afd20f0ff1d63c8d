import { doubleZero } from "../../base/v8-double.ts";
import type { Recorder } from "../../metrics/recorder.ts";
import { counter, type Moment } from "../../metrics/snapshot.ts";
import type { ReplyExample } from "../../metrics/wrong-replies.ts";
import type { Expired } from "../connections/reopening.ts";
import type { Mix } from "../mix.ts";
import type { PhaseClock } from "../phase-clock.ts";
import type { TrafficContext } from "../traffic.ts";
import { errorSide, failure } from "./error-side.ts";
import { type Exchanges, outcome } from "./exchanges.ts";
import type { WireTimes } from "./wire-times.ts";

/**
 * Outcomes of exchanges: each is answered, times out or fails, exactly once, and is counted in its own phase.
 *
 *     sent = received + timedOut + exchangesFailed, per phase
 */
export class Outcomes {
  readonly #context: TrafficContext;
  readonly #clock: PhaseClock;
  readonly #exchanges: Exchanges;
  readonly #timeoutNs: number;
  readonly #firstConnection: number;
  readonly #mix: Mix | null;
  /** Null: nobody asks for the kernel's times. */
  readonly #wire: WireTimes | null;
  /** The longest service time so far, ns. */
  longestServiceNs = doubleZero;

  /** @param timeoutNs of an exchange; Infinity: who has them looks after the time of each of their messages */
  constructor(
    context: TrafficContext,
    clock: PhaseClock,
    exchanges: Exchanges,
    mix: Mix | null,
    timeoutNs: number = context.workload.timeoutNs,
  ) {
    this.#mix = mix;
    this.#wire = context.wire ?? null;
    this.#context = context;
    this.#clock = clock;
    this.#exchanges = exchanges;
    this.#timeoutNs = timeoutNs;
    this.#firstConnection = context.portion.firstConnection;
  }

  /** What counts an exchange; a negative sequence is none. */
  recorderOf(slot: number, sequence: number): Recorder {
    return this.#mix === null || sequence < 0
      ? this.#context.recorder
      : this.#mix.recorderOf(this.#firstConnection + slot, sequence);
  }

  /**
   * The reply to an exchange in flight has come at `nowNs`: in time, or late.
   *
   * @param at moment of the exchange
   * @returns  whether it was in time
   */
  settle(slot: number, sequence: number, at: Moment, nowNs: number): boolean {
    const exchanges = this.#exchanges;
    const serviceNs = nowNs - exchanges.sentNs(slot, sequence);
    if (serviceNs > this.#timeoutNs) {
      this.timedOut(slot, sequence);
      this.repeated(slot, sequence, nowNs);
      return false;
    }
    const recorder = this.recorderOf(slot, sequence);
    const { reply } = recorder;
    const responseNs = nowNs - exchanges.intendedNs(slot, sequence);
    reply[0] = responseNs;
    reply[1] = serviceNs;
    reply[2] = nowNs;
    exchanges.decide(slot, sequence, outcome.answered);
    if (serviceNs > this.longestServiceNs) this.longestServiceNs = serviceNs;
    const isSlow = recorder.answeredAs(at, this.#clock.at(nowNs));
    if (this.#wire !== null) this.#wire.answered(recorder, at, slot, sequence);
    if (isSlow) recorder.slow(at, this.#firstConnection + slot, this.#context.now());
    return true;
  }

  /** When the kernel had received what is being read; NaN: not known. */
  get kernelNs(): number {
    return this.#wire === null ? Number.NaN : (this.#wire.receivedNs[0] as number);
  }

  /** A reply that was doubted is settled now. @returns the moment of its exchange */
  recall(slot: number, doubted: { readonly sequence: number; readonly kernelNs?: number }): Moment {
    if (this.#wire !== null) this.#wire.receivedNs[0] = doubted.kernelNs ?? Number.NaN;
    return this.#exchanges.momentOf(slot, doubted.sequence);
  }

  /** Whether the time of an exchange is up. */
  isOver(slot: number, sequence: number, nowNs: number): boolean {
    return nowNs - this.#exchanges.sentNs(slot, sequence) > this.#timeoutNs;
  }

  /** The time of an exchange in flight is up. @returns what its reply is late for, should it come */
  timedOut(slot: number, sequence: number): Expired {
    const exchanges = this.#exchanges;
    const recorder = this.recorderOf(slot, sequence);
    const at = exchanges.momentOf(slot, sequence);
    const sentNs = exchanges.sentNs(slot, sequence);
    const waitedNs = sentNs - exchanges.intendedNs(slot, sequence);
    const timeoutNs = this.#timeoutNs;
    exchanges.decide(slot, sequence, outcome.expired);
    recorder.timedOut(at, waitedNs + timeoutNs, timeoutNs, sentNs + timeoutNs);
    recorder.failed(this.#firstConnection + slot, failure.timeout, "target", at);
    return { moment: at, recorder, code: failure.timeout };
  }

  /** As `timedOut`, of one of which a message got no reply: its time was up at `endNs`. */
  stepTimedOut(slot: number, sequence: number, code: string, endNs: number): void {
    const exchanges = this.#exchanges;
    const { recorder } = this.#context;
    const at = exchanges.momentOf(slot, sequence);
    const responseNs = endNs - exchanges.intendedNs(slot, sequence);
    exchanges.decide(slot, sequence, outcome.expired);
    recorder.timedOut(at, responseNs, endNs - exchanges.sentNs(slot, sequence), endNs);
    recorder.failed(this.#firstConnection + slot, code, "target", at);
  }

  /**
   * The slot's exchanges in flight fail: their connection has ended, or is being closed.
   *
   * @param own whether we end it
   */
  failed(slot: number, code: string, own: boolean): void {
    for (;;) {
      const sequence = this.#exchanges.firstInFlight(slot);
      if (sequence < 0) return;
      this.failedOne(slot, sequence, code, own);
    }
  }

  failedOne(slot: number, sequence: number, code: string, own: boolean): void {
    const recorder = this.recorderOf(slot, sequence);
    const at = this.#exchanges.momentOf(slot, sequence);
    this.#exchanges.decide(slot, sequence, outcome.expired);
    recorder.count(at, counter.exchangesFailed, 1);
    if (own) recorder.count(at, counter.exchangesAbandoned, 1);
    recorder.failed(this.#firstConnection + slot, code, errorSide(code), at);
  }

  /** A reply has come that `expect` or the framing refuses. @param sequence of its exchange; negative: none */
  refused(slot: number, sequence: number, code: string, at: Moment): void {
    const recorder = this.recorderOf(slot, sequence);
    recorder.count(at, counter.corrupted, 1);
    recorder.failed(this.#firstConnection + slot, code, "target", at);
  }

  /** Keeps a reply that is wrong as an example: bytes `[start, end)`; none where it came in pieces that nobody kept. */
  wrongReply(
    slot: number,
    code: string,
    nowNs: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    totalBytes: number = end - start,
  ): void {
    const client = this.#firstConnection + slot;
    this.#context.recorder.wrongReply(code, client, nowNs, bytes, start, end, totalBytes);
  }

  /** Something unsolicited was received. @param refusal of a protocol: why it refuses what is no request; null: it does not */
  unsolicited(slot: number, nowNs: number, refusal: string | null = null): void {
    const at = this.#clock.at(nowNs);
    const { recorder } = this.#context;
    if (refusal === null) recorder.count(at, counter.unsolicited, 1);
    recorder.failed(this.#firstConnection + slot, refusal ?? failure.unsolicited, "target", at);
  }

  /** As `unsolicited`, of bytes `[start, end)`. */
  uninvited(
    slot: number,
    nowNs: number,
    refusal: string | null,
    bytes: Uint8Array,
    start: number,
    end: number,
    totalBytes: number = end - start,
  ): void {
    this.wrongReply(slot, refusal ?? failure.unsolicited, nowNs, bytes, start, end, totalBytes);
    this.unsolicited(slot, nowNs, refusal);
  }

  /** What was doubted turns out to be unsolicited. */
  uninvitedBefore(slot: number, receivedNs: number, example: ReplyExample): void {
    const { received, receivedBytes } = example;
    this.uninvited(slot, receivedNs, null, received, 0, received.length, receivedBytes);
  }

  /** A reply has come to an exchange that is over: once more, or too late. @returns whether too late */
  repeated(slot: number, sequence: number, nowNs: number): boolean {
    const isAnswered = this.#exchanges.outcomeOf(slot, sequence) === outcome.answered;
    const which = isAnswered ? counter.duplicated : counter.late;
    this.recorderOf(slot, sequence).count(this.momentOf(slot, sequence, nowNs), which, 1);
    return !isAnswered;
  }

  /** As `repeated`, of bytes `[start, end)`; those that come too late are an example. */
  cameAgain(
    slot: number,
    sequence: number,
    nowNs: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    totalBytes: number,
  ): void {
    const isLate = this.repeated(slot, sequence, nowNs);
    if (isLate) this.late(slot, nowNs, bytes, start, end, totalBytes);
  }

  /** Keeps a reply that has come too late as an example: it may say why. */
  late(
    slot: number,
    nowNs: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    totalBytes: number,
  ): void {
    this.wrongReply(slot, failure.timeout, nowNs, bytes, start, end, totalBytes);
  }

  /** Moment of an exchange; now, for one that is not remembered. */
  momentOf(slot: number, sequence: number, nowNs: number): Moment {
    const exchanges = this.#exchanges;
    return exchanges.outcomeOf(slot, sequence) === outcome.none
      ? this.#clock.at(nowNs)
      : exchanges.momentOf(slot, sequence);
  }
}
