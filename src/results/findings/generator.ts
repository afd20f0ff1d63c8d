import { formatCount, formatDuration } from "../../base/units.ts";
import type { PauseCause } from "../../metrics/disturbance/disturbance.ts";
import type { PauseResult } from "../result.ts";
import type { Advice } from "./advice.ts";
import { type Finding, percent, seconds } from "./finding.ts";
import { hostField, hostOf, onHosts } from "./hosts.ts";
import type { Measures, WorkloadMeasures } from "./measures.ts";
import { runAgain } from "./run-again.ts";

/**
 * A worker that is busy for this portion of the time handles everything late: by queueing theory
 * (M/M/1) its messages wait nine times as long as it takes to handle them.
 */
const busyRatio = 0.9;

/** From a fifth on, the generator lag shows in any comparison; from a half on, most of the figure is the generator's. */
const lateRatio = 0.2;
const mostlyLateRatio = 0.5;

/** A virtual machine's threads wake 50 to 150 us late: normal, and no gate is that fine. */
const bearableLagNs = 200e3;

/** Pauses for a hundredth of the time affect one message in a hundred: the p99 is then the generator's. */
const pausedRatio = 0.01;
/** From a tenth on, nearly all of a percentile's tail is ours. */
const muchPausedRatio = 0.1;

/** A single pause that makes up half of the longest response time explains it; shorter ones are not reported. */
const longestRatio = 0.5;
const longestSeconds = 1e-3;

const causeTexts: Readonly<Record<PauseCause, string>> = {
  stopped: "stopped: it neither ran nor waited for a CPU",
  steal: "the hypervisor ran others",
  cpu: "other threads had the CPUs",
  gc: "garbage collection",
  input: "a flood of input",
  unknown: "cause unknown",
};

type Pauser = Pick<PauseResult, "worker" | "receivers"> & {
  /** Of the worker; null: it is on the coordinator's machine. */
  readonly host: string | null;
};

/** "worker 0 of the load generator paused for 1.50 s, 2.58 s after the start (it was stopped)" */
export function pauseText(who: Pauser, atNs: number, ns: number, cause: PauseCause): string {
  return `${pauserText(who)} paused for ${formatDuration(ns)}, ${formatDuration(atNs)} after the start (${causeTexts[cause]})`;
}

function pauserText({ worker, receivers, host }: Pauser): string {
  if (receivers === null) {
    return `worker ${worker} of the load generator${host === null ? "" : ` on host ${host}`}`;
  }
  return `the receivers of ${receivers.workload} in process ${receivers.process + 1}`;
}

/** Findings where the load generator was the limit, or affected the figures. Pure. */
export function generatorFindings(measures: Measures, advice: Advice): Finding[] {
  return [
    ...measures.workloads.flatMap((workload) => late(workload, measures, advice)),
    ...measures.workloads.flatMap((workload) => wakeUps(workload, advice)),
    ...busy(measures, advice),
    ...pauses(measures),
    ...collections(measures, advice),
  ];
}

function late(
  { name, ...whole }: WorkloadMeasures,
  { hosts }: Measures,
  { capacity, lessLoad }: Advice,
): Finding[] {
  const ofHosts = hosts
    .flatMap((host) => {
      const own = host.workloads.find((workload) => workload.name === name);
      return own === undefined ? [] : [{ host: host.name, ...own }];
    })
    .filter(isLate)
    .sort((a, b) => lagRatio(b) - lagRatio(a));
  const latest = hosts.length === 0 ? whole : ofHosts[0];
  if (latest === undefined || !isLate(latest)) return [];
  const { responseTimeP99, generatorLagP99 } = latest;
  const ratio = lagRatio(latest);
  const late = ofHosts.map(({ host }) => host);
  return [
    {
      about: "generator",
      severity: ratio < mostlyLateRatio ? "warning" : "severe",
      code: "generator.late",
      subject: name,
      ...hostField(late),
      text:
        `${name}: ${onHosts(late, hosts)}messages left up to ${formatDuration(generatorLagP99)} late (p99 of the generator lag), ` +
        `${percent(Math.min(1, ratio))} of the p99 response time of ${formatDuration(responseTimeP99)}: that part is not the server's`,
      evidence: {
        generatorLagP99Ns: generatorLagP99,
        responseTimeP99Ns: responseTimeP99,
        lagRatio: ratio,
      },
      todo: `${capacity}, or ${lessLoad}; serviceTime is without the lag`,
    },
  ];
}

type Late = { readonly responseTimeP99: number; readonly generatorLagP99: number };

function isLate<Times extends Pick<WorkloadMeasures, keyof Late>>(
  times: Times,
): times is Times & Late {
  const { responseTimeP99, generatorLagP99 } = times;
  if (responseTimeP99 === null || generatorLagP99 === null) return false;
  return generatorLagP99 >= bearableLagNs && generatorLagP99 / responseTimeP99 >= lateRatio;
}

function lagRatio({ responseTimeP99, generatorLagP99 }: Late): number {
  return generatorLagP99 / responseTimeP99;
}

/** With `wireTime`: what of the slowest replies was there already, and what of their requests was not yet under way. */
function wakeUps(
  { name, responseTimeP99, slowWakeUp }: WorkloadMeasures,
  { capacity, lessLoad }: Advice,
): Finding[] {
  if (responseTimeP99 === null || slowWakeUp === null) return [];
  const { queuedNs, wakeUpNs, wireTimeNs } = slowWakeUp;
  const ownNs = queuedNs + wakeUpNs;
  const ratio = Math.min(1, ownNs / responseTimeP99);
  if (ownNs < bearableLagNs || ratio < lateRatio) return [];
  return [
    {
      about: "generator",
      severity: ratio < mostlyLateRatio ? "warning" : "severe",
      code: "generator.wakeUp",
      subject: name,
      text:
        `${name}: of the p99 response time of ${formatDuration(responseTimeP99)}, ${formatDuration(ownNs)} were this machine's own ` +
        `(${percent(ratio)}): ${formatDuration(wakeUpNs)} from when the kernel had the reply until the client was awake, ` +
        `${formatDuration(queuedNs)} until the kernel was given the message`,
      evidence: {
        responseTimeP99Ns: responseTimeP99,
        wakeUpNs,
        queuedNs,
        wireTimeNs,
        ownRatio: ratio,
      },
      todo: `gate on ${name}.wireTime, which is without it; or ${capacity}, or ${lessLoad}`,
    },
  ];
}

/** A worker's waiting for a CPU is due to the machine: machine.waiting reports it. */
function busy({ run: { generator }, hosts }: Measures, { capacity, lessLoad }: Advice): Finding[] {
  const ran = (generator.workers ?? []).map((use) => ({
    ...use,
    ranRatio: use.busyRatio - (use.waitedRatio ?? 0),
  }));
  const full = ran.filter((use) => use.busyRatio >= busyRatio && use.ranRatio >= busyRatio / 2);
  const most = full.reduce<(typeof full)[number] | null>(
    (found, use) => (found === null || use.busyRatio > found.busyRatio ? use : found),
    null,
  );
  if (most === null) return [];
  const which =
    full.length === ran.length
      ? full.length === 1
        ? "the only worker"
        : `all ${full.length} workers`
      : `${full.length} of ${ran.length} workers`;
  const others = full.length === 1 ? "was" : "were";
  const crowded = hosts
    .filter(({ workers }) => full.some(({ worker }) => workers.includes(worker)))
    .map(({ name }) => name);
  return [
    {
      about: "generator",
      severity: "warning",
      code: "generator.busy",
      subject: null,
      ...hostField(crowded),
      text:
        `${which} of the load generator ${onHosts(crowded, hosts)}${others} busy for ${percent(most.busyRatio)} of steady state and had no ` +
        "time to spare: it was a limit, and its own queueing delay is included in the response times",
      evidence: {
        busiestRatio: most.busyRatio,
        ...(most.waitedRatio === null ? {} : { waitedRatio: most.waitedRatio }),
        fullWorkersCount: full.length,
        workersCount: ran.length,
      },
      todo: `${capacity}, or ${lessLoad}`,
    },
  ];
}

/** Pauses for want of a CPU are the machine's, and those for garbage collection have a finding of their own. */
const ownCauses: ReadonlySet<PauseCause> = new Set(["stopped", "input", "unknown"]);

function pauses({ run, workloads, attempt, hosts }: Measures): Finding[] {
  const steady = workloads.flatMap(({ steady }) => (steady === null ? [] : [steady]));
  const fromMs = Math.min(...steady.map((one) => one.fromMs));
  const toMs = Math.max(...steady.map((one) => one.toMs));
  const own = run.pauses.filter(
    ({ atMs, durationMs, cause }) =>
      ownCauses.has(cause) && atMs < toMs && atMs + durationMs > fromMs,
  );
  const [longest] = own.toSorted((a, b) => b.durationMs - a.durationMs);
  if (longest === undefined) return [];
  const { receivers, atMs, durationMs, cause } = longest;
  const its = own.filter((pause) => isSame(pause, longest));
  const pausedMs = its.reduce((sum, pause) => sum + pause.durationMs, 0);
  const ratio = pausedMs / (toMs - fromMs);
  const slowestNs = Math.max(0, ...workloads.map(({ responseTimeMax }) => responseTimeMax ?? 0));
  const explains = slowestNs > 0 && durationMs * 1e6 >= longestRatio * slowestNs;
  if (ratio < pausedRatio && !explains) return [];
  const host = hostOf(hosts, longest.worker);
  const all =
    its.length === 1
      ? ""
      : `; it paused ${formatCount(its.length)} times, ${formatDuration(pausedMs * 1e6)} in all`;
  return [
    {
      about: "generator",
      severity: ratio >= muchPausedRatio ? "severe" : ratio >= pausedRatio ? "warning" : "info",
      code: "generator.pauses",
      subject: null,
      ...hostField(host === null ? [] : [host]),
      text:
        `${pauseText({ ...longest, host }, atMs * 1e6, durationMs * 1e6, cause)}${all}: ` +
        (receivers === null
          ? "latencies of that time are not the server's"
          : "what was late or lost in that time is neither the target's nor the network's"),
      evidence: {
        pausedMs,
        longestPauseMs: durationMs,
        longestPauseAtMs: atMs,
        pausesCount: its.length,
        overMs: toMs - fromMs,
      },
      todo: `find out what stopped it (a suspended machine, a debugger, a flood of input); ${runAgain(attempt)}`,
    },
  ];
}

function isSame(a: PauseResult, b: PauseResult): boolean {
  const [one, other] = [a.receivers, b.receivers];
  return (
    a.worker === b.worker &&
    one?.workload === other?.workload &&
    one?.process === other?.process &&
    one?.thread === other?.thread
  );
}

function collections(
  { run: { generator }, workloads, hosts }: Measures,
  { lessGarbage }: Advice,
): Finding[] {
  const workers = generator.workers ?? [];
  const overSeconds = generator.cpu?.overSeconds ?? 0;
  if (workers.length === 0 || overSeconds <= 0) return [];
  const paused = Math.max(...workers.map(({ gcSeconds }) => gcSeconds));
  const most = workers.find(({ gcSeconds }) => gcSeconds === paused)?.worker ?? null;
  const host = hostOf(hosts, most);
  const longest = Math.max(...workers.map(({ gcLongestSeconds }) => gcLongestSeconds));
  const slowestNs = Math.max(0, ...workloads.map(({ responseTimeMax }) => responseTimeMax ?? 0));
  const ratio = paused / overSeconds;
  const explains =
    longest >= longestSeconds && slowestNs > 0 && longest * 1e9 >= longestRatio * slowestNs;
  if (ratio < pausedRatio && !explains) return [];
  const count = workers.reduce((sum, { gcPauses }) => sum + gcPauses, 0);
  return [
    {
      about: "generator",
      severity: ratio < pausedRatio ? "info" : "warning",
      code: "generator.pauses",
      subject: null,
      ...hostField(host === null ? [] : [host]),
      text:
        `garbage collection stopped a worker ${host === null ? "" : `on host ${host} `}for ${seconds(paused)} of ${seconds(overSeconds)} ` +
        `(${percent(ratio)}), ${seconds(longest)} at a time: ` +
        (ratio < pausedRatio
          ? "the longest response times may be the load generator's"
          : "response times from p99 up may be the load generator's"),
      evidence: {
        pausedSeconds: paused,
        longestPauseSeconds: longest,
        pausesCount: count,
        overSeconds,
      },
      todo: lessGarbage,
    },
  ];
}
