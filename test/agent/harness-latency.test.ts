import { expect, it } from "vitest";
import { measureHarnessLatency } from "../../src/agent/harness-latency.ts";
import { createNodeIo } from "../../src/io/node/io.ts";

it("times a null exchange", async () => {
  const { p50Ns, p99Ns } = await measureHarnessLatency(createNodeIo());
  expect(p50Ns).toBeGreaterThan(0);
  expect(p99Ns).toBeGreaterThanOrEqual(p50Ns);
});
