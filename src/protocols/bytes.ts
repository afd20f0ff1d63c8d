/** Bytes that the protocols write and read. Numbers are in network byte order; nothing is allocated but for long texts. */

/** Copies bytes `[start, end)` to `into[at]`. @returns the index behind them */
export function copy(
  from: Uint8Array,
  start: number,
  end: number,
  into: Uint8Array,
  at: number,
): number {
  if (end - start > 64) into.set(from.subarray(start, end), at);
  else for (let i = start; i < end; i++) into[at + i - start] = from[i] as number;
  return at + end - start;
}

/** Writes 32 bits of a number. @returns the index behind them */
export function put32(into: Uint8Array, at: number, number: number): number {
  into[at] = number >>> 24;
  into[at + 1] = number >>> 16;
  into[at + 2] = number >>> 8;
  into[at + 3] = number;
  return at + 4;
}

/** Reads 32 bits, unsigned; bytes that are not there are 0. */
export function uint32At(bytes: Uint8Array, at: number): number {
  let number = 0;
  for (let i = at; i < at + 4; i++) number = number * 256 + ((bytes[i] as number | undefined) ?? 0);
  return number;
}

/** Writes an integer, not negative, in digits. @returns the index behind them */
export function putDigits(into: Uint8Array, at: number, number: number): number {
  let length = 1;
  for (let most = 9; number > most; most = most * 10 + 9) length++;
  for (let i = at + length - 1, rest = number; i >= at; i--, rest = Math.floor(rest / 10)) {
    into[i] = 48 + (rest % 10);
  }
  return at + length;
}

/** Writes CR and LF. @returns the index behind them */
export function putLineEnd(into: Uint8Array, at: number): number {
  into[at] = 13;
  into[at + 1] = 10;
  return at + 2;
}

/** Whether the text stands at `bytes[start]`. */
export function startsWith(bytes: Uint8Array, start: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text[i]) return false;
  return true;
}
