import { histogramOf } from "../../../metrics/histogram.ts";
import type { HostTotals } from "../../../metrics/host-totals.ts";
import { inPhase, overPhases, phase } from "../../../metrics/snapshot.ts";
import { noCounts } from "../../../metrics/sparse-counts.ts";
import type { ClientHostResult, HostWorkloadResult } from "../../host-result.ts";
import { type Figures, figuresOf, steadySeconds } from "../figures.ts";
import type { HostMeasured, ResultInput, WorkloadData } from "../input.ts";
import { timingOf } from "../subscription-result.ts";
import { showsClocks } from "./one-way.ts";

/** What each host is and contributed; empty where the clients were on the coordinator's machine. */
export function hostResults(
  { plan, hosts }: Pick<ResultInput, "plan" | "hosts">,
  workloads: readonly WorkloadData[],
): Record<string, ClientHostResult> {
  return Object.fromEntries(
    hosts.map((host) => {
      const agents = plan.agents.filter((agent) => agent.host === host.name);
      const workers = agents.flatMap((agent) => agent.workers);
      const own = workloads.flatMap((data) => {
        const planned = connectionsOf(data, new Set(workers));
        const totals = host.totals[data.plan.index];
        if (planned === 0 || totals === undefined) return [];
        return [[data.plan.name, hostWorkload(data, totals, planned)] as const];
      });
      const { version, facts, clock, lost, cpu } = host;
      const result: ClientHostResult = {
        version,
        facts,
        io: plan.hosts.find(({ name }) => name === host.name)?.io ?? plan.io,
        agents: agents.length,
        workers,
        connections: own.reduce((sum, [, { connections }]) => sum + connections.planned, 0),
        clock,
        startErrorNs: startErrorNs(host),
        lost,
        generator: { cpu },
        workloads: Object.fromEntries(own),
      };
      return [host.name, result];
    }),
  );
}

/** The error of its clock, and how late it was with the workload that it was latest with. */
function startErrorNs({ clock, totals }: HostMeasured): number | null {
  const late = totals.flatMap(({ beganLateNs }) => beganLateNs ?? []);
  return late.length === 0 ? null : clock.errorNs + Math.max(...late);
}

function connectionsOf({ plan }: WorkloadData, workers: ReadonlySet<number>): number {
  return plan.portions
    .filter(({ worker }) => workers.has(worker))
    .reduce((sum, { connections }) => sum + connections, 0);
}

function hostWorkload(data: WorkloadData, totals: HostTotals, planned: number): HostWorkloadResult {
  const { counters } = totals;
  const figures = figuresOf(data, {
    counters,
    errors: [],
    openPeak: 0,
    steadySeconds: steadySeconds(data),
    // What a server counts is not known by host.
    delivered: data.delivered === null ? null : "unknown",
    arrived: null,
  });
  const count = (metric: keyof Figures) => figures[metric] ?? 0;
  const openAtEnd = overPhases(counters, "openAtEnd") || totals.open;
  const subscribes = timingOf(data.workload, "deliveryLatency") !== null;
  return {
    connections: {
      planned,
      opened: count("connections.opened"),
      failed: count("connections.failed"),
      openAtEnd,
    },
    exchanges: {
      offered: count("exchanges.offered"),
      sent: count("exchanges.sent"),
      received: figures["exchanges.received"],
      timedOut: count("exchanges.timedOut"),
      failed: count("exchanges.failed"),
    },
    rate: {
      achievedPerSecond: figures["rate.achievedPerSecond"],
      receivedPerSecond: figures["rate.receivedPerSecond"],
    },
    errors: totals.errors,
    responseTime: histogramOf(
      subscribes ? noCounts : totals.responseTime,
      inPhase(counters, phase.steady, "timedOut"),
    ),
    deliveryLatency: subscribes
      ? histogramOf(showsClocks(data.oneWay, "deliveryLatency") ? noCounts : totals.responseTime)
      : null,
    generatorLag: histogramOf(totals.generatorLag),
  };
}
