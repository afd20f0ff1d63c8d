import { formatEndpoint } from "../address/flow.ts";
import { monotonicNs } from "../base/clock.ts";
import { statusText } from "../results/build/statuses.ts";
import type { Tool } from "../results/result.ts";
import type { ServerHandle } from "../targets/target.ts";
import { byServerName } from "./by-server-name.ts";
import type { AgentDrive } from "./drive-agents.ts";
import type { Prepared } from "./prepare.ts";
import type { Progress, RunState } from "./progress.ts";
import type { RunView } from "./run-view.ts";

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
  return {
    id: run.id,
    tool: run.tool,
    scenario: run.scenario,
    startedAt: run.startedAt,
    io: prepared?.plan.io ?? null,
    progress,
    workloads: (drive?.begun?.measurements.accumulators ?? []).flatMap((accumulator, index) => {
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
    }),
    servers: [...byServerName(run.servers, usage)].map(([name, sample]) => ({
      name,
      usage: sample,
    })),
    generator: (drive === null ? null : usage.get(drive.agents)) ?? null,
  };
}

/** Returns the state of the whole run: that of the workload furthest from its end, of those that have begun. */
function overall(states: readonly (RunState | "waiting" | "done")[]): RunState {
  const order: readonly RunState[] = ["connecting", "warming up", "steady", "draining"];
  return order.find((state) => states.includes(state)) ?? "connecting";
}
