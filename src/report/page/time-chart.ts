import type uPlot from "uplot";
import type { Mark, Series, Span, TimeChart, TimeGrid } from "../model.ts";
import { axisLook, valueAxis } from "./axis.ts";
import { timeText, valueText } from "./format.ts";
import { type Drawing, timeCursor, wholeRange } from "./plot-frame.ts";
import { lineColor, lineDash, theme } from "./theme.ts";

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

/** The horizontal axis over time. */
export function timeAxis(): uPlot.Axis {
  return {
    ...axisLook(),
    scale: "x",
    size: 30,
    space: 60,
    values: (_, splits) => splits.map(timeText),
  };
}

/** The scale under it: all that there is, unless zoomed. */
export const timeScale: uPlot.Scale = {
  time: false,
  range: (plot) => {
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
      points: { show: grid.count < 3 },
      value: (_, value) => valueText(value, chart.unit),
    }),
  );
  return {
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
      legend: { live: true },
      series: [
        { label: "time", value: (_, value) => (value === null ? "–" : timeText(value)) },
        ...lines,
      ],
      hooks: { drawClear: [(plot) => drawBackground(plot, context)] },
    },
  };
}

/** Shades what is not steady state, and draws a line where something happened. */
export function drawBackground(plot: uPlot, { steady, marks }: TimeContext): void {
  const { ctx, bbox } = plot;
  const at = (seconds: number) =>
    Math.min(bbox.left + bbox.width, Math.max(bbox.left, plot.valToPos(seconds, "x", true)));
  const spans = steady.filter((span) => span !== null);
  ctx.save();
  if (spans.length > 0) {
    const from = at(Math.min(...spans.map(({ fromSeconds }) => fromSeconds)));
    const to = at(Math.max(...spans.map(({ toSeconds }) => toSeconds)));
    ctx.fillStyle = theme().outside;
    ctx.fillRect(bbox.left, bbox.top, from - bbox.left, bbox.height);
    ctx.fillRect(to, bbox.top, bbox.left + bbox.width - to, bbox.height);
  }
  ctx.strokeStyle = theme().mark;
  ctx.setLineDash([4, 4]);
  for (const { atSeconds } of marks) {
    const x = at(atSeconds);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}
