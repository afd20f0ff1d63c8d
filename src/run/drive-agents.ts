import type { StartAgent } from "../agent/agent-process.ts";
import { Agents } from "../agent/agents.ts";
import type { ToAgent } from "../agent/protocol.ts";
import { monotonicNs } from "../base/clock.ts";
import { debugLog } from "../base/debug.ts";
import { readKernelCounters } from "../machine/kernel-counters.ts";
import { readKernelMemory } from "../machine/kernel-memory.ts";
import { MachineWatch } from "../machine/usage/machine-watch.ts";
import type { UsageSample, UsageSummary } from "../machine/usage/process-account.ts";
import { ProcessSampler } from "../machine/usage/process-sampler.ts";
import type { SteadyMeter } from "../machine/usage/steady-meter.ts";
import type { Plan } from "../plan/plan-types.ts";
import type { GeneratorUse, HarnessLatency, KernelCounters } from "../results/result.ts";
import { longestDrainNs } from "../scenario/exchange-time.ts";
import type { RestartSchedule } from "../targets/restart-schedule.ts";
import type { MemoryMark } from "../targets/results.ts";
import type { ServerHandle } from "../targets/target.ts";
import { byServerName } from "./by-server-name.ts";
import type { Incidents } from "./incidents.ts";
import { Measurements } from "./measurements.ts";
import { scheduleRestarts } from "./restarts.ts";
import { RunClock } from "./run-clock.ts";

const debug = debugLog("run");

/** How much longer than the longest exchange the agents may take to drain: they may have to wait for a CPU. */
const drainSlackMs = 5_000;

/** Node's timers fire at once beyond that: 24 days. */
const longestTimerMs = 2 ** 31 - 1;

/** What exists once the agents are ready. */
interface Begun {
  readonly startNs: number;
  readonly clock: RunClock;
  readonly measurements: Measurements;
  readonly sampler: ProcessSampler<ServerHandle | Agents>;
  readonly watch: MachineWatch;
  readonly restarts: RestartSchedule;
  readonly memoryBefore: MemoryMark;
  readonly kernelBefore: KernelCounters | null;
}

export interface DriveOptions {
  readonly plan: Plan;
  readonly startAgent: StartAgent;
  readonly servers: readonly ServerHandle[];
  /** Threads that receive what is broadcast, as "pid/thread". */
  readonly receiverThreads: () => readonly string[];
  /** Whether a server runs in this thread. */
  readonly sharesThread: boolean;
  readonly meter: SteadyMeter;
  readonly incidents: Incidents;
  /** Whether gates are judged during the run. */
  readonly judges: boolean;
  /** Steady state of a workload is known, `toNs` Infinity where its end is not; monotonic clock. */
  onSteady(workload: number, fromNs: number, toNs: number): void;
  /** Called after each report of a worker. */
  readonly onMeasured: () => void;
}

/** The agents of a run from their start to their end, and what is measured of them meanwhile. */
export class AgentDrive {
  readonly agents: Agents;
  readonly #options: DriveOptions;
  readonly #ended: Promise<void>;
  #end: () => void = () => {};
  #harnessLatency: HarnessLatency | null = null;
  #begun: Begun | null = null;
  #memoryAfter: Promise<MemoryMark> | null = null;
  #finalUsage: Promise<ReadonlyMap<ServerHandle | Agents, UsageSummary>> | null = null;
  /** Set when agents are to end at once, or when `drain` or `end` was called before they were ready. */
  #wish: "none" | "drain" | "end" = "none";
  /** Ends agents that do not drain in time. */
  #drainLimit: NodeJS.Timeout | null = null;

  constructor(options: DriveOptions) {
    this.#options = options;
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    const { plan, incidents, meter } = options;
    this.agents = new Agents(plan, options.startAgent, {
      harnessLatency: (p50, p99) => {
        this.#harnessLatency = { p50, p99 };
      },
      connected: (worker, workload) => {
        this.#begun?.clock.connected(worker, workload, monotonicNs());
        this.#beginRestarts();
        this.#markConnected();
      },
      snapshot: (snapshot) => {
        this.#begun?.measurements.add(snapshot);
        options.onMeasured();
      },
      pauses: (pauses) => this.#begun?.measurements.paused(pauses),
      subscriptions: (worker, workload, report) =>
        this.#begun?.measurements.subscriptions[workload]?.report(worker, report),
      tcpSample: (sample) => this.#begun?.measurements.tcp[sample.workload]?.add(sample),
      tcpConnections: (connections) =>
        this.#begun?.measurements.tcp[connections.workload]?.ended(connections),
      tcpFailed: (workload, reason) =>
        incidents.warn(
          `workload ${plan.workloads[workload]?.name}: the kernel's figures of its connections could not be read any more: ${reason}`,
        ),
      finished: ({ worker, workload, steadyNs, endNs, beganLateNs }) => {
        meter.end();
        this.#begun?.measurements.began(worker, workload, beganLateNs);
        this.#begun?.clock.finished(worker, workload, steadyNs, endNs);
        this.#endIfDone();
      },
      exited: (workers, reason) => {
        debug("workers %j exited: %s", workers, reason);
        incidents.workersExited(workers, reason);
        for (const worker of workers) {
          this.#begun?.measurements.exited(worker);
          this.#begun?.clock.exited(worker, monotonicNs());
        }
        this.#endIfDone();
      },
    });
  }

  /** Resolves when all traffic has ended, or `end` was called; agents may not have been ready then. */
  async run(): Promise<void> {
    await Promise.race([this.agents.ready(), this.#ended]);
    if (this.#wish === "end") return;
    const { restarts, clock, startNs } = await this.#begin();
    clock.start(startNs);
    this.#beginRestarts();
    // Exits from before the clock existed.
    for (const { worker } of this.#options.incidents.workerExits) clock.exited(worker, startNs);
    if (this.#isToDrain()) clock.end(startNs);
    this.#endIfDone();
    await this.#ended;
    if (this.#drainLimit !== null) clearTimeout(this.#drainLimit);
    restarts.stop();
    this.#begun?.watch.stop();
    if (this.#isToEnd()) await this.agents.kill();
    else await this.agents.finish();
  }

  /** Ends all workloads now; replies are awaited, for no longer than they may take. */
  drain(): void {
    if (this.#wish === "none") this.#wish = "drain";
    this.#begun?.clock.end(monotonicNs());
    this.#drainLimit ??= setTimeout(() => this.#endLate(), this.#drainMs());
  }

  /** Kills every agent at once. */
  end(): void {
    this.#wish = "end";
    this.#end();
  }

  /** Leaves nothing behind. Idempotent, never rejects. */
  async close(): Promise<void> {
    if (this.#drainLimit !== null) clearTimeout(this.#drainLimit);
    this.#begun?.restarts.stop();
    this.#begun?.watch.stop();
    await Promise.all([this.agents.kill(), this.finalUsage()]);
  }

  /** Whether every workload is done; false before the agents are ready. */
  get isDone(): boolean {
    return this.#begun?.clock.done ?? false;
  }

  get harnessLatency(): HarnessLatency | null {
    return this.#harnessLatency;
  }

  get generator(): GeneratorUse {
    return { cpu: this.agents.cpu, workers: this.agents.workers };
  }

  /** The run's start, clock and measurements; null until the agents are ready. */
  get begun(): Pick<Begun, "startNs" | "clock" | "measurements" | "kernelBefore"> | null {
    return this.#begun;
  }

  /** Returns the latest samples of the servers' and the agents' processes. */
  latestUsage(): ReadonlyMap<ServerHandle | Agents, UsageSample> {
    return this.#begun?.sampler.latest() ?? new Map();
  }

  /** Returns what they have used so far. */
  usage(): ReadonlyMap<ServerHandle | Agents, UsageSummary> {
    return this.#begun?.sampler.summaries() ?? new Map();
  }

  /** Samples the processes a last time, at the first call. */
  finalUsage(): Promise<ReadonlyMap<ServerHandle | Agents, UsageSummary>> {
    this.#finalUsage ??= this.#begun?.sampler.stop() ?? Promise.resolve(new Map());
    return this.#finalUsage;
  }

  /** Returns memory before the first connection was opened, and when all first ones were open. */
  async memory(): Promise<{
    readonly before: MemoryMark | null;
    readonly after: MemoryMark | null;
  }> {
    return { before: this.#begun?.memoryBefore ?? null, after: (await this.#memoryAfter) ?? null };
  }

  async #begin(): Promise<Begun> {
    const { plan, servers, incidents } = this.#options;
    const pidsOfServers = () => servers.flatMap(({ pids }) => pids);
    const pidsOfAgents = () => this.agents.pids;
    const watch = new MachineWatch(
      {
        clients: () => [...this.agents.threads, ...this.#options.receiverThreads()],
        servers: pidsOfServers,
        sharesThread: this.#options.sharesThread,
        ours: () => [process.pid, ...pidsOfAgents(), ...pidsOfServers()],
      },
      (interval) => this.#begun?.measurements.disturbances.machine(interval),
    );
    const sampler = new ProcessSampler<ServerHandle | Agents>(
      [...servers, this.agents],
      monotonicNs,
      (rows) => watch.rows(rows),
    );
    await sampler.start();
    const memoryBefore = await this.#memoryMark(sampler, 0);
    const kernelBefore = readKernelCounters();
    const startNs = monotonicNs();
    const clock = new RunClock(plan, (message) => {
      debug("clock: %j", message);
      this.agents.send(message);
      this.#planSteady(message);
    });
    const restarts = scheduleRestarts(plan, servers, clock, (how) => {
      incidents.serverEnded(how);
      clock.end(monotonicNs());
    });
    const measurements = new Measurements(plan, startNs, this.#options.judges);
    this.#begun = {
      startNs,
      clock,
      measurements,
      sampler,
      watch,
      restarts,
      memoryBefore,
      kernelBefore,
    };
    watch.start();
    return this.#begun;
  }

  /** A server that exited before the agents were ready ends the run as well. */
  #isToDrain(): boolean {
    return this.#wish !== "none" || this.#options.incidents.serverEnds.length > 0;
  }

  #isToEnd(): boolean {
    return this.#wish === "end";
  }

  /** How long a drain may take: exchanges that have begun are awaited, and attempts to connect for their time-out. */
  #drainMs(): number {
    const longestMs = longestDrainNs(this.#options.plan.scenario.workloads) / 1e6;
    return Math.min(longestTimerMs, longestMs + drainSlackMs);
  }

  #endLate(): void {
    this.#options.incidents.warn(
      "the agents did not drain within the time that an exchange may take and were ended, so the last replies are missing from the result",
    );
    this.end();
  }

  #endIfDone(): void {
    if (this.isDone) this.#end();
  }

  /** The steady state that agents are sent when a workload begins applies to the other measurements, too. */
  #planSteady(message: ToAgent): void {
    if (message.type !== "schedule" || message.beginAtNs === undefined) return;
    const workload = this.#options.plan.scenario.workloads[message.workload];
    if (workload === undefined) return;
    const steadyNs = message.beginAtNs + workload.warmUpNs;
    const durationNs = workload.durationNs ?? Number.POSITIVE_INFINITY;
    this.#options.meter.plan(steadyNs, steadyNs + durationNs);
    this.#begun?.measurements.steadyAt(message.workload, steadyNs);
    this.#options.onSteady(message.workload, steadyNs, steadyNs + durationNs);
  }

  /** Has an effect once the run's zero is known. */
  #beginRestarts(): void {
    const zeroNs = this.#begun?.clock.zeroNs ?? null;
    if (zeroNs === null) return;
    this.#begun?.measurements.begin(zeroNs);
    this.#begun?.restarts.begin(zeroNs);
  }

  async #memoryMark(
    sampler: ProcessSampler<ServerHandle | Agents>,
    open: number,
  ): Promise<MemoryMark> {
    const kernel = readKernelMemory();
    const servers = byServerName(this.#options.servers, await sampler.look());
    return { servers, kernel, open };
  }

  /** Once, when all first workloads are connected: the memory their connections need is in use then. */
  #markConnected(): void {
    if (this.#begun === null || this.#memoryAfter !== null) return;
    const { clock, sampler, measurements } = this.#begun;
    const isConnecting = clock.workloads.some(
      ({ openNs, connectedNs }) => openNs !== null && connectedNs === null,
    );
    if (!isConnecting) this.#memoryAfter = this.#memoryMark(sampler, measurements.open);
  }
}
