import { bucketOf } from "../../src/metrics/buckets.ts";
import { encodeHistogram, withHdrHistogram } from "../../src/metrics/hdr-encoding.ts";
import { rollUp, type Slice } from "../../src/metrics/timeline/roll-up.ts";
import type { RunResult, TimelineEntry, WorkloadResult } from "../../src/results/result.ts";
import type { ServerResult } from "../../src/results/server-result.ts";
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
  const seconds = Array.from({ length: 3600 / every }, (_, entry) => {
    return { second: entry * every, seconds: 1 };
  });
  const timeline = timelineOf(seconds, histograms, index);
  return { ...workload, timeline, steady: { fromMs: 5_000, toMs: 3_590_000 } };
}

/** A run of a day, old seconds of which are together, with a server. */
export function day(names = ["one", "two", "three", "four"]): RunResult {
  const result = hour(["one"], 3600);
  const slices = Array.from({ length: 86_400 }, (_, second): Slice => ({ second, seconds: 1 }));
  rollUp(slices, 86_400, 0, (_, whole) => whole);
  const histograms = Array.from({ length: 50 }, (_, seed) => histogram(seed));
  const [workload] = Object.values(result.workloads) as [WorkloadResult];
  const [server] = Object.values(result.servers) as [ServerResult];
  const steady = { fromMs: 5_000, toMs: 86_390_000 };
  const samples = slices.map(({ second, seconds }) => ({
    atMs: (second + seconds - 1) * 1000,
    seconds,
    cpuSeconds: (second + seconds) / 3,
    rssBytes: 2 ** 26 + Math.round(2 ** 20 * chance(second)),
    openFiles: 100,
  }));
  return {
    ...result,
    run: { ...result.run, durationMs: 86_400_000 },
    servers: { echo: { ...server, timeline: samples } },
    workloads: Object.fromEntries(
      names.map((name, index) => [
        name,
        { ...workload, timeline: timelineOf(slices, histograms, index), steady },
      ]),
    ),
  };
}

function timelineOf(
  slices: readonly Slice[],
  histograms: readonly string[],
  index: number,
): TimelineEntry[] {
  return slices.map(({ second, seconds }) => {
    const random = (n: number) => chance(second * 17 + index * 5 + n);
    return {
      atMs: second * 1000,
      seconds,
      offered: 100_000 * seconds,
      sent: Math.round(100_000 * seconds * random(1)),
      received: Math.round(100_000 * seconds * random(2)),
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
}
