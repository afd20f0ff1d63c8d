import { assert } from "../base/assert.ts";

/** The walk of one worker through its share of a flow space, for ever. */
export interface ChurnCursor {
  /** Tuples in this share, at least 1; the walk comes back to one after that many steps. */
  readonly count: number;
  /** The next tuple's index in the flow space. @cost O(1), no allocation */
  next(): number;
}

/**
 * A cursor over the tuples k = share, share + ofShares, share + 2 x ofShares, ... of a flow space,
 * which begins again at `share` past the end.
 *
 * Taking every tuple of the share before any comes again lets the kernel forget the old connection
 * (TIME_WAIT) for as long as the space allows. The shares 0 to ofShares - 1 are disjoint and cover
 * the space.
 *
 * @param size     tuples in the space, integer
 * @param share    integer, 0 <= share < min(ofShares, size)
 * @param ofShares integer >= 1
 */
export function createCursor(size: number, share: number, ofShares: number): ChurnCursor {
  assert(share >= 0 && share < ofShares && share < size, `share ${share} of ${ofShares}, ${size}`);
  let following = share;
  return {
    count: Math.ceil((size - share) / ofShares),
    next() {
      const k = following;
      following += ofShares;
      if (following >= size) following = share;
      return k;
    },
  };
}
