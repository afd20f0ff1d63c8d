import { setTimeout as sleep } from "node:timers/promises";

/**
 * @typedef {object} Measured
 * @property {number} exchanges
 * @property {number} seconds
 * @property {number} cpuSeconds user and system time of the client
 */

/**
 * Lets a loop run for a warm-up and then measures it; the loop must be under way.
 *
 * @param {number} warmUpSeconds
 * @param {number} seconds
 * @param {() => number} count exchanges completed so far
 * @returns {Promise<Measured>} of this process, without the warm-up
 */
export async function measureSteady(warmUpSeconds, seconds, count) {
  await sleep(warmUpSeconds * 1e3);
  const [exchanges, cpu, fromMs] = [count(), process.cpuUsage(), performance.now()];
  await sleep(seconds * 1e3);
  const used = process.cpuUsage(cpu);
  return {
    exchanges: count() - exchanges,
    seconds: (performance.now() - fromMs) / 1e3,
    cpuSeconds: (used.user + used.system) / 1e6,
  };
}
