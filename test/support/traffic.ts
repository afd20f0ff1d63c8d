import type { Endpoint } from "../../src/address/flow.ts";
import { createFlowSpace } from "../../src/address/flow-space.ts";
import { monotonicNs } from "../../src/base/clock.ts";
import type { Io } from "../../src/io/io.ts";
import type { TlsClientEnd } from "../../src/io/tls/ends.ts";
import type { DataSets } from "../../src/messages/data/data-set.ts";
import type { SubscriptionReport } from "../../src/metrics/broadcast/membership-rows.ts";
import { mergeSnapshots } from "../../src/metrics/merge.ts";
import { Recorder } from "../../src/metrics/recorder.ts";
import {
  type CounterName,
  counter,
  counters,
  noParts,
  type PartsOfWorkload,
  type PhaseName,
  phases,
  type Snapshot,
} from "../../src/metrics/snapshot.ts";
import type { Workload } from "../../src/scenario/scenario.ts";
import { createTraffic } from "../../src/traffic/create-traffic.ts";
import type { Publisher, Traffic } from "../../src/traffic/traffic.ts";
import { ownPort, ownPortCount } from "./ports/own-ports.ts";
import { workload as anyWorkload } from "./scenario-parts.ts";
import { createTestIo } from "./test-io.ts";

/** A closed-model request workload of 16 B echoes over one TCP connection for 0.2 s, changed as given. */
export function makeWorkload(changes: Partial<Workload>): Workload {
  return anyWorkload({
    server: null,
    connections: 1,
    durationNs: 0.2e9,
    timeoutNs: 2e9,
    message: { kind: "size", bytes: 16 },
    expect: { kind: "echo" },
    reconnectDelayNs: 50e6,
    ...changes,
  });
}

/** An open model of one constant rate. */
export function constantRate(ratePerSecond: number, durationNs: number): Partial<Workload> {
  return {
    durationNs,
    load: {
      model: "open",
      startRatePerSecond: ratePerSecond,
      stages: [{ durationNs, ratePerSecond }],
      arrivals: "constant",
    },
  };
}

function partsFor({ parts }: Workload): PartsOfWorkload {
  return parts === null ? noParts : { count: parts.names.length, addUp: parts.addUp };
}

/** What a workload measured, over all its workers. */
export class Measured {
  readonly snapshot: Snapshot;
  /** Of its parts, by index. */
  readonly parts: readonly Measured[];
  /** Of pattern subscribe, by worker. */
  readonly subscriptions: readonly SubscriptionReport[];
  constructor(
    snapshot: Snapshot,
    parts: readonly Measured[] = [],
    subscriptions: readonly SubscriptionReport[] = [],
  ) {
    this.snapshot = snapshot;
    this.parts = parts;
    this.subscriptions = subscriptions;
  }

  /** A counter of one phase, or of all. */
  count(name: CounterName, phaseName?: PhaseName): number {
    return phases
      .filter((phase) => phaseName === undefined || phase === phaseName)
      .map((phase) => phases.indexOf(phase))
      .reduce(
        (sum, row) => sum + (this.snapshot.counters[row * counters.length + counter[name]] ?? 0),
        0,
      );
  }

  errors(): Record<string, number> {
    const sums: Record<string, number> = {};
    for (const { code, count } of this.snapshot.errors) sums[code] = (sums[code] ?? 0) + count;
    return sums;
  }

  /** What is kept of wrong replies, by code. */
  wrongReplies(): Record<string, string> {
    const texts = this.snapshot.wrongReplies.map(({ code, received }) => {
      return [code, Buffer.from(received).toString("latin1")];
    });
    return Object.fromEntries(texts);
  }
}

/** Of this process's own ports, how many have been used. */
let used = 0;

export interface TrafficOptions {
  readonly workers?: number;
  /** Called when all workers have begun, with a way to end early. */
  readonly during?: (traffic: readonly Traffic[], beginNs: number) => void;
  readonly createIo?: () => Io;
  /** How the connections are encrypted; default: they are not. Each worker has one of its own. */
  readonly tls?: TlsClientEnd;
  /** Sources and how many ports of each; default: one address, enough ports. */
  readonly sources?: readonly [string, string];
  readonly ports?: number;
  /** The first of them, where the test has a source of its own; default: one that no other run of the test has. */
  readonly firstPort?: number;
  /** What messages take rows from. */
  readonly data?: DataSets;
  /** Index of the workload in its plan, as in stamps; default: 0. */
  readonly index?: number;
  /** Of pattern subscribe: the workloads that it receives from. */
  readonly publishers?: readonly Publisher[];
}

/** Runs a workload against an endpoint, all workers in this thread, each with an io of its own. */
export async function runTraffic(
  workload: Workload,
  endpoint: Endpoint,
  options: TrafficOptions = {},
): Promise<Measured> {
  const workers = options.workers ?? 1;
  const sources = options.sources ?? ["127.90.0.1", "127.90.0.1"];
  const portCount = options.ports ?? Math.max(workload.connections, 200);
  if (used + portCount > ownPortCount) used = 0;
  const firstPort = options.firstPort ?? ownPort(used);
  if (options.firstPort === undefined) used += portCount;
  const ios: Io[] = [];
  const recorders: Recorder[] = [];
  const traffic: Traffic[] = [];
  let firstConnection = 0;
  for (let worker = 0; worker < workers; worker++) {
    const io = (options.createIo ?? createTestIo)();
    const parts = partsFor(workload);
    const recorder = new Recorder(0, worker, monotonicNs(), undefined, false, undefined, parts);
    const connections = Math.ceil((workload.connections - worker) / workers);
    ios.push(io);
    recorders.push(recorder);
    traffic.push(
      await createTraffic({
        workload,
        index: options.index ?? 0,
        portion: {
          worker,
          firstConnection,
          connections,
          portion: worker,
          ofPortions: workers,
          cycle: workload.connections,
        },
        space: createFlowSpace({
          sources: [sources],
          ports: [[firstPort, firstPort + portCount - 1]],
          destinations: [endpoint],
          connectionsPerSource: null,
        }),
        seed: 1,
        tag: 1,
        data: options.data ?? [],
        ...(options.publishers === undefined ? {} : { publishers: options.publishers }),
        io,
        ...(options.tls === undefined ? {} : { tls: options.tls }),
        recorder,
        now: monotonicNs,
        saturated: () => false,
      }),
    );
    firstConnection += connections;
  }
  try {
    for (const one of traffic) one.open(monotonicNs());
    await loop(traffic, ios, () => traffic.every((one) => one.settled));
    const beginNs = monotonicNs() + 5e6;
    for (const one of traffic) one.begin(beginNs);
    options.during?.(traffic, beginNs);
    await loop(traffic, ios, () => traffic.every((one) => one.done));
  } finally {
    await Promise.all(ios.map((io) => io.end()));
  }
  const snapshots = recorders.map((recorder) => recorder.snapshot(monotonicNs()));
  const parts = (workload.parts?.names ?? []).map(
    (_, part) =>
      new Measured(
        snapshots.map(({ parts = [] }) => parts[part] as Snapshot).reduce(mergeSnapshots),
      ),
  );
  const subscriptions = traffic.flatMap(({ subscriptions: one }) => one ?? []);
  return new Measured(snapshots.reduce(mergeSnapshots), parts, subscriptions);
}

async function loop(traffic: readonly Traffic[], ios: readonly Io[], end: () => boolean) {
  const lastNs = monotonicNs() + 40e9;
  while (!end()) {
    if (monotonicNs() > lastNs) throw new Error("traffic did not come to an end in 40 s");
    let nextNs = monotonicNs() + 10e6;
    for (const one of traffic) nextNs = Math.min(nextNs, one.start(monotonicNs()));
    for (const [index, io] of ios.entries()) {
      await io.turn(index === 0 ? nextNs : monotonicNs(), 0);
    }
  }
}
