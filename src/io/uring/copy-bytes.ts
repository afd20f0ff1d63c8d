/** Up to this length a loop is quicker than a call out of JavaScript. */
const loopBytes = 128;

/** Copies `[start, end)` of one array to `at` of another, without an allocation for short ones. */
export function copyBytes(
  from: Uint8Array,
  start: number,
  end: number,
  to: Uint8Array,
  at: number,
): void {
  const length = end - start;
  if (length <= loopBytes) {
    for (let index = 0; index < length; index++) to[at + index] = from[start + index] as number;
  } else if (length === from.length) {
    to.set(from, at);
  } else {
    to.set(from.subarray(start, end), at);
  }
}
