import { type JudgedWindows, noWindows } from "../gates/evaluate.ts";
import { countedBetween, readKernelCounters } from "../machine/kernel-counters.ts";
import type { UsageSummary } from "../machine/usage/process-account.ts";
import type { SteadyUse } from "../machine/usage/steady-meter.ts";
import type { Silences } from "../metrics/disturbance/silences.ts";
import type { Undisturbed } from "../metrics/disturbance/undisturbed.ts";
import type { BroadcastMeasured } from "../results/build/delivered.ts";
import type { HostMeasured, ResultInput, WorkloadMeasured } from "../results/build/input.ts";
import type { Attempt } from "../results/findings/run-again.ts";
import type { Tool } from "../results/result.ts";
import type { ServerStats } from "../servers/protocol.ts";
import { restartResults } from "../targets/restart-results.ts";
import { RestartingServer } from "../targets/restarting.ts";
import { deliveredOf, type MemoryMark, serverResults } from "../targets/results.ts";
import type { ServerHandle } from "../targets/target.ts";
import { byServerName } from "./by-server-name.ts";
import type { AgentDrive } from "./drive-agents.ts";
import type { EarlyEnd } from "./early-end.ts";
import type { Incidents } from "./incidents.ts";
import type { Measurements } from "./measurements.ts";
import type { Prepared } from "./prepare.ts";
import type { WorkloadClock } from "./run-clock.ts";

/** A host with clients, as the one that holds it knows it. */
export type HostKnown = Pick<HostMeasured, "name" | "facts" | "lost"> & {
  /** Null: it has not answered yet. */
  readonly clock: HostMeasured["clock"] | null;
};

/** What is known of a run at any moment once its agents are ready. */
export interface Known {
  readonly tool: Tool;
  readonly attempt: Attempt | null;
  readonly id: string;
  readonly startedAt: Date;
  readonly prepared: Prepared;
  readonly incidents: Incidents;
  readonly servers: readonly ServerHandle[];
  readonly drive: AgentDrive;
  readonly measurements: Measurements;
  /** Those with clients; empty: they are on this machine. */
  readonly hosts: readonly HostKnown[];
  /** By gate, what was judged of its windows. */
  readonly judged: readonly JudgedWindows[];
  /** Monotonic clock. */
  readonly startNs: number;
  readonly nowNs: number;
}

/** What is collected only at the end. */
export interface AtEnd {
  readonly interrupted: boolean;
  readonly earlyEnd: EarlyEnd | null;
  /** What servers counted, by name. */
  readonly stats: ReadonlyMap<string, ServerStats>;
  readonly usage: ReadonlyMap<object, UsageSummary>;
  readonly steady: SteadyUse | null;
  readonly memory: { readonly before: MemoryMark | null; readonly after: MemoryMark | null };
  /** What the receivers of a broadcast counted; null for other workloads. */
  broadcastOf(index: number): BroadcastMeasured | null;
}

/**
 * Collects what a result is built from. Before the end, for live views, what is collected only then is
 * missing: what servers and receivers counted, results of restarts, CPU of steady state.
 */
export function resultInput(known: Known, end: AtEnd | null): ResultInput {
  const { prepared, incidents, servers, drive, measurements, startNs, nowNs } = known;
  const { plan, gates, baseline } = prepared;
  if (end !== null) measurements.settle();
  const clocks = drive.begun?.clock.workloads ?? [];
  const publishersTo = (index: number) =>
    (measurements.subscriptions[index]?.publishers ?? []).flatMap((one) => clocks[one] ?? []);
  const subscriptionOf = (index: number) => {
    const began = publishersTo(index).flatMap(({ beginNs }) => beginNs ?? []);
    const { connections = 0 } = plan.scenario.workloads[index] ?? {};
    const beginNs = began.length === 0 ? null : Math.min(...began);
    return measurements.subscriptions[index]?.measured(beginNs, connections) ?? null;
  };
  const workloads = measurements.accumulators.map((accumulator, index): WorkloadMeasured => {
    const clock = clocks[index];
    const endNs = earlierOf(clock?.endNs ?? null, lastEndOf(publishersTo(index)));
    return {
      accumulator,
      undisturbed: measurements.undisturbed[index] as Undisturbed,
      silences: measurements.silences[index] as Silences,
      deliveries: measurements.deliveries[index] ?? null,
      times: timesOf(clock, end === null ? Math.min(endNs ?? nowNs, nowNs) : endNs),
      delivered: end === null ? null : deliveredOf(plan, index, end.stats),
      broadcast: end?.broadcastOf(index) ?? null,
      subscription: end === null ? null : subscriptionOf(index),
      publishers: publishersTo(index).map(({ name }) => name),
      tcp: measurements.tcp[index] ?? null,
      restarts: measurements.restarts[index] ?? null,
    };
  });
  return {
    tool: known.tool,
    plan,
    host: prepared.host,
    run: {
      id: known.id,
      startedAt: known.startedAt,
      startNs,
      durationNs: nowNs - startNs,
      interrupted: end?.interrupted ?? false,
      earlyEnd: end?.earlyEnd ?? null,
      ioObstacle: prepared.chosen.obstacle,
      attempt: known.attempt,
      harnessLatency: drive.harnessLatency,
      generator: end === null ? { cpu: null, workers: null } : drive.generator,
      disturbances: measurements.disturbances,
      machine: end?.steady?.machine ?? null,
      sharedEventLoop: end?.steady?.eventLoop ?? null,
      kernel:
        end === null
          ? null
          : countedBetween(drive.begun?.kernelBefore ?? null, readKernelCounters()),
    },
    hosts: hostsMeasured(known, end),
    workerExits: incidents.workerExits,
    serverEnds: incidents.serverEnds,
    workloads,
    servers: serverResults(
      plan,
      servers,
      byServerName(servers, end?.usage ?? drive.usage()),
      end?.stats ?? new Map(),
      end?.steady?.servers ?? new Map(),
      end?.memory ?? { before: null, after: null },
      steadyOfAll(workloads, startNs),
      (server) =>
        end !== null && server instanceof RestartingServer
          ? restartResults(plan, server, workloads, startNs)
          : [],
    ),
    gates: gates.map((gate, index) => ({ ...gate, judged: known.judged[index] ?? noWindows })),
    baseline,
    capture: null,
    commands: [],
    warnings: incidents.warnings,
  };
}

function hostsMeasured(
  { prepared, hosts, measurements, drive, tool, incidents }: Known,
  end: AtEnd | null,
): HostMeasured[] {
  const { plan } = prepared;
  return plan.hosts.flatMap(({ name }) => {
    const host = hosts.find((one) => one.name === name);
    if (host === undefined || host.clock === null) return [];
    const agents = plan.agents.filter((agent) => agent.host === name);
    const workers = new Set(agents.flatMap((agent) => agent.workers));
    // Once all of its workers have reported everything, nobody misses it.
    const isMissed = incidents.workerExits.some(({ worker }) => workers.has(worker));
    return [
      {
        name,
        // Another one is refused.
        version: tool.version,
        facts: host.facts,
        clock: host.clock,
        lost: isMissed ? host.lost : null,
        cpu: end === null ? null : drive.agents.cpuOf(agents.map(({ index }) => index)),
        totals: measurements.hosts.get(name) ?? [],
      },
    ];
  });
}

/** When the last of them ended; null: there are none, or one has not ended. */
function lastEndOf(clocks: readonly WorkloadClock[]): number | null {
  const ends = clocks.flatMap(({ endNs }) => endNs ?? []);
  return ends.length === 0 || ends.length < clocks.length ? null : Math.max(...ends);
}

/** When all workloads were in steady state, ms since the run's start; null: never. */
function steadyOfAll(workloads: readonly WorkloadMeasured[], startNs: number) {
  const known = workloads.flatMap(({ times: { steadyNs, endNs } }) =>
    steadyNs === null || endNs === null ? [] : [{ steadyNs, endNs }],
  );
  if (known.length < workloads.length || known.length === 0) return null;
  const from = (Math.max(...known.map(({ steadyNs }) => steadyNs)) - startNs) / 1e6;
  const to = (Math.min(...known.map(({ endNs }) => endNs)) - startNs) / 1e6;
  return to > from ? { from, to } : null;
}

function earlierOf(one: number | null, other: number | null): number | null {
  return one === null || other === null ? one : Math.min(one, other);
}

/**
 * Returns when a workload's phases began, as in results.
 *
 * @param clock undefined where the run did not get that far
 * @param endNs of steady state, or of the part of it that is evaluated; null: it was not reached
 */
function timesOf(
  clock: WorkloadClock | undefined,
  endNs: number | null,
): WorkloadMeasured["times"] {
  const { openNs = null, connectedNs = null, steadyNs = null } = clock ?? {};
  const reached = steadyNs !== null && endNs !== null && endNs > steadyNs;
  return {
    openNs,
    connectedNs,
    steadyNs: reached ? steadyNs : null,
    endNs: reached ? endNs : null,
  };
}
