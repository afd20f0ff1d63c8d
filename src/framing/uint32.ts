/**
 * Numbers of 32 bits in messages, unsigned, little endian. Nothing here allocates or checks bounds.
 */

/** Writes the low 32 bits of `value`'s integer part. */
export function writeUint32(into: Uint8Array, at: number, value: number): void {
  const word = value >>> 0;
  into[at] = word;
  into[at + 1] = word >>> 8;
  into[at + 2] = word >>> 16;
  into[at + 3] = word >>> 24;
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)) >>>
    0
  );
}
