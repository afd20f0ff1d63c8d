import { expect, it } from "vitest";
import { PauseLog } from "../../../src/metrics/disturbance/pause-log.ts";

it("keeps the longest 1,000 pauses in the order of time, and the sum of all", () => {
  const log = new PauseLog();
  for (let i = 0; i < 5000; i++) {
    const fromNs = i * 1e9;
    log.add([{ worker: 0, fromNs, toNs: fromNs + 10e6 + i, cause: "cpu" }]);
  }
  const { longest, total } = log;
  expect(longest).toHaveLength(1000);
  expect(longest[0]?.fromNs).toBe(4000e9);
  expect(longest.at(-1)?.fromNs).toBe(4999e9);
  expect(total).toEqual({ count: 5000, ns: 5000 * 10e6 + (4999 * 5000) / 2 });
});
