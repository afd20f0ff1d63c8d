import { monotonicNs } from "../base/clock.ts";

/** A Node timer of n ms fires up to this much later than n ms: ms resolution of the loop's clock, twice. */
const timerErrorNs = 2e6;

/**
 * An event that comes so much behind a deadline ends the wait at once: a flood of events would else keep the caller
 * from what is due until the loop has handed out all of them.
 */
const overdueNs = 1e6;

/** A pass of the loop without events takes about 5 us: a longer one includes waiting for a CPU. */
const longestPassNs = 100e3;

/**
 * Lets the event loop run until a deadline, or until `end`.
 *
 * Node's timers are only accurate to 1 or 2 ms. For a caller that needs better (slack below that) the end
 * is busy-waited: the loop polls its sockets repeatedly without sleeping, so that events are still
 * reported at once.
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
  /** When the last pass of a busy-wait started, and the events until then. */
  #passedNs = 0;
  #events = 0;

  /**
   * @param deadlineNs monotonic clock
   * @param slackNs    acceptable delay
   */
  constructor(deadlineNs: number, slackNs: number) {
    this.#deadlineNs = deadlineNs;
    this.#slackNs = slackNs;
    activity.overdueAtNs = deadlineNs + overdueNs;
    activity.wait = this;
    this.over = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#step();
  }

  end(): void {
    activity.overdueAtNs = Number.POSITIVE_INFINITY;
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
      this.#passedNs = this.#deadlineNs - remainingNs;
      this.#events = activity.events;
      setImmediate(Wait.#spin, this);
    }
  }

  static #spin(wait: Wait): void {
    const nowNs = monotonicNs();
    const passNs = nowNs - wait.#passedNs;
    if (activity.events === wait.#events && passNs < longestPassNs) activity.spunNs += passNs;
    wait.#passedNs = nowNs;
    wait.#events = activity.events;
    if (wait.#ended || nowNs >= wait.#deadlineNs) wait.#resolve();
    else setImmediate(Wait.#spin, wait);
  }
}

/**
 * Events on this thread's sockets, and the time without any while it busy-waited: the event loop's own
 * figures count such passes as work.
 */
export const activity = {
  /** Incremented with every event reported. */
  events: 0,
  /** Time busy-waited without any, ns. */
  spunNs: 0,
  /** When the current wait, if any, should have ended. */
  overdueAtNs: Number.POSITIVE_INFINITY,
  wait: null as Wait | null,
};

/**
 * To be called when an event has been handed out that came then: where the caller's wait should have ended, it ends,
 * and goes on before the next event (Node runs promises between two callbacks).
 */
export function handedOut(nowNs: number): void {
  if (nowNs >= activity.overdueAtNs) activity.wait?.end();
}
