/** By byte, as CRC-32C divides it: the polynomial is 0x1EDC6F41, reflected. */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0x82f63b78 : rest >>> 1;
  return rest;
});

/**
 * CRC-32C of bytes `[start, end)`.
 *
 * @see RFC 3720, appendix B.4, for examples
 */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  let rest = 0xffffffff;
  for (let at = start; at < end; at++) {
    rest = (table[(rest ^ (bytes[at] as number)) & 255] as number) ^ (rest >>> 8);
  }
  return (rest ^ 0xffffffff) >>> 0;
}
