import { formatCount, formatDuration, formatRate } from "../base/units.ts";
import type { ClientHostResult, HostWorkloadResult } from "./host-result.ts";
import type { RunResult } from "./result.ts";

/** A table of the hosts of a run, as every view of a result shows it. */
export interface HostTable {
  readonly columns: readonly { readonly label: string; readonly isNumber: boolean }[];
  readonly rows: readonly (readonly string[])[];
  /** Hosts that are left out. */
  readonly left: number;
}

/** So many hosts are shown at most; the result has all. */
const mostHosts = 20;

const none = "-";
const time = (ns: number | null) => (ns === null ? none : formatDuration(ns));

/**
 * A row for each host and workload that it has a part of; what is of the host alone stands in its first row. Hosts that were
 * lost come first.
 *
 * @returns null where the clients were on the coordinator's machine
 */
export function hostTable({ hosts, workloads }: RunResult): HostTable | null {
  const all = Object.entries(hosts ?? {});
  if (all.length === 0) return null;
  const isOne = Object.keys(workloads).length === 1;
  const lostFirst = ([, a]: (typeof all)[number], [, b]: (typeof all)[number]) =>
    Number(a.lost === null) - Number(b.lost === null);
  const shown = all.toSorted(lostFirst).slice(0, mostHosts);
  const cells = shown.flatMap(([name, host]) => {
    const own = Object.entries(host.workloads);
    const parts = own.length === 0 ? [null] : own;
    return parts.map((part, index) => [
      index === 0 ? name : "",
      part?.[0] ?? none,
      ...workloadCells(part?.[1] ?? null),
      ...(index === 0 ? hostCells(host) : ["", "", "", ""]),
    ]);
  });
  const labels = [
    "host",
    "workload",
    "connections",
    "rate",
    "p50",
    "p99",
    "max",
    "errors",
    "CPUs",
    "clock error",
    "start error",
    "",
  ];
  const texts = new Set(["host", "workload", ""]);
  const kept = labels.flatMap((label, at) => {
    const isEmpty = label === "" && shown.every(([, { lost }]) => lost === null);
    return isEmpty || (label === "workload" && isOne) ? [] : [at];
  });
  return {
    columns: kept.map((at) => ({
      label: labels[at] as string,
      isNumber: !texts.has(labels[at] as string),
    })),
    rows: cells.map((row) => kept.map((at) => row[at] as string)),
    left: all.length - shown.length,
  };
}

/** Replies by the second; what is sent where nobody replies, or somebody else counts. */
function workloadCells(part: HostWorkloadResult | null): string[] {
  if (part === null) return [none, none, none, none, none, none];
  const { connections, rate, errors, responseTime, deliveryLatency } = part;
  const { percentiles, max } = deliveryLatency ?? responseTime;
  const perSecond = rate.receivedPerSecond ?? rate.achievedPerSecond;
  return [
    formatCount(connections.opened),
    perSecond === null ? none : formatRate(perSecond),
    time(percentiles["50"]),
    time(percentiles["99"]),
    time(max),
    formatCount(errors),
  ];
}

function hostCells({
  generator: { cpu },
  facts,
  clock,
  startErrorNs,
  lost,
}: ClientHostResult): string[] {
  const used = cpu === null ? null : (cpu.userSeconds + cpu.systemSeconds) / cpu.overSeconds;
  return [
    `${used === null ? none : used.toFixed(2)} of ${facts.cpus}`,
    formatDuration(clock.errorNs),
    time(startErrorNs),
    lost === null ? "" : "gone",
  ];
}

/** The io of the clients, or all of them, with commas, where hosts have several. */
export function clientIo({ hosts, run }: Pick<RunResult, "hosts" | "run">): string {
  const ios = [...new Set(Object.values(hosts ?? {}).map(({ io }) => io))];
  return ios.length === 0 ? run.io : ios.sort().join(", ");
}

/** " on 3 hosts"; "" where the clients were on the coordinator's machine. */
export function onHowManyHosts({ hosts }: Pick<RunResult, "hosts">): string {
  const count = Object.keys(hosts ?? {}).length;
  return count === 0 ? "" : ` on ${formatCount(count)} host${count === 1 ? "" : "s"}`;
}
