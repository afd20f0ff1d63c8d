import type uPlot from "uplot";
import type { PercentileChart } from "../model.ts";
import { axisLook, valueAxis } from "./axis.ts";
import { valueText } from "./format.ts";
import type { Drawing } from "./plot-frame.ts";
import { legend, lineColor } from "./theme.ts";
import { seriesLabel } from "./time-chart.ts";

/** Latency by percentile, x as in HdrHistogram's plots: every further nine takes the same width. */
export function drawPercentiles(
  chart: PercentileChart,
  runLabels: readonly string[],
  log: boolean,
): Drawing {
  const { axis, scale } = valueAxis("ns", log);
  const x = chart.x.map(Math.log10);
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
    shape: JSON.stringify([log, lines.map(({ label }) => label)]),
    data: [
      x,
      ...chart.series.map(({ values }) =>
        values.map((value) => (value === null ? null : Math.max(1, value))),
      ),
    ],
    options: {
      // Room for half of the last label.
      padding: [null, 30, null, null],
      scales: {
        x: { time: false, range: (_, from, to) => [from, Math.max(from + 0.1, to)] },
        y: scale,
      },
      axes: [
        {
          ...axisLook(),
          scale: "x",
          size: 30,
          splits: (plot, _, min, max) =>
            percentileSplits(min, max, plot.bbox.width / devicePixelRatio),
          values: (_, splits) => splits.map((value) => percentileText(10 ** value)),
        },
        axis,
      ],
      cursor: { y: false, drag: { x: true, y: false }, points: { size: 6 } },
      legend,
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

/** Room for a label, CSS pixels. */
const labelWidth = 64;

/** 0, 50, 90, 99 % and so on, as many as fit. */
function percentileSplits(min: number, max: number, width: number): number[] {
  const perNine = width / (max - min);
  const every = Math.max(1, Math.ceil(labelWidth / perNine));
  const nines = Array.from({ length: 16 }, (_, power) => power).filter((n) => n % every === 0);
  const half = Math.log10(2);
  return [...nines, ...(half * perNine > labelWidth / 2 && every === 1 ? [half] : [])]
    .sort((a, b) => a - b)
    .filter((at) => at >= min - 1e-9 && at <= max + 1e-9);
}

/** 1 / (1 - p) as a percentage with as many digits as it takes: 99 %, 99.9 %, 99.95 %. */
function percentileText(x: number): string {
  const nines = Math.floor(Math.log10(x) + 1e-9);
  const digits = Math.max(0, nines - 2);
  const exact = Math.abs(x - 10 ** nines) < 1e-6 * x || x < 4;
  return `${((1 - 1 / x) * 100).toFixed(exact ? digits : digits + 1)} %`;
}
