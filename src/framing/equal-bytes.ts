/**
 * Whether `length` bytes of `a` from `aStart` are those of `b` from `bStart`; both ranges exist.
 *
 * @cost no allocation; a loop where the call of the native comparison would cost more than it saves
 */
export function equalBytes(
  a: Uint8Array,
  aStart: number,
  b: Uint8Array,
  bStart: number,
  length: number,
): boolean {
  if (length > 128) {
    return (
      Buffer.prototype.compare.call(a, b, bStart, bStart + length, aStart, aStart + length) === 0
    );
  }
  for (let i = 0; i < length; i++) {
    if (a[aStart + i] !== b[bStart + i]) return false;
  }
  return true;
}
