import { formatCount, formatDuration, formatRate } from "../../base/units.ts";
import type { Progress, WorkloadProgress } from "../../run/progress.ts";
import { wholeSeconds } from "./progress-block.ts";

/** Renders the content of the live block in one plain line, for logs and pipes. Pure. */
export function renderProgressLine(progress: Progress): string {
  const left = progress.remainingNs === null ? "" : `, ${wholeSeconds(progress.remainingNs)} left`;
  const head = `${wholeSeconds(progress.elapsedNs)} ${progress.state}${left}`;
  return [head, ...progress.workloads.map(workloadText)].join(" | ");
}

function workloadText(workload: WorkloadProgress): string {
  const open = `${formatCount(workload.open)}/${formatCount(workload.connectionsPlanned)} open`;
  const offered =
    workload.offeredPerSecond === null ? "" : ` of ${formatRate(workload.offeredPerSecond)}`;
  const parts = [
    `${workload.name}: ${workload.state}, ${open}`,
    `${formatRate(workload.ratePerSecond)}${offered}`,
  ];
  const times = [
    ["p50", workload.p50Ns],
    ["p99", workload.p99Ns],
    ["max", workload.maxNs],
  ] as const;
  const known = times.flatMap(([name, ns]) =>
    ns === null ? [] : [`${name} ${formatDuration(ns)}`],
  );
  if (known.length > 0) parts.push(known.join(" "));
  parts.push(`${formatCount(workload.errors)} errors`);
  return parts.join(", ");
}
