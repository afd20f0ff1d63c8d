import type { RunResult } from "../results/result.ts";
import type { RunView } from "../run/run-view.ts";

/** A run, for somebody who watches it. */
export interface WatchedRun {
  /** How it stands; may be asked at any time, also after the end. */
  view(): RunView;
  /** The result if it were over now, its outcome meaning nothing; null until there is anything. */
  resultSoFar(): RunResult | null;
  /** Tells the user something; one line. */
  report(message: string): void;
}

/** Somebody outside who is told of runs while they go on. */
export interface RunWatcher {
  /** A run begins. */
  begin(run: WatchedRun): void;
  /**
   * The run has ended: the last chance to tell of it. Never rejects.
   *
   * @param result null where the run could not be made
   */
  end(result: RunResult | null): Promise<void>;
  /** No more runs: gives back what was taken. Never rejects. */
  close(): Promise<void>;
}
