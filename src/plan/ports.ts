import {
  countPorts,
  intersectPorts,
  type PortRanges,
  subtractPorts,
  takePorts,
} from "../address/ports.ts";
import { intersectRanges } from "../address/ranges.ts";
import { formatCount } from "../base/units.ts";
import { patterns } from "../scenario/patterns.ts";
import {
  addressesNeeded,
  flowsOn,
  portsPerFlow,
  type Report,
  type WorkloadDraft,
} from "./draft.ts";
import type { MachineFacts } from "./plan-types.ts";

/**
 * Ports that a workload takes for each that it needs. When another program has taken one meanwhile, as a run with the
 * same sources does that began at the same time, its flow goes on to the next.
 */
const spareFactor = 16;

/**
 * Divides ports so that no two workloads ever hold the same 4-tuple.
 *
 * Workloads that cannot meet (see `meet`) keep all their ports. Of those that can, each in turn takes,
 * from the lowest up, ports that its neighbours have left: first those that keep their ports, which take what
 * their connections need, and some to spare where all fit with them, then churn and rotating flows, which divide
 * the rest, since the more ports they have the later they reuse a tuple. Workloads with the fewest ports to choose
 * from go first.
 *
 * @returns each draft with its ports; one that does not fit is reported and left out
 */
export function sharePorts(
  drafts: readonly WorkloadDraft[],
  machine: MachineFacts,
  report: Report,
): readonly WorkloadDraft[] {
  const generous = divide(drafts, spareFactor, machine, () => {});
  return generous.length === drafts.length ? generous : divide(drafts, 1, machine, report);
}

/** @param factor ports for each that a workload needs which keeps its ports, where there are as many */
function divide(
  drafts: readonly WorkloadDraft[],
  factor: number,
  machine: MachineFacts,
  report: Report,
): readonly WorkloadDraft[] {
  const order = [...drafts].sort(
    (a, b) =>
      Number(roams(a)) - Number(roams(b)) ||
      countPorts(a.ports) - countPorts(b.ports) ||
      a.index - b.index,
  );
  const shared = new Map<WorkloadDraft, PortRanges>();
  for (const [place, draft] of order.entries()) {
    const neighbours = order.filter((other) => other !== draft && meet(draft, other));
    const before = neighbours.filter((other) => shared.has(other));
    const free = before.reduce(
      (ports, other) => subtractPorts(ports, shared.get(other) ?? []),
      draft.ports,
    );
    const following = order.slice(place + 1).filter((other) => neighbours.includes(other));
    const ports =
      neighbours.length === 0 ? free : takePorts(free, wanted(draft, free, following, factor));
    if (capacity(draft, ports) >= draft.workload.connections) shared.set(draft, ports);
    // A workload that does not fit takes nothing, so its neighbours are judged without it.
    else report(draft.workload, tooSmall(draft, free, before, machine));
  }
  return drafts.flatMap((draft) => {
    const ports = shared.get(draft);
    return ports === undefined ? [] : [{ ...draft, ports }];
  });
}

/** Connections that fit on these ports. */
function capacity(draft: WorkloadDraft, ports: PortRanges): number {
  return draft.sourceCount * connectionsPerSource(draft, ports);
}

/** Connections of one source address: what the workload says, or as many as its ports carry. */
export function connectionsPerSource(draft: WorkloadDraft, ports: PortRanges): number {
  return Math.min(
    draft.workload.connectionsPerSource ?? Number.POSITIVE_INFINITY,
    flowsOn(draft.workload, ports, draft.perPair),
  );
}

/** Whether two workloads could hold the same 4-tuple, or a pair that must not be shared. */
function meet(a: WorkloadDraft, b: WorkloadDraft): boolean {
  if (a.workload.protocol !== b.workload.protocol) return false;
  if (intersectRanges(a.sources, b.sources).ranges.length === 0) return false;
  if (countPorts(intersectPorts(a.ports, b.ports)) === 0) return false;
  if (!a.canShare) return true;
  return a.endpoints.some(({ address, port }) =>
    b.endpoints.some((other) => other.address === address && other.port === port),
  );
}

/** Whether the workload keeps moving between its ports, so that more of them are better. */
function roams({ workload }: WorkloadDraft): boolean {
  return patterns[workload.pattern].walksTuples || workload.socket === "rotating";
}

/** Ports without which the connections do not fit on the sources. */
function leastPorts({ workload, sourceCount, perPair }: WorkloadDraft): number {
  const flows = Math.ceil(workload.connections / sourceCount) * portsPerFlow(workload);
  return Math.ceil(flows / perPair);
}

/** Ports that the workload takes of those that earlier neighbours left. */
function wanted(
  draft: WorkloadDraft,
  free: PortRanges,
  following: readonly WorkloadDraft[],
  factor: number,
): number {
  const { workload, perPair } = draft;
  const least = leastPorts(draft);
  const count = countPorts(free);
  const evenPortion = Math.floor(count / (following.length + 1));
  const spare = count - following.reduce((sum, other) => sum + leastPorts(other), 0);
  const atMost = Math.min(evenPortion, spare);
  if (roams(draft)) return Math.max(least, atMost);
  const onOneSource = Math.min(workload.connectionsPerSource ?? 0, workload.connections);
  const kept = Math.max(least, Math.ceil(onOneSource / perPair));
  return Math.max(kept, Math.min(factor * kept, atMost));
}

function tooSmall(
  draft: WorkloadDraft,
  free: PortRanges,
  before: readonly WorkloadDraft[],
  machine: MachineFacts,
): string {
  const { workload, sourceCount, perPair } = draft;
  const each = portsPerFlow(workload) > 1 ? " (rotating: two ports each)" : "";
  const requested = `${formatCount(workload.connections)} connections${each} do not fit`;
  const addresses = addressesNeeded(workload, draft.ports, perPair);
  const aliases =
    machine.platform === "darwin" ? " (aliases of lo0: see scripts/macos/lo0-alias-up.sh)" : "";
  const wouldDo = Number.isFinite(addresses)
    ? `${counted(addresses, "address", "addresses")} would be enough${aliases}`
    : "name more ports";
  const on = `on ${counted(sourceCount, "source address", "source addresses")}`;
  const fit = `${formatCount(capacity(draft, free))} fit`;
  const portCount = countPorts(free);
  if (portCount < countPorts(draft.ports)) {
    const names = before.map((other) => other.workload.name).join(", ");
    return (
      `${requested}: ${on}, which it shares with ${names}, ` +
      `${counted(portCount, "port is", "ports are")} left and ${fit}; ` +
      `with sources of its own, ${wouldDo}`
    );
  }
  const limit = workload.connectionsPerSource;
  const most = flowsOn(workload, free, perPair);
  if (limit !== null && limit < most) {
    const least = Math.ceil(workload.connections / sourceCount);
    const or = least <= most ? `, or connectionsPerSource: ${least}` : "";
    return `${requested}: ${on} with connectionsPerSource ${limit}, ${fit}; ${wouldDo}${or}`;
  }
  const destinations = perPair > 1 ? ` and ${counted(perPair, "destination", "destinations")}` : "";
  return `${requested}: ${on} with ${counted(portCount, "port", "ports")}${destinations}, ${fit}; ${wouldDo}`;
}

function counted(n: number, one: string, many: string): string {
  return `${formatCount(n)} ${n === 1 ? one : many}`;
}
