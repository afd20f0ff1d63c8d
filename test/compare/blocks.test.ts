import { describe, expect, test } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import { blocksOf, drawFigures } from "../../src/compare/blocks.ts";
import { buildResult } from "../../src/results/build/build.ts";
import type { WorkloadResult } from "../../src/results/result.ts";
import { measured, resultInput } from "../results/fixture.ts";

/** Steady state from 2 s to 6 s, 800 replies a second, one second of 10 ms among those of 1 ms. */
function chat(): WorkloadResult {
  const responseNs = (second: number) => (second === 3 ? 10e6 : 1e6);
  const input = resultInput({ workloads: [measured(0, { responseNs })] });
  return buildResult(input).workloads.chat as WorkloadResult;
}

describe("blocks", () => {
  test("contain every second of steady state once", () => {
    const blocks = blocksOf(chat()) ?? [];
    expect(blocks.map(({ seconds }) => seconds)).toEqual([2, 2]);
    expect(blocks.map(({ received }) => received)).toEqual([1600, 1600]);
    expect(blocks.map(({ counts }) => counts.reduce((a, b) => a + b))).toEqual([1600, 1600]);
    expect(blocks.map(({ indexes }) => indexes.length)).toEqual([2, 1]);
  });

  test("exclude seconds that are only partly in steady state", () => {
    const workload = { ...chat(), steady: { fromMs: 2001, toMs: 5999 } };
    const blocks = blocksOf(workload) ?? [];
    expect(blocks.reduce((sum, { seconds }) => sum + seconds, 0)).toBe(2);
  });

  test("are not available for results without histograms of seconds, nor for one second", () => {
    const workload = chat();
    const timeline = workload.timeline.map((entry) => ({
      ...entry,
      responseTime: { ...entry.responseTime, hdr: null },
    }));
    expect(blocksOf({ ...workload, timeline })).toBeNull();
    expect(blocksOf({ ...workload, steady: null })).toBeNull();
    expect(blocksOf({ ...workload, steady: { fromMs: 2000, toMs: 3000 } })).toBeNull();
  });

  test("are drawn with replacement: their figures scatter as the blocks do", () => {
    const blocks = blocksOf(chat()) ?? [];
    const random = createRandom(1);
    const [p99 = [], rate = []] = drawFigures(
      blocks,
      [{ percentile: 99 }, "receivedPerSecond"],
      400,
      random,
    );
    const slow = p99.filter((ns) => (ns ?? 0) > 9e6).length;
    // Without the block that has the slow second: a quarter of the draws.
    expect(slow / 400).toBeGreaterThan(0.65);
    expect(slow / 400).toBeLessThan(0.85);
    expect(new Set(rate)).toEqual(new Set([800]));
  });
});

test("blocks of entries that stand for several seconds have their length, and their rates are a second's", () => {
  const workload = chat();
  const [, , steady] = workload.timeline;
  const timeline = Array.from({ length: 130 }, (_, at) => {
    const seconds = at < 100 ? 1 : 10;
    const atMs = 1000 * (at < 100 ? at : 100 + (at - 100) * 10);
    return { ...(steady as NonNullable<typeof steady>), atMs, seconds, received: 800 * seconds };
  });
  const blocks = blocksOf({ ...workload, timeline, steady: { fromMs: 0, toMs: 395_000 } }) ?? [];
  expect(blocks.reduce((sum, { seconds }) => sum + seconds, 0)).toBe(390);
  expect(blocks.every(({ seconds, received }) => received === 800 * seconds)).toBe(true);
  expect(Math.min(...blocks.map(({ seconds }) => seconds))).toBeGreaterThanOrEqual(7);
});
