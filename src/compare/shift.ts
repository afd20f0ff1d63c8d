/**
 * By how much b lies above a: the median of all differences between one of b and one of a (Hodges and
 * Lehmann), the estimate that belongs to the rank test. One run that went wrong moves it little.
 *
 * @param a finite numbers, at least one; as b
 * @cost    a sort of all pairs: 2 us for 6 and 6
 */
export function shiftBetween(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const differences = new Float64Array(a.length * b.length);
  let next = 0;
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < b.length; j++) {
      differences[next++] = (b[j] as number) - (a[i] as number);
    }
  }
  differences.sort();
  const [below, above] = [Math.ceil(next / 2) - 1, Math.floor(next / 2)];
  return ((differences[below] as number) + (differences[above] as number)) / 2;
}
