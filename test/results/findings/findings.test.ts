import { describe, expect, it, test } from "vitest";
import {
  type FindingCode,
  findingCodes,
  type Severity,
} from "../../../src/results/findings/finding.ts";
import { findingsOf } from "../../../src/results/findings/findings.ts";
import type {
  GateMeasures,
  Measures,
  TcpMeasures,
  WorkloadMeasures,
} from "../../../src/results/findings/measures.ts";
import type {
  GeneratorCpu,
  MachineUse,
  PauseResult,
  WorkerUse,
} from "../../../src/results/result.ts";
import type { SteadyCpu } from "../../../src/results/server-result.ts";

const generatorCpu: GeneratorCpu = {
  userSeconds: 2,
  systemSeconds: 1,
  waitedSeconds: 0.1,
  overSeconds: 10,
};

const worker: WorkerUse = {
  worker: 0,
  busyRatio: 0.3,
  waitedRatio: 0.01,
  gcPauses: 5,
  gcSeconds: 0.01,
  gcLongestSeconds: 0.003,
};

const machine: MachineUse = {
  cpus: 4,
  overSeconds: 10,
  idleSeconds: 30,
  stealSeconds: 0.1,
  othersSeconds: 1,
  busiestOthers: [],
  throttledPeriods: 0,
  throttledSeconds: 0,
  loadBefore: 0.5,
};

const steadyCpu: SteadyCpu = {
  cpuSeconds: 4,
  busiestThreadSeconds: 3,
  busiestThreadWaitedSeconds: 0.1,
  overSeconds: 10,
};

const tcp: TcpMeasures = {
  busyMs: 1000,
  receiveWindowLimitedMs: 49,
  sendBufferLimitedMs: 49,
  retransmits: 0,
  segmentsSent: 10_000,
  slowest: [],
  isLoopback: true,
};

const workload: WorkloadMeasures = {
  name: "chat",
  slow: null,
  server: "echo",
  pattern: "request",
  model: "open",
  offered: 10_000,
  sent: 10_000,
  timedOut: 0,
  allEnded: false,
  unsent: 0,
  offeredInSteady: 10_000,
  steadySeconds: 10,
  responseTimeP99: 4e6,
  responseTimeMax: 20e6,
  serviceTimeP99: 3e6,
  generatorLagP99: 0.1e6,
  slowWakeUp: null,
  steady: { fromMs: 2000, toMs: 12_000 },
  undisturbed: {
    ratio: 1,
    timedOut: 0,
    responseTimeP99: 4e6,
    serviceTimeP99: 3e6,
    serviceTimeP50: 1e6,
    generatorLagP99: 0.1e6,
  },
  silence: null,
  oneWay: null,
  tcp: null,
};

/** The undisturbed figures are those of all, unless they are given. */
function workloadWith(changes: Partial<WorkloadMeasures> = {}): WorkloadMeasures {
  const all = { ...workload, ...changes };
  const { timedOut, responseTimeP99, serviceTimeP99, generatorLagP99 } = all;
  const same = { timedOut, responseTimeP99, serviceTimeP99, generatorLagP99 };
  return { ...all, undisturbed: { ...all.undisturbed, ...same, ...changes.undisturbed } };
}

interface Changes {
  readonly cpu?: Partial<GeneratorCpu> | null;
  readonly workers?: readonly Partial<WorkerUse>[] | null;
  readonly machine?: Partial<MachineUse> | null;
  readonly workload?: Partial<WorkloadMeasures>;
  readonly server?: Partial<SteadyCpu> | null;
  readonly external?: boolean;
  readonly pauses?: readonly PauseResult[];
  readonly sharedEventLoop?: Measures["run"]["sharedEventLoop"];
  readonly gate?: Partial<GateMeasures>;
  readonly hasFasterIo?: boolean;
  readonly receiveBufferObstacle?: string;
  readonly attempt?: Measures["attempt"];
  readonly hosts?: Measures["hosts"];
}

/** A run of which nothing is to be said, but for the changes. */
const sharedEventLoop = {
  servers: ["echo"],
  overSeconds: 10,
  busyRatio: 0.31,
  coordinatorRatio: 0.002,
  delayP99Ms: 2,
  delayMaxMs: 12,
};

function measures(changes: Changes = {}): Measures {
  const workers = changes.workers === undefined ? [{}] : changes.workers;
  return {
    cpus: 4,
    hasFasterIo: changes.hasFasterIo ?? false,
    attempt: changes.attempt ?? null,
    receiveBufferObstacle: changes.receiveBufferObstacle ?? null,
    run: {
      workers: Math.max(1, workers?.length ?? 1),
      generator: {
        cpu: changes.cpu === null ? null : { ...generatorCpu, ...changes.cpu },
        workers: workers?.map((use, index) => ({ ...worker, worker: index, ...use })) ?? null,
      },
      machine: changes.machine === null ? null : { ...machine, ...changes.machine },
      pauses: changes.pauses ?? [],
      sharedEventLoop: changes.sharedEventLoop ?? null,
    },
    workloads: [workloadWith(changes.workload)],
    hosts: changes.hosts ?? [],
    servers: [
      {
        name: "echo",
        kind: changes.external ? "external" : "builtin",
        steadyCpu: changes.server === null ? null : { ...steadyCpu, ...changes.server },
      },
    ],
    gates:
      changes.gate === undefined
        ? []
        : [
            {
              expression: "chat.responseTime.p99 < 5ms",
              percentile: 99,
              samples: 100,
              isWindow: false,
              ...changes.gate,
            },
          ],
  };
}

const pause = (atMs: number, durationMs: number, cause: PauseResult["cause"]): PauseResult => ({
  worker: 0,
  receivers: null,
  atMs,
  durationMs,
  cause,
});

type Case = readonly [
  what: string,
  changes: Changes,
  code: FindingCode,
  severity: Severity,
  text: string,
];

type HostChanges = Partial<Omit<Measures["hosts"][number], "workloads">> & {
  readonly p99?: number | null;
  readonly lagP99?: number;
  readonly samples?: number;
};

/** Hosts a, b, ... with the workers 0 and 1, 2 and 3, ... */
function hosts(...changes: readonly HostChanges[]): Measures["hosts"] {
  return changes.map(({ p99 = 4e6, lagP99 = 0.1e6, samples = 5_000, ...change }, index) => ({
    name: "abcdefghij"[index] as string,
    cpus: 4,
    workers: [2 * index, 2 * index + 1],
    cpu: generatorCpu,
    clockErrorNs: 20e3,
    workloads: [{ name: "chat", samples, responseTimeP99: p99, generatorLagP99: lagP99 }],
    ...change,
  }));
}

const cases: readonly Case[] = [
  [
    "a host with longer response times than the others",
    { hosts: hosts({}, { p99: 12e6 }, { p99: 3e6 }) },
    "run.hostsDiffer",
    "warning",
    "chat: clients on host b had a p99 of 12.0 ms, 3.0 times that on the others (4.00 ms): the way from there to the target, or the host itself, is slower",
  ],
  [
    "hosts with longer response times than the others",
    { hosts: hosts({ p99: 8e6 }, { p99: 12e6 }, {}, {}, {}) },
    "run.hostsDiffer",
    "warning",
    "chat: clients on hosts b, a had a p99 of up to 12.0 ms, 3.0 times that on the others (4.00 ms)",
  ],
  [
    "times of which the clocks are more than a tenth",
    {
      workload: { oneWay: { errorNs: 40e3, medianNs: { deliveryLatency: 1e6, transitTime: 1e5 } } },
    },
    "run.clockError",
    "info",
    "chat: transitTime begins on one host and ends on another, and the clocks of its hosts may be 40.0 us apart: 40 % of its median of 100 us",
  ],
  [
    "times that would show the clocks",
    {
      workload: {
        oneWay: { errorNs: 300e3, medianNs: { deliveryLatency: null, transitTime: 1e5 } },
      },
    },
    "run.clockError",
    "warning",
    "chat: transitTime is not shown, as the clocks of its hosts may be 300 us apart, which is more than its median of 100 us",
  ],
  [
    "messages that left late",
    { workload: { generatorLagP99: 1e6 } },
    "generator.late",
    "warning",
    "chat: messages left up to 1.00 ms late (p99 of the generator lag), 25 % of the p99 response time of 4.00 ms",
  ],
  [
    "messages that were late more than anything else",
    { workload: { generatorLagP99: 3e6 } },
    "generator.late",
    "severe",
    "75 % of the p99 response time",
  ],
  [
    "replies that were there long before their client",
    { workload: { slowWakeUp: { queuedNs: 0.1e6, wakeUpNs: 3.5e6, wireTimeNs: 0.4e6 } } },
    "generator.wakeUp",
    "severe",
    "chat: of the p99 response time of 4.00 ms, 3.60 ms were this machine's own (90 %): 3.50 ms from when the kernel had the reply until the client was awake, 100 us until",
  ],
  [
    "messages that waited for the kernel",
    { workload: { slowWakeUp: { queuedNs: 1e6, wakeUpNs: 0.2e6, wireTimeNs: 2.8e6 } } },
    "generator.wakeUp",
    "warning",
    "1.20 ms were this machine's own (30 %)",
  ],
  [
    "a worker without time to spare",
    { workers: [{ busyRatio: 0.4 }, { busyRatio: 0.97 }] },
    "generator.busy",
    "warning",
    "1 of 2 workers of the load generator was busy for 97 % of steady state",
  ],
  [
    "the only worker, without time to spare",
    { workers: [{ busyRatio: 0.95 }] },
    "generator.busy",
    "warning",
    "the only worker of the load generator was busy for 95 %",
  ],
  [
    "no worker with time to spare",
    { workers: [{ busyRatio: 0.95 }, { busyRatio: 1 }] },
    "generator.busy",
    "warning",
    "all 2 workers of the load generator were busy for 100 %",
  ],
  [
    "pauses for more than a hundredth of the time",
    { workers: [{ gcSeconds: 0.2 }, {}] },
    "generator.pauses",
    "warning",
    "stopped a worker for 200 ms of 10.0 s (2.0 %), 3.00 ms at a time: response times from p99 up",
  ],
  [
    "a pause as long as the longest response time",
    { workers: [{ gcLongestSeconds: 0.015 }] },
    "generator.pauses",
    "info",
    "15.0 ms at a time: the longest response times may be the load generator's",
  ],
  [
    "a worker that was stopped",
    { pauses: [pause(3000, 1500, "stopped"), pause(6000, 20, "cpu"), pause(100, 1500, "stopped")] },
    "generator.pauses",
    "severe",
    "worker 0 of the load generator paused for 1.50 s, 3.00 s after the start (stopped: it neither ran nor waited for a CPU): latencies of that time",
  ],
  [
    "receivers that were stopped",
    {
      pauses: [
        {
          ...pause(3000, 1500, "stopped"),
          worker: null,
          receivers: { workload: "feed", process: 1, thread: 0 },
        },
      ],
    },
    "generator.pauses",
    "severe",
    "the receivers of feed in process 2 paused for 1.50 s, 3.00 s after the start (stopped: it neither ran nor waited for a CPU): what was late or lost in that time is neither the target's nor the network's",
  ],
  [
    "a worker that paused for a little, and often",
    { pauses: [pause(3000, 60, "input"), pause(4000, 50, "unknown"), pause(4000, 99, "gc")] },
    "generator.pauses",
    "warning",
    "(a flood of input); it paused 2 times, 110 ms in all",
  ],
  [
    "a server of the test itself",
    { sharedEventLoop },
    "server.sharesThread",
    "info",
    "echo shares a thread with slash8's coordinator and the program that called it: its event loop was busy for 31 % of steady state, 0.2 % with slash8's reports, and up to 12.0 ms late (p99 2.00 ms)",
  ],
  [
    "a server of the test itself, with much else to do",
    { sharedEventLoop: { ...sharedEventLoop, busyRatio: 0.97 } },
    "server.sharesThread",
    "warning",
    "busy for 97 % of steady state",
  ],
  [
    "a server that paused",
    { workload: { silence: { atMs: 4000, durationMs: 1250, lostMs: 9, inFlight: 50 } } },
    "server.pauses",
    "info",
    "server echo sent no reply of chat for 1.25 s or more, from 4.00 s after the start on, while 50 exchanges waited for one; the load generator was on time",
  ],
  [
    "a server that paused, beside others",
    { workload: { silence: { atMs: 4000, durationMs: 1250, lostMs: 300, inFlight: 50 } } },
    "server.pauses",
    "info",
    "waited for one; the load generator and the machine account for 300 ms of it at most",
  ],
  [
    "a server's thread that ran all the time",
    { server: { busiestThreadSeconds: 9.7, cpuSeconds: 11 } },
    "server.cpu",
    "info",
    "server echo was at its limit: one of its threads ran for 97 % of steady state, all together used 1.10 of 4 CPUs",
  ],
  [
    "a server's thread that waited for a CPU",
    { server: { busiestThreadWaitedSeconds: 2 } },
    "machine.waiting",
    "warning",
    "no CPU: the busiest thread of server echo had none for 2.00 s of 10.0 s",
  ],
  [
    "a server's thread that ran or wanted to all the time",
    { server: { busiestThreadSeconds: 8.5, busiestThreadWaitedSeconds: 0.9 } },
    "server.cpu",
    "info",
    "ran for 85 % of steady state and waited 9.0 % for a CPU",
  ],
  [
    "a server on all CPUs",
    {
      server: {
        busiestThreadSeconds: null,
        busiestThreadWaitedSeconds: null,
        cpuSeconds: 37,
      },
    },
    "server.cpu",
    "info",
    "it used 3.70 of 4 CPUs",
  ],
  [
    "clients that found every connection waiting",
    { workload: { unsent: 500, sent: 9_500 } },
    "server.waits",
    "info",
    "server echo was the limit of chat: 5.0 % of what was offered found every connection waiting for a reply until the end; it used 0.40 CPUs, so it waits for something else",
  ],
  [
    "replies that did not come in time",
    { workload: { timedOut: 300, server: null } },
    "server.waits",
    "info",
    "the target was the limit of chat: 3.0 % of what was sent got no reply in time",
  ],
  [
    "messages that queued for a connection",
    { workload: { responseTimeP99: 400e6, responseTimeMax: 500e6, serviceTimeP99: 20e6 } },
    "server.waits",
    "info",
    "messages queued for a free connection, as all were waiting for replies: of the p99 response time of 400 ms a reply takes 20.0 ms and the load generator 100 us",
  ],
  [
    "clients that waited for a CPU",
    { cpu: { waitedSeconds: 2 } },
    "machine.waiting",
    "warning",
    "threads were ready to run and had no CPU: the clients had none for 2.00 s of 10.0 s; this waiting is included in every latency",
  ],
  [
    "clients that waited for a CPU longer than they had one",
    { cpu: { waitedSeconds: 5 }, workers: [{}, {}] },
    "machine.waiting",
    "severe",
    "(all 2 workers together)",
  ],
  [
    "a hypervisor that gave CPUs to others",
    { machine: { stealSeconds: 1 } },
    "machine.steal",
    "warning",
    "gave 2.5 % of this machine's CPU time to other machines (1.00 s of 40.0 s)",
  ],
  [
    "a hypervisor that gave many CPUs to others",
    { machine: { stealSeconds: 4 } },
    "machine.steal",
    "severe",
    "gave 10 %",
  ],
  [
    "a quota that was used up",
    { machine: { throttledSeconds: 0.3, throttledPeriods: 6 } },
    "machine.throttled",
    "warning",
    "was used up 6 times, and its processes were paused for 300 ms of 10.0 s",
  ],
  [
    "a quota far too small",
    { machine: { throttledSeconds: 3, throttledPeriods: null } },
    "machine.throttled",
    "severe",
    "3.00 s of 10.0 s",
  ],
  [
    "other programs, on a machine with room for all",
    { machine: { othersSeconds: 12, idleSeconds: 20 } },
    "machine.others",
    "info",
    "other programs used 1.20 of 4 CPUs in steady state",
  ],
  [
    "other programs, by their names",
    {
      machine: {
        othersSeconds: 12,
        idleSeconds: 15,
        busiestOthers: [{ name: "cc1", pid: 77, cpuSeconds: 9 }],
      },
    },
    "machine.others",
    "warning",
    "other programs used 1.20 of 4 CPUs in steady state: cc1 (pid 77) 0.90",
  ],
  [
    "other programs that are many",
    {
      machine: {
        othersSeconds: 12,
        idleSeconds: 15,
        busiestOthers: [{ name: "cc1", pid: 77, cpuSeconds: 1 }],
      },
    },
    "machine.others",
    "warning",
    "cc1 (pid 77) 0.10, many with less, short-lived or not visible",
  ],
  [
    "other programs, and no CPU idle",
    { machine: { othersSeconds: 20, idleSeconds: 2 } },
    "machine.others",
    "severe",
    "other programs used 2.00 of 4 CPUs in steady state",
  ],
  [
    "other programs where the server is one of them",
    { machine: { othersSeconds: 20, idleSeconds: 2 }, external: true },
    "machine.others",
    "info",
    "a server that slash8 did not start is among them",
  ],
  [
    "a full machine",
    { machine: { idleSeconds: 1 } },
    "machine.full",
    "info",
    "all 4 CPUs were in use, by the clients (0.30) and the servers (0.40) alone",
  ],
  [
    "a steady state of a nanosecond",
    { workload: { steadySeconds: 1e-9, offeredInSteady: 1 } },
    "run.short",
    "severe",
    "chat: steady state lasted 1 ns and had 1 exchange: too short for its rates and percentiles to mean anything",
  ],
  [
    "a steady state of a few exchanges",
    { workload: { offeredInSteady: 9 } },
    "run.short",
    "severe",
    "lasted 10.0 s and had 9 exchanges",
  ],
  [
    "a gate on a percentile of too few samples",
    { gate: { percentile: 99.9, samples: 999 } },
    "run.fewSamples",
    "warning",
    "gate chat.responseTime.p99 < 5ms rests on only 999 samples: p99.9 is the longest of them, as one in 1,000 lies above it",
  ],
  [
    "a gate on a percentile of short windows",
    { gate: { samples: 20, isWindow: true } },
    "run.fewSamples",
    "warning",
    "rests on windows of as few as 20 samples: p99 is the longest of them",
  ],
  [
    "clients that are slow on purpose, for which the server is not to blame",
    {
      workload: {
        slow: { readBytesPerSecond: 10_240, writeBytesPerSecond: null, stallMs: 5000 },
        unsent: 500,
        sent: 9_500,
        silence: { atMs: 4000, durationMs: 1250, lostMs: 9, inFlight: 50 },
      },
    },
    "run.slowClients",
    "info",
    "chat: its clients are slow on purpose (read at most 10.0 KiB/s, stall for 5.00 s in the middle of each message): its rates and response times include that",
  ],
  [
    "clients that read slowly, which the server does not feel",
    {
      workload: { slow: { readBytesPerSecond: 10, writeBytesPerSecond: null, stallMs: null } },
      receiveBufferObstacle: "Node's net has no SO_RCVBUF",
    },
    "run.slowClients",
    "info",
    "Their receive buffers are the kernel's own, as Node's net has no SO_RCVBUF: the server notices a slow reader when that is full",
  ],
  [
    "a server that does not read what it is sent",
    {
      workload: {
        tcp: {
          ...tcp,
          receiveWindowLimitedMs: 430,
          slowest: [
            { busyMs: 100, receiveWindowLimitedMs: 60 },
            { busyMs: 100, receiveWindowLimitedMs: 9 },
            { busyMs: 0, receiveWindowLimitedMs: 0 },
          ],
        },
      },
    },
    "server.receiveWindow",
    "info",
    "for 43 % of the time in which they had data on its way (430 ms of 1.00 s, summed over the connections); of its 3 slowest clients that could be seen, 1 was held up so",
  ],
  [
    "clients whose own send buffers hold them up",
    { workload: { tcp: { ...tcp, sendBufferLimitedMs: 50 } } },
    "generator.sendBuffer",
    "info",
    "the clients' send buffers held up connections of chat for 5.0 % of the time",
  ],
  [
    "segments that were sent again, of a network",
    { workload: { tcp: { ...tcp, retransmits: 3, isLoopback: false } } },
    "run.retransmits",
    "info",
    "3 of 10,000 segments of chat were sent again: they or their acknowledgements were lost on the way",
  ],
];

test("a run that is made again anyway is not advised to be", () => {
  const todo = (attempt: Measures["attempt"]) =>
    findingsOf(measures({ attempt, pauses: [pause(3000, 1500, "stopped")] }))[0]?.todo;
  expect(todo(null)).toMatch(/; run it again, as load --retries 3 does$/);
  expect(todo({ number: 1, of: 4 })).toMatch(/; it is made again, as --retries asks for$/);
  expect(todo({ number: 4, of: 4 })).toMatch(
    /; 4 runs \(--retries 3\) were no better: run it when/,
  );
});

describe("a finding", () => {
  test.each(cases)("%s", (_, changes, code, severity, text) => {
    const findings = findingsOf(measures(changes));
    expect(findings.map((finding) => finding.code)).toEqual([code]);
    const [finding] = findings;
    expect(finding).toMatchObject({ severity, about: code.split(".")[0] });
    const subjects = {
      "generator.late": "chat",
      "generator.wakeUp": "chat",
      "server.cpu": "echo",
      "server.waits": "chat",
      "server.pauses": "chat",
      "server.sharesThread": "echo",
      "server.receiveWindow": "chat",
      "generator.sendBuffer": "chat",
      "run.short": "chat",
      "run.slowClients": "chat",
      "run.retransmits": "chat",
      "run.hostsDiffer": "chat",
      "run.clockError": "chat",
    };
    expect(finding?.subject).toBe(Reflect.get(subjects, code) ?? null);
    expect(finding?.text).toContain(text);
    expect(finding?.todo).not.toBe("");
    expect(Object.keys(finding?.evidence ?? {}).length).toBeGreaterThan(0);
    for (const value of Object.values(finding?.evidence ?? {})) expect(value).toBeTypeOf("number");
  });

  it("is here for every code", () => {
    expect(new Set(cases.map(([, , code]) => code))).toEqual(new Set(findingCodes));
  });
});

const silent: readonly (readonly [string, Changes])[] = [
  ["a quiet run", {}],
  ["quiet hosts", { hosts: hosts({}, {}, { p99: 5e6 }) }],
  ["a host with few samples", { hosts: hosts({}, { p99: 12e6, samples: 999 }) }],
  [
    "hosts that differ by what a thread takes to wake up",
    { hosts: hosts({ p99: 80e3 }, { p99: 200e3 }) },
  ],
  ["hosts without samples", { hosts: hosts({ p99: null, samples: 0 }, {}) }],
  [
    "clocks that are good enough",
    {
      workload: { oneWay: { errorNs: 9e3, medianNs: { deliveryLatency: null, transitTime: 1e5 } } },
    },
  ],
  ["limits of the kernel that are too little to count", { workload: { tcp } }],
  ["limits of the kernel that nobody looked at", { workload: { tcp: { ...tcp, busyMs: null } } }],
  ["a workload that had nothing to send", { workload: { offeredInSteady: 0 } }],
  ["a run without steady state", { workload: { steadySeconds: null, offeredInSteady: 3 } }],
  ["just enough", { workload: { steadySeconds: 0.1, offeredInSteady: 10 } }],
  ["just enough samples", { gate: { percentile: 99.9, samples: 1000 } }],
  ["a median of two samples", { gate: { percentile: 50, samples: 2 } }],
  ["the longest of one", { gate: { percentile: 100, samples: 1 } }],
  ["no samples, which the verdict states", { gate: { samples: 0 } }],
  ["no measurements", { cpu: null, workers: null, machine: null, server: null }],
  [
    "a system that does not tell",
    {
      cpu: { waitedSeconds: null },
      workers: [{ waitedRatio: null }],
      machine: {
        idleSeconds: null,
        stealSeconds: null,
        othersSeconds: null,
        throttledPeriods: null,
        throttledSeconds: null,
        loadBefore: null,
      },
      server: { busiestThreadSeconds: null, busiestThreadWaitedSeconds: null },
    },
  ],
  [
    "wake-ups that no gate sees",
    {
      workload: {
        responseTimeP99: 200e3,
        slowWakeUp: { queuedNs: 20e3, wakeUpNs: 150e3, wireTimeNs: 30e3 },
      },
    },
  ],
  [
    "replies that were on the wire for longest",
    { workload: { slowWakeUp: { queuedNs: 0.1e6, wakeUpNs: 0.5e6, wireTimeNs: 3.4e6 } } },
  ],
  ["a lag that no gate sees", { workload: { generatorLagP99: 150e3, responseTimeP99: 200e3 } }],
  [
    "no samples",
    { workload: { generatorLagP99: null, responseTimeP99: null, responseTimeMax: null } },
  ],
  ["a worker that mostly waited", { workers: [{ busyRatio: 0.95, waitedRatio: 0.6 }] }],
  ["connections that the target had all ended", { workload: { unsent: 500, allEnded: true } }],
  ["a closed model that waits for replies", { workload: { model: "closed", timedOut: 300 } }],
  ["churn, whose connects are in it", { workload: { pattern: "churn", serviceTimeP99: 1e6 } }],
  ["nothing offered", { workload: { offered: 0, sent: 0 } }],
  ["pauses that are short against everything", { pauses: [pause(3000, 9, "stopped")] }],
  [
    "time-outs that pauses of the generator explain",
    { workload: { timedOut: 300, undisturbed: { ...workload.undisturbed, timedOut: 0 } } },
  ],
  [
    "queues that were there only while something disturbed",
    {
      workload: {
        responseTimeP99: 400e6,
        undisturbed: { ...workload.undisturbed, responseTimeP99: 4e6, serviceTimeP99: 3e6 },
      },
    },
  ],
  [
    "a server where less than half is undisturbed",
    { workload: { unsent: 500, undisturbed: { ...workload.undisturbed, ratio: 0.4 } } },
  ],
];

test.each(silent)("nothing is said of %s", (_, changes) => {
  expect(findingsOf(measures(changes))).toEqual([]);
});

test.each([
  ["clients", { cpu: { waitedSeconds: 0.6 } }],
  ["the server's threads", { server: { busiestThreadWaitedSeconds: 0.6 } }],
])("no server is said to wait for something else where %s waited for a CPU", (_, waits) => {
  const workload = { unsent: 500, sent: 9_500 };
  expect(findingsOf(measures({ workload })).map(({ code }) => code)).toEqual(["server.waits"]);
  expect(findingsOf(measures({ workload, ...waits }))).toEqual([]);
});

it.each([
  [{ busiestThreadSeconds: 4.9 }, "so it waits for something else (a lock, a disk, a delay)"],
  [{ busiestThreadSeconds: 8.7 }, "and one of its threads ran for 87 % of steady state"],
  [{ busiestThreadSeconds: null }, "it used 0.40 CPUs"],
])(
  "a server that was not at its limit waits for something else only where no thread was busy: %j",
  (server, text) => {
    const [finding] = findingsOf(measures({ workload: { unsent: 500, sent: 9_500 }, server }));
    expect(finding?.code).toBe("server.waits");
    expect(finding?.text.endsWith(text)).toBe(true);
  },
);

it("a server whose thread waited while others had the CPUs was not at its limit", () => {
  const server = { busiestThreadSeconds: 4, busiestThreadWaitedSeconds: 5.5 };
  const codes = (changes: Changes) =>
    findingsOf(measures({ server, ...changes })).map(({ code }) => code);
  expect(codes({})).toEqual(["machine.waiting", "server.cpu"]);
  expect(codes({ machine: { othersSeconds: 3 } })).toEqual(["machine.waiting"]);
});

it("the most severe comes first; a full machine is not reported where others filled it", () => {
  const findings = findingsOf(
    measures({
      server: { busiestThreadSeconds: 9.9 },
      workload: { generatorLagP99: 3e6 },
      cpu: { waitedSeconds: 2 },
      machine: { othersSeconds: 20, idleSeconds: 0 },
    }),
  );
  expect(findings.map(({ code }) => code)).toEqual([
    "machine.others",
    "generator.late",
    "machine.waiting",
    "server.cpu",
  ]);
});

it("a server at its limit is named once, not by its clients' waiting, too", () => {
  const findings = findingsOf(
    measures({ server: { busiestThreadSeconds: 9.9 }, workload: { unsent: 5_000, sent: 5_000 } }),
  );
  expect(findings.map(({ code }) => code)).toEqual(["server.cpu"]);
});

it("a server's thread that ran whenever the hypervisor let it was at its limit", () => {
  const server = { busiestThreadSeconds: 7.5, busiestThreadWaitedSeconds: 0 };
  const found = (stealSeconds: number) =>
    findingsOf(measures({ server, machine: { idleSeconds: 28, stealSeconds } }));
  const [steal, cpu] = found(2.4);
  expect(steal?.code).toBe("machine.steal");
  expect(cpu?.code).toBe("server.cpu");
  expect(cpu?.text).toContain(
    "ran for 75 % of steady state, all together used 0.40 of 4 CPUs; the hypervisor took 20 % of the time that threads would have run",
  );
  expect(cpu?.evidence.stealSeconds).toBe(2.4);
  expect(found(1).map(({ code }) => code)).toEqual(["machine.steal"]);
});

describe("what to do", () => {
  const todos = (changes: Changes) => findingsOf(measures(changes)).map(({ todo }) => todo);
  const late = { workload: { generatorLagP99: 3e6 } } as const;

  test("more workers where a CPU is left for one", () => {
    expect(todos(late)).toEqual([
      "use more workers (--workers), or a lower rate; serviceTime is without the lag",
    ]);
    expect(todos({ ...late, workers: [{}, {}, {}, {}] }).join()).not.toContain("more workers");
    expect(todos({ ...late, machine: null }).join()).toContain("more workers");
  });

  test("never more workers beside fewer of them, or beside other programs", () => {
    const crowds: Changes[] = [
      { cpu: { waitedSeconds: 5 } },
      { cpu: { waitedSeconds: 50 }, workers: [{}, {}, {}, {}, {}] },
      { machine: { stealSeconds: 10 } },
      { machine: { idleSeconds: 0.1 } },
      { machine: { othersSeconds: 20, idleSeconds: 4 } },
    ];
    for (const crowd of crowds) {
      const all = todos({ ...late, ...crowd }).join("; ");
      expect(all).not.toContain("more workers");
      expect(all.includes("fewer workers")).toBe(crowd.workers !== undefined);
    }
  });

  test("--io uring only where it is there and was not taken", () => {
    const garbage = { workers: [{ gcSeconds: 0.2 }] } as const;
    expect(todos(garbage).join()).not.toContain("--io uring");
    expect(todos({ ...garbage, hasFasterIo: true }).join()).toContain("or --io uring");
  });

  test("a closed model has no rate to lower", () => {
    const closed = { workload: { model: "closed", generatorLagP99: 3e6 } } as const;
    expect(todos(closed).join()).toContain("or fewer connections");
    expect(todos(closed).join()).not.toContain("rate");
  });
});

describe("of hosts", () => {
  const found = (changes: Changes) => {
    const [finding, ...others] = findingsOf(measures(changes));
    expect(others).toEqual([]);
    return finding;
  };

  test("a worker without time to spare has its host's name", () => {
    const workers = [{}, {}, { busyRatio: 0.97 }, { busyRatio: 0.95 }];
    expect(found({ workers, hosts: hosts({}, {}) })).toMatchObject({
      code: "generator.busy",
      host: "b",
      text: expect.stringContaining(
        "2 of 4 workers of the load generator on host b were busy for 97 % of steady state",
      ),
      todo: "use more workers (--workers), or a lower rate",
    });
  });

  test("those of several hosts have all names", () => {
    const workers = [{ busyRatio: 0.92 }, {}, { busyRatio: 0.97 }, {}, {}, {}];
    const finding = found({ workers, hosts: hosts({}, {}, {}) });
    expect(finding?.text).toContain("2 of 6 workers of the load generator on hosts a, b were busy");
    expect(finding).not.toHaveProperty("host");
    const all = found({ workers, hosts: hosts({}, {}) });
    expect(all?.text).toContain("on all 2 hosts were busy");
  });

  test("of many the first three are named", () => {
    const workers = Array.from({ length: 20 }, (_, n) => (n < 16 ? { busyRatio: 0.95 } : {}));
    const finding = found({ workers, hosts: hosts({}, {}, {}, {}, {}, {}, {}, {}, {}, {}) });
    expect(finding?.text).toContain("on hosts a, b, c and 5 more were busy");
  });

  test("messages that left late are those of its host, though all together are on time", () => {
    expect(found({ hosts: hosts({}, { lagP99: 3e6 }) })).toMatchObject({
      code: "generator.late",
      severity: "severe",
      subject: "chat",
      host: "b",
      text: expect.stringMatching(/^chat: on host b messages left up to 3.00 ms late /),
      todo: "use more workers (--workers), or a lower rate; serviceTime is without the lag",
    });
    expect(
      found({ hosts: hosts({ lagP99: 1e6 }, { lagP99: 3e6, workers: [2, 3, 4, 5] }) }),
    ).toMatchObject({
      text: expect.stringMatching(/^chat: on all 2 hosts messages left up to 3.00 ms late /),
      todo: "use more hosts, or hosts with more CPUs, or a lower rate; serviceTime is without the lag",
    });
  });

  test("clients that waited for a CPU are those of its host", () => {
    const cpu = { ...generatorCpu, waitedSeconds: 2.5 };
    expect(found({ cpu: { waitedSeconds: 2.6 }, hosts: hosts({}, { cpu }) })).toMatchObject({
      code: "machine.waiting",
      severity: "warning",
      host: "b",
      text: expect.stringContaining(
        "had no CPU: the clients on host b had none for 2.50 s of 10.0 s (all 2 workers together)",
      ),
      todo: "end other programs on it, use more hosts, or a lower rate",
    });
  });

  test("pauses have the name of their worker's host", () => {
    const paused = { ...pause(3000, 1500, "stopped"), worker: 3 };
    expect(found({ pauses: [paused], hosts: hosts({}, {}) })).toMatchObject({
      host: "b",
      text: expect.stringContaining("worker 3 of the load generator on host b paused for 1.50 s"),
    });
    const collected = [{}, {}, { gcSeconds: 0.2 }, {}];
    expect(found({ workers: collected, hosts: hosts({}, {}) })).toMatchObject({
      host: "b",
      text: expect.stringContaining("garbage collection stopped a worker on host b for 200 ms"),
    });
  });

  test("what the machine does is the coordinator's, where only servers are", () => {
    const texts = (machine: Partial<MachineUse>) =>
      findingsOf(measures({ machine, hosts: hosts({}, {}) })).map(({ text }) => text);
    expect(texts({ stealSeconds: 4 })[0]).toContain(
      "gave 10 % of the coordinator's machine's CPU time to other machines (4.00 s of 40.0 s): its servers were paused",
    );
    expect(texts({ othersSeconds: 20 })[0]).toContain(
      "other programs used 2.00 of 4 CPUs of the coordinator's machine",
    );
    expect(texts({ throttledSeconds: 5 })[0]).toContain(
      "quota on the coordinator's machine was used up",
    );
    expect(texts({ idleSeconds: 0 })[0]).toContain(
      "all 4 CPUs of the coordinator's machine were in use, by the servers (0.40) alone",
    );
  });
});
