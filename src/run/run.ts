import { randomUUID } from "node:crypto";
import type { NatsConnection } from "@nats-io/transport-node";
import { LocalAgent } from "../agent/local-agent.ts";
import { monotonicNs } from "../base/clock.ts";
import { debugLog } from "../base/debug.ts";
import { exitStatus, UserError } from "../base/errors.ts";
import type { IoChoice } from "../base/io-kind.ts";
import { timed } from "../base/own-time.ts";
import { printableData } from "../base/printable.ts";
import { formatDuration } from "../base/units.ts";
import { type RunningReceivers, startReceivers } from "../broadcast/all-receivers.ts";
import { chosenClients, RunningCapture } from "../capture/capture.ts";
import { takeCaptureFile } from "../capture/capture-file.ts";
import type { ClaimedHosts } from "../hosts/pool.ts";
import type { RemoteHost } from "../hosts/remote-host.ts";
import { Leases } from "../machine/leases.ts";
import { SteadyMeter } from "../machine/usage/steady-meter.ts";
import type { Plan } from "../plan/plan-types.ts";
import { lastLogLines, makeLogFolder, removeLogFolder, ServerLog } from "../processes/child-log.ts";
import { describeExit } from "../processes/exit.ts";
import type { BaselineResult } from "../results/baseline-result.ts";
import { buildResult } from "../results/build/build.ts";
import type { BroadcastMeasured } from "../results/build/delivered.ts";
import { type ResultInput, workloadData } from "../results/build/input.ts";
import { nothingListens } from "../results/build/outcome/nothing-succeeded.ts";
import { resultPath } from "../results/files/result-path.ts";
import type { Attempt } from "../results/findings/run-again.ts";
import { formatValue } from "../results/format-value.ts";
import type { RunResult, Tool } from "../results/result.ts";
import type { CaptureResult } from "../results/server-result.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { type RunningServers, startServers } from "../targets/start-targets.ts";
import type { ServerHandle } from "../targets/target.ts";
import { AtGates } from "./at-gates.ts";
import { type HostKnown, type Known, resultInput } from "./collect-result.ts";
import { AgentDrive } from "./drive-agents.ts";
import { type EarlyEnd, EarlyEnds } from "./early-end.ts";
import { Incidents } from "./incidents.ts";
import { type LiveRun, progressOf, viewOf } from "./live-view.ts";
import { Measurements } from "./measurements.ts";
import { type Prepared, prepareRun } from "./prepare.ts";
import type { Progress, RunState } from "./progress.ts";
import { missingRestarts } from "./restarts.ts";
import { RunRollUp } from "./roll-up.ts";
import type { RunView } from "./run-view.ts";

export interface RunOptions {
  readonly tool: Tool;
  readonly io: IoChoice;
  /** Worker threads in all; null: the scenario's, or by the machine. */
  readonly workers: number | null;
  /** Where the clients are; left out: on this machine. */
  readonly nats?: NatsConnection | undefined;
  /** What `baseline` in gates stands for; left out: nothing. */
  readonly baseline?: readonly BaselineResult[];
  /** Where the result goes, a folder or a file, as `--out`: other files lie beside it. Left out: the default folder. */
  readonly out?: string | null | undefined;
  /** Where the run is made again while it is invalid; left out: it is made once. */
  readonly attempt?: Attempt | undefined;
  /** Names of servers that run in this thread; left out: none. */
  readonly inThread?: readonly string[] | undefined;
  /** Called four times a second while the run lasts. */
  readonly onProgress: (progress: Progress) => void;
  /** Called with one-line notices and warnings, as they occur. */
  readonly onMessage: (message: string) => void;
}

/** The result of a run, and its input. */
export interface RunReport {
  readonly result: RunResult;
  /** What it was built from; the interval log is written from it. */
  readonly input: ResultInput;
}

export interface Run {
  /** Rejects with UserError where the run could not be made; no process is left behind in any case. */
  readonly report: Promise<RunReport>;
  /** How the run stands now; may be called from the start until after the end. */
  view(): RunView;
  /** The result if the run ended now, its outcome meaningless; null until the agents are ready. */
  resultSoFar(): RunResult | null;
  /**
   * First call: ends all workloads now; replies are awaited and the report follows, with the outcome
   * "interrupted". Second call: ends every process at once.
   */
  interrupt(): void;
}

const debug = debugLog("run");

const progressEveryMs = 250;

/** A workload to a UDP port where nothing listens ends after that long. */
const refusedForNs = 1e9;

/** Receivers on a busy machine may have seconds of datagrams to read; after Ctrl-C they are hardly awaited. */
const longStopMs = 60_000;
const shortStopMs = 1_000;

/** Runs a scenario: plans, checks, starts, watches, collects, judges. */
export function startRun(scenario: Scenario, options: RunOptions): Run {
  const running = new RunningScenario(scenario, options);
  return {
    report: running.run(),
    view: () => viewOf(running.live),
    resultSoFar: () => running.resultSoFar(),
    interrupt: () => running.interrupt(),
  };
}

class RunningScenario {
  readonly #given: Scenario;
  readonly #options: RunOptions;
  readonly #incidents: Incidents;
  readonly #abortStart = new AbortController();
  readonly #startedAt = new Date();
  readonly #id = randomUUID();
  /** Created before the run's own load starts. */
  readonly #meter = new SteadyMeter({
    servers: () => this.#handles.filter(({ pids }) => pids.length > 0),
    ours: () => [
      process.pid,
      ...(this.#drive?.agents.pids ?? []),
      ...this.#handles.flatMap(({ pids }) => pids),
    ],
    inThread: () => this.#options.inThread ?? [],
  });
  #state: RunState = "planning";
  #interrupts = 0;
  #prepared: Prepared | null = null;
  #servers: RunningServers | null = null;
  #receivers: RunningReceivers | null = null;
  #capture: RunningCapture | null = null;
  #drive: AgentDrive | null = null;
  #hosts: ClaimedHosts | null = null;
  #earlyEnds = new EarlyEnds([]);
  #atGates: AtGates | null = null;
  #earlyEnd: EarlyEnd | null = null;
  #rollUp: RunRollUp | null = null;

  constructor(scenario: Scenario, options: RunOptions) {
    this.#given = scenario;
    this.#options = options;
    this.#incidents = new Incidents(options.onMessage);
  }

  interrupt(): void {
    this.#interrupts++;
    this.#abortStart.abort();
    if (this.#interrupts === 1) this.#drive?.drain();
    else this.#drive?.end();
  }

  get live(): LiveRun {
    return {
      id: this.#id,
      tool: this.#options.tool,
      scenario: this.#given.name,
      startedAt: this.#startedAt,
      state: this.#state,
      prepared: this.#prepared,
      servers: this.#handles,
      drive: this.#drive,
    };
  }

  resultSoFar(): RunResult | null {
    const [prepared, drive] = [this.#prepared, this.#drive];
    if (prepared === null || drive === null || drive.begun === null) return null;
    return buildResult(resultInput(this.#known(prepared, drive), null));
  }

  async run(): Promise<RunReport> {
    const leases = new Leases();
    try {
      await this.#claimHosts();
      return await this.#run(leases);
    } finally {
      await Promise.all([this.#hosts?.close(), leases.release()]);
    }
  }

  /** Hosts first: what they are is what the run is planned from. */
  async #claimHosts(): Promise<void> {
    const { nats, io } = this.#options;
    if (nats === undefined) return;
    const wish = io === "auto" ? this.#given.io : io;
    // Only a run over hosts loads what speaks to them.
    const { ClaimedHosts } = await import("../hosts/pool.ts");
    this.#hosts = await ClaimedHosts.claim(nats, this.#given, wish);
  }

  async #run(leases: Leases): Promise<RunReport> {
    const { io, workers, baseline = [] } = this.#options;
    const prepared = await prepareRun(this.#given, {
      io,
      workers,
      baseline,
      hosts: this.#hosts?.toPlan ?? null,
      leases,
      warn: (message) => this.#incidents.warn(message),
      notify: this.#options.onMessage,
      onPlanned: () => this.#enter("preflight"),
    });
    this.#prepared = prepared;
    this.#earlyEnds = new EarlyEnds(prepared.gates);
    this.#atGates = new AtGates(prepared.commands, {
      beside: resultPath(
        this.#given.name,
        this.#startedAt,
        this.#options.out ?? null,
        process.cwd(),
      ),
      pidsOf: (server) => this.#handles.find(({ name }) => name === server)?.pids ?? [],
      notify: this.#options.onMessage,
      warn: (message) => this.#incidents.warn(message),
    });
    this.#rollUp = new RunRollUp(prepared.gates, prepared.plan.scenario.workloads);
    this.#stopIfInterrupted();
    const logFolder = makeLogFolder(null);
    // No server can have this name: server names begin with a letter.
    const log = new ServerLog(logFolder, "_agents");
    const progress = setInterval(() => timed(() => this.#reportProgress()), progressEveryMs);
    const close = async (passed: boolean): Promise<string | null> => {
      clearInterval(progress);
      this.#meter.close();
      await Promise.all([
        this.#drive?.close(),
        this.#atGates?.close(),
        this.#capture?.close(),
        this.#servers?.stop(),
        this.#receivers?.stop(shortStopMs),
      ]);
      log.removeIfEmpty();
      if (removeLogFolder(logFolder, passed)) return null;
      this.#options.onMessage(`the output of the servers and agents is kept in ${logFolder}`);
      return logFolder;
    };
    let report: RunReport;
    try {
      const drive = await this.#start(prepared, logFolder, log, leases);
      await drive.run();
      await this.#hosts?.measureClocks();
      const interrupted = this.#interrupts > 0;
      this.#enter("writing");
      report = await this.#report(prepared, drive, interrupted);
    } catch (error) {
      const kept = await close(false);
      if (error instanceof UserError) error.logFolder = kept;
      throw error;
    }
    const { result, input } = report;
    const kept = await close(result.run.outcome === "pass");
    return { result: { ...result, run: { ...result.run, logFolder: kept } }, input };
  }

  /** Starts servers, receivers, a capture, and then the agents that send to them. */
  async #start(
    { plan, fanOut }: Prepared,
    logFolder: string,
    log: ServerLog,
    leases: Leases,
  ): Promise<AgentDrive> {
    this.#enter("starting servers");
    this.#servers = await startServers(plan, {
      logFolder,
      signal: this.#abortStart.signal,
      onExit: (name, code, signal, logTail) => this.#serverEnded(name, code, signal, logTail),
      onKilled: (name, instance, after) => {
        this.#incidents.warn(
          `server ${name}: instance ${instance} had not drained after ${after} and was killed (SIGKILL), so its remaining clients were cut off; raise "drainTimeout" if it needs longer`,
        );
      },
    });
    const measurements = () => this.#drive?.begun?.measurements;
    this.#receivers = startReceivers(
      plan,
      fanOut,
      logFolder,
      {
        onLost: (what) => this.#end(what),
        interval: (workload, interval) => measurements()?.deliveries[workload]?.received(interval),
        pauses: (pauses) => measurements()?.paused(pauses),
      },
      (workload) => ({
        isMachineDisturbed: (fromNs, toNs) =>
          measurements()?.disturbances.isMachineDisturbed(fromNs, toNs) ?? false,
        mostLostNs: (fromNs, toNs) =>
          measurements()?.deliveries[workload]?.mostLostNs(fromNs, toNs) ?? 0,
      }),
    );
    await this.#receivers.listening();
    this.#stopIfInterrupted();
    await this.#startCapture(plan, logFolder, leases);
    this.#enter("starting agents");
    await this.#hosts?.begin(plan);
    this.#drive = new AgentDrive({
      plan,
      startAgent:
        this.#hosts?.startAgent ??
        (({ index }, onMessage) => new LocalAgent(index, log, onMessage)),
      servers: this.#servers.servers,
      receiverThreads: () => this.#receivers?.threads ?? [],
      sharesThread: (this.#options.inThread ?? []).length > 0,
      meter: this.#meter,
      incidents: this.#incidents,
      judges: this.#earlyEnds.some,
      onSteady: (workload, fromNs, toNs) => this.#planSteady(plan, workload, fromNs, toNs),
      onMeasured: () => {
        this.#endWhereNothingListens();
        this.#lookAtGates();
        this.#endByGate();
        this.#boundMemory();
      },
    });
    if (this.#interrupts > 0) this.#drive.drain();
    return this.#drive;
  }

  async #startCapture(plan: Plan, logFolder: string, leases: Leases): Promise<void> {
    const { capture } = plan.scenario;
    if (capture === null) return;
    const file = await takeCaptureFile(leases, capture.file);
    if (file !== capture.file) {
      this.#incidents.warn(
        `capture: another run is writing to ${capture.file}; the packets of this one are in ${file}`,
      );
    }
    this.#capture = await RunningCapture.start(plan, { ...capture, file }, logFolder);
  }

  /** Those that receive without replying count by themselves what arrives in steady state. */
  #planSteady(plan: Plan, workload: number, fromNs: number, toNs: number): void {
    const server = plan.scenario.workloads[workload]?.server ?? null;
    const handle = this.#handles.find(({ name }) => name === server);
    handle?.planSteady?.({ workload, fromNs, toNs });
    this.#receivers?.planSteady(workload, fromNs, toNs);
  }

  /** A UDP server that is not there is heard of at once: nobody has to wait for the end to be told. */
  #endWhereNothingListens(): void {
    const [prepared, drive] = [this.#prepared, this.#drive];
    if (prepared === null || drive === null || drive.begun === null || drive.isDone) return;
    const { clock, measurements } = drive.begun;
    const nowNs = monotonicNs();
    const index = prepared.plan.workloads.findIndex(({ name }, index) => {
      const beginNs = clock.workloads[index]?.beginNs ?? Number.POSITIVE_INFINITY;
      const accumulator = measurements.accumulators[index];
      return (
        nowNs - beginNs >= refusedForNs &&
        accumulator !== undefined &&
        measurements.restarts[index] === null &&
        !prepared.mayFail.has(name) &&
        nothingListens(accumulator)
      );
    });
    if (index < 0) return;
    debug("nothing listens where workload %d sends", index);
    drive.drain();
  }

  /** A gate that breaks in a window has its command run. */
  #lookAtGates(): void {
    const [prepared, drive] = [this.#prepared, this.#drive];
    if (prepared === null || drive === null || drive.begun === null || drive.isDone) return;
    if (this.#interrupts > 0) return;
    const inputOf = () => resultInput(this.#known(prepared, drive), null);
    this.#atGates?.look(monotonicNs(), drive.begun.startNs, inputOf);
  }

  /** Puts together what is older than some minutes. */
  #boundMemory(): void {
    const [prepared, drive] = [this.#prepared, this.#drive];
    if (prepared === null || drive === null || drive.begun === null) return;
    const { measurements, startNs } = drive.begun;
    const inputOf = () => resultInput(this.#known(prepared, drive), null);
    const nowNs = monotonicNs();
    const needs = [this.#earlyEnds.neededNs, this.#atGates?.neededNs(nowNs) ?? nowNs];
    this.#rollUp?.look(nowNs, startNs, inputOf, measurements, Math.min(...needs));
  }

  /** A gate with `abort` that cannot hold any more ends the run. */
  #endByGate(): void {
    const [prepared, drive] = [this.#prepared, this.#drive];
    if (prepared === null || drive === null || drive.begun === null || drive.isDone) return;
    if (this.#earlyEnd !== null || this.#interrupts > 0) return;
    const { clock, measurements } = drive.begun;
    if (measurements.settled === null) return;
    const nowNs = monotonicNs();
    const inputOf = () => resultInput(this.#known(prepared, drive), null);
    const found = this.#earlyEnds.look(nowNs, inputOf, measurements.settled, clock.zeroNs);
    if (found === null) return;
    this.#earlyEnd = found;
    const { actual, expression, unit } = found.result;
    const after = formatDuration(nowNs - drive.begun.startNs);
    this.#options.onMessage(
      `the run ends early, after ${after}: gate ${expression} is broken (it was ${formatValue(actual, unit)})`,
    );
    drive.drain();
  }

  async #report(prepared: Prepared, drive: AgentDrive, interrupted: boolean): Promise<RunReport> {
    const { plan } = prepared;
    const known = this.#known(prepared, drive);
    await this.#receivers?.stop(this.#interrupts > 0 ? shortStopMs : longStopMs);
    for (const name of this.#receivers?.silent ?? []) {
      if (this.#incidents.serverEnds.some((end) => end.startsWith(name))) continue;
      this.#incidents.serverEnds.push(
        `${name} did not report what it received: its receivers are missing from the result`,
      );
    }
    if (this.#interrupts > 0) await this.#atGates?.close();
    const commands = (await this.#atGates?.finish()) ?? [];
    const stats = (await this.#servers?.stats()) ?? new Map();
    const usage = await drive.finalUsage();
    const steady = await this.#meter.take();
    const isEarly = this.#interrupts > 0 || this.#earlyEnd !== null;
    if (!isEarly && this.#incidents.serverEnds.length === 0) {
      for (const warning of missingRestarts(plan, this.#handles)) this.#incidents.warn(warning);
    }
    const memory = await drive.memory();
    const broadcastOf = (index: number) => this.#broadcastOf(plan, index);
    const earlyEnd = this.#earlyEnd;
    const measured = resultInput(known, {
      interrupted,
      earlyEnd,
      stats,
      usage,
      steady,
      memory,
      broadcastOf,
    });
    const input = { ...measured, commands, capture: await this.#finishCapture(measured) };
    // Names, codes and last log lines come from elsewhere, and results are shown on terminals.
    return { result: printableData(buildResult(input)), input };
  }

  async #finishCapture(measured: ResultInput): Promise<CaptureResult | null> {
    const { capture } = measured.plan.scenario;
    if (capture === null || this.#capture === null) return null;
    await this.#capture.stop();
    const clients = chosenClients(capture, workloadData(measured));
    return this.#capture.finish(clients, (message) => this.#incidents.warn(message));
  }

  get #handles(): readonly ServerHandle[] {
    return this.#servers?.servers ?? [];
  }

  #known(prepared: Prepared, drive: AgentDrive): Known {
    const nowNs = monotonicNs();
    const startNs = drive.begun?.startNs ?? nowNs;
    return {
      tool: this.#options.tool,
      attempt: this.#options.attempt ?? null,
      id: this.#id,
      startedAt: this.#startedAt,
      prepared,
      incidents: this.#incidents,
      servers: this.#handles,
      drive,
      hosts: this.#hosts?.hosts.map(hostKnown) ?? [],
      measurements: drive.begun?.measurements ?? new Measurements(prepared.plan, startNs),
      judged: this.#rollUp?.judged ?? [],
      startNs,
      nowNs,
    };
  }

  #enter(state: RunState): void {
    debug("state: %s", state);
    this.#state = state;
    this.#reportProgress();
  }

  #reportProgress(): void {
    this.#options.onProgress(progressOf(this.live));
  }

  #stopIfInterrupted(): void {
    if (this.#interrupts > 0) {
      throw new UserError("interrupted before anything was measured", exitStatus.interrupted);
    }
  }

  /** A server exited during the run: from here on only its absence would be measured. */
  #serverEnded(name: string, code: number | null, signal: string | null, logTail: string): void {
    const how = `server ${name} exited during the run (${describeExit({ code, signal })})`;
    const lines = lastLogLines(logTail);
    this.#end(
      lines === "" ? how : `${how}; its last log lines: ${lines}`,
      logTail === "" ? how : `${how}; its last log lines:\n${logTail}`,
    );
  }

  /** A server or receivers exited: from here on nothing is measured. */
  #end(how: string, said = how): void {
    if (this.#drive?.isDone) return;
    this.#incidents.serverEnded(how, said);
    this.#drive?.drain();
  }

  #broadcastOf(plan: Plan, index: number): BroadcastMeasured | null {
    const measured = this.#receivers?.measured.get(index) ?? null;
    if (measured !== null && measured.lateRows > 0) {
      this.#incidents.warn(
        `workload ${plan.workloads[index]?.name}: deliverySpread is not exact: ${measured.lateRows} parts ` +
          "of what was received were reported too late, as the machine was too busy; lower the rate, or end other programs",
      );
    }
    return measured;
  }
}

function hostKnown({ name, claimed, clock, lost }: RemoteHost): HostKnown {
  return { name, facts: claimed.facts, clock, lost };
}
