import { loadavg } from "node:os";
import { monotonicNs } from "../../base/clock.ts";
import type { MachineUse, SteadyCpu } from "../../results/result.ts";
import { readText } from "../read-text.ts";
import { type MachineTimes, parseMachineTimes } from "./machine-times.ts";
import { type ProcessRow, readProcesses, treeOf } from "./process-table.ts";
import { SteadyWindow } from "./steady-window.ts";
import { busiestThread, readThreads, type ThreadTimes } from "./thread-times.ts";
import { readThrottling, type Throttling } from "./throttling.ts";

/** Whose processes are asked for at each reading. */
export interface SteadySubjects {
  /** Servers that were started here, by name: roots of their processes. */
  servers(): readonly { readonly name: string; readonly pids: readonly number[] }[];
  /** Roots of everything that this run started, this process included. */
  ours(): readonly number[];
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
  readonly servers: ReadonlyMap<string, SteadyCpu>;
}

/** How many of the other programs are named. */
const mostNamed = 3;

/** Kernel threads, which are children of this one, work for everybody: they are nobody's noise. */
const kernelThreads = 2;

/**
 * What the machine, its other programs and the servers did in steady state: two readings, at its begin
 * and its end.
 */
export class SteadyMeter {
  readonly #window = new SteadyWindow(
    () => {
      this.#first = this.#read();
    },
    () => {
      this.#last = this.#read();
    },
  );
  readonly #subjects: SteadySubjects;
  readonly #loadBefore: number | null;
  #first: Promise<SteadyReading> | null = null;
  #last: Promise<SteadyReading> | null = null;

  /** To be made before the run's own load. */
  constructor(subjects: SteadySubjects) {
    this.#subjects = subjects;
    this.#loadBefore = loadavg()[0] ?? null;
  }

  /** A workload's steady state is planned from `steadyNs` to `endNs` (Infinity: not known). */
  plan(steadyNs: number, endNs: number): void {
    this.#window.plan(steadyNs, endNs);
  }

  /** A workload has ended; the first end counts. */
  end(): void {
    this.#window.end();
  }

  /** What was measured; null when steady state was not reached. Ends the measurement. */
  async take(): Promise<SteadyUse | null> {
    this.#window.close();
    const [first, last] = await Promise.all([this.#first, this.#last]);
    return first === null || last === null ? null : steadyUse(first, last, this.#loadBefore);
  }

  /** Ends the measurement of a run that came to nothing. */
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

/** What lies between two readings. Pure but for the names of other programs, which are looked up. */
export function steadyUse(
  first: SteadyReading,
  last: SteadyReading,
  loadBefore: number | null,
  nameOf: (pid: number) => string = programName,
): SteadyUse {
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
  const isKernel = ({ pid, parent }: ProcessRow) =>
    pid === kernelThreads || parent === kernelThreads;
  const oursNow = new Set(treeOf(last.rows, last.ours).map(({ pid }) => pid));
  const seen = grown(
    first.rows,
    last.rows.filter((row) => !oursNow.has(row.pid) && !isKernel(row)),
  );
  const seenSeconds = seen.reduce((sum, { seconds }) => sum + seconds, 0);
  // Those that cannot be seen, or have come and gone, are in the sum of all programs.
  const ours = total(treeOf(last.rows, last.ours)) - total(treeOf(first.rows, first.ours));
  const kernel = total(last.rows.filter(isKernel)) - total(first.rows.filter(isKernel));
  const unseenSeconds = between("programSeconds") - ours - kernel;
  const { throttling } = last;
  return {
    cpus: last.times.cpus,
    overSeconds,
    idleSeconds: between("idleSeconds"),
    stealSeconds: between("stealSeconds"),
    othersSeconds: Math.max(0, seenSeconds, unseenSeconds),
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

/** CPU time of a tree, with that of the processes that ended in it: it never shrinks. */
function total(rows: readonly ProcessRow[]): number {
  return rows.reduce((sum, row) => sum + row.cpuSeconds + row.reapedSeconds, 0);
}

/** What each process used that lives at the end. A pid may be given to a new one; its start tells. */
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

/** Without its path and arguments, which are nobody's business. */
function programName(pid: number): string {
  return readText(`/proc/${pid}/comm`)?.trim() || "a program";
}
