import type { Names } from "../../src/gates/metric-name.ts";
import { parseGate } from "../../src/gates/parse.ts";
import { WorkloadAccumulator } from "../../src/metrics/accumulator.ts";
import { Disturbances } from "../../src/metrics/disturbance/disturbances.ts";
import { Silences } from "../../src/metrics/disturbance/silences.ts";
import { Undisturbed } from "../../src/metrics/disturbance/undisturbed.ts";
import type { HostTotals } from "../../src/metrics/host-totals.ts";
import { Recorder } from "../../src/metrics/recorder.ts";
import {
  counter,
  type DisturbedSamples,
  type Moment,
  momentOf,
  noParts,
  type PartsOfWorkload,
  phase,
  type Snapshot,
  timing,
} from "../../src/metrics/snapshot.ts";
import type { Plan, WorkloadPlan } from "../../src/plan/plan-types.ts";
import type { ResultInput, WorkloadMeasured } from "../../src/results/build/input.ts";
import type { ServerResult } from "../../src/results/server-result.ts";
import type { PatternName } from "../../src/scenario/patterns.ts";
import type { Load, Workload } from "../../src/scenario/scenario.ts";
import { workload as anyWorkload } from "../support/scenario-parts.ts";

export const startNs = 100e9;
const quarter = 0.25e9;

const open: Load = {
  model: "open",
  startRatePerSecond: 1000,
  stages: [{ durationNs: 10e9, ratePerSecond: 1000 }],
  arrivals: "constant",
};

function workload(name: string, pattern: PatternName): Workload {
  return anyWorkload({
    name,
    position: { file: "/chat.yaml", line: 9, column: 3 },
    pattern,
    sources: ["127.32.0.0/24"],
    connections: 10,
    warmUpNs: 1e9,
    durationNs: 4e9,
    load: open,
    framing: { kind: "fixed", bytes: 64 },
  });
}

function workloadPlan(name: string, index: number): WorkloadPlan {
  return {
    index,
    name,
    endpoints: [{ address: "127.0.0.1", port: 7000 }],
    space: {
      sources: [["127.32.0.1", "127.32.0.254"]],
      ports: [[1024, 32767]],
      destinations: [{ address: "127.0.0.1", port: 7000 }],
      connectionsPerSource: null,
    },
    portions: [0, 1].map((worker) => ({
      worker,
      firstConnection: 5 * worker,
      connections: 5,
      portion: worker,
      ofPortions: 2,
      cycle: 2,
    })),
    addressesUsed: 10,
    leased: false,
    displayFilter: "ip.addr == 127.32.0.0/24",
    captureFilter: "net 127.32.0.0/24",
  };
}

/** What one workload's two workers do; all times since the run's start. */
export interface Story {
  /** Steady exchanges per quarter second and worker: due, sent, and how many found all busy. */
  readonly offered?: number;
  readonly sent?: number;
  readonly unsent?: number;
  /** Response time of a steady exchange, ns, by second since the run's start. */
  readonly responseNs?: (second: number, worker: number) => number;
  /** By worker: what its host has of the workload. */
  readonly totals?: readonly HostTotals[];
  /** Whether what is sent is answered. Default: true. */
  readonly received?: boolean;
  readonly opened?: number;
  /** What of it is counted by part is `note`'s. */
  readonly parts?: PartsOfWorkload;
  readonly note?: (recorder: Recorder, quarterOfRun: number, moment: Moment) => void;
  /** What pauses and the machine disturbed; given to `resultInput` as well, as `run.disturbances`. */
  readonly disturbances?: Disturbances;
  /** What a worker's pauses disturbed of a quarter second of the run. */
  readonly disturbed?: (
    snapshot: Snapshot,
    quarterOfRun: number,
  ) => (DisturbedSamples & NonNullable<Snapshot["disturbance"]>) | undefined;
}

/** The samples are those of the snapshot's only second. */
function disturbedBy(
  snapshot: Snapshot,
  disturbed: ReturnType<NonNullable<Story["disturbed"]>>,
): Snapshot {
  if (disturbed === undefined) return snapshot;
  const { ns, saturated, ...samples } = disturbed;
  const seconds = snapshot.seconds.map((one) => ({ ...one, disturbed: samples }));
  return { ...snapshot, seconds, disturbance: { ns, saturated } };
}

/**
 * Measurements of a run of two workers: connect in the first second, warm-up in the second, steady
 * state from 2 s to 6 s, drain until 7 s.
 */
export function measured(index: number, story: Story = {}): WorkloadMeasured {
  const { offered = 100, sent = offered, unsent = 0, opened = 5, received = true } = story;
  const { parts = noParts } = story;
  const accumulator = new WorkloadAccumulator(index, startNs, parts.count);
  accumulator.begin(startNs + 2e9);
  const { disturbances = new Disturbances() } = story;
  const silences = new Silences();
  const undisturbed = new Undisturbed(disturbances, 1e9, {
    connectTimeoutNs: 1e9,
    parts: parts.count,
  });
  for (const worker of [0, 1]) {
    const recorder = new Recorder(index, worker, startNs, 5, false, undefined, parts);
    for (let quarters = 0; quarters < 28; quarters++) {
      const second = Math.floor(quarters / 4);
      const inPhase =
        [phase.connect, phase.warmUp][second] ?? (second < 6 ? phase.steady : phase.drain);
      const at = momentOf(inPhase, second - 2);
      if (quarters === 0) {
        for (let i = 0; i < opened; i++) recorder.opened();
        recorder.count(at, counter.opened, opened);
        for (let i = 0; i < opened; i++) recorder.time(timing.connectTime, at, 50_000);
      }
      if (inPhase === phase.warmUp || inPhase === phase.steady) {
        recorder.count(at, counter.offered, offered);
        recorder.count(at, counter.sent, sent);
        recorder.count(at, counter.received, received ? sent : 0);
        recorder.count(at, counter.unsent, unsent);
        recorder.count(at, counter.bytesSent, 64 * sent);
        recorder.count(at, counter.bytesReceived, 64 * sent);
        for (let i = 0; received && i < sent; i++) {
          const ns = (story.responseNs ?? (() => 1e6))(second, worker);
          recorder.time(timing.responseTime, at, ns);
          recorder.time(timing.serviceTime, at, ns);
          recorder.time(timing.sendLag, at, 2_000);
        }
      }
      story.note?.(recorder, quarters, at);
      const snapshot = recorder.snapshot(startNs + (quarters + 1) * quarter);
      accumulator.add(snapshot);
      story.totals?.[worker]?.add(snapshot);
      silences.add(snapshot);
      undisturbed.add(disturbedBy(snapshot, story.disturbed?.(snapshot, quarters)));
    }
  }
  const at = (seconds: number) => startNs + seconds * 1e9;
  const times = { openNs: at(0), connectedNs: at(1), steadyNs: at(2), endNs: at(6) };
  undisturbed.settle();
  return {
    accumulator,
    undisturbed,
    silences,
    deliveries: null,
    times,
    delivered: null,
    broadcast: null,
    subscription: null,
    publishers: [],
    tcp: null,
    restarts: null,
  };
}

export const server: ServerResult = {
  kind: "builtin",
  cpuSeconds: 1.5,
  steadyCpu: null,
  rssBytesPeak: 50 * 1024 * 1024,
  openFilesPeak: 30,
  slope: null,
  memoryBytesPerConnection: 9_000,
  counts: {
    accepted: 100,
    received: 1_000,
    replied: 1_000,
    bytesReceived: 64_000,
    bytesSent: 64_000,
    udp: null,
  },
  restarts: [],
  exit: { code: 0, signal: null },
  timeline: [{ atMs: 0, seconds: 1, cpuSeconds: 0, rssBytes: 1000, openFiles: 20 }],
};

/** Replies with one of these statuses each, in the order of sending; see `httpPlan`. */
export const httpStory = (...statuses: readonly number[]): Story => ({
  note(recorder, quarters, at) {
    if (quarters < 4 || quarters >= 24) return;
    for (let i = 0; i < 100; i++) recorder.status(at, statuses[i % statuses.length] as number);
  },
});

/** A connection of each worker whose second step is refused, as a story's `note`. */
export const refuseStep: NonNullable<Story["note"]> = (recorder, quarters, at) => {
  if (quarters > 0) return;
  const received = Buffer.from("-ERR\r\n");
  const code = "OPEN_2_UNEXPECTED";
  recorder.count(at, counter.failed, 1);
  recorder.openFailed(
    { step: 1, code, client: 5, atNs: 1, received, receivedBytes: 6 },
    "target",
    at,
  );
};

/** A connection of each worker whose protocol waited for CONNACK in vain, as a story's `note`. */
export const awaitInVain: NonNullable<Story["note"]> = (recorder, quarters, at) => {
  if (quarters > 0) return;
  const nothing = { received: Buffer.alloc(0), receivedBytes: 0 };
  recorder.count(at, counter.failed, 1);
  recorder.openFailed(
    { step: 0, code: "OPEN_TIMEOUT", awaited: "CONNACK", client: 5, atNs: 1, ...nothing },
    "target",
    at,
  );
};

/**
 * Of a workload of two parts: three of four messages are of the first, which takes 1 ms, the others of the second, which
 * takes 5 ms and of which the last of each quarter second times out.
 */
export const partsStory: Story = {
  offered: 0,
  parts: { count: 2, addUp: true },
  note(recorder, quarters, at) {
    if (quarters < 4 || quarters >= 24) return;
    const now = startNs + (quarters + 0.5) * quarter;
    for (let i = 0; i < 100; i++) {
      const part = recorder.parts[i % 4 === 3 ? 1 : 0] as Recorder;
      const ns = i % 4 === 3 ? 5e6 : 1e6;
      part.sent(at, 64);
      part.lag(at, now - ns, 0, now - ns);
      part.count(at, counter.bytesReceived, 32);
      if (i < 99) part.answered(at, ns, ns, now);
      else {
        part.timedOut(at, 1e9, 1e9, now);
        part.failed(1, "TIMEOUT", "target", at);
      }
    }
  },
};

/** The plan of a run whose workloads have the parts get and set. */
export function partsPlan(plan: Plan): Plan {
  const workloads = plan.scenario.workloads.map((one): Workload => {
    return { ...one, parts: { names: ["get", "set"], addUp: true } };
  });
  return { ...plan, scenario: { ...plan.scenario, workloads } };
}

/** The plan of a run whose workloads have steps, the second of which is named. */
export function stepsPlan(plan: Plan): Plan {
  const step = { name: null, message: null, receive: null, capture: [] };
  const workloads = plan.scenario.workloads.map((one): Workload => {
    return { ...one, open: [step, { ...step, name: "login" }] };
  });
  return { ...plan, scenario: { ...plan.scenario, workloads } };
}

/** The plan of a run whose workloads read HTTP replies. */
export function httpPlan(plan: Plan): Plan {
  const workloads = plan.scenario.workloads.map((one): Workload => {
    return { ...one, framing: { kind: "http", maxBytes: 1000 } };
  });
  return { ...plan, scenario: { ...plan.scenario, workloads } };
}

function partsIn(plan: Plan | undefined): NonNullable<Names["parts"]> {
  const workloads = plan?.scenario.workloads ?? [];
  return new Map(workloads.map(({ name, parts }) => [name, parts?.names ?? []]));
}

const usuals = new Map<number, WorkloadMeasured>();

/** `measured` without a story, which takes some milliseconds: the same ones for all inputs. Nobody adds to them. */
function usual(index: number): WorkloadMeasured {
  const found = usuals.get(index) ?? measured(index);
  usuals.set(index, found);
  return found;
}

/** A whole run: one workload `chat` unless told otherwise, and no gates. */
export function resultInput(
  parts: Partial<Omit<ResultInput, "gates" | "run">> & {
    readonly names?: readonly string[];
    readonly pattern?: PatternName;
    readonly gates?: readonly string[];
    readonly run?: Partial<ResultInput["run"]>;
  } = {},
): ResultInput {
  const { names = ["chat"], pattern = "request", gates = [], run, ...rest } = parts;
  const plan: Plan = {
    stampTag: 0,
    scenario: {
      version: 1,
      name: "chat test",
      description: null,
      file: "/chat.yaml",
      sha256: "00".repeat(32),
      seed: 1,
      workers: 2,
      io: "node",
      repeat: 1,
      baseline: [],
      data: [],
      servers: [],
      hosts: [],
      workloads: names.map((name) => workload(name, pattern)),
      capture: null,
      gates: [],
      at: [],
      notices: [],
    },
    io: "node",
    workers: 2,
    hosts: [],
    agents: [{ index: 0, host: null, workers: [0, 1], openFiles: 100 }],
    servers: [],
    workloads: names.map(workloadPlan),
    totals: { connections: 10, sockets: 20, memoryBytes: 1e6 },
  };
  return {
    tool: { name: "slash8", version: "0.1.0" },
    plan,
    host: {
      os: "Linux",
      kernel: "6.1",
      arch: "x64",
      cpuModel: "Some CPU",
      cpus: 2,
      memoryBytes: 1e9,
      node: "v20.19.0",
      openFiles: 20_000,
      portRange: [32_768, 60_999],
    },
    hosts: [],
    workerExits: [],
    serverEnds: [],
    workloads: rest.workloads ?? names.map((_, index) => usual(index)),
    servers: new Map([["echo", server]]),
    capture: null,
    commands: [],
    baseline: [],
    warnings: [],
    ...rest,
    run: {
      id: "0001",
      startedAt: new Date("2026-11-21T10:00:00.000Z"),
      startNs,
      durationNs: 7e9,
      interrupted: false,
      earlyEnd: null,
      ioObstacle: null,
      attempt: null,
      harnessLatency: { p50: 30_000, p99: 90_000 },
      kernel: null,
      sharedEventLoop: null,
      generator: {
        cpu: { userSeconds: 1, systemSeconds: 2, waitedSeconds: 0.1, overSeconds: 5 },
        workers: null,
      },
      disturbances: new Disturbances(),
      machine: null,
      ...run,
    },
    gates: gates.map((text, line) => ({
      gate: parseGate(text, { workloads: names, servers: ["echo"], parts: partsIn(rest.plan) }),
      line: line + 30,
    })),
  };
}
