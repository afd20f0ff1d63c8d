/**
 * Sets of integers as lists of inclusive intervals, for addresses (bigint) and ports (number) alike.
 * A list that these functions return is disjoint, ascending and as short as possible.
 */
export type Interval<N extends number | bigint> = readonly [from: N, to: N];

/** Sorts the intervals and joins those that overlap or touch. */
export function unite<N extends number | bigint>(
  intervals: readonly Interval<N>[],
): readonly Interval<N>[] {
  const sorted = [...intervals].sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
  const united: [N, N][] = [];
  for (const [from, to] of sorted) {
    const last = united.at(-1);
    if (last === undefined || from > next(last[1])) united.push([from, to]);
    else if (to > last[1]) last[1] = to;
  }
  return united;
}

/** Returns what is in `from` and not in `less`; both disjoint and ascending. */
export function subtract<N extends number | bigint>(
  from: readonly Interval<N>[],
  less: readonly Interval<N>[],
): readonly Interval<N>[] {
  const rest: Interval<N>[] = [];
  for (const [start, end] of from) {
    let begin = start;
    for (const [lessStart, lessEnd] of less) {
      if (lessEnd < begin) continue;
      if (lessStart > end) break;
      if (lessStart > begin) rest.push([begin, previous(lessStart)]);
      begin = next(lessEnd);
    }
    if (begin <= end) rest.push([begin, end]);
  }
  return rest;
}

/** Returns what is in both; both disjoint and ascending. */
export function intersect<N extends number | bigint>(
  a: readonly Interval<N>[],
  b: readonly Interval<N>[],
): readonly Interval<N>[] {
  const common: Interval<N>[] = [];
  for (const [aFrom, aTo] of a) {
    for (const [bFrom, bTo] of b) {
      const from = larger(aFrom, bFrom);
      const to = smaller(aTo, bTo);
      if (from <= to) common.push([from, to]);
    }
  }
  return common;
}

// Math.max and Math.min do not accept a bigint.
function larger<N extends number | bigint>(a: N, b: N): N {
  if (a > b) return a;
  return b;
}

function smaller<N extends number | bigint>(a: N, b: N): N {
  if (a < b) return a;
  return b;
}

// The language has no "+ 1" that works for number and bigint; ++ does.
function next<N extends number | bigint>(value: N): N {
  let n: number | bigint = value;
  n++;
  return n as N;
}

function previous<N extends number | bigint>(value: N): N {
  let n: number | bigint = value;
  n--;
  return n as N;
}
