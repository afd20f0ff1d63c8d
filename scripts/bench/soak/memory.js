/** What the memory of a process did over a soak: its windows, its slope, and whether it is flat. */
import { median, slope } from "../statistics.js";

/** Until then a run is still being compiled, and its buffers take their size. */
export const settledMinutes = 5;

/** What a process may grow from then on, bytes. */
export const flatBytes = 10e6;

const minuteMs = 60_000;

/**
 * @typedef {object} Point
 * @property {number} atMs since the begin of the run
 * @property {number} bytes
 */

/**
 * Returns the median of each minute; minutes without a sample, and a last one that is not whole, are left out.
 *
 * @param {readonly Point[]} points
 * @param {number} endMs of the run
 */
export function byMinute(points, endMs) {
  const minutes = [];
  for (let minute = 0; (minute + 1) * minuteMs <= endMs; minute++) {
    const within = points.filter(({ atMs }) => Math.floor(atMs / minuteMs) === minute);
    if (within.length === 0) continue;
    minutes.push({ minute, bytes: median(within.map(({ bytes }) => bytes)) });
  }
  return minutes;
}

/**
 * Judges what minutes have after the run has settled.
 *
 * @param {ReturnType<typeof byMinute>} minutes
 * @returns {{ growthBytes: number | null, slopeBytesPerHour: number | null, isFlat: boolean | null }} growth: from the first
 *          third of these minutes to the last one, by their medians; null where there are fewer than 3
 */
export function judgeMemory(minutes) {
  const settled = minutes.filter(({ minute }) => minute >= settledMinutes);
  if (settled.length < 3) return { growthBytes: null, slopeBytesPerHour: null, isFlat: null };
  const third = Math.floor(settled.length / 3);
  const bytesOf = (/** @type {typeof settled} */ some) => median(some.map(({ bytes }) => bytes));
  const growthBytes = bytesOf(settled.slice(-third)) - bytesOf(settled.slice(0, third));
  const points = settled.map(({ minute, bytes }) => ({ x: minute / 60, y: bytes }));
  return { growthBytes, slopeBytesPerHour: slope(points), isFlat: growthBytes <= flatBytes };
}
