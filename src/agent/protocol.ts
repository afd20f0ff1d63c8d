/**
 * Messages between the coordinator and its agents, over a `Channel`. One table for both directions.
 *
 *     coordinator                          agent
 *                                      <-  hello           first of all: what it speaks, see hello.ts
 *     start {plan, agent}              ->                  where it speaks the same
 *                                      <-  alive           twice a second, from the start to the end
 *                                      <-  harnessLatency  response time of a null exchange (agent 0)
 *                                      <-  ready
 *     schedule {workload, openAtNs}    ->                  when to open connections
 *     schedule {workload, zeroNs}      ->                  the run's zero: restarts count from it
 *                                      <-  connected       each worker, once all attempts settled
 *     schedule {workload, beginAtNs}   ->                  when its warm-up begins
 *                                      <-  snapshot        four a second and workload
 *                                      <-  pauses          spans in which a worker did not turn
 *     schedule {workload, endAtNs}     ->                  end early: all others done, or Ctrl-C
 *                                      <-  tcpSample       what a look at a workload's connections found (`telemetry`)
 *                                      <-  tcpConnections  the last that was seen of each, once the workers have drained
 *                                      <-  subscriptions   each worker that subscribes, once drained
 *                                      <-  finished        each worker, once drained
 *                                      <-  done            all workers returned
 *     end                              ->                  done was received: the process exits 0
 *
 * A worker that exits early is reported as `workerExited`; the agent goes on with the others. So is one that
 * has begun no turn for 5 s, which the agent ends. An agent that sends nothing for 5 s is killed. An agent whose
 * channel closes exits at once.
 */
import type { SubscriptionReport } from "../metrics/broadcast/membership-rows.ts";
import type { Pause } from "../metrics/disturbance/disturbance.ts";
import type { Snapshot } from "../metrics/snapshot.ts";
import type { TcpConnections, TcpSample } from "../metrics/tcp/sample.ts";
import type { Plan } from "../plan/plan-types.ts";
import type { WorkerUse } from "../results/result.ts";
import type { CpuUse } from "./cpu-meter.ts";

export type ToAgent =
  | { readonly type: "start"; readonly plan: Plan; readonly agent: number }
  /** Times of the monotonic clock, ns; a field that is left out does not change. */
  | {
      readonly type: "schedule";
      readonly workload: number;
      readonly openAtNs?: number;
      readonly beginAtNs?: number;
      readonly endAtNs?: number;
      readonly zeroNs?: number;
    }
  | { readonly type: "end" };

export interface Hello {
  readonly type: "hello";
  /** Of this table and of what it carries. */
  readonly protocol: number;
  /** Of slash8. */
  readonly version: string;
}

export type FromAgent =
  | Hello
  /** `inspected`: a debugger may stop it, so silence means nothing. */
  | { readonly type: "alive"; readonly inspected: boolean }
  /** `threads`: its workers as "pid/thread" in /proc, where the system has that. */
  | { readonly type: "ready"; readonly agent: number; readonly threads: readonly string[] }
  /** The latency of the harness itself, ns: see harness-latency.ts. From agent 0, before it is ready. */
  | { readonly type: "harnessLatency"; readonly p50Ns: number; readonly p99Ns: number }
  | { readonly type: "connected"; readonly worker: number; readonly workload: number }
  | { readonly type: "snapshot"; readonly snapshot: Snapshot }
  | { readonly type: "pauses"; readonly pauses: readonly Pause[] }
  /** Of workloads with `telemetry: tcp`. `tcpFailed`: no look is taken any more. */
  | { readonly type: "tcpSample"; readonly sample: TcpSample }
  | { readonly type: "tcpConnections"; readonly connections: TcpConnections }
  | { readonly type: "tcpFailed"; readonly workload: number; readonly reason: string }
  /** Of pattern subscribe, before it has finished. */
  | {
      readonly type: "subscriptions";
      readonly worker: number;
      readonly workload: number;
      readonly report: SubscriptionReport;
    }
  | {
      readonly type: "finished";
      readonly worker: number;
      readonly workload: number;
      /** Steady state as measured, monotonic ns. */
      readonly steadyNs: number;
      readonly endNs: number;
      /** How much later than planned it began; null: it did not. */
      readonly beganLateNs: number | null;
    }
  | { readonly type: "workerExited"; readonly worker: number; readonly reason: string }
  /**
   * `cpu`: of the agent's process in steady state; null where steady state was not reached. `workers`: of
   * those that have reported steady state.
   */
  | {
      readonly type: "done";
      readonly agent: number;
      readonly cpu: CpuUse | null;
      readonly workers: readonly WorkerUse[];
    };
