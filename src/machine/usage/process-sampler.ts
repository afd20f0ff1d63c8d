import { ProcessAccount, type UsageSample, type UsageSummary } from "./process-account.ts";
import { readTrees } from "./process-usage.ts";

/** Who is watched: a server or an agent with all processes below its roots. */
export interface SampledProcesses {
  readonly name: string;
  /** Asked at every look; may be empty. */
  pids(): readonly number[];
}

const intervalMs = 1000;

/**
 * Looks at processes once a second: CPU, memory, open files, threads.
 *
 *     const sampler = new ProcessSampler(targets, monotonicNs);
 *     await sampler.start();
 *     const begin = await sampler.look();   // begin and end of steady state
 *     const end = await sampler.look();     // CPU used in it: end - begin, by name
 *     const summaries = await sampler.stop();
 *
 * It must be stopped before the processes end: one that has ended cannot be asked any more.
 */
export class ProcessSampler {
  private readonly targets: readonly SampledProcesses[];
  private readonly accounts: readonly ProcessAccount[];
  private readonly clock: () => number;
  private startNs = 0;
  private timer: NodeJS.Timeout | null = null;
  /** Looks follow each other: a slow one must not be overtaken, or times would run backward. */
  private last: Promise<unknown> = Promise.resolve();

  /** @param clock ns, monotonic */
  constructor(targets: readonly SampledProcesses[], clock: () => number) {
    this.targets = targets;
    this.accounts = targets.map(({ name }) => new ProcessAccount(name));
    this.clock = clock;
  }

  /** Takes the first look, from which CPU is counted, and one a second from then on. */
  async start(): Promise<void> {
    this.startNs = this.clock();
    await this.look();
    this.timer = setInterval(() => void this.look(), intervalMs);
    this.timer.unref();
  }

  /** Looks now. @returns the sample of each target by name */
  look(): Promise<ReadonlyMap<string, UsageSample>> {
    const next = this.last.then(() => this.sample());
    this.last = next;
    return next;
  }

  /** What the last look showed, by name; targets without a process are not in it. */
  latest(): ReadonlyMap<string, UsageSample> {
    return new Map(
      this.accounts.flatMap((account) => {
        const sample = account.timeline.at(-1);
        return sample === undefined || !account.hasBegun ? [] : [[account.name, sample] as const];
      }),
    );
  }

  /** What each target has used so far, in the targets' order. */
  summaries(): readonly UsageSummary[] {
    return this.accounts.map((account) => account.summary());
  }

  /** Takes the last look. @returns what each target used, in the targets' order */
  async stop(): Promise<readonly UsageSummary[]> {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    await this.look();
    return this.summaries();
  }

  private async sample(): Promise<ReadonlyMap<string, UsageSample>> {
    const trees = await readTrees(this.targets.map((target) => target.pids()));
    const atMs = (this.clock() - this.startNs) / 1e6;
    return new Map(
      this.accounts.map((account, i) => [account.name, account.add(atMs, trees[i] ?? [])] as const),
    );
  }
}
