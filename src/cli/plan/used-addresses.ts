import { unite } from "../../address/intervals.ts";
import { formatIp, isLoopback, parseIp } from "../../address/ip.ts";
import type { Plan } from "../../plan/plan-types.ts";
import { usedSources } from "../../plan/used-sources.ts";

/**
 * Returns the loopback IPv4 addresses that must exist for a plan to run: those of the clients, and those
 * that servers listen on. `ifconfig lo0 alias` must add them on macOS, which has only 127.0.0.1.
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
