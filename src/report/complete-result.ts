import type { RunResult, ServerResult, TimelineEntry, WorkloadResult } from "../results/result.ts";

/**
 * A result with every field that this version knows: those that older ones did not write are empty, so
 * that nobody else has to ask whether they are there.
 */
export function completeResult(result: RunResult): RunResult {
  const { workloads, servers, run } = result;
  return {
    ...result,
    warnings: result.warnings ?? [],
    run: {
      ...run,
      reasons: run.reasons ?? [],
      findings: run.findings ?? [],
      ioObstacle: run.ioObstacle ?? null,
    },
    workloads: mapValues(workloads, completeWorkload),
    servers: mapValues(servers, completeServer),
  };
}

function completeWorkload(workload: WorkloadResult): WorkloadResult {
  return {
    ...workload,
    errors: workload.errors ?? [],
    wrongSources: workload.wrongSources ?? [],
    clients: workload.clients ?? { slowest: [], failing: [] },
    notes: workload.notes ?? [],
    receivers: workload.receivers ?? null,
    deliveryLatency: workload.deliveryLatency ?? null,
    deliverySpread: workload.deliverySpread ?? null,
    contrast: workload.contrast ?? null,
    restarts: workload.restarts ?? [],
    timeline: (workload.timeline ?? []).map(completeEntry),
  };
}

/** Before seconds had histograms they stated neither what was offered nor the send lag. */
function completeEntry(entry: TimelineEntry): TimelineEntry {
  return {
    ...entry,
    offered: entry.offered ?? Number.NaN,
    opened: entry.opened ?? Number.NaN,
    responseTime: { ...entry.responseTime, hdr: entry.responseTime.hdr ?? null },
    sendLag: entry.sendLag ?? { p99: null, max: null },
  };
}

function completeServer(server: ServerResult): ServerResult {
  return {
    ...server,
    counts: server.counts ?? null,
    restarts: server.restarts ?? [],
    timeline: server.timeline ?? [],
  };
}

function mapValues<Value>(
  values: Readonly<Record<string, Value>>,
  change: (value: Value) => Value,
): Record<string, Value> {
  // No prototype: a workload may be called __proto__.
  const changed: Record<string, Value> = Object.create(null);
  for (const [name, value] of Object.entries(values)) changed[name] = change(value);
  return changed;
}
