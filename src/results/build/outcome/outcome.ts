/**
 * Decides the outcome of a run.
 *
 *     | order | what                                                      | outcome     |
 *     | ----- | --------------------------------------------------------- | ----------- |
 *     | 1     | the user ended it                                         | interrupted |
 *     | 2     | an agent or worker exited, a gate had no data, or the     | invalid     |
 *     |       | generator sent less than 99 % of what was offered         |             |
 *     | 3     | a gate failed, a server or receivers exited during the    | fail        |
 *     |       | run, a contrast did not reach exactly one receiver, or    |             |
 *     |       | nothing of a workload succeeded (nothing-succeeded.ts)    |             |
 *     | 4     | a gate was inconclusive: pauses of the load generator, or | invalid     |
 *     |       | a busy machine, may have brought about what it measured   |             |
 *     | 5     | no connection could be opened, less than 99 % was sent as | invalid     |
 *     |       | the target kept every connection waiting or had closed    |             |
 *     |       | them (unless `expectClose`), or a workload had nothing to |             |
 *     |       | do or made less than the exchanges it was to make         |             |
 *     | 6     | else                                                      | pass        |
 *
 * A run that a gate with `abort` ended early fails, unless the generator makes it invalid: what had not been reached by
 * then, and gates without data, are no reasons.
 *
 * A gate that fails in 3 fails without what was disturbed, too (gates/evaluate.ts), so it is valid beside one that is
 * inconclusive. In 5 the target was the limit, not the generator, so a failed gate is valid; but what was not sent
 * was not measured, so a pass is not.
 */
import { formatCount, formatDuration, formatRate } from "../../../base/units.ts";
import { metricsOf } from "../../../gates/gate.ts";
import {
  abandonedCode,
  inPhase,
  isConnectTimeOut,
  isTimeOut,
  type Phase,
  phase,
} from "../../../metrics/snapshot.ts";
import { patterns } from "../../../scenario/patterns.ts";
import { slowText } from "../../../scenario/slow.ts";
import { percent } from "../../findings/finding.ts";
import { pauseText } from "../../findings/generator.ts";
import { starved } from "../../findings/measures.ts";
import { runAgain } from "../../findings/run-again.ts";
import { formatValue } from "../../format-value.ts";
import type { GateOutcome, InvalidBy, Outcome } from "../../result.ts";
import { contrastOf } from "../broadcast-result.ts";
import { creditedFigures, lostDeliveries, wholeDisturbed } from "../disturbed-figures.ts";
import { endedByTarget, steadySeconds, wholeCounted } from "../figures.ts";
import type { ResultInput, WorkloadData } from "../input.ts";
import { pauserOf } from "../pausers.ts";
import { nothingSucceeded } from "./nothing-succeeded.ts";

/** Portion of the offered exchanges that an open model must have sent. */
const enough = 0.99;

/**
 * Judges a run by the table above.
 *
 * @param gates already evaluated
 * @param meantToFail workloads of which nothing is to succeed: a gate says so, and holds
 * @returns     the outcome, who made it invalid, and all reasons, also for what else went wrong, for people
 */
export function judgeRun(
  input: ResultInput,
  workloads: readonly WorkloadData[],
  gates: readonly GateOutcome[],
  meantToFail: ReadonlySet<string> = new Set(),
): { outcome: Outcome; reasons: string[]; invalidBy: InvalidBy | null } {
  const successful = workloads.filter(({ plan }) => !meantToFail.has(plan.name));
  const contrasts = workloads.flatMap(contrastFailed);
  const nothing = workloads
    .map((data) => ({ data, reasons: nothingSucceeded(data) }))
    .filter(({ reasons }) => reasons.length > 0)
    .map(({ data, reasons }) => ({ data, reasons, excused: isExcused(data) }));
  const unmeant = nothing.filter(({ data }) => successful.includes(data));
  const { earlyEnd, startNs } = input.run;
  const failed = [
    ...(earlyEnd === null ? [] : [endedEarly(earlyEnd, startNs)]),
    ...input.serverEnds,
    ...contrasts.filter(({ excused }) => !excused).map(({ reason }) => reason),
    ...unmeant.filter(({ excused }) => !excused).flatMap(({ reasons }) => reasons),
    ...gates
      .filter(({ verdict }, index) => verdict === "fail" && index !== earlyEnd?.gate)
      .map(({ expression, actual, unit }) => {
        return `gate failed: ${expression} (it was ${formatValue(actual, unit)})`;
      }),
  ];
  const disturbance = longestDisturbance(input, workloads, "steady");
  const inAll = longestDisturbance(input, workloads, "connect") ?? disturbance;
  const isStarved = starved(input.run.generator.cpu);
  const shortfalls = workloads.flatMap((data) =>
    shortfallOf(data, isStarved, input).map((found) => ({ ...found, data })),
  );
  const exits = [...hostsLost(input), ...workersExited(input)];
  const noData = gates
    .filter((gate) => gate.verdict === "noData" && !isOfFailed(gate, input, unmeant))
    .map(({ expression, actual }) => {
      const why = actual === null ? "none of its metrics were measured" : "its limit has no data";
      return `gate without data: ${expression}; ${why}`;
    });
  const short = shortfalls.filter(({ by }) => by === "generator").map(({ reason }) => reason);
  // Where nothing succeeded that is said instead: that nothing was opened or sent, or less of it, is no news then.
  const others = workloads.filter((data) => nothing.every((one) => one.data !== data));
  const unopened = others.flatMap((data) => nothingOpened(data, input.workerExits));
  const generator = [...exits, ...noData, ...short];
  const inconclusive = gates.filter(({ verdict }) => verdict === "inconclusive");
  const doubts = [
    ...inconclusive.map((gate) =>
      inconclusiveReason(gate, isOfConnecting(gate, input) ? inAll : disturbance, input),
    ),
    ...shortfalls
      .filter(({ by, data }) => by === "disturbance" && others.includes(data))
      .map(({ reason }) => `${reason}: ${disturbedBy(disturbance, input)}`),
    ...unmeant
      .filter(({ excused }) => excused)
      .flatMap(({ reasons }) => reasons)
      .map((reason) => `${reason}; ${disturbedBy(inAll, input)}, which may be why`),
    ...contrasts
      .filter(({ excused }) => excused)
      .map(({ reason }) => `${reason}; ${disturbedBy(disturbance, input)}, which may be why`),
  ];
  const target = [
    ...shortfalls
      .filter(({ by, data }) => by === "target" && others.includes(data))
      .map(({ reason }) => reason),
    ...workloads.flatMap(tooFewExchanges),
  ];
  // Who was interrupted, or lost the workers that were to send, knows why nothing was.
  const hasTime = !input.run.interrupted && exits.length === 0;
  const idle = hasTime ? others.flatMap(nothingSent) : [];
  const reasons = [...generator, ...failed, ...doubts, ...unopened, ...target, ...idle];
  if (earlyEnd !== null && !input.run.interrupted && exits.length + short.length === 0) {
    return { outcome: "fail", reasons: failed, invalidBy: null };
  }
  if (input.run.interrupted) {
    const after = formatDuration(input.run.durationNs);
    return {
      outcome: "interrupted",
      reasons: [`interrupted after ${after}; what was measured until then is written`, ...reasons],
      invalidBy: null,
    };
  }
  if (generator.length > 0) {
    const invalidBy =
      exits.length > 0 || (short.length > 0 && !isStarved)
        ? "generator"
        : short.length > 0
          ? "machine"
          : "data";
    return { outcome: "invalid", reasons, invalidBy };
  }
  if (failed.length > 0) return { outcome: "fail", reasons, invalidBy: null };
  if (doubts.length > 0) {
    return { outcome: "invalid", reasons, invalidBy: (disturbance ?? inAll)?.by ?? "generator" };
  }
  if (unopened.length > 0) return { outcome: "invalid", reasons, invalidBy: "generator" };
  if (target.length > 0) return { outcome: "invalid", reasons, invalidBy: "target" };
  if (idle.length > 0) return { outcome: "invalid", reasons, invalidBy: "data" };
  return { outcome: "pass", reasons, invalidBy: null };
}

type WorkerExits = ResultInput["workerExits"];

/** Hosts that were gone before the end, each once, with what was on it. */
function hostsLost({ hosts, plan }: ResultInput): string[] {
  return hosts.flatMap(({ name, lost }) => {
    if (lost === null) return [];
    const workers = workersOf(plan, name);
    return [
      `host ${name} is gone: ${lost}; what its ${namesOfWorkers(workers)} had not reported yet is missing`,
    ];
  });
}

/** Those of a lost host are said with it. */
function workersExited({ workerExits, hosts, plan }: ResultInput): string[] {
  const gone = new Set(
    hosts.flatMap(({ name, lost }) => (lost === null ? [] : workersOf(plan, name))),
  );
  return exitsByReason(workerExits.filter(({ worker }) => !gone.has(worker))).map(
    ([workers, reason]) =>
      `${namesOfWorkers(workers)} exited: ${reason}; what ${workers.length === 1 ? "it" : "they"} had not reported yet is missing`,
  );
}

function workersOf({ agents }: ResultInput["plan"], host: string): readonly number[] {
  return agents.filter((agent) => agent.host === host).flatMap(({ workers }) => workers);
}

/** Workers whose agent exited have one reason. */
function exitsByReason(exits: WorkerExits): (readonly [readonly number[], string])[] {
  const byReason = new Map<string, number[]>();
  for (const { worker, reason } of exits) {
    byReason.set(reason, [...(byReason.get(reason) ?? []), worker]);
  }
  return [...byReason].map(([reason, workers]) => [workers, reason]);
}

/** "worker 3", "workers 0, 2, 4", or of many "workers 0, 1, 2 and 97 more". */
export function namesOfWorkers(workers: readonly number[]): string {
  const shown = workers.length > 6 ? workers.slice(0, 3) : workers;
  const left = workers.length - shown.length;
  const more = left > 0 ? ` and ${formatCount(left)} more` : "";
  return `${workers.length === 1 ? "worker" : "workers"} ${shown.join(", ")}${more}`;
}

/** The longest disturbance of steady state, or from the first attempt to connect on, over all workloads. */
function longestDisturbance(
  { run }: ResultInput,
  workloads: readonly WorkloadData[],
  from: "steady" | "connect",
) {
  const runEndNs = run.startNs + run.durationNs;
  const known = workloads.flatMap(({ times: { openNs, steadyNs, endNs } }) => {
    if (from === "connect")
      return openNs === null ? [] : [{ fromNs: openNs, toNs: endNs ?? runEndNs }];
    return steadyNs === null || endNs === null ? [] : [{ fromNs: steadyNs, toNs: endNs }];
  });
  const fromNs = Math.min(...known.map((one) => one.fromNs));
  const toNs = Math.max(...known.map((one) => one.toNs));
  return run.disturbances.longest(fromNs, toNs);
}

function endedEarly(
  { result, atNs }: NonNullable<ResultInput["run"]["earlyEnd"]>,
  startNs: number,
): string {
  const { expression, actual, unit } = result;
  const after = formatDuration(atNs - startNs);
  return `ended early, after ${after}, by gate ${expression} (it was ${formatValue(actual, unit)}); what was measured until then is written`;
}

/** Whether a gate has no data because nothing of its workloads succeeded, which has made the run fail. */
function isOfFailed(
  { expression }: GateOutcome,
  { gates }: ResultInput,
  nothing: readonly { readonly data: WorkloadData; readonly excused: boolean }[],
): boolean {
  const gate = gates.find((one) => one.gate.expression === expression)?.gate;
  return (
    gate !== undefined &&
    metricsOf(gate).every(
      (ref) =>
        "workload" in ref &&
        nothing.some(({ data, excused }) => !excused && data.plan.name === ref.workload),
    )
  );
}

/** Connections are opened before steady state, too. */
function isOfConnecting({ expression }: GateOutcome, { gates }: ResultInput): boolean {
  const gate = gates.find((one) => one.gate.expression === expression)?.gate;
  return (
    gate !== undefined && metricsOf(gate).some(({ metric }) => /^(connect|tlsTime)/.test(metric))
  );
}

/** Where every failure is a time-out of which half or more was lost, nobody knows whether anything could have succeeded. */
function isExcused({ accumulator, undisturbed }: WorkloadData): boolean {
  const failures = accumulator.total.errors.filter(
    ({ side, phase: name, code }) =>
      side === "target" && name !== "warmUp" && code !== abandonedCode,
  );
  if (failures.length === 0) return false;
  if (failures.some(({ code }) => !isTimeOut(code) && !isConnectTimeOut(code))) return false;
  return undisturbed.part().excused >= failures.reduce((sum, { count }) => sum + count, 0);
}

function inconclusiveReason(
  { expression, actual, unit, undisturbed }: GateOutcome,
  disturbance: ReturnType<typeof longestDisturbance>,
  input: ResultInput,
): string {
  const ratio = undisturbed?.ratio ?? 1;
  const rest =
    undisturbed === null || undisturbed === undefined || ratio >= 1
      ? ""
      : ratio <= 0
        ? "; nothing of it was undisturbed"
        : `; ${formatValue(undisturbed.actual, unit)} over the ${percent(ratio)} that nothing disturbed`;
  return (
    `gate inconclusive: ${expression} (it was ${formatValue(actual, unit)}${rest}): ${disturbedBy(disturbance, input)}, ` +
    `which may be why; this says nothing about the server: ${runAgain(input.run.attempt)}`
  );
}

function disturbedBy(
  disturbance: ReturnType<typeof longestDisturbance>,
  { plan, run: { startNs } }: ResultInput,
): string {
  if (disturbance === null) return "the load generator was disturbed";
  const { by, pause, ns } = disturbance;
  if (by === "machine") {
    const howOften = ns > 1e9 ? "at a time" : "in a second";
    return `the machine kept clients or servers from running for up to ${formatDuration(ns)} ${howOften}`;
  }
  if (pause === null) return "a worker or receivers of the load generator had no time to spare";
  const host = plan.agents.find(({ workers }) => workers.includes(pause.worker))?.host ?? null;
  return pauseText(
    { ...pauserOf(plan, pause.worker), host },
    pause.fromNs - startNs,
    pause.toNs - pause.fromNs,
    pause.cause,
  );
}

/** Whether messages that are sent by a clock fell short of their rate, and who was the limit. */
function shortfallOf(
  data: WorkloadData,
  isStarved: boolean,
  input: ResultInput,
): { by: "generator" | "target" | "disturbance"; reason: string }[] {
  const { name } = data.plan;
  const { counters } = data.accumulator.total;
  const offered = inPhase(counters, phase.steady, "offered");
  const sent = begunInSteady(data);
  const unsent = inPhase(counters, phase.steady, "unsent");
  // Without arrivals there is a clock too: that of the verifying round and the heartbeats.
  const { load, pattern } = data.workload;
  const byClock = load.model === "open" || !patterns[pattern].hasArrivals;
  if (!byClock || sent >= enough * offered) return [];
  const seconds = steadySeconds(data);
  const rates =
    seconds === null
      ? `${formatCount(sent)} of ${formatCount(offered)} exchanges`
      : `${formatRate(sent / seconds)} of ${formatRate(offered / seconds)} offered`;
  const ratio = ((100 * sent) / offered).toFixed(1);
  if (sent + unsent >= enough * offered) {
    const allEnded = endedByTarget(data)?.left === 0;
    // What may be closed owes no heartbeats.
    if (allEnded && data.workload.expectClose) return [];
    const disturbed = wholeDisturbed(data, input.run.disturbances);
    const credited = creditedFigures(data, wholeCounted(data), disturbed)["exchanges.unsent"];
    if (!allEnded && offered - (credited ?? 0) >= enough * offered) {
      return [
        {
          by: "disturbance",
          reason: `${name}: only ${rates} was sent (${ratio} %), as every connection was waiting, which may be because of a disturbance`,
        },
      ];
    }
    const { slow } = data.workload;
    if (slow !== null && !allEnded) {
      return [
        {
          by: "generator",
          reason:
            `${name}: only ${rates} was sent (${ratio} %), as every connection was busy, and its clients are slow on purpose ` +
            `(${slowText(slow)}); raise connections, or lower the rate`,
        },
      ];
    }
    return [
      {
        by: "target",
        reason: `${name}: only ${rates} was sent (${ratio} %), as ${waitedFor(data)}`,
      },
    ];
  }
  const why = isStarved
    ? "other programs had the CPUs; end them, use a machine with more, or lower the rate"
    : "this load generator did not keep up; give it more CPUs, or lower the rate";
  return [
    {
      by: "generator",
      reason: `${name}: only ${rates} was sent (${ratio} %), as ${laggingHosts(data, input) ?? why}`,
    },
  ];
}

/** Of a run over hosts, which of them sent less than their part, and what to do; null: it is not, or none did. */
function laggingHosts({ plan: { index } }: WorkloadData, { hosts }: ResultInput): string | null {
  const lagging = hosts.flatMap(({ name, totals, cpu }) => {
    const counters = totals[index]?.counters;
    if (counters === undefined) return [];
    const [offered, sent, unsent] = (["offered", "sent", "unsent"] as const).map((which) =>
      inPhase(counters, phase.steady, which),
    ) as [number, number, number];
    return sent + unsent >= enough * offered
      ? []
      : [{ text: `${name} (${percent(sent / offered)} of its part)`, isStarved: starved(cpu) }];
  });
  if (lagging.length === 0) return null;
  const which = lagging.length === 1 ? "host" : "hosts";
  const names = lagging.map(({ text }) => text).join(", ");
  return lagging.every((host) => host.isStarved)
    ? `other programs had the CPUs of ${which} ${names}; end them there, use more hosts, or lower the rate`
    : `${which} ${names} did not keep up; use more hosts, or lower the rate`;
}

/** Why what was due found no connection, and what to do. */
function waitedFor(data: WorkloadData): string {
  if (data.accumulator.count("opened") === 0) return "none of its connections was ever open";
  const ended = endedByTarget(data);
  if (ended === null) {
    return "every connection was waiting for the target; raise connections or inFlight, or lower the rate";
  }
  const opened = formatCount(data.accumulator.count("opened"));
  const others = ended.left === 0 ? "" : " and the others were waiting for it";
  return (
    `the target had closed ${formatCount(ended.ended)} of ${opened} connections${others}; ` +
    "set reconnect: true to have them opened again"
  );
}

/** Exchanges sent in steady state or, where churn has none, connections tried. */
function begunInSteady({ accumulator, workload }: WorkloadData): number {
  const { counters } = accumulator.total;
  if (patterns[workload.pattern].opensUpFront || workload.exchangesPerConnection > 0) {
    return inPhase(counters, phase.steady, "sent");
  }
  // Attempts are counted once they have ended: those of the last moments in the drain.
  const cameOut = (at: Phase) => inPhase(counters, at, "opened") + inPhase(counters, at, "failed");
  return cameOut(phase.steady) + cameOut(phase.drain);
}

/** A run must not pass where a workload measured nothing, even if no gate covers it. */
function nothingOpened(
  { accumulator, plan }: WorkloadData,
  workerExits: readonly { readonly worker: number }[],
): string[] {
  if (accumulator.count("opened") > 0) return [];
  const planned = plan.portions.reduce((sum, { connections }) => sum + connections, 0);
  const exited = plan.portions.filter((portion) =>
    workerExits.some(({ worker }) => worker === portion.worker),
  );
  const { errors } = accumulator.total;
  if (accumulator.count("failed") === 0 && errors.length === 0 && exited.length > 0) {
    const who = namesOfWorkers(exited.map(({ worker }) => worker));
    return [
      `${plan.name}: how many of ${formatCount(planned)} connections were opened is unknown, as ` +
        `${who} exited before the first report`,
    ];
  }
  const codes = new Set(errors.map(({ code }) => code));
  const why = codes.size === 0 ? "" : ` (${[...codes].join(", ")})`;
  return [`${plan.name}: none of ${formatCount(planned)} connections could be opened${why}`];
}

/** As `nothingOpened`: there are no samples of steady state. */
function nothingSent(data: WorkloadData): string[] {
  const { accumulator, plan, workload } = data;
  if (accumulator.count("opened") === 0 || !patterns[workload.pattern].hasArrivals) return [];
  if (begunInSteady(data) > 0) return [];
  return [
    `${plan.name}: nothing was sent in steady state, as nothing was due; raise the rate or the duration`,
  ];
}

/**
 * What is sent to one address of several receivers must reach exactly one of them. Where no more than one got some, and
 * the rest may have been lost while it or the sender was kept from running, nothing is known.
 */
function contrastFailed(data: WorkloadData): { reason: string; excused: boolean }[] {
  const { accumulator, broadcast, plan, workload } = data;
  if (broadcast === null || workload.broadcast === null) return [];
  const sent = accumulator.count("sent");
  const address = plan.endpoints[0]?.address ?? "";
  const contrast = contrastOf(workload.broadcast, broadcast, address, sent);
  if (contrast === null || contrast.verdict === "pass") return [];
  const most = Math.max(0, ...broadcast.receivers.map(({ received }) => received));
  const excused = contrast.receiversReached <= 1 && (lostDeliveries(data) ?? 0) >= sent - most;
  return [
    {
      excused,
      reason:
        `${plan.name}: exactly one receiver should have got all ${formatCount(sent)} datagrams sent to ${address}; ` +
        `${formatCount(contrast.receiversReached)} got some, ${formatCount(most)} at most`,
    },
  ];
}

/** A closed model with a given number of exchanges and no duration that ended before it had made them. */
function tooFewExchanges({ accumulator, plan, workload }: WorkloadData): string[] {
  const { load, durationNs } = workload;
  if (load.model === "open" || load.exchanges === null || durationNs !== null) return [];
  const sent = accumulator.count("sent");
  if (sent >= load.exchanges) return [];
  const [made, wanted] = [formatCount(sent), formatCount(load.exchanges)];
  return [`${plan.name}: only ${made} of ${wanted} exchanges could be sent`];
}
