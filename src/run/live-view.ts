import { formatEndpoint } from "../address/flow.ts";
import { monotonicNs } from "../base/clock.ts";
import { overPhases } from "../metrics/snapshot.ts";
import { statusText } from "../results/build/statuses.ts";
import type { Tool } from "../results/result.ts";
import type { ServerHandle } from "../targets/target.ts";
import { byServerName } from "./by-server-name.ts";
import type { AgentDrive } from "./drive-agents.ts";
import type { Prepared } from "./prepare.ts";
import type { Progress, RunState } from "./progress.ts";
import type { HostView, RunView, WorkloadView } from "./run-view.ts";

/** What the coordinator knows of a run at any moment. */
export interface LiveRun {
  readonly id: string;
  readonly tool: Tool;
  readonly scenario: string;
  readonly startedAt: Date;
  readonly state: RunState;
  readonly prepared: Prepared | null;
  readonly servers: readonly ServerHandle[];
  readonly drive: AgentDrive | null;
}

export function progressOf({ state, drive }: LiveRun): Progress {
  const nowNs = monotonicNs();
  const begun = drive?.begun ?? null;
  if (begun === null) return { state, elapsedNs: 0, remainingNs: null, workloads: [] };
  const { clock, measurements, startNs } = begun;
  const workloads = measurements.progress(clock, nowNs);
  const plannedNs = clock.plannedEndNs();
  return {
    state: state === "writing" ? "writing" : overall(workloads.map((one) => one.state)),
    elapsedNs: nowNs - startNs,
    remainingNs: plannedNs === null ? null : Math.max(0, plannedNs - nowNs),
    workloads,
  };
}

export function viewOf(run: LiveRun): RunView {
  const { prepared, drive } = run;
  const progress = progressOf(run);
  const usage = drive?.latestUsage() ?? new Map();
  const nowNs = monotonicNs();
  const workloads = workloadsOf(run, progress, nowNs);
  return {
    id: run.id,
    tool: run.tool,
    scenario: run.scenario,
    startedAt: run.startedAt,
    io: prepared?.plan.io ?? null,
    progress,
    workloads,
    hosts: hostsOf(run, workloads, nowNs),
    servers: [...byServerName(run.servers, usage)].map(([name, sample]) => ({
      name,
      usage: sample,
    })),
    // On other hosts they are no processes that can be looked at from here.
    generator:
      (drive === null || drive.agents.pids.length === 0 ? null : usage.get(drive.agents)) ?? null,
  };
}

function workloadsOf(
  { prepared, drive }: LiveRun,
  progress: Progress,
  nowNs: number,
): WorkloadView[] {
  return (drive?.begun?.measurements.accumulators ?? []).flatMap((accumulator, index) => {
    const workload = prepared?.plan.scenario.workloads[index];
    const shown = progress.workloads[index];
    if (workload === undefined || shown === undefined) return [];
    const server = workload.server ?? workload.endpoints.map(formatEndpoint).join(" ");
    const parts = (workload.parts?.names ?? []).flatMap((name, at) => {
      const part = accumulator.parts[at];
      return part === undefined ? [] : [{ name, accumulator: part, live: part.live(nowNs) }];
    });
    const called = (status: number) => statusText(workload.applicationProtocol, status);
    const tcp = drive?.begun?.measurements.tcp[index] ?? null;
    return [{ progress: shown, server, statusText: called, accumulator, parts, tcp }];
  });
}

function hostsOf(
  { prepared, drive }: LiveRun,
  workloads: readonly WorkloadView[],
  nowNs: number,
): HostView[] {
  const { agents = [], workloads: plans = [] } = prepared?.plan ?? {};
  return [...(drive?.begun?.measurements.hosts ?? [])].map(([name, totals]) => {
    const own = new Set(
      agents.filter(({ host }) => host === name).flatMap((agent) => agent.workers),
    );
    return {
      name,
      workloads: workloads.flatMap(({ progress, server }, index) => {
        const sums = totals[index];
        const has = plans[index]?.portions.some(({ worker }) => own.has(worker));
        if (sums === undefined || has !== true) return [];
        return [
          {
            workload: progress.name,
            server,
            open: sums.open,
            sent: overPhases(sums.counters, "sent"),
            received: overPhases(sums.counters, "received"),
            errors: sums.errors,
            live: sums.live(nowNs),
          },
        ];
      }),
    };
  });
}

/** Returns the state of the whole run: that of the workload furthest from its end, of those that have begun. */
function overall(states: readonly (RunState | "waiting" | "done")[]): RunState {
  const order: readonly RunState[] = ["connecting", "warming up", "steady", "draining"];
  return order.find((state) => states.includes(state)) ?? "connecting";
}
