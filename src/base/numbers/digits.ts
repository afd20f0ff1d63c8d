/** Numbers as text and as bytes, written in place: without the strings that `String(value)` and its like make. */

/**
 * Digits of the largest integer that a number represents exactly, 9,007,199,254,740,991.
 *
 * @example
 * const longest = "GET key:".length + maxDecimalBytes + "\r\n".length;
 * const into = new Uint8Array(longest);
 */
export const maxDecimalBytes = 16;

/**
 * How many decimal digits an integer has.
 *
 * @param value integer, 0 to 2^53 - 1
 * @example
 * decimalDigits(1234); // => 4
 */
export function decimalDigits(value: number): number {
  let digits = 1;
  let rest = value;
  if (rest >= lowPower) {
    rest = Math.floor(rest / lowPower);
    digits += lowDigits;
  }
  for (let power = 10; rest >= power; power *= 10) digits++;
  return digits;
}

/**
 * Writes an integer in decimal ASCII at `into[at]`.
 *
 * @param value integer, 0 to 2^53 - 1
 * @returns     the number of digits
 * @example
 * const into = Buffer.from("key:....");
 * const digits = writeDecimal(into, 4, 17);
 * into.toString("latin1", 0, 4 + digits); // => "key:17"
 */
export function writeDecimal(into: Uint8Array, at: number, value: number): number {
  const digits = decimalDigits(value);
  writeDigits(into, at, value, digits);
  return digits;
}

/** Writes the last `digits` decimal digits of an integer, 0 to 2^53 - 1, with zeros in front of a shorter one. */
export function writeDigits(into: Uint8Array, at: number, value: number, digits: number): void {
  // Of 32-bit integers the division by ten is one multiplication.
  let end = at + digits;
  let rest = value;
  while (rest > 0x7fffffff && end - at > lowDigits) {
    const high = Math.floor(rest / lowPower);
    end -= lowDigits;
    writeSmall(into, end, rest - high * lowPower, lowDigits);
    rest = high;
  }
  writeSmall(into, at, rest > 0x7fffffff ? rest % lowPower : rest, end - at);
}

/** So many digits are split off from a number that has more than 31 bits. */
const lowDigits = 9;
const lowPower = 10 ** lowDigits;

/** As `writeDigits`, of an integer below 2^31. */
function writeSmall(into: Uint8Array, at: number, value: number, digits: number): void {
  let rest = value | 0;
  for (let place = at + digits - 1; place >= at; place--) {
    const tenth = (rest / 10) | 0;
    into[place] = 48 + (rest - tenth * 10);
    rest = tenth;
  }
}

/** ASCII of "0" to "f". */
export const hexDigits = Buffer.from("0123456789abcdef");

/** How many hexadecimal digits an integer from 0 has. */
export function hexLength(value: number): number {
  let digits = 1;
  for (let power = 16; value >= power; power *= 16) digits++;
  return digits;
}

/** Writes the last `digits` hexadecimal digits of an integer, 0 to 2^53 - 1. @returns where they end */
export function writeHex(into: Uint8Array, at: number, value: number, digits: number): number {
  let low = value >>> 0;
  let high = Math.floor(value / 2 ** 32);
  for (let place = at + digits - 1; place >= at; place--) {
    into[place] = hexDigits[low & 15] as number;
    low = (low >>> 4) | ((high & 15) << 28);
    high >>>= 4;
  }
  return at + digits;
}

/**
 * Writes the low bytes of an integer at `into[at]`.
 *
 * @param value    integer, 0 to 2^53 - 1
 * @param bytes    how many: 1 to 8
 * @param isLittle the least significant first; else in network order
 * @returns        the index after them
 * @example
 * const into = new Uint8Array(4);
 * writeBytes(into, 0, 258, 4, true); // => 4
 * [...into]; // => [2, 1, 0, 0]
 */
export function writeBytes(
  into: Uint8Array,
  at: number,
  value: number,
  bytes: number,
  isLittle: boolean,
): number {
  let low = value | 0;
  let high = Math.floor(value / 2 ** 32) | 0;
  for (let i = 0; i < bytes; i++) {
    into[isLittle ? at + i : at + bytes - 1 - i] = low;
    low = (low >>> 8) | ((high & 255) << 24);
    high >>>= 8;
  }
  return at + bytes;
}
