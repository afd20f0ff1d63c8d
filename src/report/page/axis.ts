import type uPlot from "uplot";
import type { Unit } from "../model.ts";
import { axisText } from "./format.ts";
import { theme } from "./theme.ts";

const font = '11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

/** What all axes have in common. */
export function axisLook(): uPlot.Axis {
  const grid = () => theme().grid;
  return {
    stroke: () => theme().text,
    font,
    grid: { stroke: grid, width: 1 },
    ticks: { stroke: grid, width: 1, size: 4 },
  };
}

/** The vertical axis and its scale: from zero, or by powers of ten. */
export function valueAxis(unit: Unit, log: boolean): { axis: uPlot.Axis; scale: uPlot.Scale } {
  const axis: uPlot.Axis = {
    ...axisLook(),
    scale: "y",
    size: 66,
    gap: 6,
    space: 32,
    values: (_, splits) =>
      splits.map((value) => (value === null || value === undefined ? "" : axisText(value, unit))),
  };
  if (!log) {
    const steps =
      unit === "bytes" ? { incrs: binarySteps } : unit === "count" ? { incrs: wholeSteps } : {};
    return { axis: { ...axis, ...steps }, scale: { range: (_, __, max) => [0, fromZero(max)] } };
  }
  return {
    axis: {
      ...axis,
      splits: (_, __, min, max) => logSplits(min, max),
      filter: (_, splits) => splits,
    },
    scale: { distr: 3, range: (_, min, max) => logRange(min, max) },
  };
}

/** Powers of two times 1, 2 and 4 Bytes and so on: sizes are shown in powers of 1024. */
const binarySteps = Array.from({ length: 50 }, (_, power) => 2 ** power);
const wholeSteps = Array.from({ length: 12 }, (_, power) =>
  [1, 2, 5].map((n) => n * 10 ** power),
).flat();

/** A little room above; a line at zero stays at the bottom. */
function fromZero(max: number | null): number {
  return max === null || max <= 0 ? 1 : max * 1.08;
}

/** Widens to the next 1, 2 or 5 in both directions. */
function logRange(min: number | null, max: number | null): [number, number] {
  if (min === null || max === null || max <= 0) return [1, 10];
  const low = [5, 2, 1].map((n) => n * power(min)).find((value) => value <= min) ?? power(min);
  const high = [1, 2, 5, 10].map((n) => n * power(max)).find((value) => value >= max) ?? max;
  return low === high ? [low / 2, high * 2] : [low, high];
}

/** 1, 2, 5, 10 ... within a range; only powers of ten where that would be too many. */
export function logSplits(min: number, max: number): number[] {
  const found: number[] = [];
  for (let at = power(min); at <= max * 1.001; at *= 10) found.push(at, 2 * at, 5 * at);
  const inside = found.filter((value) => value >= min * 0.999 && value <= max * 1.001);
  return inside.length <= 8
    ? inside
    : inside.filter((value) => Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9);
}

function power(value: number): number {
  return 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)) + 1e-9);
}
