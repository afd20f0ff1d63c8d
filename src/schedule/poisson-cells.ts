import { createRandom } from "../base/random.ts";

/** Expected arrivals in a cell. */
export const meanPerCell = 1024;

/** A draw differs from the mean by twelve standard deviations or more only once in e^72. */
const leastPerCell = meanPerCell - 384;
export const mostPerCell = meanPerCell + 384;

/**
 * A Poisson process of rate 1, divided into cells of length 1024, each of which can be drawn alone: how
 * many arrivals it has, and where. Both follow from the seed and the cell's number, so every worker
 * sees the same arrivals and takes its portion of them.
 */
export interface PoissonCells {
  /** Returns the arrivals in a cell, leastPerCell to mostPerCell. */
  count(cell: number): number;
  /**
   * Writes the cell's arrivals, ascending, from `cell * 1024` to `(cell + 1) * 1024`, into the first
   * `count(cell)` elements.
   *
   * @cost 25 us, no allocation
   */
  positions(cell: number, into: Float64Array): void;
}

/** @param seed integer >= 0; the same seed gives the same arrivals */
export function createPoissonCells(seed: number): PoissonCells {
  const random = createRandom(seed);

  function count(cell: number): number {
    random.restart(seed, cell);
    return drawCount(random.float());
  }

  return {
    count,
    positions(cell, into) {
      const size = count(cell);
      // Given their number, arrivals are distributed like sorted uniform numbers, and those like the
      // partial sums of exponential gaps divided by the last sum, which need no sorting.
      let sum = 0;
      for (let i = 0; i < size; i++) {
        sum -= Math.log(1 - random.float());
        into[i] = sum;
      }
      sum -= Math.log(1 - random.float());
      const scale = meanPerCell / sum;
      const begin = cell * meanPerCell;
      for (let i = 0; i < size; i++) into[i] = begin + (into[i] as number) * scale;
    },
  };
}

/** Float64, by count less leastPerCell: probability of that count or a smaller one. */
const cumulative = cumulativePoisson();

/** Inverts the distribution: returns the least count whose cumulative probability exceeds `uniform`. */
function drawCount(uniform: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((cumulative[middle] as number) > uniform) high = middle;
    else low = middle + 1;
  }
  return leastPerCell + low;
}

/** Returns weights relative to the mode, by p(k) = p(k - 1) * mean / k, scaled to a sum of 1. */
function cumulativePoisson(): Float64Array {
  const table = new Float64Array(mostPerCell - leastPerCell + 1);
  const mode = meanPerCell - leastPerCell;
  table[mode] = 1;
  for (let i = mode; i > 0; i--) {
    table[i - 1] = ((table[i] as number) * (leastPerCell + i)) / meanPerCell;
  }
  for (let i = mode + 1; i < table.length; i++) {
    table[i] = ((table[i - 1] as number) * meanPerCell) / (leastPerCell + i);
  }
  let sum = 0;
  for (let i = 0; i < table.length; i++) {
    sum += table[i] as number;
    table[i] = sum;
  }
  for (let i = 0; i < table.length; i++) table[i] = (table[i] as number) / sum;
  return table;
}
