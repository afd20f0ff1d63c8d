import { UserError } from "../base/errors.ts";
import { createPoissonCells, meanPerCell, mostPerCell } from "./poisson-cells.ts";
import type { RateCurve } from "./rate-curve.ts";
import type { Schedule } from "./schedule.ts";

/** Arrivals are counted per cell at creation: 8 bytes and 100 ns per 1024 arrivals. */
const maxCells = 2 ** 27;

/**
 * Creates the schedule of a Poisson process whose rate follows the curve: its arrivals are independent of
 * each other, like those of many independent users.
 *
 * A process of rate 1 is drawn over the area and then mapped to time by the curve. Access is random:
 * arrival n is found without those before it, and is the same for every worker with the same seed.
 *
 * @param curve with an end
 * @param seed  integer >= 0
 * @throws      UserError for more than 137 billion (1.37e11) expected arrivals
 * @cost        100 ns per 1024 expected arrivals at creation; then 25 us per 1024 arrivals passed
 *              and O(log arrivals) each, no allocation
 */
export function createPoissonSchedule(curve: RateCurve, seed: number): Schedule {
  const { durationNs } = curve;
  const cellCount = Math.ceil(curve.area / meanPerCell);
  if (!(cellCount <= maxCells)) {
    throw new UserError(
      `arrivals: poisson supports at most ${maxCells * meanPerCell} arrivals, and these stages have ` +
        `${Math.ceil(curve.area)}: lower the rate, shorten the stages, or use arrivals: constant`,
    );
  }
  const cells = createPoissonCells(seed);
  // Number of the first arrival of each cell, and of the first after the last cell.
  const firstOf = new Float64Array(cellCount + 1);
  for (let cell = 0; cell < cellCount; cell++) {
    firstOf[cell + 1] = (firstOf[cell] as number) + cells.count(cell);
  }
  // An overloaded worker sends long overdue arrivals while it queries what is due now. These are two
  // positions, each with its own cells: with common cells each would redraw the other's at every turn.
  const sendingAt = createReader();
  const dueAt = createReader();

  let count = firstOf[cellCount] as number;
  // The last cell reaches past the curve's end.
  while (count > 0 && curve.timeNs(dueAt(count - 1)) >= durationNs) count--;

  return {
    count,
    durationNs,
    intendedNs: (n) => (n < count ? curve.timeNs(sendingAt(n)) : Infinity),
    due,
  };

  function due(elapsedNs: number): number {
    if (elapsedNs < 0 || count === 0) return 0;
    if (elapsedNs >= durationNs) return count;
    const area = curve.areaAt(elapsedNs + 0.5);
    const cell = Math.min(Math.floor(area / meanPerCell), cellCount - 1);
    let low = firstOf[cell] as number;
    let high = Math.min(firstOf[cell + 1] as number, count);
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (dueAt(middle) <= area) low = middle + 1;
      else high = middle;
    }
    // As for even arrivals: areas are exact but for the last digits, and the contract is about times.
    while (low > 0 && curve.timeNs(dueAt(low - 1)) > elapsedNs) low--;
    while (low < count && curve.timeNs(dueAt(low)) <= elapsedNs) low++;
    return low;
  }

  /** Creates a function that returns the area of arrival n, from the one or two cells drawn last. */
  function createReader(): (n: number) => number {
    const held = [new Float64Array(mostPerCell), new Float64Array(mostPerCell)] as const;
    const heldCell = [-1, -1];
    let cell = 0;
    return (n) => {
      if (n < (firstOf[cell] as number) || n >= (firstOf[cell + 1] as number)) cell = cellOf(n);
      const place = cell & 1;
      const positions = held[place as 0 | 1];
      if (heldCell[place] !== cell) {
        cells.positions(cell, positions);
        heldCell[place] = cell;
      }
      return positions[n - (firstOf[cell] as number)] as number;
    };
  }

  function cellOf(n: number): number {
    let low = 0;
    let high = cellCount - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((firstOf[middle] as number) <= n) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
