import { unite } from "../address/intervals.ts";
import { formatIp, isLoopback, parseIp } from "../address/ip.ts";
import { type AddressRanges, parseRanges } from "../address/ranges.ts";
import type { Plan, WorkloadPlan } from "../scenario/plan-types.ts";

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

/**
 * Loopback IPv4 addresses that must exist for a plan to run: those of the clients, and those that
 * servers listen on. What `ifconfig lo0 alias` must add on macOS, which has 127.0.0.1 only.
 *
 * @returns "127.1.0.1" or "127.1.0.1-127.1.0.9", disjoint, ascending
 */
export function aliasesOf(plan: Plan): string[] {
  const sources = plan.workloads
    .map(usedSources)
    .filter(({ family }) => family === 4)
    .flatMap(({ ranges }) => ranges);
  const listening = plan.servers
    .flatMap(({ listen }) => listen)
    .filter(({ address }) => isLoopback(address))
    .map(({ address }) => parseIp(address))
    .filter(({ family }) => family === 4)
    .map(({ value }) => [value, value] as const);
  const text = (value: bigint): string => formatIp({ family: 4, value });
  return unite([...sources, ...listening])
    .filter(([from]) => isLoopback(text(from)))
    .map(([from, to]) => (from === to ? text(from) : `${text(from)}-${text(to)}`));
}
