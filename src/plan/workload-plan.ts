import { captureFilter, displayFilter } from "../address/filters.ts";
import { createFlowSpace, type FlowSpacePart } from "../address/flow-space.ts";
import { unite } from "../address/intervals.ts";
import { parseIp } from "../address/ip.ts";
import { type AddressRanges, parseRanges, rangesHold, rangeTexts } from "../address/ranges.ts";
import { assert } from "../base/assert.ts";
import { patterns } from "../scenario/patterns.ts";
import type { WorkloadDraft } from "./draft.ts";
import type { Portion, WorkloadPlan } from "./plan-types.ts";
import { connectionsPerSource } from "./ports.ts";

/** Plans a workload whose clients are on one machine. */
export function planWorkload(draft: WorkloadDraft, portions: readonly Portion[]): WorkloadPlan {
  const { workload, index, endpoints, sources, ports } = draft;
  return {
    index,
    name: workload.name,
    endpoints,
    space: {
      sources: rangeTexts(sources),
      ports,
      destinations: endpoints,
      connectionsPerSource: packing(draft),
    },
    portions,
    addressesUsed: addressesUsed(draft),
    leased: false,
    ...filters(draft, sources),
  };
}

function filters(
  { workload, endpoints }: WorkloadDraft,
  sources: AddressRanges,
): Pick<WorkloadPlan, "displayFilter" | "captureFilter"> {
  // A client that shares its address with the server can only be told apart by the server's port.
  const portsToo = endpoints.some(({ address }) => rangesHold(sources, parseIp(address)));
  const towards = portsToo
    ? { protocol: workload.protocol, ports: [...new Set(endpoints.map(({ port }) => port))] }
    : null;
  return {
    displayFilter: displayFilter(sources, towards),
    captureFilter: captureFilter(sources, towards),
  };
}

/**
 * Plans a workload whose clients are on several hosts.
 *
 * @param drafts of each host that has some of it, in their order; one at least
 */
export function planDivided(
  drafts: readonly WorkloadDraft[],
  portions: readonly Portion[],
): WorkloadPlan {
  let first = 0;
  const plans = drafts.map((draft) => planWorkload(draft, []));
  const parts = plans.map(({ space }, index): FlowSpacePart => {
    const { pattern, connections } = (drafts[index] as WorkloadDraft).workload;
    const tuples = patterns[pattern].walksTuples ? createFlowSpace(space).size : connections;
    const part = { first, tuples, spec: space };
    first += tuples;
    return part;
  });
  const [draft, plan] = [drafts[0], plans[0]];
  assert(draft !== undefined && plan !== undefined, "a workload is on a host");
  const sources = parseRanges(
    plans.flatMap(({ space }) => space.sources.map(([from, to]) => `${from}-${to}`)),
  );
  const ports = unite(plans.flatMap(({ space }) => space.ports));
  return {
    ...plan,
    space: { ...plan.space, sources: rangeTexts(sources), ports, parts },
    portions,
    addressesUsed: plans.reduce((sum, { addressesUsed }) => sum + addressesUsed, 0),
    ...filters(draft, sources),
  };
}

/**
 * FlowSpaceSpec.connectionsPerSource. Churn walks through the whole space: a spread one reuses pairs
 * with the next destination. A packed one does not, for where pairs must not be shared.
 */
function packing(draft: WorkloadDraft): number | null {
  const { workload, endpoints, ports, perPair } = draft;
  const repeatsPairs = patterns[workload.pattern].walksTuples && perPair < endpoints.length;
  if (workload.connectionsPerSource === null && !repeatsPairs) return null;
  return connectionsPerSource(draft, ports);
}

/** Distinct source addresses of the connections; churn moves on to others until it has used all. */
function addressesUsed(draft: WorkloadDraft): number {
  const { workload, sourceCount } = draft;
  const flows = patterns[workload.pattern].walksTuples
    ? Math.max(workload.connections, workload.totalConnections ?? Number.POSITIVE_INFINITY)
    : workload.connections;
  return Math.min(sourceCount, Math.ceil(flows / (packing(draft) ?? 1)));
}
