/** Two of a series, for its slope. */
interface Point {
  readonly x: number;
  readonly y: number;
}

/** Bins that points are put in: every part of the time counts the same, and pairs stay few. */
const mostBins = 120;

/** Fewer say nothing of a trend. */
const leastBins = 10;

/** A slope, and between what it lies at 95 %. */
export interface Slope {
  readonly slope: number;
  readonly low: number;
  readonly high: number;
}

/** Of the normal distribution, so that 95 % lie within so many standard deviations. */
const z95 = 1.96;

/**
 * The slope of a series by Theil and Sen: the median of the slopes between all pairs of points. Up to 29 % of them may be
 * anything, such as the memory of a moment of garbage collection, which a fit by least squares would follow.
 *
 * Points are first put in bins of equal width, of which each is the mean of its points, so that times with more points do
 * not count more.
 *
 * The interval is Sen's, by the ranks of the slopes: it takes the bins for independent of each other, so it is narrow for what
 * goes up and down slowly.
 *
 * @returns y per x; null where fewer than 10 bins have points
 */
export function slopeOf(points: readonly Point[], fromX: number, toX: number): Slope | null {
  const within = points.filter(({ x }) => x >= fromX && x <= toX);
  const count = Math.min(mostBins, within.length);
  if (count < leastBins || toX <= fromX) return null;
  const bins = new Map<number, Point[]>();
  for (const point of within) {
    const bin = Math.min(count - 1, Math.floor(((point.x - fromX) / (toX - fromX)) * count));
    bins.set(bin, [...(bins.get(bin) ?? []), point]);
  }
  if (bins.size < leastBins) return null;
  const means = [...bins.values()].map((some) => ({
    x: some.reduce((sum, { x }) => sum + x, 0) / some.length,
    y: some.reduce((sum, { y }) => sum + y, 0) / some.length,
  }));
  const slopes: number[] = [];
  for (const [index, a] of means.entries()) {
    for (const b of means.slice(index + 1)) slopes.push((b.y - a.y) / (b.x - a.x));
  }
  slopes.sort((a, b) => a - b);
  const at = (index: number) => slopes[Math.min(slopes.length - 1, Math.max(0, index))] as number;
  const n = means.length;
  const spread = z95 * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  return {
    slope: (at(Math.ceil(slopes.length / 2) - 1) + at(Math.floor(slopes.length / 2))) / 2,
    low: at(Math.floor((slopes.length - spread) / 2) - 1),
    high: at(Math.ceil((slopes.length + spread) / 2)),
  };
}
