import { formatCount, formatDuration, formatRate, formatSize } from "../base/units.ts";
import type { Unit } from "../gates/metric.ts";
import type { GateOutcome } from "./result.ts";

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
