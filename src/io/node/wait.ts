import { monotonicNs } from "../../base/clock.ts";

/** A Node timer of n ms fires up to this much later than n ms: ms resolution of the loop's clock, twice. */
const timerErrorNs = 2e6;

/**
 * Lets the event loop run until a deadline.
 *
 * Node's timers are good to 1 or 2 ms only. A caller who needs better (slack below that) has the
 * last stretch busy-waited: the loop polls its sockets over and over without sleeping, so that
 * events are still handed out at once.
 *
 * @param deadlineNs monotonic clock
 * @param slackNs    how much later will do
 * @cost  one timer or one immediate per pass; busy-waiting takes a whole CPU
 */
export function waitUntil(deadlineNs: number, slackNs: number): Promise<void> {
  return new Promise((resolve) => {
    step(deadlineNs, slackNs, resolve);
  });
}

function step(deadlineNs: number, slackNs: number, resolve: () => void): void {
  const remainingNs = deadlineNs - monotonicNs();
  if (remainingNs <= 0) {
    setImmediate(resolve);
  } else if (slackNs >= timerErrorNs) {
    setTimeout(resolve, Math.ceil(remainingNs / 1e6));
  } else if (remainingNs > timerErrorNs + 1e6) {
    setTimeout(step, Math.floor((remainingNs - timerErrorNs) / 1e6), deadlineNs, slackNs, resolve);
  } else {
    setImmediate(spin, deadlineNs, resolve);
  }
}

function spin(deadlineNs: number, resolve: () => void): void {
  if (monotonicNs() >= deadlineNs) resolve();
  else setImmediate(spin, deadlineNs, resolve);
}
