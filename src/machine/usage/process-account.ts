import type { ProcessUsage } from "./process-usage.ts";

/** One look at all processes of a server or an agent. Sums; null where no process tells. */
export interface UsageSample {
  /** Since the sampler's start, ms. */
  readonly atMs: number;
  /** User and system time since the sampler's start, of all processes, those that ended included. */
  readonly cpuSeconds: number;
  readonly rssBytes: number | null;
  readonly openFiles: number | null;
  readonly threads: number | null;
  readonly processes: number;
}

/** What a server or an agent used in all. */
export interface UsageSummary {
  readonly cpuSeconds: number;
  readonly rssBytesPeak: number | null;
  /** Most files open in one process, beside its limit; and in all. */
  readonly openFilesPeakPerProcess: number | null;
  readonly openFilesPeak: number | null;
  readonly threadsPeak: number | null;
  readonly timeline: readonly UsageSample[];
}

/**
 * Adds up looks at a changing set of processes.
 *
 * A process that ended between two looks counts with what was last seen of it. The first look is
 * where counting begins for the processes that it finds; later ones count from their start.
 */
export class ProcessAccount {
  readonly timeline: UsageSample[] = [];
  private readonly base = new Map<string, number>();
  private readonly seen = new Map<string, number>();
  private filesPeakPerProcess: number | null = null;
  private begun = false;

  /** Whether a process was seen. */
  get hasBegun(): boolean {
    return this.begun;
  }

  /** @param usages all processes that live now; an empty list is no beginning */
  add(atMs: number, usages: readonly ProcessUsage[]): UsageSample {
    for (const usage of usages) {
      // A pid may be given to a new process; its start tells the two apart.
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

/** The sum of what is known; null when nothing is. */
function total(values: readonly (number | null)[]): number | null {
  return values.reduce((sum, value) => (value === null ? sum : (sum ?? 0) + value), null);
}

function larger(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}
