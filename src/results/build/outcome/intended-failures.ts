import { evaluateGate, type MetricView } from "../../../gates/evaluate.ts";
import { type Gate, metricsOf } from "../../../gates/gate.ts";
import type { WorkloadMetric } from "../../../gates/metric.ts";

/** What is 0 where all goes well. */
const misfortunes: ReadonlySet<WorkloadMetric> = new Set<WorkloadMetric>([
  "connections.failed",
  "connections.openFailed",
  "connections.closedByTarget",
  "connections.refused",
  "exchanges.lost",
  "exchanges.timedOut",
  "exchanges.late",
  "exchanges.corrupted",
  "exchanges.truncated",
  "exchanges.wrongSource",
  "exchanges.failed",
  "exchanges.unsolicited",
  "exchanges.unsent",
  "errors",
  "errors.target",
]);

/** What equals another metric where all goes well. */
const fortunes: Readonly<Partial<Record<WorkloadMetric, WorkloadMetric>>> = {
  "connections.opened": "connections.planned",
  "connections.openAtEnd": "connections.planned",
  "exchanges.received": "exchanges.sent",
  "rate.receivedPerSecond": "rate.achievedPerSecond",
};

/**
 * The workloads that are meant to fail: a gate over them holds that would not if all of it had gone well, such as
 * `blocked.exchanges.received == 0` of a server that must not answer.
 *
 * @param gates those that hold
 */
export function intendedFailures(gates: readonly Gate[], view: MetricView): ReadonlySet<string> {
  return failing(gates, (workload) => hadAllGoneWell(view, workload));
}

/** The workloads that a gate may want to fail, as far as can be said before anything is measured. */
export function possibleFailures(gates: readonly Gate[]): ReadonlySet<string> {
  const many: MetricView = {
    windows: () => [],
    value: (ref) => (ref.of === "workload" ? Number.MAX_SAFE_INTEGER : null),
  };
  return failing(gates, (workload) => hadAllGoneWell(many, workload));
}

/** The workloads over which a gate does not hold with such values. */
function failing(
  gates: readonly Gate[],
  viewOf: (workload: string) => MetricView,
): ReadonlySet<string> {
  const named = gates
    .filter(({ windowNs }) => windowNs === null)
    .flatMap((gate) =>
      metricsOf(gate).flatMap((ref) =>
        ref.of === "workload" && ref.workload !== null ? [[gate, ref.workload] as const] : [],
      ),
    );
  const meant = named.filter(([gate, workload]) => {
    return evaluateGate(gate, viewOf(workload)).verdict === "fail";
  });
  return new Set(meant.map(([, workload]) => workload));
}

function hadAllGoneWell(view: MetricView, workload: string): MetricView {
  return {
    windows: () => [],
    value(ref) {
      if (ref.of !== "workload" || ref.workload !== workload) return view.value(ref);
      if (misfortunes.has(ref.metric)) return 0;
      const better = fortunes[ref.metric];
      return view.value(better === undefined ? ref : { ...ref, metric: better });
    },
  };
}
