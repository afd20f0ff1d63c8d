import { loadavg } from "node:os";
import { monotonicNs } from "../../base/clock.ts";
import type { MachineUse, SharedEventLoop } from "../../results/result.ts";
import type { SteadyCpu } from "../../results/server-result.ts";
import { readText } from "../read-text.ts";
import { EventLoopMeter } from "./event-loop-meter.ts";
import { type MachineTimes, parseMachineTimes } from "./machine-times.ts";
import { type ProcessRow, readProcesses, treeOf } from "./process-table.ts";
import { SteadyWindow } from "./steady-window.ts";
import { busiestThread, readThreads, type ThreadTimes } from "./thread-times.ts";
import { readThrottling, type Throttling } from "./throttling.ts";

/** The processes to read at each reading. */
export interface SteadySubjects {
  /** Servers started by this run, by name: roots of their processes. */
  servers(): readonly { readonly name: string; readonly pids: readonly number[] }[];
  /** Roots of everything that this run started, this process included. */
  ours(): readonly number[];
  /** Servers that run in this thread; left out: none. */
  inThread?(): readonly string[];
}

/** All that is read at one moment. */
export interface SteadyReading {
  readonly atNs: number;
  readonly times: MachineTimes | null;
  readonly throttling: Throttling | null;
  readonly rows: readonly ProcessRow[];
  readonly ours: readonly number[];
  readonly servers: ReadonlyMap<string, ServerReading>;
}

interface ServerReading {
  readonly rows: readonly ProcessRow[];
  readonly threads: ReadonlyMap<string, ThreadTimes>;
}

export interface SteadyUse {
  readonly machine: MachineUse | null;
  /** Of this thread; null where no server shares it. */
  readonly eventLoop: SharedEventLoop | null;
  readonly servers: ReadonlyMap<string, SteadyCpu>;
}

/** How many of the other programs are named. */
const mostNamed = 3;

/** pid of the parent of kernel threads. They work for all programs and do not count as others. */
const kernelThreads = 2;

/**
 * Measures CPU use of the machine, its other programs and the servers in steady state, by two readings: at
 * its start and at its end.
 */
export class SteadyMeter {
  readonly #window = new SteadyWindow(
    () => {
      this.#first = this.#read();
      const inThread = this.#subjects.inThread?.() ?? [];
      this.#eventLoop = inThread.length === 0 ? null : new EventLoopMeter(inThread);
    },
    () => {
      this.#eventLoop?.end();
      this.#last = this.#read();
    },
  );
  readonly #subjects: SteadySubjects;
  readonly #loadBefore: number | null;
  #eventLoop: EventLoopMeter | null = null;
  #first: Promise<SteadyReading> | null = null;
  #last: Promise<SteadyReading> | null = null;

  /** Must be created before the run's own load starts. */
  constructor(subjects: SteadySubjects) {
    this.#subjects = subjects;
    this.#loadBefore = loadavg()[0] ?? null;
  }

  /** Sets the planned steady state of a workload, from `steadyNs` to `endNs` (Infinity: not known). */
  plan(steadyNs: number, endNs: number): void {
    this.#window.plan(steadyNs, endNs);
  }

  /** Records that a workload has ended; the first end counts. */
  end(): void {
    this.#window.end();
  }

  /** Ends the measurement and returns it; null if steady state was not reached. */
  async take(): Promise<SteadyUse | null> {
    this.#window.close();
    const [first, last] = await Promise.all([this.#first, this.#last]);
    if (first === null || last === null) return null;
    const eventLoop = this.#eventLoop?.measured ?? null;
    return { ...steadyUse(first, last, this.#loadBefore), eventLoop };
  }

  /** Ends the measurement of a failed run. */
  close(): void {
    this.#window.close();
  }

  async #read(): Promise<SteadyReading> {
    const rows = await readProcesses();
    const isLinux = process.platform === "linux";
    return {
      atNs: monotonicNs(),
      times: isLinux ? parseMachineTimes(readText("/proc/stat") ?? "") : null,
      throttling: isLinux ? readThrottling() : null,
      rows,
      ours: this.#subjects.ours(),
      servers: new Map(
        this.#subjects.servers().map(({ name, pids }) => {
          const tree = treeOf(rows, pids);
          return [name, { rows: tree, threads: readThreads(tree.map(({ pid }) => pid)) }] as const;
        }),
      ),
    };
  }
}

/** Returns the difference of two readings. Pure except for the names of other programs, which are looked up. */
export function steadyUse(
  first: SteadyReading,
  last: SteadyReading,
  loadBefore: number | null,
  nameOf: (pid: number) => string = programName,
): Omit<SteadyUse, "eventLoop"> {
  const overSeconds = (last.atNs - first.atNs) / 1e9;
  const servers = new Map<string, SteadyCpu>();
  for (const [name, after] of last.servers) {
    const before = first.servers.get(name);
    if (before === undefined || after.rows.length === 0) continue;
    const busiest = busiestThread(before.threads, after.threads);
    servers.set(name, {
      cpuSeconds: grown(before.rows, after.rows).reduce((sum, { seconds }) => sum + seconds, 0),
      busiestThreadSeconds: busiest?.ranSeconds ?? null,
      busiestThreadWaitedSeconds: busiest?.waitedSeconds ?? null,
      overSeconds,
    });
  }
  return { machine: machineUse(first, last, overSeconds, loadBefore, nameOf), servers };
}

function machineUse(
  first: SteadyReading,
  last: SteadyReading,
  overSeconds: number,
  loadBefore: number | null,
  nameOf: (pid: number) => string,
): MachineUse | null {
  if (first.times === null || last.times === null) return null;
  const between = (name: keyof MachineTimes) =>
    (last.times?.[name] ?? 0) - (first.times?.[name] ?? 0);
  const seen = seenOthers(first, last);
  const { throttling } = last;
  return {
    cpus: last.times.cpus,
    overSeconds,
    idleSeconds: between("idleSeconds"),
    stealSeconds: between("stealSeconds"),
    othersSeconds: othersSeconds(first, last),
    busiestOthers: seen
      .filter(({ seconds }) => seconds > 0)
      .toSorted((a, b) => b.seconds - a.seconds)
      .slice(0, mostNamed)
      .map(({ pid, seconds }) => ({ name: nameOf(pid), pid, cpuSeconds: seconds })),
    throttledPeriods:
      throttling === null ? null : throttling.periods - (first.throttling?.periods ?? 0),
    throttledSeconds:
      throttling === null ? null : throttling.seconds - (first.throttling?.seconds ?? 0),
    loadBefore,
  };
}

type RowsReading = Pick<SteadyReading, "times" | "rows" | "ours">;

/**
 * Returns the CPU time of programs that are not ours between two readings: the larger of two figures that are both too
 * small at times, those that can be seen, and that of all programs less ours, s. Null where it is not known.
 */
export function othersSeconds(first: RowsReading, last: RowsReading): number | null {
  if (first.times === null || last.times === null) return null;
  const seenSeconds = seenOthers(first, last).reduce((sum, { seconds }) => sum + seconds, 0);
  // Programs that are not visible, or ran only between the readings, are in the sum of all programs.
  const ours = total(treeOf(last.rows, last.ours)) - total(treeOf(first.rows, first.ours));
  const kernel = total(last.rows.filter(isKernel)) - total(first.rows.filter(isKernel));
  const programs = last.times.programSeconds - first.times.programSeconds;
  return Math.max(0, seenSeconds, programs - ours - kernel);
}

function seenOthers(first: RowsReading, last: RowsReading): ReturnType<typeof grown> {
  const oursNow = new Set(treeOf(last.rows, last.ours).map(({ pid }) => pid));
  return grown(
    first.rows,
    last.rows.filter((row) => !oursNow.has(row.pid) && !isKernel(row)),
  );
}

function isKernel({ pid, parent }: ProcessRow): boolean {
  return pid === kernelThreads || parent === kernelThreads;
}

/** Returns the CPU time of a tree, including its exited processes: it never decreases. */
function total(rows: readonly ProcessRow[]): number {
  return rows.reduce((sum, row) => sum + row.cpuSeconds + row.reapedSeconds, 0);
}

/** Returns the CPU time of each process that runs at the end. Start times distinguish reused pids. */
function grown(
  before: readonly ProcessRow[],
  after: readonly ProcessRow[],
): { readonly pid: number; readonly seconds: number }[] {
  const key = ({ pid, startedTicks }: ProcessRow) => `${pid} ${startedTicks}`;
  const from = new Map(before.map((row) => [key(row), row.cpuSeconds]));
  return after.map((row) => ({
    pid: row.pid,
    seconds: row.cpuSeconds - (from.get(key(row)) ?? 0),
  }));
}

/** Returns a program's name without path and arguments, which may be private. */
function programName(pid: number): string {
  return readText(`/proc/${pid}/comm`)?.trim() || "a program";
}
