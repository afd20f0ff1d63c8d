import { highestOf } from "../../metrics/buckets.ts";
import { decodeHistogram } from "../../metrics/hdr-encoding.ts";
import type { Histogram } from "../../metrics/histogram.ts";

/** Lines per halving of the distance to 100 %. */
const ticksPerHalf = 5;
const nsPerMs = 1e6;

/**
 * Renders a histogram as the percentile distribution that HdrHistogram's plotters read, in ms.
 *
 * Written here because hdr-histogram-js 3.0.1 in WebAssembly mode prints 30.015 as 30.15.
 *
 * @see "AbstractHistogram.outputPercentileDistribution" in HdrHistogram for Java
 */
export function renderHgrm({ hdr, mean, stdDev, max, count }: Histogram): string {
  const { indexes, counts } = decodeHistogram(hdr);
  const lines = [
    `${pad("Value", 12)} ${pad("Percentile", 14)} ${pad("TotalCount", 10)} 1/(1-Percentile)`,
    "",
  ];
  let level = 0;
  let below = 0;
  for (const [at, index] of indexes.entries()) {
    below += counts[at] as number;
    const value = Math.min(highestOf(index), max ?? 0);
    while (level < 100 && below < count && (100 * below) / count >= level) {
      lines.push(
        `${row(value, level / 100, below)} ${pad((1 / (1 - level / 100)).toFixed(2), 14)}`,
      );
      level += 100 / (ticksPerHalf * 2 ** (Math.floor(Math.log2(100 / (100 - level))) + 1));
    }
    if (below === count) lines.push(row(value, 1, below));
  }
  const ms = (ns: number | null) => pad(((ns ?? 0) / nsPerMs).toFixed(3), 12);
  lines.push(
    `#[Mean    = ${ms(mean)}, StdDeviation   = ${ms(stdDev)}]`,
    `#[Max     = ${ms(max)}, Total count    = ${pad(`${count}`, 12)}]`,
  );
  return `${lines.join("\n")}\n`;
}

function row(value: number, ratio: number, below: number): string {
  return `${pad((value / nsPerMs).toFixed(6), 12)} ${ratio.toFixed(12)} ${pad(`${below}`, 10)}`;
}

function pad(text: string, width: number): string {
  return text.padStart(width);
}
