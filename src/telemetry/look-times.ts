/** When the connections of a workload are looked at; monotonic clock, ns, Infinity where it is not known. */
export interface LookTimes {
  readonly everyNs: number;
  readonly steadyNs: number;
  readonly endNs: number;
}

/** The last look is so long before the end of steady state: after it connections are closed, each with its figures. */
const beforeEndNs = 25e6;

/** A look takes time: one that is due sooner after another is left out. */
const leastBetweenNs = 10e6;

/**
 * When the next look is due: in the interval, and in any case when steady state begins, from where on time counts, and
 * shortly before it ends.
 */
export function nextLook({ everyNs, steadyNs, endNs }: LookTimes, lastNs: number): number {
  const moments = [steadyNs, endNs - beforeEndNs].filter((ns) => ns > lastNs + leastBetweenNs);
  return Math.min(lastNs + everyNs, ...moments);
}
