/**
 * What is kept by the second while a run goes on, so that a day takes little more than an hour: the older, the coarser.
 *
 *     | age                                  | an entry is |
 *     | ------------------------------------ | ----------- |
 *     | up to 10 minutes, and the first 10   | a second    |
 *     | up to 2 hours                        | 10 seconds  |
 *     | up to 12 hours                       | a minute    |
 *     | more                                 | 5 minutes   |
 *
 * That is 1,800 entries for 2 hours, 2,450 for 12, 2,600 for a day and 4,330 for a week.
 */

/** One second, or several together. Those of several begin at a multiple of their length. */
export interface Slice {
  /** The first one; seconds count from any moment. */
  readonly second: number;
  readonly seconds: number;
}

/** How many seconds are kept one by one, of the last and of the first ones. */
export const keptSeconds = 600;

/** Lengths, and the age from which they are used, s; each divides the next one. */
const resolutions = [
  { seconds: 10, from: keptSeconds },
  { seconds: 60, from: 7200 },
  { seconds: 300, from: 43_200 },
] as const;

/**
 * Puts the slices that have become old together.
 *
 * @param slices   ascending; changed in place
 * @param now      the second that is not over yet
 * @param later    seconds by which every age is put off, as they are still needed one by one
 * @param together makes one of several neighbours
 * @cost           that of `together`, and a comparison for each slice
 */
export function rollUp<One extends Slice>(
  slices: One[],
  now: number,
  later: number,
  together: (parts: readonly One[], whole: Slice) => One,
): void {
  const first = slices[0]?.second ?? 0;
  let end = 0;
  for (let at = 0; at < slices.length; ) {
    const one = slices[at] as One;
    const seconds = lengthFor(one, first, now - later);
    let next = at + 1;
    if (seconds > one.seconds) {
      const second = beginOf(one, seconds);
      while (next < slices.length && beginOf(slices[next] as One, seconds) === second) next++;
      slices[end++] = together(slices.slice(at, next), { second, seconds });
    } else slices[end++] = one;
    at = next;
  }
  slices.length = end;
}

/** The length of the longest slice that a slice may be in. */
function lengthFor(slice: Slice, first: number, now: number): number {
  let longest = slice.seconds;
  for (const { seconds, from } of resolutions) {
    const begin = beginOf(slice, seconds);
    if (begin < first + keptSeconds || begin + seconds > now - from) break;
    if (seconds > longest) longest = seconds;
  }
  return longest;
}

/** Where the slice of that length begins that a slice is in. */
function beginOf({ second }: Slice, seconds: number): number {
  return Math.floor(second / seconds) * seconds;
}
