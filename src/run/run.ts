import { randomUUID } from "node:crypto";
import { formatEndpoint } from "../address/flow.ts";
import { Agents } from "../agent/agents.ts";
import type { ToAgent } from "../agent/protocol.ts";
import { monotonicNs } from "../base/clock.ts";
import { exitStatus, UserError } from "../base/errors.ts";
import { formatDuration } from "../base/units.ts";
import { type RunningReceivers, startReceivers } from "../broadcast/all-receivers.ts";
import { chosenClients, RunningCapture } from "../capture/capture.ts";
import type { HostFacts } from "../machine/host-facts.ts";
import { countedBetween, readKernelCounters } from "../machine/kernel-counters.ts";
import { readKernelMemory } from "../machine/kernel-memory.ts";
import { readListening } from "../machine/listening.ts";
import { machineOf, readHost } from "../machine/machine.ts";
import type { UsageSample, UsageSummary } from "../machine/usage/process-account.ts";
import { ProcessSampler } from "../machine/usage/process-sampler.ts";
import { SteadyMeter } from "../machine/usage/steady-meter.ts";
import { planRun } from "../plan/plan.ts";
import type { Plan } from "../plan/plan-types.ts";
import { type FanOutTrial, tryFanOutFor } from "../preflight/checks/broadcast-trial.ts";
import { refusalOf } from "../preflight/checks/check-result.ts";
import { type ChosenIo, chooseIo, fallbackNotice, type IoChoice } from "../preflight/io-choice.ts";
import { preflight } from "../preflight/preflight.ts";
import { lastLogLines, makeLogFolder, removeLogFolder, ServerLog } from "../processes/child-log.ts";
import { describeExit } from "../processes/exit.ts";
import type { BaselineResult } from "../results/baseline-result.ts";
import { buildResult } from "../results/build/build.ts";
import type { BroadcastMeasured } from "../results/build/delivered.ts";
import { type ResultInput, type WorkloadMeasured, workloadData } from "../results/build/input.ts";
import { fingerprintOf } from "../results/fingerprint.ts";
import type {
  CaptureResult,
  HarnessLatency,
  KernelCounters,
  RunResult,
  Tool,
} from "../results/result.ts";
import { baselineWarnings } from "../results/series/baseline.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { restartNs } from "../schedule/restart-times.ts";
import { resolvePorts } from "../targets/listen-ports.ts";
import { restartResults } from "../targets/restart-results.ts";
import { RestartSchedule } from "../targets/restart-schedule.ts";
import { RestartingServer } from "../targets/restarting.ts";
import { deliveredOf, type MemoryMark, serverResults } from "../targets/results.ts";
import { type RunningServers, startServers } from "../targets/start-targets.ts";
import { type PlacedGate, parseGates } from "./check-scenario.ts";
import { Measurements } from "./measurements.ts";
import type { Progress, RunState } from "./progress.ts";
import { RunClock } from "./run-clock.ts";
import type { RunView } from "./run-view.ts";
import { inputSoFar } from "./so-far.ts";
import { agentsKey, ofServers, serverKey, usageByServer } from "./usage-by-server.ts";
import { workloadTimes } from "./workload-times.ts";

export interface RunOptions {
  readonly tool: Tool;
  readonly io: IoChoice;
  /** Worker threads in all; null: the scenario's, or by the machine. */
  readonly workers: number | null;
  /** What `baseline` in gates stands for; left out: nothing. */
  readonly baseline?: readonly BaselineResult[];
  /** Four times a second while the run lasts. */
  readonly onProgress: (progress: Progress) => void;
  /** One-line notices and warnings, as they come up. */
  readonly onMessage: (message: string) => void;
}

/** What a run leaves. */
export interface RunReport {
  readonly result: RunResult;
  /** What it was built from; the interval log is written from it. */
  readonly input: ResultInput;
}

export interface Run {
  /** Rejects with UserError where the run could not be made; no process is left behind in any case. */
  readonly report: Promise<RunReport>;
  /** How it stands now; may be asked from the start until after the end. */
  view(): RunView;
  /** The result if the run were over now, its outcome meaning nothing; null until the agents are ready. */
  resultSoFar(): RunResult | null;
  /**
   * First call: ends all workloads now; replies are awaited and the report comes, its outcome
   * "interrupted". Second call: ends every process at once.
   */
  interrupt(): void;
}

const progressEveryMs = 250;

/** Receivers on a busy machine may have seconds of datagrams to take in; in a hurry they are not waited for. */
const longStopMs = 60_000;
const shortStopMs = 1_000;

/** Runs a scenario: plans, checks, starts, watches, collects, judges. */
export function startRun(scenario: Scenario, options: RunOptions): Run {
  const running = new RunningScenario(scenario, options);
  return {
    report: running.run(),
    view: () => running.view(),
    resultSoFar: () => running.resultSoFar(),
    interrupt: () => running.interrupt(),
  };
}

/** What stands before anything is started. */
interface Prepared {
  readonly plan: Plan;
  readonly host: HostFacts;
  readonly chosen: ChosenIo;
  readonly fanOut: readonly FanOutTrial[];
}

class RunningScenario {
  readonly #given: Scenario;
  readonly #options: RunOptions;
  readonly #warnings: string[] = [];
  readonly #losses: { what: string; reason: string }[] = [];
  readonly #serverEnds: string[] = [];
  readonly #abortStart = new AbortController();
  readonly #startedAt = new Date();
  readonly #meter = new SteadyMeter({
    servers: () => (this.#servers?.servers ?? []).filter(({ pids }) => pids.length > 0),
    ours: () => [
      process.pid,
      ...(this.#agents?.pids ?? []),
      ...(this.#servers?.servers ?? []).flatMap(({ pids }) => pids),
    ],
  });
  readonly #id = randomUUID();
  #state: RunState = "planning";
  #interrupts = 0;
  #harnessLatency: HarnessLatency | null = null;
  #startNs = monotonicNs();
  #prepared: Prepared | null = null;
  #clock: RunClock | null = null;
  #measurements: Measurements | null = null;
  #sampler: ProcessSampler | null = null;
  /** What the sampler saw last, also when it has been stopped. */
  #usage: () => ReadonlyMap<string, UsageSample> = () => new Map();
  #summaries: () => readonly UsageSummary[] = () => [];
  #gates: readonly PlacedGate[] = [];
  #agents: Agents | null = null;
  #servers: RunningServers | null = null;
  #receivers: RunningReceivers | null = null;
  #capture: RunningCapture | null = null;
  #restarts: RestartSchedule | null = null;
  #memoryBefore: MemoryMark | null = null;
  #kernelBefore: KernelCounters | null = null;
  #memoryAfter: Promise<MemoryMark> | null = null;
  #end: () => void = () => {};

  constructor(scenario: Scenario, options: RunOptions) {
    this.#given = scenario;
    this.#options = options;
  }

  interrupt(): void {
    this.#interrupts++;
    this.#abortStart.abort();
    if (this.#interrupts === 1) this.#clock?.end(monotonicNs());
    else this.#end();
  }

  view(): RunView {
    const progress = this.#progress();
    const accumulators = this.#measurements?.accumulators ?? [];
    const usage = this.#usage();
    return {
      id: this.#id,
      tool: this.#options.tool,
      scenario: this.#given.name,
      startedAt: this.#startedAt,
      io: this.#prepared?.plan.io ?? null,
      progress,
      workloads: accumulators.flatMap((accumulator, index) => {
        const workload = this.#prepared?.plan.scenario.workloads[index];
        const shown = progress.workloads[index];
        if (workload === undefined || shown === undefined) return [];
        const server = workload.server ?? workload.endpoints.map(formatEndpoint).join(" ");
        return [{ progress: shown, server, accumulator }];
      }),
      servers: [...ofServers(usage)].map(([name, sample]) => ({ name, usage: sample })),
      generator: usage.get(agentsKey) ?? null,
    };
  }

  resultSoFar(): RunResult | null {
    const [prepared, measurements] = [this.#prepared, this.#measurements];
    if (prepared === null || measurements === null) return null;
    const servers = this.#servers?.servers ?? [];
    const input = inputSoFar({
      tool: this.#options.tool,
      id: this.#id,
      plan: prepared.plan,
      host: prepared.host,
      ioObstacle: prepared.chosen.obstacle,
      gates: this.#gates,
      baseline: this.#options.baseline ?? [],
      startedAt: this.#startedAt,
      startNs: this.#startNs,
      nowNs: monotonicNs(),
      harnessLatency: this.#harnessLatency,
      losses: this.#losses,
      serverEnds: this.#serverEnds,
      warnings: this.#warnings,
      clocks: this.#clock?.workloads ?? [],
      measurements,
      servers,
      usage: usageByServer(this.#summaries()),
    });
    return buildResult(input);
  }

  async run(): Promise<RunReport> {
    const gates = parseGates(this.#given);
    this.#gates = gates;
    const { plan, host, chosen, fanOut } = await this.#prepare();
    const logFolder = makeLogFolder(null);
    // No server is called so: their names begin with a letter.
    const log = new ServerLog(logFolder, "_agents");
    let passed = false;
    const progress = setInterval(() => this.#reportProgress(), progressEveryMs);
    try {
      this.#enter("starting servers");
      this.#servers = await startServers(plan, {
        logFolder,
        signal: this.#abortStart.signal,
        onExit: (name, code, signal, logTail) => this.#serverEnded(name, code, signal, logTail),
        onKilled: (name, instance, after) => {
          this.#warn(
            `server ${name}: instance ${instance} had not drained after ${after}, and was killed (SIGKILL)`,
          );
        },
      });
      this.#receivers = startReceivers(plan, fanOut, logFolder, (what) =>
        this.#receiversExited(what),
      );
      await this.#receivers.listening();
      this.#stopIfInterrupted();
      const { capture } = plan.scenario;
      if (capture !== null) {
        this.#capture = await RunningCapture.start(plan, capture, logFolder);
      }
      this.#enter("starting agents");
      await this.#traffic(plan, log);
      const interrupted = this.#interrupts > 0;
      this.#enter("writing");
      const report = await this.#report(plan, host, chosen, gates, interrupted);
      passed = report.result.run.outcome === "pass";
      return report;
    } finally {
      clearInterval(progress);
      this.#meter.close();
      this.#restarts?.stop();
      await Promise.all([
        this.#agents?.kill(),
        this.#capture?.close(),
        this.#servers?.stop(),
        this.#receivers?.stop(shortStopMs),
        this.#sampler?.stop(),
      ]);
      log.removeIfEmpty();
      if (!removeLogFolder(logFolder, passed)) {
        this.#options.onMessage(`what the servers printed is in ${logFolder}`);
      }
    }
  }

  /** Plans the run and asks whether this machine can hold it. */
  async #prepare(): Promise<Prepared> {
    const { io, workers } = this.#options;
    const scenario = await resolvePorts(this.#given);
    const [host, listening] = await Promise.all([readHost(), readListening()]);
    const machine = machineOf(host, listening);
    const chosen = await chooseIo(io === "auto" ? scenario.io : io);
    const notice = fallbackNotice(chosen);
    if (notice !== null) this.#warn(notice);
    const plan = planRun(scenario, machine, { io: chosen.io, workers });
    this.#enter("preflight");
    const fanOut = await tryFanOutFor(plan);
    const findings = preflight(plan, machine, host, fanOut);
    const refusal = refusalOf(findings);
    if (refusal !== null) throw refusal;
    for (const { level, message, remedy } of findings) {
      this.#warn(level === "warn" ? `${message}; what to do: ${remedy}` : message);
    }
    this.#compareHosts(plan, host);
    this.#stopIfInterrupted();
    this.#prepared = { plan, host, chosen, fanOut };
    return this.#prepared;
  }

  /** A baseline from an unlike host is used all the same: it is said. */
  #compareHosts(plan: Plan, host: HostFacts): void {
    const { baseline = [] } = this.#options;
    const here = fingerprintOf(host, plan.io, plan.workers);
    for (const warning of baselineWarnings(baseline, here, plan.scenario)) this.#warn(warning);
  }

  /** From the agents' start to their end. */
  async #traffic(plan: Plan, log: ServerLog): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#end = resolve;
    });
    const agents = new Agents(plan, log, {
      harnessLatency: (p50, p99) => {
        this.#harnessLatency = { p50, p99 };
      },
      connected: (worker, workload) => {
        this.#clock?.connected(worker, workload, monotonicNs());
        this.#beginRestarts();
        this.#markConnected();
      },
      snapshot: (snapshot) => this.#measurements?.add(snapshot),
      finished: (worker, workload, steadyNs, endNs) => {
        this.#meter.end();
        this.#clock?.finished(worker, workload, steadyNs, endNs);
        this.#endIfDone();
      },
      lost: (worker, reason) => {
        this.#losses.push({ what: `worker ${worker}`, reason });
        this.#options.onMessage(`worker ${worker} was lost: ${reason}`);
        this.#measurements?.lose(worker);
        this.#clock?.lost(worker, monotonicNs());
        this.#endIfDone();
      },
    });
    this.#agents = agents;
    await Promise.race([agents.ready(), ended]);
    if (this.#interrupts > 1) return;
    const servers = this.#servers?.servers ?? [];
    const sampler = new ProcessSampler(
      [
        ...servers.map((server) => ({ name: serverKey(server.name), pids: () => server.pids })),
        { name: agentsKey, pids: () => agents.pids },
      ],
      monotonicNs,
    );
    this.#sampler = sampler;
    this.#usage = () => sampler.latest();
    this.#summaries = () => sampler.summaries();
    await sampler.start();
    this.#memoryBefore = await this.#memoryMark();
    this.#kernelBefore = readKernelCounters();
    this.#startNs = monotonicNs();
    this.#measurements = new Measurements(plan, this.#startNs);
    this.#clock = new RunClock(plan, (message) => {
      agents.send(message);
      this.#planSteady(plan, message);
    });
    const restarts = this.#planRestarts(plan);
    this.#restarts = restarts;
    this.#clock.start(this.#startNs);
    this.#beginRestarts();
    // What came to pass before there was a clock to tell.
    for (const { what } of this.#losses) {
      this.#clock.lost(Number(what.split(" ")[1]), this.#startNs);
    }
    if (this.#interrupts > 0 || this.#serverEnds.length > 0) this.#clock.end(this.#startNs);
    this.#endIfDone();
    await ended;
    restarts.stop();
    if (this.#interrupts > 1) await agents.kill();
    else await agents.finish();
  }

  async #report(
    plan: Plan,
    host: HostFacts,
    { obstacle }: ChosenIo,
    gates: readonly PlacedGate[],
    interrupted: boolean,
  ): Promise<RunReport> {
    const endNs = monotonicNs();
    await this.#receivers?.stop(this.#interrupts > 1 ? shortStopMs : longStopMs);
    for (const name of this.#receivers?.silent ?? []) {
      if (this.#serverEnds.some((end) => end.startsWith(name))) continue;
      this.#serverEnds.push(`${name} did not tell what it heard: its receivers are missing`);
    }
    const stats = (await this.#servers?.stats()) ?? new Map();
    const usage = usageByServer((await this.#sampler?.stop()) ?? []);
    this.#sampler = null;
    const steady = await this.#meter.take();
    const handles = this.#servers?.servers ?? [];
    const clocks = this.#clock?.workloads ?? [];
    const measurements = this.#measurements ?? new Measurements(plan, this.#startNs);
    const workloads = measurements.accumulators.map((accumulator, index): WorkloadMeasured => {
      const clock = clocks[index];
      return {
        accumulator,
        times: workloadTimes(clock, clock?.endNs ?? null),
        delivered: deliveredOf(plan, index, stats),
        broadcast: this.#broadcastOf(plan, index),
        restarts: measurements.restarts[index] ?? null,
      };
    });
    this.#warnOfRestarts(plan);
    const measured: ResultInput = {
      tool: this.#options.tool,
      plan,
      host,
      run: {
        id: this.#id,
        startedAt: this.#startedAt,
        startNs: this.#startNs,
        durationNs: endNs - this.#startNs,
        interrupted,
        ioObstacle: obstacle,
        harnessLatency: this.#harnessLatency,
        generator: { cpu: this.#agents?.cpu ?? null, workers: this.#agents?.workers ?? null },
        machine: steady?.machine ?? null,
        kernel: countedBetween(this.#kernelBefore, readKernelCounters()),
      },
      losses: this.#losses,
      serverEnds: this.#serverEnds,
      workloads,
      servers: serverResults(
        plan,
        handles,
        usage,
        stats,
        steady?.servers ?? new Map(),
        {
          before: this.#memoryBefore,
          after: (await this.#memoryAfter) ?? null,
        },
        (server) => {
          return server instanceof RestartingServer
            ? restartResults(plan, server, workloads, this.#startNs)
            : [];
        },
      ),
      gates,
      baseline: this.#options.baseline ?? [],
      capture: null,
      warnings: this.#warnings,
    };
    const input = { ...measured, capture: await this.#finishCapture(measured) };
    return { result: buildResult(input), input };
  }

  async #finishCapture(measured: ResultInput): Promise<CaptureResult | null> {
    const { capture } = measured.plan.scenario;
    if (capture === null || this.#capture === null) return null;
    await this.#capture.stop();
    const clients = chosenClients(capture, workloadData(measured));
    return this.#capture.finish(clients, (message) => this.#warn(message));
  }

  #endIfDone(): void {
    if (this.#clock?.done) this.#end();
  }

  #enter(state: RunState): void {
    this.#state = state;
    this.#reportProgress();
  }

  #warn(message: string): void {
    this.#warnings.push(message);
    this.#options.onMessage(message);
  }

  #stopIfInterrupted(): void {
    if (this.#interrupts > 0) {
      throw new UserError("interrupted before anything was measured", exitStatus.interrupted);
    }
  }

  /** What agents are told of when a workload begins holds for the machine's measurement, too. */
  #planSteady(plan: Plan, message: ToAgent): void {
    if (message.type !== "schedule" || message.beginAtNs === undefined) return;
    const workload = plan.scenario.workloads[message.workload];
    if (workload === undefined) return;
    const steadyNs = message.beginAtNs + workload.warmUpNs;
    this.#meter.plan(steadyNs, steadyNs + (workload.durationNs ?? Number.POSITIVE_INFINITY));
  }

  #planRestarts(plan: Plan): RestartSchedule {
    const restarted = (this.#servers?.servers ?? []).flatMap((server) => {
      const { restart } = plan.scenario.servers.find(({ name }) => name === server.name) ?? {};
      return server instanceof RestartingServer && restart ? [{ server, restart }] : [];
    });
    return new RestartSchedule(
      restarted,
      (name) => this.#isWanted(plan, name),
      (name, { message }) => {
        const how = `server ${name} could not be restarted: ${message}`;
        this.#serverEnds.push(how);
        this.#options.onMessage(how);
        this.#clock?.end(monotonicNs());
      },
    );
  }

  /** A run that is over before its restarts has measured none of them. */
  #warnOfRestarts({ scenario }: Plan): void {
    if (this.#interrupts > 0 || this.#serverEnds.length > 0) return;
    for (const server of this.#servers?.servers ?? []) {
      const restart = scenario.servers.find(({ name }) => name === server.name)?.restart ?? null;
      if (restart === null || !(server instanceof RestartingServer)) continue;
      const nextNs = restartNs(restart, server.records.length);
      const isMissing =
        restart.everyNs === null ? Number.isFinite(nextNs) : nextNs === restart.everyNs;
      if (!isMissing) continue;
      this.#warn(
        `server ${server.name} was not restarted at ${formatDuration(nextNs)}: nobody sent to it any more by then; ` +
          "restart it earlier, or have its workloads go on for longer",
      );
    }
  }

  /** Once the run's zero is known. */
  #beginRestarts(): void {
    const zeroNs = this.#clock?.zeroNs ?? null;
    if (zeroNs === null) return;
    this.#measurements?.begin(zeroNs);
    this.#restarts?.begin(zeroNs);
  }

  /** Whether a workload still sends to the server, or is to. */
  #isWanted(plan: Plan, server: string): boolean {
    const nowNs = monotonicNs();
    return plan.workloads.some(({ index }) => {
      if (plan.scenario.workloads[index]?.server !== server) return false;
      const state = this.#clock?.stateOf(index, nowNs) ?? "done";
      return state !== "draining" && state !== "done";
    });
  }

  /** A server ended during the run: what would be measured from here on is its absence. */
  #serverEnded(name: string, code: number | null, signal: string | null, logTail: string): void {
    if (this.#clock?.done) return;
    const how = `server ${name} ended during the run (${describeExit({ code, signal })})`;
    const words = lastLogLines(logTail);
    this.#serverEnds.push(words === "" ? how : `${how}; its last log lines: ${words}`);
    this.#options.onMessage(logTail === "" ? how : `${how}; its last log lines:\n${logTail}`);
    this.#clock?.end(monotonicNs());
  }

  /** Receivers ended during the run: from here on nobody counts what they would have heard. */
  #receiversExited(what: string): void {
    if (this.#clock?.done) return;
    this.#serverEnds.push(what);
    this.#options.onMessage(what);
    this.#clock?.end(monotonicNs());
  }

  #broadcastOf(plan: Plan, index: number): BroadcastMeasured | null {
    const measured = this.#receivers?.measured.get(index) ?? null;
    if (measured !== null && measured.lateRows > 0) {
      this.#warn(
        `workload ${plan.workloads[index]?.name}: deliverySpread is not exact, as ${measured.lateRows} parts ` +
          "of what was heard came too late; the machine was too busy, or the rate too high",
      );
    }
    return measured;
  }

  async #memoryMark(): Promise<MemoryMark> {
    const kernel = readKernelMemory();
    const open = this.#measurements?.open ?? 0;
    const servers = ofServers((await this.#sampler?.look()) ?? []);
    return { servers, kernel, open };
  }

  /** Once, when all first workloads are connected: what their connections take is there to be seen. */
  #markConnected(): void {
    const clocks = this.#clock?.workloads ?? [];
    if (this.#memoryAfter !== null) return;
    if (clocks.some(({ openNs, connectedNs }) => openNs !== null && connectedNs === null)) return;
    this.#memoryAfter = this.#memoryMark();
  }

  #reportProgress(): void {
    this.#options.onProgress(this.#progress());
  }

  #progress(): Progress {
    const nowNs = monotonicNs();
    const clock = this.#clock;
    if (clock === null || this.#measurements === null) {
      return { state: this.#state, elapsedNs: 0, remainingNs: null, workloads: [] };
    }
    const workloads = this.#measurements.progress(clock, nowNs);
    const plannedNs = clock.plannedEndNs();
    return {
      state: this.#state === "writing" ? "writing" : overall(workloads.map(({ state }) => state)),
      elapsedNs: nowNs - this.#startNs,
      remainingNs: plannedNs === null ? null : Math.max(0, plannedNs - nowNs),
      workloads,
    };
  }
}

/** The state of the whole: that of the workload which is furthest from its end, of those begun. */
function overall(states: readonly (RunState | "waiting" | "done")[]): RunState {
  const order: readonly RunState[] = ["connecting", "warming up", "steady", "draining"];
  return order.find((state) => states.includes(state)) ?? "connecting";
}
