import { createConstantSchedule } from "../../schedule/create-schedule.ts";
import { createPortion, type SchedulePortion } from "../../schedule/portion.ts";
import type { TrafficContext } from "../traffic.ts";

/**
 * Connecting at once. The kernel's accept queue holds 4,096 in all, and what does not fit connects a
 * second late: a rate that is more than client and target can do must not fill it.
 */
const mostConnecting = { unpaced: 128, paced: 2048 };

/** When the slots of a workload are opened for the first time: by `connectRate`, or as fast as they complete. */
export class OpenPace {
  readonly #slots: number;
  readonly #paced: SchedulePortion | null;
  readonly #mostConnecting: number;
  #beginNs = Number.POSITIVE_INFINITY;
  /** Slots that have been opened. */
  #begun = 0;

  constructor({ workload, portion }: TrafficContext, slots: number) {
    const { connectRatePerSecond: rate } = workload;
    this.#slots = slots;
    this.#paced =
      rate === null
        ? null
        : createPortion(createConstantSchedule(rate, Number.POSITIVE_INFINITY), portion);
    this.#mostConnecting = mostConnecting[this.#paced === null ? "unpaced" : "paced"];
  }

  begin(nowNs: number): void {
    this.#beginNs = nowNs;
  }

  /**
   * When the next slot is to be opened; Infinity: none is left, or too many are on their way.
   *
   * @param connecting connections on their way
   * @param preparing  connections at one of their steps. At a rate these do not count: they are beyond the accept queue
   */
  nextNs(nowNs: number, connecting: number, preparing: number): number {
    if (this.#beginNs > nowNs) return this.#beginNs;
    if (this.#begun >= this.#slots) return Number.POSITIVE_INFINITY;
    const paced = this.#paced;
    const dueNs = paced === null ? nowNs : this.#beginNs + paced.intendedNs(this.#begun);
    if (dueNs > nowNs) return dueNs;
    const onTheWay = connecting + (paced === null ? preparing : 0);
    return onTheWay >= this.#mostConnecting ? Number.POSITIVE_INFINITY : dueNs;
  }

  /** @returns the next slot, which is opened now */
  take(): number {
    return this.#begun++;
  }
}
