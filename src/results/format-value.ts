import { formatCount, formatDuration, formatRate, formatSize } from "../base/units.ts";
import type { Unit } from "../gates/metric.ts";
import type { GateOutcome } from "./result.ts";
import type { ServerSlope } from "./server-result.ts";

/** A gate's number for people: "4.21 ms", "20,000/s", "1.50 %"; "no data" for null. */
export function formatValue(value: number | null, unit: Unit): string {
  if (value === null) return "no data";
  switch (unit) {
    case "ns":
      return formatDuration(value);
    case "perSecond":
      return formatRate(value);
    case "bytesPerSecond":
      return `${formatSize(value * 3600)}/h`;
    case "bytes":
      return formatSize(value);
    case "ratio":
      return `${Number((value * 100).toPrecision(3))} %`;
    case "count":
      return Number.isInteger(value) ? formatCount(value) : String(Number(value.toPrecision(6)));
  }
}

/** How fast a server's memory grew, "1.20 MiB/h (0.90 MiB/h to 1.50 MiB/h)"; null where it is not known. */
export function memorySlopeText(slope: ServerSlope | null | undefined): string | null {
  if (slope?.rssBytesPerSecond == null) return null;
  const text = (perSecond: number) => formatValue(perSecond, "bytesPerSecond");
  const [low, high] = slope.rssBytesInterval ?? [];
  const between = low === undefined || high === undefined ? "" : ` (${text(low)} to ${text(high)})`;
  return `${text(slope.rssBytesPerSecond)}${between}`;
}

/** Whether a gate could still have held when another one ended the run early: it has no verdict, but it has data. */
export function isUnjudged({ verdict, actual, limit }: GateOutcome): boolean {
  return verdict === "noData" && actual !== null && limit !== null;
}

/** "no gates", or "3 of 4 gates passed". */
export function gateTally(gates: readonly GateOutcome[]): string {
  if (gates.length === 0) return "no gates";
  const passed = gates.filter(({ verdict }) => verdict === "pass").length;
  return `${passed} of ${gates.length} gates passed`;
}
