import { formatCount, formatDuration, formatRate, formatSize } from "../base/units.ts";
import type { Unit } from "../gates/metric.ts";

/** A gate's number for people: "4.21 ms", "20,000/s", "1.50 %"; "no data" for null. */
export function formatValue(value: number | null, unit: Unit): string {
  if (value === null) return "no data";
  switch (unit) {
    case "ns":
      return formatDuration(value);
    case "perSecond":
      return formatRate(value);
    case "bytes":
      return formatSize(value);
    case "share":
      return `${Number((value * 100).toPrecision(3))} %`;
    case "count":
      return Number.isInteger(value) ? formatCount(value) : String(Number(value.toPrecision(6)));
  }
}
