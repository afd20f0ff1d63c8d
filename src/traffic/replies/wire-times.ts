import type { KernelTimes } from "../../io/io.ts";
import { replyTimes } from "../../metrics/clients.ts";
import type { Recorder } from "../../metrics/recorder.ts";
import type { Moment } from "../../metrics/snapshot.ts";
import type { Exchanges } from "./exchanges.ts";

/** A stamp that is farther than this before what it stamps: the wall clock, which the kernel stamps with, was set. */
const mostErrorNs = 100e3;

/**
 * The kernel's times of a worker's exchanges (`wireTime`): when it was given each request, and when it had received the
 * last of the reply that is being read.
 *
 * Requests that leave together go to the kernel by one call, whose beginning counts: the first of them are on their way
 * before the last.
 */
export class WireTimes implements KernelTimes {
  readonly receivedNs = new Float64Array([Number.NaN]);
  #exchanges: Exchanges | null = null;
  /** By `Exchanges.indexOf`: when the kernel was given the request; NaN: it was not yet. */
  #submittedNs = new Float64Array();
  /** Requests that go to the kernel with the next call. */
  readonly #staged: number[] = [];

  /** @param slots of the exchanges */
  attach(exchanges: Exchanges, slots: number): void {
    this.#exchanges = exchanges;
    this.#submittedNs = new Float64Array(slots * exchanges.capacity).fill(Number.NaN);
  }

  /** The request of an exchange has been handed to the io; once more where its connection had ended. */
  sent(slot: number, sequence: number): void {
    const at = this.#indexOf(slot, sequence);
    this.#submittedNs[at] = Number.NaN;
    this.#staged.push(at);
  }

  submitting(nowNs: number): void {
    const staged = this.#staged;
    for (let i = 0; i < staged.length; i++) this.#submittedNs[staged[i] as number] = nowNs;
    staged.length = 0;
  }

  /** What is read next was not received just now: nobody knows when it was. */
  forget(): void {
    this.receivedNs[0] = Number.NaN;
  }

  /** Records the times of an exchange whose reply was counted (`Recorder.answeredAs`), where they are known. */
  answered(recorder: Recorder, at: Moment, slot: number, sequence: number): void {
    const { reply } = recorder;
    const wokenNs = reply[replyTimes.wokenNs] as number;
    const submittedNs = this.#submittedNs[this.#indexOf(slot, sequence)] as number;
    const receivedNs = this.receivedNs[0] as number;
    const isKnown = receivedNs > submittedNs - mostErrorNs && receivedNs < wokenNs + mostErrorNs;
    reply[replyTimes.submittedNs] = isKnown ? submittedNs : Number.NaN;
    reply[replyTimes.receivedNs] = isKnown
      ? Math.max(submittedNs, Math.min(wokenNs, receivedNs))
      : Number.NaN;
    if (isKnown) recorder.timed(at);
  }

  #indexOf(slot: number, sequence: number): number {
    return (this.#exchanges as Exchanges).indexOf(slot, sequence);
  }
}
