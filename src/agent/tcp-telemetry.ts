import type { Plan, WorkloadPlan } from "../plan/plan-types.ts";
import type { Workload } from "../scenario/scenario.ts";
import type { TcpSampler } from "../telemetry/sampler.ts";
import type { FromAgent, ToAgent } from "./protocol.ts";

/** A workload whose connections are looked at, and its workers here that have not finished. */
interface Watched {
  readonly workload: Workload;
  readonly sampler: TcpSampler;
  readonly running: Set<number>;
}

/**
 * Looks at the TCP connections of those workloads whose first portion is this agent's: a look finds those of all
 * agents. In the agent's own thread, between its messages, and not in a worker's.
 */
export class TcpTelemetry {
  readonly #watched: ReadonlyMap<number, Watched>;

  private constructor(watched: ReadonlyMap<number, Watched>) {
    this.#watched = watched;
  }

  /** Loads what makes system calls only where it is asked for. */
  static async create(
    plan: Plan,
    agent: number,
    send: (message: FromAgent) => void,
  ): Promise<TcpTelemetry> {
    const own = plan.workloads.flatMap((one) => {
      const workload = plan.scenario.workloads[one.index];
      const isHere = isOf(plan, agent, one.portions[0]?.worker);
      if (!isHere || workload === undefined || workload.telemetry === null) return [];
      return [{ one, workload: { ...workload, telemetry: workload.telemetry } }];
    });
    if (own.length === 0) return new TcpTelemetry(new Map());
    const { TcpSampler } = await import("../telemetry/sampler.ts");
    const watched = own.map(({ one, workload }): [number, Watched] => {
      const sampler = new TcpSampler(one.index, one.space, workload.telemetry.tcp.everyNs, {
        sample: (sample) => send({ type: "tcpSample", sample }),
        ended: (connections) => send({ type: "tcpConnections", connections }),
        failed: ({ message }) => send({ type: "tcpFailed", workload: one.index, reason: message }),
      });
      return [one.index, { workload, sampler, running: workersOf(plan, agent, one) }];
    });
    return new TcpTelemetry(new Map(watched));
  }

  /** As workers are, of when a workload's phases begin. */
  schedule(message: Extract<ToAgent, { readonly type: "schedule" }>): void {
    const found = this.#watched.get(message.workload);
    if (found === undefined) return;
    const { sampler, workload } = found;
    const { openAtNs, beginAtNs, endAtNs } = message;
    if (openAtNs !== undefined) sampler.open(openAtNs);
    if (beginAtNs !== undefined) {
      const steadyNs = beginAtNs + workload.warmUpNs;
      sampler.steady(steadyNs, steadyNs + (workload.durationNs ?? Number.POSITIVE_INFINITY));
    }
    if (endAtNs !== undefined) sampler.endAt(endAtNs);
  }

  /** A worker has closed its connections of a workload. */
  finished(worker: number, workload: number): void {
    const found = this.#watched.get(workload);
    if (found?.running.delete(worker) && found.running.size === 0) found.sampler.end();
  }

  /** No worker is left. */
  end(): void {
    for (const { sampler } of this.#watched.values()) sampler.end();
  }
}

function isOf(plan: Plan, agent: number, worker: number | undefined): boolean {
  return worker !== undefined && plan.agents[agent]?.workers.includes(worker) === true;
}

function workersOf(plan: Plan, agent: number, { portions }: WorkloadPlan): Set<number> {
  const workers = portions.map(({ worker }) => worker);
  return new Set(workers.filter((worker) => isOf(plan, agent, worker)));
}
