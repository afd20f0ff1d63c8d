import type { ProcessUsage } from "./process-usage.ts";

/** One sample of all processes of a server or an agent. Sums; null where the system reports none. */
export interface UsageSample {
  /** Since the sampler's start, ms. */
  readonly atMs: number;
  /** User and system time since the sampler's start, of all processes, including those that have exited. */
  readonly cpuSeconds: number;
  readonly rssBytes: number | null;
  readonly openFiles: number | null;
  readonly threads: number | null;
  readonly processes: number;
}

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
 */
export class ProcessAccount {
  readonly timeline: UsageSample[] = [];
  private readonly base = new Map<string, number>();
  private readonly seen = new Map<string, number>();
  private filesPeakPerProcess: number | null = null;
  private begun = false;

  /** Whether any process has been seen. */
  get hasBegun(): boolean {
    return this.begun;
  }

  /** @param usages all current processes; an empty list does not count as the first sample */
  add(atMs: number, usages: readonly ProcessUsage[]): UsageSample {
    for (const usage of usages) {
      // A pid may be reused by a new process; the start time distinguishes the two.
      const key = `${usage.pid} ${usage.startedTicks}`;
      if (!this.seen.has(key)) this.base.set(key, this.begun ? 0 : usage.cpuSeconds);
      this.seen.set(key, usage.cpuSeconds);
      this.filesPeakPerProcess = larger(this.filesPeakPerProcess, usage.openFiles);
    }
    this.begun ||= usages.length > 0;
    let cpuSeconds = 0;
    for (const [key, seconds] of this.seen) cpuSeconds += seconds - (this.base.get(key) ?? 0);
    const sample: UsageSample = {
      atMs,
      cpuSeconds,
      rssBytes: total(usages.map(({ rssBytes }) => rssBytes)),
      openFiles: total(usages.map(({ openFiles }) => openFiles)),
      threads: total(usages.map(({ threads }) => threads)),
      processes: usages.length,
    };
    this.timeline.push(sample);
    return sample;
  }

  summary(): UsageSummary {
    const peak = (value: (sample: UsageSample) => number | null): number | null =>
      this.timeline.map(value).reduce(larger, null);
    return {
      cpuSeconds: this.timeline.at(-1)?.cpuSeconds ?? 0,
      rssBytesPeak: peak(({ rssBytes }) => rssBytes),
      openFilesPeakPerProcess: this.filesPeakPerProcess,
      openFilesPeak: peak(({ openFiles }) => openFiles),
      threadsPeak: peak(({ threads }) => threads),
      timeline: this.timeline,
    };
  }
}

/** Returns the sum of the known values; null if there are none. */
function total(values: readonly (number | null)[]): number | null {
  return values.reduce((sum, value) => (value === null ? sum : (sum ?? 0) + value), null);
}

function larger(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}
