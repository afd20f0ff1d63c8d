import type { HostView, HostWorkloadView } from "../run/run-view.ts";
import type { Family, Labels, Unit } from "./family.ts";

/** [name, unit, help, value or null where there is none] */
type Row = readonly [string, Unit, string, (part: HostWorkloadView) => number | null];

const counters: readonly Row[] = [
  ["exchanges.sent", "{exchange}", "Messages sent", ({ sent }) => sent],
  ["exchanges.received", "{exchange}", "Replies received", ({ received }) => received],
  ["errors", "{error}", "Errors of either side", ({ errors }) => errors],
];

const gauges: readonly Row[] = [
  ["connections.open", "{connection}", "Connections open now", ({ open }) => open],
  [
    "rate.achieved",
    "{exchange}/s",
    "Messages sent in the last whole second",
    ({ live }) => live.achievedPerSecond,
  ],
  [
    "rate.received",
    "{exchange}/s",
    "Replies received in the last whole second",
    ({ live }) => live.receivedPerSecond,
  ],
  [
    "response_time.p50",
    "s",
    "Median response time of the last whole second",
    ({ live }) => seconds(live.p50Ns),
  ],
  [
    "response_time.p99",
    "s",
    "99th percentile of the response times of the last whole second",
    ({ live }) => seconds(live.p99Ns),
  ],
];

/**
 * What the clients on each host contribute, in families of their own, so that sums over a family count nothing twice. None
 * where the clients are on the coordinator's machine.
 */
export function hostFamilies(hosts: readonly HostView[]): Family[] {
  return hosts.length === 0 ? [] : familiesOfHosts(hosts);
}

export function familiesOfHosts(hosts: readonly HostView[]): Family[] {
  const parts = hosts.flatMap(({ name, workloads }) =>
    workloads.map((part) => ({
      part,
      labels: { workload: part.workload, server: part.server, host: name } satisfies Labels,
    })),
  );
  const families = (kind: "counter" | "gauge", rows: readonly Row[]) =>
    rows.map(
      ([name, unit, help, get]): Family => ({
        name: `slash8.host.${name}`,
        unit,
        help: `Of the clients on one host: ${help[0]?.toLowerCase()}${help.slice(1)}`,
        kind,
        samples: parts.flatMap(({ part, labels }) => {
          const value = get(part);
          return value === null ? [] : [{ labels, value }];
        }),
      }),
    );
  return [...families("counter", counters), ...families("gauge", gauges)];
}

function seconds(ns: number | null): number | null {
  return ns === null ? null : ns / 1e9;
}
