import type uPlot from "uplot";
import { formatAmount, formatCount } from "../../base/units.ts";
import type { HeatMap } from "../model.ts";
import { axisLook, logSplits } from "./axis.ts";
import { element } from "./dom.ts";
import { axisText, timeText, valueText } from "./format.ts";
import { type Drawing, timeCursor } from "./plot-frame.ts";
import { heatColor } from "./theme.ts";
import {
  binMiddles,
  drawBackground,
  drawMarks,
  type TimeContext,
  timeAxis,
  timeScale,
} from "./time-chart.ts";

/**
 * Counts by time and latency as coloured cells; the same x axis as the charts over time.
 *
 * @param tell receives the text for the cell under the cursor, empty for none
 */
export function drawHeatMap(
  map: HeatMap,
  context: TimeContext,
  show: (text: string) => void,
): Drawing {
  const { edges } = map;
  const low = edges[0] ?? 1;
  const high = edges.at(-1) ?? 10;
  const middles = binMiddles(context.grid);
  return {
    shape: JSON.stringify(edges),
    below: (plot) => {
      drawBackground(plot, context);
      drawCells(plot, map, context);
    },
    above: (plot) => drawMarks(plot, context),
    cursorMoved: (plot) => show(cellText(plot, map, context)),
    data: [middles, middles.map(() => null)],
    options: {
      scales: {
        x: timeScale,
        y: { distr: 3, range: () => [Math.max(1, low), Math.max(10, high)] },
      },
      axes: [
        { ...timeAxis(), grid: { show: false } },
        {
          ...axisLook(),
          scale: "y",
          size: 66,
          gap: 6,
          grid: { show: false },
          splits: (_, __, min, max) => logSplits(min, max),
          filter: (_, splits) => splits,
          values: (_, splits) => splits.map((value) => axisText(value, "ns")),
        },
      ],
      cursor: { ...timeCursor, points: { show: false } },
      legend: { show: false },
      series: [{}, { scale: "y", points: { show: false } }],
    },
  };
}

/** Counts differ by orders of magnitude, and a single slow reply must be visible: colours are logarithmic. */
function ratioOf(count: number, largest: number): number {
  return largest <= 1 ? 1 : Math.log(count) / Math.log(largest);
}

function drawCells(plot: uPlot, map: HeatMap, { grid }: TimeContext): void {
  const { ctx, bbox } = plot;
  const seconds = grid.stepSeconds * map.binsPerColumn;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const [column, [first, ...counts]] of map.columns.entries()) {
    if (first === undefined) continue;
    const from = grid.fromSeconds + column * seconds;
    const left = Math.round(plot.valToPos(from, "x", true));
    const right = Math.round(plot.valToPos(from + seconds, "x", true));
    for (const [row, count] of counts.entries()) {
      const [low, high] = [map.edges[first + row], map.edges[first + row + 1]];
      if (count === 0 || low === undefined || high === undefined) continue;
      const bottom = Math.round(plot.valToPos(Math.max(1, low), "y", true));
      const top = Math.round(plot.valToPos(high, "y", true));
      ctx.fillStyle = heatColor(ratioOf(count, map.largest));
      ctx.fillRect(left, top, Math.max(1, right - left), Math.max(1, bottom - top));
    }
  }
  ctx.restore();
}

/** Text for the cell under the cursor: time, response time, count. */
function cellText(plot: uPlot, map: HeatMap, { grid }: TimeContext): string {
  const { left = -1, top = -1 } = plot.cursor;
  if (left < 0) return "";
  const seconds = grid.stepSeconds * map.binsPerColumn;
  const column = Math.floor((plot.posToVal(left, "x") - grid.fromSeconds) / seconds);
  const from = grid.fromSeconds + column * seconds;
  const [first, ...counts] = map.columns[column] ?? [];
  const when = `${timeText(from)} to ${timeText(from + seconds)}`;
  if (first === undefined) return `${when}: no replies`;
  // A cursor that follows another chart's does not select a latency.
  const value = plot.over.matches(":hover") ? plot.posToVal(top, "y") : -1;
  const row = map.edges.findLastIndex((edge) => edge <= value);
  const [low, high] = [map.edges[row], map.edges[row + 1]];
  if (low === undefined || high === undefined) {
    return `${when}: ${formatCount(counts.reduce((sum, count) => sum + count, 0))} replies`;
  }
  const count = counts[row - first] ?? 0;
  return `${when}, ${valueText(low, "ns")} to ${valueText(high, "ns")}: ${formatAmount(count, "reply", "replies")}`;
}

/** Legend of the colours. */
export function heatLegend(largest: number): HTMLElement {
  const bar = element("span", "heat-bar");
  const stops = Array.from({ length: 9 }, (_, step) => heatColor(step / 8));
  bar.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
  return element("span", "heat-legend", "1", bar, `${formatCount(Math.max(1, largest))} replies`);
}
