import type { Recorder } from "../../metrics/recorder.ts";
import { counter, type Moment } from "../../metrics/snapshot.ts";
import { errorSide } from "../replies/error-side.ts";
import type { TrafficContext } from "../traffic.ts";

/** What of their exchange steps are counted by. */
interface StepExchanges {
  exchangeMoment(slot: number): Moment;
  momentAt(ns: number): Moment;
}

/**
 * The figures of steps that are parts of their workload: each sends a message and gets a reply, times out or fails, as if
 * it were an exchange of its own. It belongs to the moment of its exchange.
 *
 *     sent = received + timedOut + exchangesFailed, per step and phase
 */
export class StepParts {
  readonly #exchanges: StepExchanges;
  /** By step; null: it has no figures of its own. */
  readonly #recorders: readonly (Recorder | null)[];
  /** By slot: the step whose message waits for its reply, or -1, and when that message was due, ns. */
  readonly #step: Int16Array;
  readonly #dueNs: Float64Array;

  /** @param parts by step: index of the workload's part; -1: none */
  constructor(
    { recorder, portion }: TrafficContext,
    parts: readonly number[],
    exchanges: StepExchanges,
  ) {
    this.#exchanges = exchanges;
    this.#recorders = parts.map((part) => recorder.parts[part] ?? null);
    this.#step = new Int16Array(portion.connections).fill(-1);
    this.#dueNs = new Float64Array(portion.connections);
  }

  sent(slot: number, step: number, bytes: number, dueNs: number, sentNs: number): void {
    const recorder = this.#recorders[step] ?? null;
    if (recorder === null) return;
    const at = this.#exchanges.exchangeMoment(slot);
    this.#step[slot] = step;
    this.#dueNs[slot] = dueNs;
    recorder.sent(at, bytes);
    // How long the first message waited for a connection is known of the exchange.
    if (step > 0 && sentNs !== dueNs) recorder.lag(at, dueNs, 0, sentNs);
  }

  answered(slot: number, sentNs: number, nowNs: number): void {
    const recorder = this.#decide(slot);
    if (recorder === null) return;
    const at = this.#exchanges.exchangeMoment(slot);
    const responseNs = nowNs - (this.#dueNs[slot] as number);
    const arrivedIn = this.#exchanges.momentAt(nowNs);
    recorder.answered(at, responseNs, nowNs - sentNs, nowNs, arrivedIn);
  }

  /** Its reply is wrong. */
  wrong(slot: number, code: string): void {
    this.count(slot, counter.corrupted, 1);
    this.failed(slot, code, false);
  }

  /** @param own whether we end its connection */
  failed(slot: number, code: string, own: boolean): void {
    this.count(slot, counter.exchangesFailed, 1);
    if (own) this.count(slot, counter.exchangesAbandoned, 1);
    this.#decide(slot)?.error(code, errorSide(code), this.#exchanges.exchangeMoment(slot));
  }

  expired(slot: number, code: string, sentNs: number, endNs: number, isLate: boolean): void {
    if (isLate) this.count(slot, counter.late, 1);
    const recorder = this.#decide(slot);
    if (recorder === null) return;
    const at = this.#exchanges.exchangeMoment(slot);
    recorder.timedOut(at, endNs - (this.#dueNs[slot] as number), endNs - sentNs, endNs);
    recorder.error(code, "target", at);
  }

  status(slot: number, status: number): void {
    this.#of(slot)?.status(this.#exchanges.exchangeMoment(slot), status);
  }

  count(slot: number, which: number, by: number): void {
    this.#of(slot)?.count(this.#exchanges.exchangeMoment(slot), which, by);
  }

  /** Of the message that waits for its reply; null: none does that has figures of its own. */
  #of(slot: number): Recorder | null {
    return this.#recorders[this.#step[slot] as number] ?? null;
  }

  #decide(slot: number): Recorder | null {
    const recorder = this.#of(slot);
    this.#step[slot] = -1;
    return recorder;
  }
}
