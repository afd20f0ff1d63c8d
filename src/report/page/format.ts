import { formatCount, formatDuration, formatRate, formatSize } from "../../base/units.ts";
import type { Unit } from "../model.ts";

/** A value under the cursor. */
export function valueText(value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined) return "–";
  switch (unit) {
    case "ns":
      return formatDuration(value);
    case "perSecond":
      return formatRate(value);
    case "bytes":
      return formatSize(value);
    case "cpus":
      return value.toFixed(2);
    case "count":
      return formatCount(value);
  }
}

/** A value on an axis: shorter, "20k/s" for 20,000/s, "5 ms" for 5.00 ms. */
export function axisText(value: number, unit: Unit): string {
  switch (unit) {
    case "perSecond":
      return `${shortCount(value)}/s`;
    case "count":
      return shortCount(value);
    case "cpus":
      return String(Number(value.toPrecision(3)));
    case "ns":
      return value === 0 ? "0" : withoutZeros(formatDuration(value));
    case "bytes":
      return value === 0 ? "0" : withoutZeros(formatSize(value));
  }
}

/** Time since the run's zero: "1.5 s", "1m30s", "2m". */
export function timeText(seconds: number): string {
  if (seconds === 0) return "0";
  return withoutZeros(formatDuration(seconds * 1e9)).replace(/(?<=[hm])0s$|(?<=h)0m0s$/, "");
}

/** "5.00 ms" as "5 ms", "1.50 ms" as "1.5 ms". */
function withoutZeros(text: string): string {
  return text.replace(/\.0+ |(\.\d*[1-9])0+ /, "$1 ");
}

function shortCount(value: number): string {
  const scales = [
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const;
  const scale = scales.find(([factor]) => Math.abs(value) >= factor);
  return scale === undefined
    ? String(Number(value.toPrecision(4)))
    : `${Number((value / scale[0]).toPrecision(4))}${scale[1]}`;
}
