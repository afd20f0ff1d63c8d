/**
 * Returns the middle value; for an even number of values, the mean of the two in the middle.
 *
 * @param {readonly number[]} values at least one, in any order
 * @returns {number}
 */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = /** @type {number} */ (sorted[middle]);
  return sorted.length % 2 === 1 ? upper : (upper + /** @type {number} */ (sorted[middle - 1])) / 2;
}

/**
 * Returns the slope of points by Theil and Sen: the median of the slopes between all pairs of them.
 *
 * @param {readonly { readonly x: number, readonly y: number }[]} points at least two, of different x
 */
export function slope(points) {
  return median(
    points.flatMap((a, index) => points.slice(index + 1).map((b) => (b.y - a.y) / (b.x - a.x))),
  );
}
