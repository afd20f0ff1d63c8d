import type { HostFacts } from "../machine/host-facts.ts";
import type { UsageSummary } from "../machine/usage/process-account.ts";
import type { Plan } from "../plan/plan-types.ts";
import type { ResultInput, WorkloadMeasured } from "../results/build/input.ts";
import type { HarnessLatency, Tool } from "../results/result.ts";
import { serverResults } from "../targets/results.ts";
import type { ServerHandle } from "../targets/target.ts";
import type { PlacedGate } from "./check-scenario.ts";
import type { Measurements } from "./measurements.ts";
import type { WorkloadClock } from "./run-clock.ts";
import { workloadTimes } from "./workload-times.ts";

/** What the coordinator knows of a run that goes on. */
export interface SoFar {
  readonly tool: Tool;
  readonly id: string;
  readonly plan: Plan;
  readonly host: HostFacts;
  readonly ioObstacle: string | null;
  readonly gates: readonly PlacedGate[];
  readonly baseline: ResultInput["baseline"];
  readonly startedAt: Date;
  /** Monotonic clock. */
  readonly startNs: number;
  readonly nowNs: number;
  readonly harnessLatency: HarnessLatency | null;
  readonly losses: ResultInput["losses"];
  readonly serverEnds: readonly string[];
  readonly warnings: readonly string[];
  readonly clocks: readonly WorkloadClock[];
  readonly measurements: Measurements;
  readonly servers: readonly ServerHandle[];
  /** By the server's name. */
  readonly usage: ReadonlyMap<string, UsageSummary>;
}

/**
 * What a result would be built from if the run were over now, for who watches it. What is asked for at
 * the end alone is missing: what servers and receivers counted, what restarts did, CPU of steady state.
 */
export function inputSoFar(known: SoFar): ResultInput {
  const { tool, plan, host, gates, startNs, nowNs, measurements } = known;
  const clocks = new Map(known.clocks.map((clock) => [clock.name, clock]));
  const workloads = plan.workloads.map(({ index, name }): WorkloadMeasured => {
    const clock = clocks.get(name);
    const accumulator = measurements.accumulators[index];
    if (accumulator === undefined) throw new Error(`workload ${name} has no measurements`);
    return {
      accumulator,
      times: workloadTimes(clock, Math.min(clock?.endNs ?? nowNs, nowNs)),
      delivered: null,
      broadcast: null,
      restarts: measurements.restarts[index] ?? null,
    };
  });
  return {
    tool,
    plan,
    host,
    run: {
      id: known.id,
      startedAt: known.startedAt,
      startNs,
      durationNs: nowNs - startNs,
      interrupted: false,
      ioObstacle: known.ioObstacle,
      harnessLatency: known.harnessLatency,
      generator: { cpu: null, workers: null },
      machine: null,
      kernel: null,
    },
    losses: known.losses,
    serverEnds: known.serverEnds,
    workloads,
    servers: serverResults(
      plan,
      known.servers,
      known.usage,
      new Map(),
      new Map(),
      { before: null, after: null },
      () => [],
    ),
    gates,
    baseline: known.baseline,
    capture: null,
    warnings: known.warnings,
  };
}
