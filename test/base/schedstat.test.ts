import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { afterEach, expect, it } from "vitest";
import { monotonicNs } from "../../src/base/clock.ts";
import { threadsWaitedNs, waitedNs } from "../../src/base/schedstat.ts";

const workers: Worker[] = [];
afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.terminate())));

it.runIf(process.platform === "linux")("grows while others have the CPUs", async () => {
  const total = () => [...threadsWaitedNs().values()].reduce((sum, ns) => sum + ns, 0);
  const before = total();
  const own = waitedNs() ?? Number.NaN;
  expect(own).toBeLessThanOrEqual(before);
  for (let index = 0; index < 2 * availableParallelism(); index++) {
    const worker = new Worker("for (;;);", { eval: true });
    workers.push(worker);
    await new Promise((resolve) => worker.once("online", resolve));
  }
  const untilNs = monotonicNs() + 200e6;
  while (monotonicNs() < untilNs);
  expect(waitedNs()).toBeGreaterThan(own);
  expect(total()).toBeGreaterThan(before);
});

it("is null where the system does not report it", () => {
  expect(waitedNs("/proc/no-such-thread")).toBeNull();
});
