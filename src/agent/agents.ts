import { debugLog } from "../base/debug.ts";
import { UserError } from "../base/errors.ts";
import type { SubscriptionReport } from "../metrics/broadcast/membership-rows.ts";
import type { Pause } from "../metrics/disturbance/disturbance.ts";
import type { Snapshot } from "../metrics/snapshot.ts";
import type { TcpConnections, TcpSample } from "../metrics/tcp/sample.ts";
import type { Plan } from "../plan/plan-types.ts";
import { lateStart, startFailure } from "../processes/start-failure.ts";
import type { WorkerUse } from "../results/result.ts";
import type { AgentProcess, StartAgent } from "./agent-process.ts";
import type { CpuUse } from "./cpu-meter.ts";
import { ownHello, refusalOf } from "./hello.ts";
import type { FromAgent, Hello, ToAgent } from "./protocol.ts";

const debug = debugLog("agent");

/** Reports from the agents to the run. */
export interface AgentEvents {
  harnessLatency(p50Ns: number, p99Ns: number): void;
  connected(worker: number, workload: number): void;
  snapshot(snapshot: Snapshot): void;
  pauses(pauses: readonly Pause[]): void;
  subscriptions(worker: number, workload: number, report: SubscriptionReport): void;
  tcpSample(sample: TcpSample): void;
  tcpConnections(connections: TcpConnections): void;
  tcpFailed(workload: number, reason: string): void;
  finished(report: Extract<FromAgent, { readonly type: "finished" }>): void;
  /** A worker sends no more reports: its thread or its agent exited. */
  exited(workers: readonly number[], reason: string): void;
}

/** How long agents may take to start their threads; far more than they need, even on a loaded machine. */
const startTimeoutMs = 60_000;

/** How long an agent that has reported `done` may take to exit. */
const endTimeoutMs = 5_000;

/** The agents of a run. */
export class Agents {
  /** Of those on this machine. */
  readonly pids: readonly number[];
  readonly #agents: readonly AgentProcess[];
  /** Threads of the workers on this machine that are ready, as "pid/thread" in /proc. */
  readonly threads: string[] = [];
  readonly #ready: Promise<void>[] = [];
  readonly #done = new Set<number>();
  #ending = false;
  #isReady = false;
  /** The machine has nothing left to start one of them. */
  #failure: UserError | null = null;
  /** Of the moment before they are started: what is installed may change meanwhile. */
  readonly #hello = ownHello();
  readonly #cpu = new Map<number, CpuUse>();
  readonly #workers: WorkerUse[] = [];

  /** Starts all agents; see `ready`. */
  constructor(plan: Plan, start: StartAgent, events: AgentEvents) {
    this.#agents = plan.agents.map((agentPlan) => {
      const { index, workers } = agentPlan;
      let becomeReady = (): void => {};
      this.#ready.push(
        new Promise((resolve) => {
          becomeReady = resolve;
        }),
      );
      const agent = start(agentPlan, (message) => {
        if (message.type === "ready") {
          if (agent.pid !== null) this.threads.push(...message.threads);
          becomeReady();
        } else if (message.type === "hello") this.#begin(plan, index, agent, message);
        else this.#receive(index, agent, message, events);
      });
      void agent.exited.then(({ exit, words, reason }) => {
        if (this.#done.has(index) || this.#ending) return becomeReady();
        if (!this.#isReady && exit !== null) {
          this.#failure ??= startFailure(`agent ${index}`, exit, words);
        }
        events.exited(workers, reason);
        becomeReady();
      });
      return agent;
    });
    this.pids = this.#agents.flatMap(({ pid }) => (pid === null ? [] : [pid]));
  }

  /**
   * Resolves when every agent is ready or has exited.
   *
   * @throws (rejects with) UserError: the machine has nothing left to start one of them (exit 3), or one is of another version
   */
  async ready(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(lateStart("the load agents", startTimeoutMs / 1000));
      }, startTimeoutMs);
    });
    try {
      await Promise.race([Promise.all(this.#ready), late]);
    } finally {
      clearTimeout(timer);
    }
    this.#isReady = true;
    if (this.#failure !== null) throw this.#failure;
  }

  /** Sends a message to every agent. */
  send(message: ToAgent): void {
    debug("to all agents: %j", message);
    for (const agent of this.#agents) agent.send(message);
  }

  /** CPU time of all agents in steady state; null unless every agent has reported it. */
  get cpu(): CpuUse | null {
    return this.cpuOf(this.#agents.map((_, index) => index));
  }

  /** CPU time of some of them in steady state; null unless each of these has reported it. */
  cpuOf(agents: readonly number[]): CpuUse | null {
    const known = agents.flatMap((agent) => this.#cpu.get(agent) ?? []);
    if (known.length < agents.length || known.length === 0) return null;
    return known.reduce((sum, one) => ({
      userSeconds: sum.userSeconds + one.userSeconds,
      systemSeconds: sum.systemSeconds + one.systemSeconds,
      waitedSeconds:
        sum.waitedSeconds === null || one.waitedSeconds === null
          ? null
          : sum.waitedSeconds + one.waitedSeconds,
      overSeconds: Math.max(sum.overSeconds, one.overSeconds),
    }));
  }

  /** Every worker in steady state; null where no worker has reported it. */
  get workers(): readonly WorkerUse[] | null {
    if (this.#workers.length === 0) return null;
    return this.#workers.toSorted((a, b) => a.worker - b.worker);
  }

  /** Waits until all agents, which have nothing left to do, have exited. */
  async finish(): Promise<void> {
    await Promise.all(this.#agents.map((agent) => agent.finish(endTimeoutMs)));
  }

  /** Kills all agents at once. */
  async kill(): Promise<void> {
    this.#ending = true;
    for (const agent of this.#agents) agent.kill();
    await Promise.all(this.#agents.map((agent) => agent.exited));
  }

  /** Starts an agent that has said what it speaks, and ends one that speaks something else. */
  #begin(plan: Plan, index: number, agent: AgentProcess, hello: Hello): void {
    const refusal = refusalOf(`agent ${index}`, hello, this.#hello);
    if (refusal === null) {
      agent.send({ type: "start", plan, agent: index });
      return;
    }
    this.#failure ??= new UserError(refusal);
    // Its end is no news then.
    this.#done.add(index);
    agent.kill();
  }

  #receive(
    index: number,
    agent: AgentProcess,
    message: Exclude<FromAgent, { readonly type: "hello" | "ready" }>,
    events: AgentEvents,
  ): void {
    switch (message.type) {
      case "alive":
        break;
      case "harnessLatency":
        events.harnessLatency(message.p50Ns, message.p99Ns);
        break;
      case "connected":
        events.connected(message.worker, message.workload);
        break;
      case "snapshot":
        events.snapshot(message.snapshot);
        break;
      case "pauses":
        events.pauses(message.pauses);
        break;
      case "subscriptions":
        events.subscriptions(message.worker, message.workload, message.report);
        break;
      case "tcpSample":
        events.tcpSample(message.sample);
        break;
      case "tcpConnections":
        events.tcpConnections(message.connections);
        break;
      case "tcpFailed":
        events.tcpFailed(message.workload, message.reason);
        break;
      case "finished":
        events.finished(message);
        break;
      case "workerExited":
        if (!this.#isReady) {
          this.#failure ??= startFailure(`worker ${message.worker}`, null, message.reason);
        }
        events.exited([message.worker], message.reason);
        break;
      case "done":
        this.#done.add(index);
        if (message.cpu !== null) this.#cpu.set(index, message.cpu);
        this.#workers.push(...message.workers);
        agent.send({ type: "end" });
    }
  }
}
