import { ReceiveTimes } from "../../../metrics/broadcast/receive-times.ts";
import { patterns } from "../../../scenario/patterns.ts";
import type { Workload } from "../../../scenario/scenario.ts";
import type { RestartFlows } from "../../server-result.ts";
import type { WorkloadMeasured } from "../input.ts";

/** A workload and what was measured of it. */
export interface RestartData extends WorkloadMeasured {
  readonly workload: Workload;
}

type Name = keyof RestartFlows;
type RestartFigures = Readonly<Record<`restarts.${Name}`, number | null>>;

/** What happened to the flows of one workload at restart number `index` of their server, from 0. */
function restartFlows(data: RestartData, index: number): RestartFlows {
  return flowsOf([data], index);
}

/** The same for all workloads of a server together: they are silent while all of them are. */
export function flowsOf(workloads: readonly RestartData[], index: number): RestartFlows {
  const parts = workloads.flatMap(({ restarts, workload }) => {
    return restarts === null ? [] : [{ workload, window: restarts.window(index) }];
  });
  const total = (of: (part: (typeof parts)[number]) => number) =>
    parts.reduce((sum, part) => sum + of(part), 0);
  const old = total(({ window }) => window.old);
  const reset = total(({ window }) => window.count("resetByRestart"));
  const answered = parts.filter(({ workload }) => !patterns[workload.pattern].oneWay);
  return {
    old,
    kept: old - reset,
    reset,
    opened: total(({ window }) => window.count("opened")),
    failed: total(({ window }) => window.count("failed")),
    lost:
      answered.length === 0
        ? null
        : answered.reduce((sum, { window }) => {
            const failed = window.count("exchangesFailed") - window.count("exchangesAbandoned");
            return sum + window.count("timedOut") + failed;
          }, 0),
    longestGapMs: longestGapMs(workloads, index),
  };
}

/** The same for every restart that was announced while the workload was measured. */
export function allRestartFlows(data: RestartData): RestartFlows[] {
  return Array.from({ length: data.restarts?.count ?? 0 }, (_, index) => restartFlows(data, index));
}

/** A workload's restarts together, as its metrics. */
export function restartFigures(data: RestartData): RestartFigures {
  return combined(allRestartFlows(data));
}

/** Several restarts together: sums, and the longest of the gaps in ns; null where nothing is known. */
export function combined(restarts: readonly RestartFlows[]): RestartFigures {
  const known = (name: Name) =>
    restarts.map((flows) => flows[name]).filter((value) => value !== null);
  const sum = (name: Name) => {
    const values = known(name);
    return values.length === 0 ? null : values.reduce((total, value) => total + value, 0);
  };
  const gaps = known("longestGapMs");
  return {
    "restarts.old": sum("old"),
    "restarts.kept": sum("kept"),
    "restarts.reset": sum("reset"),
    "restarts.opened": sum("opened"),
    "restarts.failed": sum("failed"),
    "restarts.lost": sum("lost"),
    "restarts.longestGapMs": gaps.length === 0 ? null : Math.max(...gaps) * 1e6,
  };
}

/** Silence counts until the end of the last workload that expects replies. */
function longestGapMs(workloads: readonly RestartData[], index: number): number | null {
  const receiveTimes = new ReceiveTimes();
  let fromNs = Number.POSITIVE_INFINITY;
  let toNs = Number.NEGATIVE_INFINITY;
  for (const { restarts, workload, times } of workloads) {
    if (restarts === null || times.endNs === null || patterns[workload.pattern].oneWay) continue;
    if (restarts.window(index).count("sent") === 0) continue;
    receiveTimes.addAll(restarts.receiveTimes);
    const bounds = restarts.bounds(index);
    fromNs = bounds.fromNs;
    toNs = Math.max(toNs, Math.min(bounds.toNs, times.endNs));
  }
  return toNs > fromNs ? receiveTimes.longestGapMs(fromNs, toNs) : null;
}
