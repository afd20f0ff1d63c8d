/**
 * The stamp at the start of a `size` message. It identifies the message to servers, captures and the client
 * itself, so that missing, duplicated and late ones are found.
 *
 *     | offset | size | content                                                       |
 *     | ------ | ---- | ------------------------------------------------------------- |
 *     | 0      | 2    | magic, "s8" (0x73 0x38)                                       |
 *     | 2      | 1    | version, 1                                                    |
 *     | 3      | 1    | workload, its index in the plan                               |
 *     | 4      | 4    | connection in the workload, unsigned, little endian           |
 *     | 8      | 6    | sequence on the connection, unsigned, little endian, < 2^48   |
 *     | 14     | 2    | tag of the run, unsigned, little endian                       |
 *
 * Ports are used again by the next run, to which leftovers of this one would come: the tag tells them apart.
 *
 * No function here allocates or checks bounds: 16 bytes must be there.
 */

export const stampBytes = 16;

const magic0 = 0x73;
const magic1 = 0x38;
const version = 1;

/**
 * @param workload   integer, 0 to 255
 * @param connection integer, 0 to 2^32 - 1
 * @param sequence   integer, 0 to 2^48 - 1
 * @param tag        integer, 0 to 2^16 - 1
 */
export function writeStamp(
  into: Uint8Array,
  at: number,
  workload: number,
  connection: number,
  sequence: number,
  tag: number,
): void {
  into[at] = magic0;
  into[at + 1] = magic1;
  into[at + 2] = version;
  into[at + 3] = workload;
  writeUint32(into, at + 4, connection);
  writeUint32(into, at + 8, sequence);
  const high = sequence / 2 ** 32;
  into[at + 12] = high;
  into[at + 13] = high >>> 8;
  into[at + 14] = tag;
  into[at + 15] = tag >>> 8;
}

/** Returns whether a message, bytes `[start, end)`, starts with a stamp. */
export function isStamped(bytes: Uint8Array, start: number, end: number): boolean {
  return (
    end - start >= stampBytes &&
    bytes[start] === magic0 &&
    bytes[start + 1] === magic1 &&
    bytes[start + 2] === version
  );
}

/** Returns the workload's index in the plan, from a stamped message that starts at `start`. */
export function stampWorkload(bytes: Uint8Array, start: number): number {
  return bytes[start + 3] as number;
}

/** Returns the number of the connection in its workload. */
export function stampConnection(bytes: Uint8Array, start: number): number {
  return readUint32(bytes, start + 4);
}

/** Returns the number of the message on its connection. */
export function stampSequence(bytes: Uint8Array, start: number): number {
  const high = (bytes[start + 12] as number) | ((bytes[start + 13] as number) << 8);
  return high * 2 ** 32 + readUint32(bytes, start + 8);
}

/** Returns the tag of the run that sent the message. */
export function stampTag(bytes: Uint8Array, start: number): number {
  return (bytes[start + 14] as number) | ((bytes[start + 15] as number) << 8);
}

/**
 * Unsigned 32-bit little-endian numbers in messages. Nothing here allocates or checks bounds.
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
