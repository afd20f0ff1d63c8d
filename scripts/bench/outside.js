/** Measures a program that does not measure itself: its work by the server's counters, its CPU by /proc. */
import { setTimeout as sleep } from "node:timers/promises";
import { start } from "./processes.js";
import { cpuSeconds, usageOf } from "./usage.js";

/**
 * Runs a client, measures it after its warm-up, and ends it. All such clients are counted in the same way:
 * none by its own figures.
 *
 * @param {readonly (string | number)[]} words the program must run for longer than that
 * @param {object} how
 * @param {import("./processes.js").Server} how.server
 * @param {(report: Record<string, any>) => number} how.count exchanges so far, from a server's report
 * @param {number} how.warmUpSeconds from the first exchange on
 * @param {number} how.seconds
 * @param {number | undefined} how.cpu
 * @returns {Promise<import("./rounds.js").Figures>}
 */
export async function measureOutside(words, { server, count, warmUpSeconds, seconds, cpu }) {
  const idle = count(await server.report());
  const client = start(words, cpu);
  try {
    while (count(await server.report()) === idle) await alive(client, 0.01);
    await alive(client, warmUpSeconds);
    const from = { report: await server.report(), usage: usageOf([client.pid]) };
    await alive(client, seconds);
    const to = { report: await server.report(), usage: usageOf([client.pid]) };
    const exchanges = count(to.report) - count(from.report);
    if (exchanges <= 0)
      throw new Error(
        `${words.join(" ")}: ${exchanges} exchanges were counted, so there is nothing to measure`,
      );
    return {
      cpuUs: ((cpuSeconds(to.usage) - cpuSeconds(from.usage)) * 1e6) / exchanges,
      userUs: ((to.usage.userSeconds - from.usage.userSeconds) * 1e6) / exchanges,
      perSecond: exchanges / ((to.report.ns - from.report.ns) / 1e9),
    };
  } finally {
    await client.end("SIGKILL");
  }
}

/**
 * Waits, and throws when the program ends meanwhile.
 *
 * @param {import("./processes.js").Started} started
 * @param {number} seconds
 */
async function alive({ ended }, seconds) {
  const early = await Promise.race([ended, sleep(seconds * 1e3)]);
  if (early) throw new Error(`ended early, status ${early.status}: ${early.stderr}${early.stdout}`);
}
