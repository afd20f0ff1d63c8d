/** Digits of the largest integer that a number holds exactly, 9,007,199,254,740,991. */
export const maxDecimalBytes = 16;

/**
 * Writes an integer in decimal ASCII at `into[at]`, without the string that `String(value)` makes.
 *
 * @param value integer, 0 to 2^53 - 1
 * @returns     number of digits
 */
export function writeDecimal(into: Uint8Array, at: number, value: number): number {
  let digits = 1;
  for (let power = 10; value >= power; power *= 10) digits++;
  let rest = value;
  for (let place = at + digits - 1; place >= at; place--) {
    const tenth = Math.floor(rest / 10);
    into[place] = 48 + (rest - tenth * 10);
    rest = tenth;
  }
  return digits;
}
