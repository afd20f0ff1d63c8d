import { assert } from "../base/assert.ts";

/** The endless walk of one worker through its portion of a flow space. */
export interface ChurnCursor {
  /** Tuples in this portion, at least 1; the walk returns to a tuple after that many steps. */
  readonly count: number;
  /** Returns the next tuple's index in the flow space. @cost O(1), no allocation */
  next(): number;
}

/**
 * Creates a cursor over the tuples k = portion, portion + ofPortions, portion + 2 x ofPortions, ... of a
 * flow space. Past the end it starts again at `portion`.
 *
 * Using every tuple of the portion before any repeats gives the kernel as long as the space allows to
 * forget the old connection (TIME_WAIT). The portions 0 to ofPortions - 1 are disjoint and cover the space.
 *
 * @param size       tuples in the space, integer
 * @param portion    integer, 0 <= portion < min(ofPortions, size)
 * @param ofPortions integer >= 1
 * @param first      what is added to each index: where the space begins that is walked through
 */
export function createCursor(
  size: number,
  portion: number,
  ofPortions: number,
  first = 0,
): ChurnCursor {
  assert(
    portion >= 0 && portion < ofPortions && portion < size,
    `portion ${portion} of ${ofPortions}, ${size}`,
  );
  let following = portion;
  return {
    count: Math.ceil((size - portion) / ofPortions),
    next() {
      const k = following;
      following += ofPortions;
      if (following >= size) following = portion;
      return first + k;
    },
  };
}
