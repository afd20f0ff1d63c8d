import { type AddressRanges, parseRanges } from "../address/ranges.ts";
import type { WorkloadPlan } from "./plan-types.ts";

/** The source addresses that a workload really uses: the lowest `addressesUsed` of its sources. */
export function usedSources(workload: WorkloadPlan): AddressRanges {
  const all = parseRanges(workload.space.sources.map(([from, to]) => `${from}-${to}`));
  let left = BigInt(workload.addressesUsed);
  const ranges: (readonly [bigint, bigint])[] = [];
  for (const [from, to] of all.ranges) {
    if (left <= 0n) break;
    const last = to - from < left ? to : from + left - 1n;
    ranges.push([from, last]);
    left -= last - from + 1n;
  }
  return { family: all.family, ranges };
}
