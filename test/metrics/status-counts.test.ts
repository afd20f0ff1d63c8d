import { expect, test } from "vitest";
import { phase } from "../../src/metrics/snapshot.ts";
import { StatusCounts } from "../../src/metrics/status-counts.ts";

test("counts by status and phase, in that order, and starts again from zero", () => {
  const counts = new StatusCounts();
  expect(counts.take()).toEqual([]);
  for (const [at, status] of [
    [phase.drain, 200],
    [phase.steady, 999],
    [phase.steady, 200],
    [phase.steady, 200],
    [phase.warmUp, 101],
    [phase.connect, 100],
  ] as const) {
    counts.add(at, status);
  }
  expect(counts.take()).toEqual([
    { status: 100, phase: "connect", count: 1 },
    { status: 101, phase: "warmUp", count: 1 },
    { status: 200, phase: "steady", count: 2 },
    { status: 200, phase: "drain", count: 1 },
    { status: 999, phase: "steady", count: 1 },
  ]);
  expect(counts.take()).toEqual([]);
  counts.add(phase.steady, 404);
  expect(counts.take()).toEqual([{ status: 404, phase: "steady", count: 1 }]);
});
