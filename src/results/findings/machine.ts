import { adviceOf } from "./advice.ts";
import { cpusText, type Finding, percent, seconds } from "./finding.ts";
import { hostField } from "./hosts.ts";
import { clientsOf, type Measures, starved } from "./measures.ts";

/** Portion of steady state that each worker may wait for a CPU before it is reported. */
const waitingRatio = 0.1;

/** A hundredth of the time affects one message in a hundred, the p99; a tenth affects nearly all of a burst. */
const stolenRatio = 0.01;
const muchStolenRatio = 0.05;
const throttledRatio = 0.01;
const muchThrottledRatio = 0.1;

/**
 * Of all CPUs' time: a tenth is more than an idle desktop uses. With half of them idle the scheduler can
 * separate the programs; with hardly one idle, others take CPU time from the run.
 */
const othersRatio = 0.1;
const roomRatio = 0.5;
const idleRatio = 0.2;
const muchOthersRatio = 0.25;

/** With less idle than this, no program could have had more. */
const fullIdleRatio = 0.05;

/** Findings where the machine was noisy, or simply full. Pure. */
export function machineFindings(measures: Measures): Finding[] {
  const noise = [
    ...waiting(measures),
    ...stolen(measures),
    ...throttled(measures),
    ...others(measures),
  ];
  return noise.length > 0 ? noise : full(measures);
}

/** Clients that wait are late; a server that waits is slow: neither is the cause. */
function waiting(measures: Measures): Finding[] {
  const { servers } = measures;
  const waited = clientsOf(measures)
    .flatMap(({ cpu, workers, host }) =>
      cpu === null ||
      cpu.waitedSeconds === null ||
      cpu.waitedSeconds < waitingRatio * cpu.overSeconds * workers
        ? []
        : [{ ...cpu, waitedSeconds: cpu.waitedSeconds, workers, host }],
    )
    .sort((a, b) => b.waitedSeconds - a.waitedSeconds);
  const clients = waited[0] ?? null;
  const slowed = servers.flatMap(({ name, steadyCpu }) => {
    const waited = steadyCpu?.busiestThreadWaitedSeconds ?? 0;
    return steadyCpu === null || waited < waitingRatio * steadyCpu.overSeconds
      ? []
      : [{ name, waited, over: steadyCpu.overSeconds }];
  });
  if (clients === null && slowed.length === 0) return [];
  const who = [
    ...waited.map(
      ({ waitedSeconds, overSeconds, workers, host }) =>
        `the clients${host === null ? "" : ` on host ${host}`} had none for ${seconds(waitedSeconds)} of ${seconds(overSeconds)}` +
        `${workers > 1 ? ` (all ${workers} workers together)` : ""}`,
    ),
    ...slowed.map(
      ({ name, waited, over }) =>
        `the busiest thread of server ${name} had none for ${seconds(waited)} of ${seconds(over)}`,
    ),
  ];
  return [
    {
      about: "machine",
      severity: waited.some(starved) ? "severe" : "warning",
      code: "machine.waiting",
      subject: null,
      ...(slowed.length > 0 ? {} : hostField(waited.flatMap(({ host }) => host ?? []))),
      text: `threads were ready to run and had no CPU: ${who.join(", ")}; this waiting is included in every latency`,
      evidence: {
        ...(clients === null
          ? {}
          : {
              waitedSeconds: clients.waitedSeconds,
              ranSeconds: clients.userSeconds + clients.systemSeconds,
              overSeconds: clients.overSeconds,
            }),
        ...(slowed.length === 0
          ? {}
          : { serverWaitedSeconds: Math.max(...slowed.map(({ waited }) => waited)) }),
      },
      todo: adviceOf(measures, []).lessCrowd,
    },
  ];
}

function stolen({ run: { machine }, hosts }: Measures): Finding[] {
  if (machine === null || machine.stealSeconds === null) return [];
  const { stealSeconds, overSeconds, cpus } = machine;
  const ratio = stealSeconds / (overSeconds * cpus);
  if (ratio < stolenRatio) return [];
  return [
    {
      about: "machine",
      severity: ratio < muchStolenRatio ? "warning" : "severe",
      code: "machine.steal",
      subject: null,
      text:
        `the hypervisor gave ${percent(ratio)} of ${hosts.length === 0 ? "this" : "the coordinator's"} machine's CPU time to other machines ` +
        `(${seconds(stealSeconds)} of ${seconds(overSeconds * cpus)}): ${hosts.length === 0 ? "clients and servers" : "its servers"} were paused meanwhile`,
      evidence: { stealSeconds, overSeconds, cpusCount: cpus },
      todo: "use a machine with dedicated CPUs, or repeat the run and compare many: one alone proves little",
    },
  ];
}

function throttled({ run: { machine }, hosts }: Measures): Finding[] {
  if (machine === null || machine.throttledSeconds === null) return [];
  const { throttledSeconds, throttledPeriods, overSeconds } = machine;
  const ratio = throttledSeconds / overSeconds;
  if (ratio < throttledRatio) return [];
  return [
    {
      about: "machine",
      severity: ratio < muchThrottledRatio ? "warning" : "severe",
      code: "machine.throttled",
      subject: null,
      text:
        `the control group's CPU quota ${hosts.length === 0 ? "" : "on the coordinator's machine "}was used up ${throttledPeriods ?? 0} times, and its processes were paused ` +
        `for ${seconds(throttledSeconds)} of ${seconds(overSeconds)}`,
      evidence: { throttledSeconds, throttledPeriodsCount: throttledPeriods ?? 0, overSeconds },
      todo: "raise the container's CPU limit (cpu.max), or lower the rate; pauses of up to 100 ms come from the quota",
    },
  ];
}

/** A server that slash8 did not start counts among the other programs: then they are expected. */
function others({ run: { machine }, servers, hosts }: Measures): Finding[] {
  if (machine === null || machine.othersSeconds === null) return [];
  const { othersSeconds, overSeconds, cpus, idleSeconds, loadBefore } = machine;
  const ratio = othersSeconds / (overSeconds * cpus);
  if (ratio < othersRatio) return [];
  const isExternal = servers.some(({ kind }) => kind === "external");
  const idle = idleSeconds === null ? null : idleSeconds / (overSeconds * cpus);
  const hasRoom = isExternal || (idle !== null && idle >= roomRatio);
  const isFull = idle !== null && idle < idleRatio && ratio >= muchOthersRatio;
  const named = machine.busiestOthers;
  const names = named.map(
    ({ name, pid, cpuSeconds }) => `${name} (pid ${pid}) ${cpusText(cpuSeconds, overSeconds)}`,
  );
  const namedSeconds = named.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
  const unnamed =
    namedSeconds < othersSeconds / 2 ? ["many with less, short-lived or not visible"] : [];
  const who = names.length === 0 ? "" : `: ${[...names, ...unnamed].join(", ")}`;
  const severity = hasRoom ? "info" : isFull ? "severe" : "warning";
  return [
    {
      about: "machine",
      severity,
      code: "machine.others",
      subject: null,
      text:
        `other programs used ${cpusText(othersSeconds, overSeconds)} of ${cpus} CPUs ${hosts.length === 0 ? "" : "of the coordinator's machine "}in steady state${who}` +
        (isExternal ? "; a server that slash8 did not start is among them" : ""),
      evidence: {
        othersSeconds,
        ...(idleSeconds === null ? {} : { idleSeconds }),
        overSeconds,
        cpusCount: cpus,
        ...(loadBefore === null ? {} : { loadAverageBefore: loadBefore }),
      },
      todo: "end them, or repeat the run and compare many: what they take differs from run to run",
    },
  ];
}

/** No other programs and no idle CPU: clients and servers competed for CPUs. */
function full({
  run: {
    machine,
    generator: { cpu },
  },
  servers,
  hosts,
}: Measures): Finding[] {
  if (machine === null || machine.idleSeconds === null) return [];
  const { idleSeconds, overSeconds, cpus } = machine;
  if (idleSeconds >= fullIdleRatio * overSeconds * cpus) return [];
  const isElsewhere = hosts.length > 0;
  const clients = isElsewhere ? 0 : (cpu?.userSeconds ?? 0) + (cpu?.systemSeconds ?? 0);
  const ours = servers.reduce((sum, { steadyCpu }) => sum + (steadyCpu?.cpuSeconds ?? 0), 0);
  return [
    {
      about: "machine",
      severity: "info",
      code: "machine.full",
      subject: null,
      text:
        `all ${cpus} CPUs ${isElsewhere ? "of the coordinator's machine " : ""}were in use, by ` +
        (isElsewhere
          ? `the servers (${cpusText(ours, overSeconds)}) alone: with more CPUs they could do more`
          : `the clients (${cpusText(clients, overSeconds)}) and the servers (${cpusText(ours, overSeconds)}) alone: with more CPUs both could do more`),
      evidence: {
        idleSeconds,
        clientsSeconds: clients,
        serversSeconds: ours,
        overSeconds,
        cpusCount: cpus,
      },
      todo: "use a machine with more CPUs, or compare with runs on this machine alone",
    },
  ];
}
