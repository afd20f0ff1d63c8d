import { monotonicNs } from "../../base/clock.ts";

/** A Node timer of n ms fires up to this much later than n ms: ms resolution of the loop's clock, twice. */
const timerErrorNs = 2e6;

/**
 * Lets the event loop run until a deadline, or until `end`.
 *
 * Node's timers are good to 1 or 2 ms only. A caller who needs better (slack below that) has the
 * last stretch busy-waited: the loop polls its sockets over and over without sleeping, so that
 * events are still handed out at once.
 *
 * @cost one timer or one immediate per pass; busy-waiting takes a whole CPU
 */
export class Wait {
  readonly over: Promise<void>;
  readonly #deadlineNs: number;
  readonly #slackNs: number;
  #resolve: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  /**
   * @param deadlineNs monotonic clock
   * @param slackNs    how much later will do
   */
  constructor(deadlineNs: number, slackNs: number) {
    this.#deadlineNs = deadlineNs;
    this.#slackNs = slackNs;
    this.over = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#step();
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#resolve();
  }

  #step(): void {
    const remainingNs = this.#deadlineNs - monotonicNs();
    if (remainingNs <= 0) {
      setImmediate(this.#resolve);
    } else if (this.#slackNs >= timerErrorNs) {
      this.#timer = setTimeout(this.#resolve, Math.ceil(remainingNs / 1e6));
    } else if (remainingNs > timerErrorNs + 1e6) {
      const ms = Math.floor((remainingNs - timerErrorNs) / 1e6);
      this.#timer = setTimeout(() => this.#step(), ms);
    } else {
      setImmediate(Wait.#spin, this);
    }
  }

  static #spin(wait: Wait): void {
    if (wait.#ended || monotonicNs() >= wait.#deadlineNs) wait.#resolve();
    else setImmediate(Wait.#spin, wait);
  }
}
