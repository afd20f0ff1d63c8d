import { assert } from "../base/assert.ts";

/** The walk of one worker through its portion of a flow space, for ever. */
export interface ChurnCursor {
  /** Tuples in this portion, at least 1; the walk comes back to one after that many steps. */
  readonly count: number;
  /** The next tuple's index in the flow space. @cost O(1), no allocation */
  next(): number;
}

/**
 * A cursor over the tuples k = share, share + ofPortions, share + 2 x ofPortions, ... of a flow space,
 * which begins again at `share` past the end.
 *
 * Taking every tuple of the portion before any comes again lets the kernel forget the old connection
 * (TIME_WAIT) for as long as the space allows. The portions 0 to ofPortions - 1 are disjoint and cover
 * the space.
 *
 * @param size     tuples in the space, integer
 * @param portion    integer, 0 <= share < min(ofPortions, size)
 * @param ofPortions integer >= 1
 */
export function createCursor(size: number, portion: number, ofPortions: number): ChurnCursor {
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
      return k;
    },
  };
}
