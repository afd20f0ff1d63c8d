import type uPlot from "uplot";
import type { PercentileChart } from "../model.ts";
import { axisLook, valueAxis } from "./axis.ts";
import { valueText } from "./format.ts";
import type { Drawing } from "./plot-frame.ts";
import { lineColor } from "./theme.ts";
import { seriesLabel } from "./time-chart.ts";

/** Latency by percentile, x as HdrHistogram's plots have it: every further nine takes as much room. */
export function drawPercentiles(
  chart: PercentileChart,
  runLabels: readonly string[],
  log: boolean,
): Drawing {
  const { axis, scale } = valueAxis("ns", log);
  const x = chart.x.map(Math.log10);
  const last = x.at(-1) ?? 1;
  const lines = chart.series.map(
    (series): uPlot.Series => ({
      label: seriesLabel(series, runLabels),
      scale: "y",
      stroke: () => lineColor(series.run, series.part, runLabels.length),
      dash: series.part === 1 ? [7, 4] : [],
      width: 1.75,
      points: { show: false },
      value: (_, value) => valueText(value, "ns"),
    }),
  );
  return {
    data: [
      x,
      ...chart.series.map(({ values }) =>
        values.map((value) => (value === null ? null : Math.max(1, value))),
      ),
    ],
    options: {
      scales: { x: { time: false, range: () => [0, Math.max(1, last)] }, y: scale },
      axes: [
        {
          ...axisLook(),
          scale: "x",
          size: 30,
          splits: (_, __, min, max) => percentileSplits(min, max),
          values: (_, splits) => splits.map((value) => percentileText(10 ** value)),
        },
        axis,
      ],
      cursor: { drag: { x: true, y: false }, points: { size: 6 } },
      legend: { live: true },
      series: [
        {
          label: "percentile",
          value: (_, value) => (value === null ? "–" : percentileText(10 ** value)),
        },
        ...lines,
      ],
    },
  };
}

/** 0, 50, 90, 99 % and so on: of the halves the first alone, so that no two labels meet. */
function percentileSplits(min: number, max: number): number[] {
  const nines = Array.from({ length: 12 }, (_, power) => power);
  return [...nines, Math.log10(2)]
    .sort((a, b) => a - b)
    .filter((at) => at >= min - 1e-9 && at <= max + 1e-9 && (at % 1 === 0 || max - min < 5));
}

/** 1 / (1 - p) as a percentage with as many digits as it takes: 99 %, 99.9 %, 99.95 %. */
function percentileText(x: number): string {
  const nines = Math.floor(Math.log10(x) + 1e-9);
  const digits = Math.max(0, nines - 2);
  const exact = Math.abs(x - 10 ** nines) < 1e-6 * x || x < 4;
  return `${((1 - 1 / x) * 100).toFixed(exact ? digits : digits + 1)} %`;
}
