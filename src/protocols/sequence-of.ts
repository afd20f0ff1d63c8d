/**
 * Which request has an id that is the lowest bits of its number: the latest of them.
 *
 * @param next number of the next request: the answer is below it
 * @param ids  how many there are
 * @returns    its number; -1: there is none
 */
export function sequenceOf(id: number, next: number, ids: number): number {
  const back = (((next - 1 - id) % ids) + ids) % ids;
  return back < next ? next - 1 - back : -1;
}
