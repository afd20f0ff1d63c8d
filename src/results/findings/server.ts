import { formatCount } from "../../base/units.ts";
import { cpusText, type Finding, percent, seconds } from "./finding.ts";
import type { Measures, ServerMeasures, WorkloadMeasures } from "./measures.ts";

/** A thread that ran, or wanted to, for so much of the time has no room for more. */
const busyThreadShare = 0.9;

/** One that ran for less was kept from it by others: machine.waiting tells that. */
const ownShare = 0.25;

/** All CPUs of the machine, less what sampling at ticks of 10 ms may miss. */
const fullShare = 0.9;

/** Clients that found every connection waiting for so much of what was offered: more than chance. */
const waitingShare = 0.01;

/** Where a server was the limit. Pure. */
export function serverFindings(measures: Measures): Finding[] {
  const full = measures.servers.flatMap((server) => atItsLimit(server, measures));
  const named = new Set(full.map(({ server }) => server));
  return [
    ...full.map(({ finding }) => finding),
    ...measures.workloads.flatMap((workload) =>
      workload.server !== null && named.has(workload.server) ? [] : keptWaiting(workload, measures),
    ),
  ];
}

function atItsLimit(
  { name, steadyCpu }: ServerMeasures,
  { cpus }: Measures,
): { server: string; finding: Finding }[] {
  if (steadyCpu === null || steadyCpu.overSeconds <= 0) return [];
  const { cpuSeconds, busiestThreadSeconds, busiestThreadWaitedSeconds, overSeconds } = steadyCpu;
  const thread = busiestThreadSeconds ?? 0;
  const waited = busiestThreadWaitedSeconds ?? 0;
  const byThread =
    thread + waited >= busyThreadShare * overSeconds && thread >= ownShare * overSeconds;
  const byMachine = cpuSeconds >= fullShare * cpus * overSeconds;
  if (!byThread && !byMachine) return [];
  const how = byMachine
    ? `it used ${cpusText(cpuSeconds, overSeconds)} of ${cpus} CPUs`
    : `one of its threads ran for ${percent(thread / overSeconds)} of steady state` +
      (waited >= 0.05 * overSeconds
        ? ` and waited ${percent(waited / overSeconds)} for a CPU`
        : "") +
      `, all together used ${cpusText(cpuSeconds, overSeconds)} of ${cpus} CPUs`;
  const finding: Finding = {
    about: "server",
    severity: "info",
    code: "server.cpu",
    subject: name,
    text: `server ${name} was at its limit: ${how}`,
    evidence: {
      cpuSeconds,
      ...(busiestThreadSeconds === null ? {} : { busiestThreadSeconds }),
      ...(busiestThreadWaitedSeconds === null ? {} : { busiestThreadWaitedSeconds }),
      overSeconds,
    },
    todo:
      "this rate is what it can do; for latencies of everyday use lower the rate, for more give it " +
      (byMachine ? "more CPUs" : "more threads or processes, or profile that thread"),
  };
  return [{ server: name, finding }];
}

/** The clients were on time and had room, and the replies did not come: the server waits for something. */
function keptWaiting(
  { name, server, model, offered, sent, blocked, timedOut }: WorkloadMeasures,
  { servers, run }: Measures,
): Finding[] {
  if (model !== "open" || offered === 0) return [];
  const waiting = blocked / offered;
  const lost = sent === 0 ? 0 : timedOut / sent;
  if (waiting < waitingShare && lost < waitingShare) return [];
  const what = server === null ? "the target" : `server ${server}`;
  const cpu = servers.find((one) => one.name === server)?.steadyCpu ?? null;
  const used =
    cpu === null || cpu.overSeconds <= 0
      ? ""
      : `; it used ${cpusText(cpu.cpuSeconds, cpu.overSeconds)} CPUs, so it waits for something else (a lock, a disk, a delay)`;
  const how =
    waiting >= waitingShare
      ? `${percent(waiting)} of what was offered found every connection waiting for a reply`
      : `${percent(lost)} of what was sent got no reply in time`;
  const over = run.clientCpu === null ? "" : ` in ${seconds(run.clientCpu.overSeconds)}`;
  return [
    {
      about: "server",
      severity: "info",
      code: "server.waits",
      subject: name,
      text: `${what} was the limit of ${name}: ${how} (${formatCount(waiting >= waitingShare ? blocked : timedOut)}${over})${used}`,
      evidence: {
        offeredCount: offered,
        blockedCount: blocked,
        timedOutCount: timedOut,
        ...(cpu === null ? {} : { cpuSeconds: cpu.cpuSeconds, overSeconds: cpu.overSeconds }),
      },
      todo:
        waiting >= waitingShare
          ? "raise connections or inFlight to see how its latency grows, or lower the rate"
          : "lower the rate until nothing times out, or find out what it loses",
    },
  ];
}
