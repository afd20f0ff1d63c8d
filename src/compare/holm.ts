/**
 * Holm's correction for several tests: with the corrected values the chance that any of them is below
 * alpha, though nothing differs, is alpha at most, however the tests depend on each other.
 *
 * @param ps one for each test, in any order
 * @returns  the corrected values, in the same order, 1 at most
 */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  const corrected = new Array<number>(ps.length);
  let largest = 0;
  for (const [rank, { p, index }] of order.entries()) {
    largest = Math.max(largest, Math.min(1, p * (ps.length - rank)));
    corrected[index] = largest;
  }
  return corrected;
}
