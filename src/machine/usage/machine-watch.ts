import { monotonicNs } from "../../base/clock.ts";
import { ownSeconds } from "../../base/own-time.ts";
import { thisThread } from "../../base/schedstat.ts";
import type { MachineInterval } from "../../metrics/disturbance/disturbances.ts";
import { readText } from "../read-text.ts";
import { type MachineTimes, parseMachineTimes } from "./machine-times.ts";
import { type ProcessRow, treeOf } from "./process-table.ts";
import { othersSeconds } from "./steady-meter.ts";
import { readThreads, readThreadTimes, type ThreadTimes } from "./thread-times.ts";

/** Four samples a second, fewer where one takes long, as on servers with thousands of threads. */
const sampleEveryMs = 250;
const mostCostRatio = 0.02;

const leastOthersNs = 500e6;

/**
 * Where other programs and machines used less of the CPUs than this, clients and servers waited for each other: that
 * is their own load.
 */
const othersRatio = 0.05;

/** A thread that waits for so much of the time delays every fiftieth message that comes by chance. */
const waitingRatio = 0.02;

/** Of the CPUs' time; a tick of 10 ms is 2 % of a quarter second on two. */
const stolenRatio = 0.05;

/** All that a sample reads; in the order of time. */
export interface MachineSample {
  readonly atNs: number;
  readonly times: MachineTimes | null;
  readonly clients: ReadonlyMap<string, ThreadTimes>;
  readonly servers: ReadonlyMap<string, ThreadTimes>;
  /** How long slash8 was at work in the thread of a server so far, s; 0: it shares none. */
  readonly ownSeconds: number;
}

/** What other programs used in a time, s of CPUs. */
export interface OthersUse {
  readonly fromNs: number;
  readonly toNs: number;
  readonly seconds: number;
}

/** What is watched. */
export interface Watched {
  /** Threads that send and receive, as "pid/thread". */
  clients(): readonly string[];
  /** Roots of processes. */
  servers(): readonly number[];
  /** Whether a server shares the thread that watches. */
  readonly sharesThread: boolean;
  /** Roots of everything that this run started, this process included. */
  ours(): readonly number[];
}

/**
 * Watches while a run goes on whether the machine keeps clients and servers from running: by the hypervisor's steal,
 * by the time that their threads wait for a CPU which others have, and by the time that slash8 itself takes of the thread
 * of a server that shares it. Linux; elsewhere it reports nothing.
 */
export class MachineWatch {
  readonly #watched: Watched;
  readonly #report: (interval: MachineInterval) => void;
  #timer: NodeJS.Timeout | null = null;
  /** Samples whose interval to the one before is not reported yet: the use of others is not known. */
  #samples: MachineSample[] = [];
  #rows: {
    readonly atNs: number;
    readonly rows: readonly ProcessRow[];
    readonly times: MachineTimes | null;
    readonly ours: readonly number[];
  } | null = null;
  #servers: readonly number[];
  /** This thread, where a server shares it: all others of this process are not the server's. */
  readonly #shared: readonly string[];
  #others: OthersUse = { fromNs: 0, toNs: 0, seconds: 0 };

  /** @param report called with each interval, in the order of time, up to a second after its end */
  constructor(watched: Watched, report: (interval: MachineInterval) => void) {
    this.#watched = watched;
    this.#report = report;
    this.#servers = watched.servers();
    this.#shared = watched.sharesThread ? [thisThread() ?? ""] : [];
  }

  start(): void {
    if (process.platform !== "linux") return;
    this.#sample();
  }

  /** All processes of the machine, as somebody has read them, once a second. */
  rows(rows: readonly ProcessRow[]): void {
    if (this.#timer === null) return;
    const [before, atNs, ours] = [this.#rows, monotonicNs(), this.#watched.ours()];
    // In less time the ticks of 10 ms that CPU time is counted in say little.
    if (before !== null && atNs - before.atNs < leastOthersNs) return;
    this.#servers = treeOf(rows, this.#watched.servers()).map(({ pid }) => pid);
    this.#rows = { atNs, rows, times: readTimes(), ours };
    if (before === null) return;
    const seconds = othersSeconds(before, this.#rows);
    if (seconds !== null) this.#reportAll({ fromNs: before.atNs, toNs: atNs, seconds });
  }

  /** Ends the watch; what is left is reported. */
  stop(): void {
    if (this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#samples.push(this.#read());
    this.#reportAll(this.#others);
  }

  #sample(): void {
    const sample = this.#read();
    this.#samples.push(sample);
    const costMs = (monotonicNs() - sample.atNs) / 1e6;
    const waitMs = Math.max(sampleEveryMs, costMs / mostCostRatio);
    this.#timer = setTimeout(() => this.#sample(), waitMs);
    this.#timer.unref();
  }

  #read(): MachineSample {
    return {
      atNs: monotonicNs(),
      times: readTimes(),
      clients: readThreadTimes(this.#watched.clients()),
      servers: new Map([...readThreads(this.#servers), ...readThreadTimes(this.#shared)]),
      ownSeconds: this.#watched.sharesThread ? ownSeconds() : 0,
    };
  }

  #reportAll(others: OthersUse): void {
    this.#others = others;
    for (let i = 1; i < this.#samples.length; i++) {
      const [before, after] = [this.#samples[i - 1], this.#samples[i]] as [
        MachineSample,
        MachineSample,
      ];
      this.#report(machineInterval(before, after, others));
    }
    this.#samples = this.#samples.slice(-1);
  }
}

/**
 * Judges the time between two samples. Pure.
 *
 * @param others of about that time
 */
export function machineInterval(
  before: MachineSample,
  after: MachineSample,
  others: OthersUse,
): MachineInterval {
  const [fromNs, toNs] = [before.atNs, after.atNs];
  const overNs = toNs - fromNs;
  const cpus = after.times?.cpus ?? 1;
  const stolenNs = Math.max(
    0,
    ((after.times?.stealSeconds ?? 0) - (before.times?.stealSeconds ?? 0)) * 1e9,
  );
  const othersOverNs = (others.toNs - others.fromNs) * cpus;
  const takenRatio =
    (othersOverNs > 0 ? (others.seconds * 1e9) / othersOverNs : 0) + stolenNs / (overNs * cpus);
  const waitedNs = (name: "clients" | "servers") => longestWaitNs(before[name], after[name]);
  const waitsNs = takenRatio < othersRatio ? 0 : waitedNs("clients") + waitedNs("servers");
  const lostNs = waitsNs + (after.ownSeconds - before.ownSeconds) * 1e9;
  const isDisturbed = lostNs >= waitingRatio * overNs || stolenNs >= stolenRatio * overNs * cpus;
  return { fromNs, toNs, lostNs: Math.min(overNs, lostNs + stolenNs), isDisturbed };
}

/** The longest time that a thread waited for a CPU; of those that are in both samples. */
function longestWaitNs(
  before: ReadonlyMap<string, ThreadTimes>,
  after: ReadonlyMap<string, ThreadTimes>,
): number {
  let longest = 0;
  for (const [thread, { waitedSeconds }] of after) {
    const from = before.get(thread);
    if (from !== undefined) longest = Math.max(longest, waitedSeconds - from.waitedSeconds);
  }
  return longest * 1e9;
}

function readTimes(): MachineTimes | null {
  return parseMachineTimes(readText("/proc/stat") ?? "");
}
