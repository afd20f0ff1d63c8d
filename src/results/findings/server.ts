import { formatCount, formatDuration } from "../../base/units.ts";
import { patterns } from "../../scenario/patterns.ts";
import type { MachineUse } from "../result.ts";
import type { SteadyCpu } from "../server-result.ts";
import { cpusText, type Finding, percent } from "./finding.ts";
import type { Measures, ServerMeasures, WorkloadMeasures } from "./measures.ts";

/** A thread that ran, or was ready to, for this portion of the time has no capacity left. */
const busyThreadRatio = 0.9;

/** Where no thread ran for so much of the time, what was waited for was not the CPU time that replies take. */
const idleThreadRatio = 0.5;

/** One that ran for less was held up by others: machine.waiting reports that. */
const ownRatio = 0.25;

/** All CPUs of the machine, less what sampling in ticks of 10 ms may miss. */
const fullRatio = 0.9;

/** From this portion of a thread's time on, waiting and steal are reported, to explain why it did not always run. */
const reportedRatio = 0.05;

/** Over less than that of all replies nothing is said of the server. */
const leastUndisturbed = 0.5;

/** Portion of the offered messages that found every connection waiting: above this it is not chance. */
const waitingRatio = 0.01;

/** A message that waits for a connection as long as for its reply was delayed by a queue, not by a slow reply. */
const queuedFactor = 2;

/** Findings where a server was the limit. Pure. */
export function serverFindings(measures: Measures): Finding[] {
  const full = measures.servers.flatMap((server) => atItsLimit(server, measures));
  const named = new Set(full.map(({ server }) => server));
  return [
    ...full.map(({ finding }) => finding),
    ...measures.workloads.flatMap(paused),
    ...sharesThread(measures),
    ...measures.workloads.flatMap((workload) =>
      workload.server !== null && named.has(workload.server) ? [] : keptWaiting(workload, measures),
    ),
  ];
}

/** The clients turned, and no reply came: the server did nothing, whatever kept it. */
function paused({ name, server, silence, slow }: WorkloadMeasures): Finding[] {
  // Nobody knows for how much of it clients that are slow on purpose account.
  if (silence === null || slow !== null) return [];
  const { atMs, durationMs, lostMs, inFlight } = silence;
  const why =
    lostMs < reportedRatio * durationMs
      ? "the load generator was on time"
      : `the load generator and the machine account for ${formatDuration(lostMs * 1e6)} of it at most`;
  return [
    {
      about: "server",
      severity: "info",
      code: "server.pauses",
      subject: name,
      text:
        `${targetText(server)} sent no reply of ${name} for ${formatDuration(durationMs * 1e6)} or more, from ` +
        `${formatDuration(atMs * 1e6)} after the start on, while ${formatCount(inFlight)} exchanges waited for one; ${why}`,
      evidence: { silentMs: durationMs, atMs, lostMs, inFlightCount: inFlight },
      todo: "find out what it did then: garbage collection, a lock, a disk, a restart, or somebody stopped it",
    },
  ];
}

/** From that portion of the time on, what the thread does besides is a part of many response times. */
const busyLoopRatio = 0.8;

/** The server is in the test's own thread, with slash8's coordinator and the test. */
function sharesThread({ run: { sharedEventLoop } }: Measures): Finding[] {
  if (sharedEventLoop === null) return [];
  const { servers, overSeconds, busyRatio, coordinatorRatio, delayP99Ms, delayMaxMs } =
    sharedEventLoop;
  const [subject = null, ...more] = servers;
  return [
    {
      about: "server",
      severity: busyRatio < busyLoopRatio ? "info" : "warning",
      code: "server.sharesThread",
      subject: more.length === 0 ? subject : null,
      text:
        `${servers.join(", ")} ${more.length === 0 ? "shares" : "share"} a thread with slash8's coordinator and the program that called it: its event loop ` +
        `was busy for ${percent(busyRatio)} of steady state, ${percent(coordinatorRatio)} with slash8's reports, and up to ` +
        `${formatDuration(delayMaxMs * 1e6)} late (p99 ${formatDuration(delayP99Ms * 1e6)}); response times include all of that`,
      evidence: { busyRatio, coordinatorRatio, delayP99Ms, delayMaxMs, overSeconds },
      todo: "for the server's own figures start it in a worker thread or a child process, and give its address, or a function that starts it",
    },
  ];
}

function targetText(server: string | null): string {
  return server === null ? "the target" : `server ${server}`;
}

function atItsLimit(
  { name, steadyCpu }: ServerMeasures,
  { cpus, run: { machine } }: Measures,
): { server: string; finding: Finding }[] {
  if (steadyCpu === null || steadyCpu.overSeconds <= 0) return [];
  const { cpuSeconds, busiestThreadSeconds, busiestThreadWaitedSeconds, overSeconds } = steadyCpu;
  const thread = busiestThreadSeconds ?? 0;
  const waited = busiestThreadWaitedSeconds ?? 0;
  const stolen = stolenOfWanted(machine);
  const givenSeconds = (1 - stolen) * overSeconds;
  // What it waited for while others had the CPUs is not its own work.
  const wanted = thread + (isNoisy(machine) ? 0 : waited);
  const byThread = wanted >= busyThreadRatio * givenSeconds && thread >= ownRatio * overSeconds;
  const byMachine = cpuSeconds >= fullRatio * cpus * givenSeconds;
  if (!byThread && !byMachine) return [];
  const how = byMachine
    ? `it used ${cpusText(cpuSeconds, overSeconds)} of ${cpus} CPUs`
    : `one of its threads ran for ${percent(thread / overSeconds)} of steady state` +
      (waited >= reportedRatio * overSeconds
        ? ` and waited ${percent(waited / overSeconds)} for a CPU`
        : "") +
      `, all together used ${cpusText(cpuSeconds, overSeconds)} of ${cpus} CPUs`;
  const taken =
    stolen >= reportedRatio
      ? `; the hypervisor took ${percent(stolen)} of the time that threads would have run`
      : "";
  const finding: Finding = {
    about: "server",
    severity: "info",
    code: "server.cpu",
    subject: name,
    text: `server ${name} was at its limit: ${how}${taken}`,
    evidence: {
      cpuSeconds,
      ...(busiestThreadSeconds === null ? {} : { busiestThreadSeconds }),
      ...(busiestThreadWaitedSeconds === null ? {} : { busiestThreadWaitedSeconds }),
      ...(taken === "" ? {} : { stealSeconds: machine?.stealSeconds ?? 0 }),
      overSeconds,
    },
    todo:
      "this rate is its maximum; for the latencies of normal use lower the rate, for a higher rate give it " +
      (byMachine ? "more CPUs" : "more threads or processes, or profile that thread"),
  };
  return [{ server: name, finding }];
}

/**
 * A thread's times leave out what the hypervisor took while it was running.
 *
 * @returns ratio of steal to the CPUs' time that was not idle: 0 to 1; 0 where it is not known
 */
function stolenOfWanted(machine: MachineUse | null): number {
  if (machine === null) return 0;
  const { cpus, overSeconds, idleSeconds, stealSeconds } = machine;
  const wanted = cpus * overSeconds - (idleSeconds ?? 0);
  return wanted <= 0 ? 0 : Math.min(1, (stealSeconds ?? 0) / wanted);
}

/** Whether other programs, or other machines, had a part of the CPUs. */
function isNoisy(machine: MachineUse | null): boolean {
  if (machine === null) return false;
  const { cpus, overSeconds, othersSeconds, stealSeconds } = machine;
  return (othersSeconds ?? 0) + (stealSeconds ?? 0) >= reportedRatio * cpus * overSeconds;
}

/**
 * The clients were on time and had capacity, but replies did not come: the server waits for something. By what nothing
 * disturbed, and only where neither its threads nor the clients waited for a CPU.
 */
function keptWaiting(workload: WorkloadMeasures, measures: Measures): Finding[] {
  const { name, server, offered, unsent, undisturbed } = workload;
  const { timedOut } = undisturbed;
  if (undisturbed.ratio < leastUndisturbed || workload.slow !== null) return [];
  const found = howItWaits({ ...workload, ...undisturbed });
  if (found === null) return [];
  const what = targetText(server);
  const cpu = measures.servers.find((one) => one.name === server)?.steadyCpu ?? null;
  if (haveWaited(measures.run, cpu)) return [];
  const used = cpu === null || cpu.overSeconds <= 0 ? "" : usedText(cpu);
  return [
    {
      about: "server",
      severity: "info",
      code: "server.waits",
      subject: name,
      text: `${what} was the limit of ${name}: ${found.how}${used}`,
      evidence: {
        offeredCount: offered,
        unsentCount: unsent,
        timedOutCount: timedOut,
        ...found.evidence,
        ...(cpu === null ? {} : { cpuSeconds: cpu.cpuSeconds, overSeconds: cpu.overSeconds }),
      },
      todo: found.todo,
    },
  ];
}

function usedText({ cpuSeconds, busiestThreadSeconds, overSeconds }: SteadyCpu): string {
  const used = `; it used ${cpusText(cpuSeconds, overSeconds)} CPUs`;
  if (busiestThreadSeconds === null) return used;
  const ratio = busiestThreadSeconds / overSeconds;
  return ratio < idleThreadRatio
    ? `${used}, so it waits for something else (a lock, a disk, a delay)`
    : `${used}, and one of its threads ran for ${percent(ratio)} of steady state`;
}

const makeRoom = "raise connections or inFlight to see how its latency grows, or lower the rate";

function haveWaited(
  { generator: { cpu }, workers }: Measures["run"],
  server: SteadyCpu | null,
): boolean {
  const clients = cpu === null || cpu.overSeconds <= 0 ? 0 : (cpu.waitedSeconds ?? 0);
  const clientsRatio = clients / ((cpu?.overSeconds ?? 1) * Math.max(1, workers));
  const waited = server?.busiestThreadWaitedSeconds ?? 0;
  const serverRatio = server === null || server.overSeconds <= 0 ? 0 : waited / server.overSeconds;
  return clientsRatio >= reportedRatio || serverRatio >= reportedRatio;
}

function howItWaits({
  pattern,
  model,
  offered,
  sent,
  unsent,
  allEnded,
  timedOut,
  responseTimeP99,
  serviceTimeP99,
  generatorLagP99,
}: Omit<WorkloadMeasures, "undisturbed">):
  | (Pick<Finding, "evidence" | "todo"> & {
      how: string;
    })
  | null {
  if (model !== "open" || offered === 0 || allEnded) return null;
  if (unsent >= waitingRatio * offered) {
    const how = `${percent(unsent / offered)} of what was offered found every connection waiting for a reply until the end`;
    return { how, evidence: {}, todo: makeRoom };
  }
  if (sent > 0 && timedOut >= waitingRatio * sent) {
    const how = `${percent(timedOut / sent)} of what was sent got no reply in time`;
    const todo = "lower the rate until nothing times out, or find out why it loses messages";
    return { how, evidence: {}, todo };
  }
  const { oneWay, opensUpFront } = patterns[pattern];
  if (oneWay || !opensUpFront || responseTimeP99 === null || serviceTimeP99 === null) return null;
  const lag = generatorLagP99 ?? 0;
  if (responseTimeP99 - lag < queuedFactor * serviceTimeP99) return null;
  return {
    how:
      `messages queued for a free connection, as all were waiting for replies: of the p99 response time of ` +
      `${formatDuration(responseTimeP99)} a reply takes ${formatDuration(serviceTimeP99)} and the load generator ${formatDuration(lag)}`,
    evidence: {
      responseTimeP99Ns: responseTimeP99,
      serviceTimeP99Ns: serviceTimeP99,
      generatorLagP99Ns: lag,
    },
    todo: makeRoom,
  };
}
