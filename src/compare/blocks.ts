/** Divides a run into blocks of consecutive seconds and resamples them: how certain the run's own figures are. */
import type { Random } from "../base/random.ts";
import { decodeHistogram } from "../metrics/hdr-encoding.ts";
import { percentileOf } from "../metrics/sparse-counts.ts";
import type { TimelineEntry, WorkloadResult } from "../results/result.ts";
import type { ComparedMetric } from "../results/series/main-metrics.ts";
import { isWholeSecond } from "../results/steady-seconds.ts";

/** Some consecutive seconds. */
export interface Block {
  readonly seconds: number;
  readonly received: number;
  /** Of response times: bucket indexes, ascending, and how many samples each has. */
  readonly indexes: Uint32Array;
  readonly counts: Float64Array;
}

/** More blocks do not make a figure more certain, and make an hour's run slow. */
const mostBlocks = 60;

/**
 * Returns the blocks of a workload's steady state, from the seconds that lie completely in it. A block's
 * length is the cube root of their number, so that correlated neighbours mostly stay together.
 *
 * @returns null where the result has no histograms of its seconds, or fewer than two blocks of them
 */
export function blocksOf(workload: WorkloadResult): Block[] | null {
  if (workload.steady === null) return null;
  const entries = workload.timeline.filter((entry) => isWholeSecond(workload, entry));
  const known = entries.every(({ responseTime: { hdr, p50 } }) => hdr || p50 === null);
  if (!known || entries.every(({ responseTime: { hdr } }) => !hdr)) return null;
  const total = secondsIn(entries);
  const length = Math.max(Math.round(Math.cbrt(total)), Math.ceil(total / mostBlocks));
  const blocks: TimelineEntry[][] = [];
  let open: TimelineEntry[] = [];
  for (const entry of entries) {
    open.push(entry);
    if (secondsIn(open) < length) continue;
    blocks.push(open);
    open = [];
  }
  // The remaining seconds belong to the last block.
  blocks.at(-1)?.push(...open);
  return blocks.length < 2 ? null : blocks.map(blockOf);
}

function secondsIn(entries: readonly TimelineEntry[]): number {
  return entries.reduce((sum, { seconds }) => sum + seconds, 0);
}

function blockOf(entries: readonly TimelineEntry[]): Block {
  const sums = new Map<number, number>();
  for (const { responseTime } of entries) {
    if (!responseTime.hdr) continue;
    const { indexes, counts } = decodeHistogram(responseTime.hdr);
    for (const [i, index] of indexes.entries()) {
      sums.set(index, (sums.get(index) ?? 0) + (counts[i] as number));
    }
  }
  const indexes = Uint32Array.from(sums.keys()).sort();
  return {
    seconds: secondsIn(entries),
    received: entries.reduce((sum, { received }) => sum + received, 0),
    indexes,
    counts: Float64Array.from(indexes, (index) => sums.get(index) ?? 0),
  };
}

/** A figure that can be computed from the drawn blocks. */
export type BlockFigure = { readonly percentile: number } | "receivedPerSecond";

/** Returns the figure by which the seconds of a timeline show a metric; null if they do not. */
export function blockFigureOf({ ref }: ComparedMetric): BlockFigure | null {
  if (ref.of === "timing" && ref.metric === "responseTime" && typeof ref.statistic === "object") {
    return ref.statistic;
  }
  const isReceived = ref.of === "workload" && ref.metric === "rate.receivedPerSecond";
  return isReceived ? "receivedPerSecond" : null;
}

/**
 * Draws as many blocks as there are, with replacement, `draws` times, and computes the figures of each draw.
 *
 * @returns by figure, its value in each draw; null where a draw has none
 */
export function drawFigures(
  blocks: readonly Block[],
  figures: readonly BlockFigure[],
  draws: number,
  random: Random,
): (number | null)[][] {
  const buckets = Uint32Array.from(new Set(blocks.flatMap(({ indexes }) => [...indexes]))).sort();
  const place = new Map([...buckets].map((index, at) => [index, at]));
  const places = blocks.map(({ indexes }) => Uint32Array.from(indexes, (i) => place.get(i) ?? 0));
  const sums = new Float64Array(buckets.length);
  return transposed(
    Array.from({ length: draws }, () => {
      sums.fill(0);
      let [seconds, received] = [0, 0];
      for (let i = 0; i < blocks.length; i++) {
        const drawn = Math.floor(random.float() * blocks.length);
        const block = blocks[drawn] as Block;
        const at = places[drawn] as Uint32Array;
        seconds += block.seconds;
        received += block.received;
        for (let j = 0; j < at.length; j++) {
          const bucket = at[j] as number;
          sums[bucket] = (sums[bucket] as number) + (block.counts[j] as number);
        }
      }
      const count = sums.reduce((total, samples) => total + samples, 0);
      // The exact values in a bucket are not known: its highest value represents them.
      const times = { indexes: buckets, counts: sums, count, max: Number.POSITIVE_INFINITY };
      return figures.map((figure) =>
        figure === "receivedPerSecond"
          ? received / seconds
          : percentileOf(times, figure.percentile),
      );
    }),
    figures.length,
  );
}

function transposed<T>(rows: readonly (readonly T[])[], columns: number): T[][] {
  return Array.from({ length: columns }, (_, column) => rows.map((row) => row[column] as T));
}
