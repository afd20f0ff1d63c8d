/** Source addresses that workloads share: their packets cannot be told apart by address. */
import { intersectRanges, parseRanges, rangeTexts } from "../../address/ranges.ts";
import type { WorkloadPlan } from "../../plan/plan-types.ts";
import type { Check, CheckOutcome } from "./check.ts";

/** Only the first workload that each one shares with is named; more would not help. */
export const sharedSources: Check = ({ plan: { workloads } }) =>
  workloads.flatMap((workload, place): CheckOutcome[] => {
    const sources = sourcesOf(workload);
    for (const other of workloads.slice(0, place)) {
      const shared = intersectRanges(sources, sourcesOf(other));
      const [first] = rangeTexts(shared);
      if (first === undefined) continue;
      const [from, to] = first;
      const range = from === to ? from : `${from}-${to}`;
      const more = shared.ranges.length > 1 ? " and more" : "";
      return [
        {
          level: "note",
          message:
            `workloads ${other.name} and ${workload.name} share source addresses (${range}${more}): ` +
            "their filters also match each other's packets",
          remedy: `give each its own range with "sources", or leave it out`,
        },
      ];
    }
    return [];
  });

function sourcesOf({ space }: WorkloadPlan) {
  return parseRanges(space.sources.map(([from, to]) => `${from}-${to}`));
}
