type Json = Readonly<Record<string, unknown>>;

/** Fields that version 1 named differently, by their place: `*` is any key or index. */
const renamedInVersion2: readonly (readonly [place: string, was: string, is: string])[] = [
  ["run", "floor", "harnessLatency"],
  ["run.clientWorkers.*", "busyShare", "busyRatio"],
  ["run.clientWorkers.*", "waitedShare", "waitedRatio"],
  ["workloads.*.exchanges", "blocked", "unsent"],
  ["workloads.*.exchanges", "aborted", "failed"],
  ["workloads.*.connections", "redialled", "rotated"],
  ["workloads.*.wrongSources.*", "asked", "destination"],
  ["workloads.*.listeners.*", "listener", "receiver"],
  ["workloads.*.listeners.*", "comesAndGoes", "rejoins"],
  ["workloads.*.listeners.*", "stays", "memberships"],
  ["workloads.*", "listeners", "receivers"],
  ["workloads.*.contrast", "listenersReached", "receiversReached"],
  ["scenario.resolved.servers.*.options", "stall", "pause"],
  ["scenario.resolved.workloads.*.audience", "listeners", "receivers"],
  ["scenario.resolved.workloads.*.audience", "listenerProcesses", "receiverProcesses"],
  ["scenario.resolved.workloads.*.audience", "listenerThreads", "receiverThreads"],
  ["scenario.resolved.workloads.*.audience.comeAndGo", "listeners", "receivers"],
  ["scenario.resolved.workloads.*.audience.comeAndGo", "stayNs", "joinedForNs"],
  ["scenario.resolved.workloads.*.audience.comeAndGo", "awayNs", "leftForNs"],
  ["scenario.resolved.workloads.*.audience", "comeAndGo", "membership"],
  ["scenario.resolved.workloads.*", "audience", "broadcast"],
  ["scenario.resolved.workloads.*", "redialEvery", "rotateEvery"],
];

/** Converts a result of an earlier schema to this one's names; others are returned as they are. */
export function upgradeResult(result: Json): Json {
  if (result.schemaVersion === 1) return fromVersion1(result);
  return result.schemaVersion === 2 && hasAborted(result)
    ? (at(result, ["workloads", "*", "exchanges"], (found) =>
        rename(found, "aborted", "failed"),
      ) as Json)
    : result;
}

/** Early results of version 2 have that name of version 1. */
function hasAborted({ workloads }: Json): boolean {
  return Object.values((workloads ?? {}) as Json).some(
    (workload) => (workload as { exchanges?: Json } | null)?.exchanges?.aborted !== undefined,
  );
}

function fromVersion1(result: Json): Json {
  const renamed = renamedInVersion2.reduce<unknown>(
    (value, [place, was, is]) => at(value, place.split("."), (found) => rename(found, was, is)),
    result,
  );
  const units = at(renamed, ["gates", "*"], (gate) =>
    gate.unit === "share" ? { ...gate, unit: "ratio" } : gate,
  );
  const sockets = at(units, ["scenario", "resolved", "workloads", "*"], (workload) =>
    workload.socket === "redialled" ? { ...workload, socket: "rotating" } : workload,
  );
  const grouped = at(sockets, ["run"], ({ clientCpu, clientWorkers, ...run }) => ({
    ...run,
    generator: { cpu: clientCpu ?? null, workers: clientWorkers ?? null },
  }));
  return { ...(grouped as Json), schemaVersion: 2 };
}

/** The value with `change` applied to each object at the place, if there is one. */
function at(value: unknown, place: readonly string[], change: (found: Json) => Json): unknown {
  const [key, ...rest] = place;
  if (typeof value !== "object" || value === null) return value;
  if (key === undefined) return Array.isArray(value) ? value : change(value as Json);
  if (Array.isArray(value))
    return key === "*" ? value.map((item) => at(item, rest, change)) : value;
  // No prototype: a workload may be named __proto__.
  const changed: Record<string, unknown> = Object.create(null);
  for (const [name, child] of Object.entries(value)) {
    changed[name] = key === "*" || key === name ? at(child, rest, change) : child;
  }
  return changed;
}

/** Renames a key; its position among the keys stays the same. */
function rename(value: Json, was: string, is: string): Json {
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key === was ? is : key, child]),
  );
}
