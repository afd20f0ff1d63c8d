import { doubleZero } from "../../base/v8-double.ts";

/** No machine wakes a thread sooner; and a longer delay than the maximum was not a wake-up, but another program. */
const leastNs = 5e3;
const mostNs = 150e3;

/** Weight of the newest wait: the estimate follows the last 16 or so. */
const weight = 1 / 16;
/** Mean deviations above the mean that nearly all wake-ups stay below. */
const deviations = 4;

/**
 * How late this machine wakes a thread that sleeps until a given time: 5 us on bare metal, 50 us and more on
 * a virtual machine whose CPU went to sleep.
 *
 * To act at a given time a thread sleeps until `marginNs` before it and busy-waits the rest, so that a slow rate
 * costs a small part of a CPU and only a rate whose gaps are not longer than a wake-up costs all of it.
 *
 * @see RFC 6298: mean and mean deviation, as for TCP's retransmission timer
 */
export class WakeUp {
  #meanNs = doubleZero;
  #deviationNs = doubleZero;

  constructor() {
    this.#meanNs = 50e3;
    this.#deviationNs = 10e3;
  }

  /** How long before the given time to wake up, ns. */
  get marginNs(): number {
    const marginNs = this.#meanNs + deviations * this.#deviationNs;
    return Math.min(mostNs, Math.max(leastNs, marginNs));
  }

  /** Records that a sleep ended this long after its time. */
  woke(lateNs: number): void {
    const late = Math.min(mostNs, Math.max(0, lateNs));
    this.#deviationNs += weight * (Math.abs(late - this.#meanNs) - this.#deviationNs);
    this.#meanNs += weight * (late - this.#meanNs);
  }
}
