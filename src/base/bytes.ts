/**
 * Index of the first `byte` in `[start, end)`, or `end`.
 *
 * The native search runs at 100 bytes per ns, against 1 in a loop, but costs 20 ns to call and goes
 * on to the end of the array: it is not used where the range is short or a small part of its array.
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

/**
 * Returns whether `length` bytes of `a` from `aStart` equal those of `b` from `bStart`; both ranges exist.
 *
 * @cost no allocation; a loop where the call of the native comparison would cost more than it saves
 * @example
 * const reply = Buffer.from("+PONG\r\n");
 * equalBytes(reply, 1, Buffer.from("PONG"), 0, 4); // => true
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
  let i = 0;
  // One branch for eight bytes: two thirds of the time.
  for (; i + 8 <= length; i += 8) {
    const x = aStart + i;
    const y = bStart + i;
    const differ =
      (at(a, x) ^ at(b, y)) |
      (at(a, x + 1) ^ at(b, y + 1)) |
      (at(a, x + 2) ^ at(b, y + 2)) |
      (at(a, x + 3) ^ at(b, y + 3)) |
      (at(a, x + 4) ^ at(b, y + 4)) |
      (at(a, x + 5) ^ at(b, y + 5)) |
      (at(a, x + 6) ^ at(b, y + 6)) |
      (at(a, x + 7) ^ at(b, y + 7));
    if (differ !== 0) return false;
  }
  for (; i < length; i++) {
    if (a[aStart + i] !== b[bStart + i]) return false;
  }
  return true;
}

/**
 * Copies `[start, end)` of an array to `into[at]`; the two do not overlap.
 *
 * @returns the index after the copy
 * @cost    1 ns a byte; above 64 bytes the two calls that copy a part of an array, 60 ns
 * @example
 * const into = new Uint8Array(8);
 * const payload = Buffer.from("hello");
 * copyBytes(payload, 0, payload.length, into, 2); // => 7
 */
export function copyBytes(
  from: Uint8Array,
  start: number,
  end: number,
  into: Uint8Array,
  at: number,
): number {
  const length = end - start;
  if (length > 64) into.set(from.subarray(start, end), at);
  else for (let i = 0; i < length; i++) into[at + i] = from[start + i] as number;
  return at + length;
}

/**
 * The 16 bits at an index, in network order.
 *
 * @returns integer, 0 to 65,535
 * @example
 * readUint16(Uint8Array.of(0x12, 0x34), 0); // => 0x1234
 */
export function readUint16(bytes: Uint8Array, index: number): number {
  return (at(bytes, index) << 8) | at(bytes, index + 1);
}

/**
 * Writes the low 16 bits of an integer, in network order.
 *
 * @returns the index after them
 * @example
 * const into = new Uint8Array(2);
 * writeUint16(into, 0, 0x1234); // => 2
 * readUint16(into, 0); // => 0x1234
 */
export function writeUint16(into: Uint8Array, index: number, value: number): number {
  into[index] = value >>> 8;
  into[index + 1] = value;
  return index + 2;
}

/**
 * The 32 bits at an index, in network order.
 *
 * @returns integer, 0 to 2^32 - 1
 * @example
 * readUint32(Uint8Array.of(0x12, 0x34, 0x56, 0x78), 0); // => 0x12345678
 */
export function readUint32(bytes: Uint8Array, index: number): number {
  return readUint16(bytes, index) * 65536 + readUint16(bytes, index + 2);
}

/**
 * Writes the low 32 bits of an integer, in network order.
 *
 * @returns the index after them
 * @example
 * const into = new Uint8Array(4);
 * writeUint32(into, 0, 0x12345678); // => 4
 * readUint32(into, 0); // => 0x12345678
 */
export function writeUint32(into: Uint8Array, index: number, value: number): number {
  into[index] = value >>> 24;
  into[index + 1] = value >>> 16;
  into[index + 2] = value >>> 8;
  into[index + 3] = value;
  return index + 4;
}

/**
 * Writes CR and LF.
 *
 * @returns the index after them
 * @example
 * const into = new Uint8Array(6);
 * const end = copyBytes(Buffer.from("PING"), 0, 4, into, 0);
 * writeLineEnd(into, end); // => 6
 */
export function writeLineEnd(into: Uint8Array, index: number): number {
  into[index] = 13;
  into[index + 1] = 10;
  return index + 2;
}

function at(bytes: Uint8Array, index: number): number {
  return bytes[index] as number;
}

/**
 * Writes a message that is there already at `into[at]`.
 *
 * @returns its length, bytes, as `write` of a session returns it
 * @example
 * const ping = Buffer.from("PING\r\n");
 * writeMessage(new Uint8Array(8), 2, ping); // => 6
 */
export function writeMessage(into: Uint8Array, at: number, message: Uint8Array): number {
  into.set(message, at);
  return message.length;
}
