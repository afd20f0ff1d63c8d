/**
 * Index of the first `byte` in `[start, end)`, or `end`.
 *
 * The native search runs at 100 bytes per ns, against 1 in a loop, but costs 20 ns to call and goes
 * on to the end of the array: it is left out where the range is short or a small part of its array.
 *
 * @cost no allocation
 */
export function findByte(bytes: Uint8Array, byte: number, start: number, end: number): number {
  const length = end - start;
  if (length >= 32 && length * 64 >= bytes.length - start) {
    const found = Buffer.prototype.indexOf.call(bytes, byte, start);
    return found < 0 || found > end ? end : found;
  }
  let at = start;
  while (at < end && bytes[at] !== byte) at++;
  return at;
}
