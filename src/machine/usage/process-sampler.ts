import { ProcessAccount, type UsageSample, type UsageSummary } from "./process-account.ts";
import type { ProcessRow } from "./process-table.ts";
import { readTrees } from "./process-usage.ts";

/** What is sampled: a server or the agents, with all processes below the roots. */
export interface Sampled {
  /** Read for every sample; may be empty. */
  readonly pids: readonly number[];
}

const intervalMs = 1000;

/**
 * Samples processes once a second: CPU, memory, open files, threads.
 *
 *     const sampler = new ProcessSampler([server, agents], monotonicNs);
 *     await sampler.start();
 *     const begin = (await sampler.look()).get(server);   // start and end of steady state
 *     const end = (await sampler.look()).get(server);     // CPU used in it: end - begin
 *     const summaries = await sampler.stop();
 *
 * It must be stopped before the processes exit: afterwards they can no longer be read.
 */
export class ProcessSampler<Subject extends Sampled> {
  private readonly accounts: ReadonlyMap<Subject, ProcessAccount>;
  private readonly clock: () => number;
  private readonly onRows: (rows: readonly ProcessRow[]) => void;
  private startNs = 0;
  private timer: NodeJS.Timeout | null = null;
  /** Samples are taken one after the other: if one overtook another, times would run backward. */
  private last: Promise<unknown> = Promise.resolve();

  /**
   * @param clock  ns, monotonic
   * @param onRows is given all processes of the machine at each sample
   */
  constructor(
    subjects: readonly Subject[],
    clock: () => number,
    onRows: (rows: readonly ProcessRow[]) => void = () => {},
  ) {
    this.onRows = onRows;
    this.accounts = new Map(subjects.map((subject) => [subject, new ProcessAccount()]));
    this.clock = clock;
  }

  /** Takes the first sample, from which CPU is counted, and then one per second. */
  async start(): Promise<void> {
    this.startNs = this.clock();
    await this.look();
    this.timer = setInterval(() => void this.look(), intervalMs);
    this.timer.unref();
  }

  /** Takes a sample now. @returns the sample of each subject */
  look(): Promise<ReadonlyMap<Subject, UsageSample>> {
    const next = this.last.then(() => this.sample());
    this.last = next;
    return next;
  }

  /** Returns the last sample; it does not contain subjects without a process. */
  latest(): ReadonlyMap<Subject, UsageSample> {
    return new Map(
      [...this.accounts].flatMap(([subject, account]) => {
        const sample = account.timeline.at(-1);
        return sample === undefined || !account.hasBegun ? [] : [[subject, sample] as const];
      }),
    );
  }

  /** Returns what each subject has used so far. */
  summaries(): ReadonlyMap<Subject, UsageSummary> {
    return new Map([...this.accounts].map(([subject, account]) => [subject, account.summary()]));
  }

  /** Takes the last sample. @returns what each subject used */
  async stop(): Promise<ReadonlyMap<Subject, UsageSummary>> {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    await this.look();
    return this.summaries();
  }

  private async sample(): Promise<ReadonlyMap<Subject, UsageSample>> {
    const trees = await readTrees(
      [...this.accounts.keys()].map(({ pids }) => pids),
      this.onRows,
    );
    const atMs = (this.clock() - this.startNs) / 1e6;
    return new Map(
      [...this.accounts].map(([subject, account], i) => [
        subject,
        account.add(atMs, trees[i] ?? []),
      ]),
    );
  }
}
