import { type Decoded, decoded, valueAt } from "./histograms.ts";
import type { PercentileChart, Series } from "./model.ts";
import type { ReportRun } from "./report-run.ts";

/** Points per halving of the distance to 100 %, as in HdrHistogram's own plots. */
const pointsPerHalving = 8;

/** A workload with deliveries has no replies. */
const parts = [
  ["response time", "responseTime", 0],
  ["service time", "serviceTime", 1],
  ["delivery", "deliveryLatency", 0],
  ["transit", "transitTime", 1],
] as const;

interface Line {
  readonly label: string;
  readonly run: number;
  readonly part: number;
  readonly histogram: Decoded;
  readonly max: number;
}

/**
 * The latencies of a workload in steady state by percentile, of every run; null where none has samples.
 *
 * x is 1 / (1 - percentile): 10 is the 90th, 100 the 99th. A line ends with its maximum, at the first x that
 * is not less than its number of samples.
 */
export function percentileChart(runs: readonly ReportRun[], name: string): PercentileChart | null {
  const lines = runs.flatMap((run) =>
    parts.flatMap(([label, of, part]) => {
      const histogram = run.workloads[name]?.[of];
      const buckets = decoded(histogram?.hdr);
      const max = histogram?.max ?? null;
      if (buckets === null || max === null) return [];
      return [{ label, run: run.index, part, histogram: buckets, max }];
    }),
  );
  if (lines.length === 0) return null;
  const most = Math.max(...lines.map(({ histogram }) => histogram.count));
  const steps = Math.ceil(Math.log2(most) * pointsPerHalving) + 1;
  const x = Array.from({ length: steps }, (_, step) => 2 ** (step / pointsPerHalving));
  return {
    x: x.map((value) => Number(value.toPrecision(6))),
    series: lines.map((line) => seriesOf(line, x)),
  };
}

function seriesOf({ label, run, part, histogram, max }: Line, x: readonly number[]): Series {
  const values = x.map((point, index) => {
    if (index > 0 && (x[index - 1] as number) >= histogram.count) return null;
    return point >= histogram.count ? max : valueAt(histogram, max, 100 * (1 - 1 / point));
  });
  return { label, run, part, values };
}
