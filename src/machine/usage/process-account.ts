import { rollUp, type Slice } from "../../metrics/timeline/roll-up.ts";
import type { ProcessUsage } from "./process-usage.ts";

/**
 * One sample of all processes of a server or an agent, or those of several seconds together: CPU time is that of the last
 * one, all else their mean. Sums; null where the system reports none.
 */
export interface UsageSample extends Slice {
  /** Since the sampler's start, ms. */
  readonly atMs: number;
  /** User and system time since the sampler's start, of all processes, including those that have exited. */
  readonly cpuSeconds: number;
  readonly rssBytes: number | null;
  readonly openFiles: number | null;
  readonly threads: number | null;
  readonly processes: number;
}

/** How often old samples are put together. */
const rollEveryMs = 10_000;

/** A process that no sample has had for so long has exited: one may be missing in a sample on a busy machine. */
const exitedAfterMs = 1_200_000;

/** Total usage of a server or an agent. */
export interface UsageSummary {
  readonly cpuSeconds: number;
  readonly rssBytesPeak: number | null;
  /** Most open files of one process, to compare with its limit, and of all together. */
  readonly openFilesPeakPerProcess: number | null;
  readonly openFilesPeak: number | null;
  readonly threadsPeak: number | null;
  readonly timeline: readonly UsageSample[];
}

/**
 * Sums up samples of a changing set of processes.
 *
 * A process that exited between two samples counts with its last sample. Processes in the first sample
 * are counted from that sample on; later ones from their start.
 *
 * Memory is bounded: samples are put together as they become old, and so are processes that have exited.
 */
export class ProcessAccount {
  readonly timeline: UsageSample[] = [];
  /** By process: CPU time before it was counted, as of its last sample, and when that was taken. */
  private readonly seen = new Map<string, { base: number; cpuSeconds: number; atMs: number }>();
  /** CPU time of those that have exited. */
  private exitedSeconds = 0;
  private rss: number | null = null;
  private files: number | null = null;
  private threads: number | null = null;
  private filesPeakPerProcess: number | null = null;
  private begun = false;
  private rolledMs = 0;

  /** Whether any process has been seen. */
  get hasBegun(): boolean {
    return this.begun;
  }

  /** @param usages all current processes; an empty list does not count as the first sample */
  add(atMs: number, usages: readonly ProcessUsage[]): UsageSample {
    for (const usage of usages) {
      // A pid may be reused by a new process; the start time distinguishes the two.
      const key = `${usage.pid} ${usage.startedTicks}`;
      const { cpuSeconds } = usage;
      const base = this.seen.get(key)?.base ?? (this.begun ? 0 : cpuSeconds);
      this.seen.set(key, { base, cpuSeconds, atMs });
      this.filesPeakPerProcess = larger(this.filesPeakPerProcess, usage.openFiles);
    }
    this.begun ||= usages.length > 0;
    let cpuSeconds = this.exitedSeconds;
    for (const { base, cpuSeconds: seconds } of this.seen.values()) cpuSeconds += seconds - base;
    const sample: UsageSample = {
      second: Math.floor(atMs / 1000),
      seconds: 1,
      atMs,
      cpuSeconds,
      rssBytes: total(usages.map(({ rssBytes }) => rssBytes)),
      openFiles: total(usages.map(({ openFiles }) => openFiles)),
      threads: total(usages.map(({ threads }) => threads)),
      processes: usages.length,
    };
    this.timeline.push(sample);
    this.rss = larger(this.rss, sample.rssBytes);
    this.files = larger(this.files, sample.openFiles);
    this.threads = larger(this.threads, sample.threads);
    if (atMs - this.rolledMs >= rollEveryMs) this.rollUp(atMs);
    return sample;
  }

  private rollUp(atMs: number): void {
    this.rolledMs = atMs;
    rollUp(this.timeline, Math.floor(atMs / 1000), 0, together);
    for (const [key, { base, cpuSeconds, atMs: lastMs }] of this.seen) {
      if (atMs - lastMs < exitedAfterMs) continue;
      this.seen.delete(key);
      this.exitedSeconds += cpuSeconds - base;
    }
  }

  summary(): UsageSummary {
    return {
      cpuSeconds: this.timeline.at(-1)?.cpuSeconds ?? 0,
      rssBytesPeak: this.rss,
      openFilesPeakPerProcess: this.filesPeakPerProcess,
      openFilesPeak: this.files,
      threadsPeak: this.threads,
      timeline: this.timeline,
    };
  }
}

function together(parts: readonly UsageSample[], slice: Slice): UsageSample {
  const last = parts.at(-1) as UsageSample;
  const mean = (value: (sample: UsageSample) => number | null) => {
    const known = parts.flatMap((part) => {
      const one = value(part);
      return one === null ? [] : [{ one, seconds: part.seconds }];
    });
    const seconds = known.reduce((sum, part) => sum + part.seconds, 0);
    if (seconds === 0) return null;
    return Math.round(known.reduce((sum, part) => sum + part.one * part.seconds, 0) / seconds);
  };
  return {
    ...last,
    second: slice.second,
    seconds: slice.seconds,
    rssBytes: mean(({ rssBytes }) => rssBytes),
    openFiles: mean(({ openFiles }) => openFiles),
    threads: mean(({ threads }) => threads),
  };
}

/** Returns the sum of the known values; null if there are none. */
function total(values: readonly (number | null)[]): number | null {
  return values.reduce((sum, value) => (value === null ? sum : (sum ?? 0) + value), null);
}

function larger(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}
