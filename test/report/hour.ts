import { bucketOf } from "../../src/metrics/buckets.ts";
import { encodeHistogram, withHdrHistogram } from "../../src/metrics/hdr-encoding.ts";
import type { RunResult, WorkloadResult } from "../../src/results/result.ts";
import { sample } from "./samples.ts";

/** A repeatable stand-in for chance: 0 to 1, the same for the same n. */
function chance(n: number): number {
  const x = Math.sin(n * 12.9898 + 78.233) * 43758.5453;
  return x - Math.floor(x);
}

/** A second's histogram: a hundred buckets between 30 us and 3 s. */
function histogram(seed: number): string {
  const values = new Map<number, number>();
  for (let i = 0; i < 100; i++) {
    const bucket = bucketOf(30e3 * 10 ** (5 * chance(seed * 100 + i)));
    values.set(bucket, Math.ceil(2_000 * chance(seed + i)));
  }
  const indexes = Uint32Array.from([...values.keys()].sort((a, b) => a - b));
  const counts = Float64Array.from(indexes, (index) => values.get(index) as number);
  return withHdrHistogram({ indexes, counts }, encodeHistogram);
}

/**
 * A run of an hour, no two seconds of 50 alike.
 *
 * @param every only every so manieth second has an entry in the timeline
 */
export function hour(names = ["one", "two", "three", "four"], every = 1): RunResult {
  const result = sample();
  const histograms = Array.from({ length: 50 }, (_, seed) => histogram(seed));
  const [workload] = Object.values(result.workloads) as [WorkloadResult];
  return {
    ...result,
    run: { ...result.run, durationMs: 3_600_000 },
    workloads: Object.fromEntries(
      names.map((name, index) => [name, hourOf(workload, histograms, index, every)]),
    ),
  };
}

function hourOf(
  workload: WorkloadResult,
  histograms: readonly string[],
  index: number,
  every: number,
): WorkloadResult {
  const timeline = Array.from({ length: 3600 / every }, (_, entry) => {
    const second = entry * every;
    const random = (n: number) => chance(second * 17 + index * 5 + n);
    return {
      atMs: second * 1000,
      offered: 100_000,
      sent: Math.round(100_000 * random(1)),
      received: Math.round(100_000 * random(2)),
      open: Math.round(1e6 * random(3)),
      opened: 10,
      errors: Math.round(100 * random(4)),
      responseTime: {
        p50: 1e6 * random(5),
        p99: 1e7 * random(6),
        max: 1e9 * random(7),
        hdr: histograms[(second * 7 + index) % histograms.length] as string,
      },
      sendLag: { p99: 1e5 * random(8), max: 1e6 * random(9) },
    };
  });
  return { ...workload, timeline, steady: { fromMs: 5_000, toMs: 3_590_000 } };
}
