import type uPlot from "uplot";
import type { Mark, Series, Span, TimeChart, TimeGrid } from "../model.ts";
import { axisLook, valueAxis } from "./axis.ts";
import { timeText, valueText } from "./format.ts";
import { type Drawing, timeCursor, wholeRange } from "./plot-frame.ts";
import { legend, lineColor, lineDash, theme } from "./theme.ts";

/** What else is drawn over time. */
export interface TimeContext {
  readonly grid: TimeGrid;
  readonly runLabels: readonly string[];
  readonly steady: readonly (Span | null)[];
  readonly marks: readonly Mark[];
}

/** The middles of the bins. */
export function binMiddles({ fromSeconds, stepSeconds, count }: TimeGrid): number[] {
  return Array.from({ length: count }, (_, bin) => fromSeconds + (bin + 0.5) * stepSeconds);
}

export function seriesLabel({ label, run }: Series, runLabels: readonly string[]): string {
  return runLabels.length > 1 ? `${label} · ${runLabels[run] ?? ""}` : label;
}

/** Distances of ticks that read well, s. */
const timeSteps = [
  ...[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600],
  ...[900, 1800, 3600, 7200, 14_400, 28_800, 86_400, 172_800, 604_800],
];

/** The horizontal axis over time. */
export function timeAxis(): uPlot.Axis {
  return {
    ...axisLook(),
    scale: "x",
    size: 30,
    space: 60,
    incrs: timeSteps,
    values: (_, splits) => splits.map(timeText),
  };
}

/** Its scale: the whole range, unless zoomed. */
export const timeScale: uPlot.Scale = {
  time: false,
  range: (plot, from, to) => {
    const x = plot.data[0];
    // Called with the data's own range: not zoomed.
    if (from !== x[0] || to !== x.at(-1)) return [from, to];
    const { min, max } = wholeRange(plot);
    return [min, max];
  },
};

export function drawTimeChart(chart: TimeChart, context: TimeContext, log: boolean): Drawing {
  const { grid, runLabels } = context;
  const { axis, scale } = valueAxis(chart.unit, log);
  const lines = chart.series.map(
    (series): uPlot.Series => ({
      label: seriesLabel(series, runLabels),
      scale: "y",
      stroke: () => lineColor(series.run, series.part, runLabels.length),
      dash: lineDash(series.part, runLabels.length),
      width: 1.5,
      points: { size: 5, filter: lonely },
      value: (_, value) => valueText(value, chart.unit),
    }),
  );
  return {
    shape: JSON.stringify([log, grid.stepSeconds, lines.map(({ label }) => label)]),
    below: (plot) => drawBackground(plot, context),
    above: (plot) => drawMarks(plot, context),
    data: [
      binMiddles(grid),
      ...chart.series.map(({ values }) =>
        // A logarithmic axis has no place for zero.
        log ? values.map((value) => (value === null ? null : Math.max(1, value))) : [...values],
      ),
    ],
    options: {
      scales: { x: timeScale, y: scale },
      axes: [timeAxis(), axis],
      cursor: { ...timeCursor, points: { size: 6 } },
      legend,
      series: [
        { label: "time", value: (_, value) => (value === null ? "–" : binText(grid, value)) },
        ...lines,
      ],
    },
  };
}

/** Indexes of points without neighbours, which no line reaches. */
function lonely(plot: uPlot, series: number): number[] {
  const values = plot.data[series] ?? [];
  const none = (value: number | null | undefined) => value === null || value === undefined;
  return Array.from(values.keys()).filter(
    (at) => !none(values[at]) && none(values[at - 1]) && none(values[at + 1]),
  );
}

/** Text for a bin's range, from its middle. */
function binText({ stepSeconds }: TimeGrid, middle: number): string {
  return `${timeText(middle - stepSeconds / 2)} to ${timeText(middle + stepSeconds / 2)}`;
}

/** Shades what is not steady state. */
export function drawBackground(plot: uPlot, { steady }: TimeContext): void {
  const { ctx, bbox } = plot;
  const spans = steady.filter((span) => span !== null);
  if (spans.length === 0) return;
  const from = xWithin(plot, Math.min(...spans.map(({ fromSeconds }) => fromSeconds)));
  const to = xWithin(plot, Math.max(...spans.map(({ toSeconds }) => toSeconds)));
  ctx.save();
  ctx.fillStyle = theme().outside;
  ctx.fillRect(bbox.left, bbox.top, from - bbox.left, bbox.height);
  ctx.fillRect(to, bbox.top, bbox.left + bbox.width - to, bbox.height);
  ctx.restore();
}

/** Draws a line with a label at each event. */
export function drawMarks(plot: uPlot, { marks }: TimeContext): void {
  const { ctx, bbox } = plot;
  const { min = 0, max = 0 } = plot.scales.x ?? {};
  ctx.save();
  ctx.strokeStyle = theme().mark;
  ctx.fillStyle = theme().mark;
  ctx.font = `${10 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textBaseline = "top";
  ctx.textAlign = "left";
  for (const { atSeconds, label } of marks) {
    if (atSeconds < min || atSeconds > max) continue;
    const x = xWithin(plot, atSeconds);
    ctx.setLineDash([4, 4]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.fillText(label, x + 4 * devicePixelRatio, bbox.top + 2 * devicePixelRatio);
  }
  ctx.restore();
}

/** Where a time is on the canvas, kept within the plot. */
function xWithin(plot: uPlot, seconds: number): number {
  const { left, width } = plot.bbox;
  return Math.min(left + width, Math.max(left, plot.valToPos(seconds, "x", true)));
}
