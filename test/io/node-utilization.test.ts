import { expect, it } from "vitest";
import { monotonicNs } from "../../src/base/clock.ts";
import { createNodeIo } from "../../src/io/node/io.ts";
import { activity } from "../../src/io/wait.ts";

it("busy-waiting does not count as work, and work does", async () => {
  const io = createNodeIo();
  io.utilization();
  const spunBeforeNs = activity.spunNs;
  const begunNs = monotonicNs();
  for (let turns = 0; turns < 30; turns++) await io.turn(monotonicNs() + 2e6, 0);
  const waiting = io.utilization();
  const overNs = monotonicNs() - begunNs;
  const spunNs = activity.spunNs - spunBeforeNs;
  expect(spunNs).toBeGreaterThan(0);
  expect(spunNs).toBeLessThanOrEqual(overNs);
  // However long this thread had no CPU: what was found to be busy-waiting is not in it.
  expect(waiting).toBeLessThanOrEqual(1 - spunNs / overNs + 0.05);
  const untilNs = monotonicNs() + 20e6;
  while (monotonicNs() < untilNs);
  await io.turn(monotonicNs(), 0);
  expect(io.utilization()).toBeGreaterThan(0.5);
  await io.end();
});
