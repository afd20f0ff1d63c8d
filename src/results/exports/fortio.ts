import { highestOf, lowestOf } from "../../metrics/buckets.ts";
import { decodeHistogram } from "../../metrics/hdr-encoding.ts";
import type { Histogram } from "../../metrics/histogram.ts";
import type { RunResult, WorkloadResult } from "../result.ts";

const seconds = (ns: number | null) => (ns ?? 0) / 1e9;

/**
 * Renders a workload's steady state in the format of Fortio's results: `fortio report` draws it, alone or
 * with others. Times are in seconds, durations in ns.
 *
 * @see "RunnerResults" and "HistogramData" of Fortio
 */
export function renderFortio(
  { run, scenario, tool }: RunResult,
  name: string,
  workload: WorkloadResult,
): string {
  const { rate, steady, protocol, pattern, connections, exchanges, errors, responseTime } =
    workload;
  const lengthMs = steady === null ? 0 : steady.toMs - steady.fromMs;
  const startedAt = new Date(Date.parse(run.startedAt) + (steady?.fromMs ?? 0)).toISOString();
  // A status that was not expected is counted as such.
  const others = errors.filter(
    ({ code, phase }) =>
      phase === "steady" && exchanges.status?.[code.replace(/^[A-Z]+_/, "")] === undefined,
  );
  const failed = Object.fromEntries(others.map(({ code, count }) => [code, count]));
  const report = {
    RunType: protocol.toUpperCase(),
    Labels: `${scenario.name} ${name}, ${pattern}`,
    StartTime: startedAt,
    RequestedQPS: rate.offeredPerSecond === null ? "max" : `${rate.offeredPerSecond}`,
    RequestedDuration: `${lengthMs / 1e3}s`,
    ActualQPS: rate.receivedPerSecond ?? 0,
    ActualDuration: Math.round(lengthMs * 1e6),
    NumThreads: connections.peak,
    Version: `${tool.name} ${tool.version}`,
    DurationHistogram: histogramData(responseTime),
    Exactly: 0,
    RetCodes: { ...(exchanges.status ?? { OK: exchanges.received }), ...failed },
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function histogramData(histogram: Histogram): Readonly<Record<string, unknown>> {
  const { count, min, max, mean, stdDev, percentiles, hdr } = histogram;
  const { indexes, counts } = decodeHistogram(hdr);
  let below = 0;
  const data = Array.from(indexes, (index, at) => {
    const own = counts[at] as number;
    below += own;
    return {
      // The first bucket starts at the minimum and the last ends at the maximum.
      Start: seconds(Math.max(lowestOf(index), min ?? 0)),
      End: seconds(Math.min(highestOf(index), max ?? Number.POSITIVE_INFINITY)),
      Percent: (100 * below) / count,
      Count: own,
    };
  });
  return {
    Count: count,
    Min: seconds(min),
    Max: seconds(max),
    Sum: seconds((mean ?? 0) * count),
    Avg: seconds(mean),
    StdDev: seconds(stdDev),
    Data: data,
    Percentiles: Object.entries(percentiles).map(([percentile, value]) => ({
      Percentile: Number(percentile),
      Value: seconds(value),
    })),
  };
}
