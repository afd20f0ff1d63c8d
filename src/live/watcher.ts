import type { RunResult } from "../results/result.ts";
import type { RunView } from "../run/run-view.ts";

/** A run, as seen by a watcher. */
export interface WatchedRun {
  /** Returns the current state; may be called at any time, also after the end. */
  view(): RunView;
  /** Returns the result if the run ended now, with a meaningless outcome; null until there are measurements. */
  resultSoFar(): RunResult | null;
  /** Prints a message for the user; one line. */
  report(message: string): void;
}

/** Publishes runs to the outside while they are in progress. */
export interface RunWatcher {
  /** Called when a run starts. */
  begin(run: WatchedRun): void;
  /**
   * Called when the run has ended: the last chance to publish it. Never rejects.
   *
   * @param result null where the run failed
   */
  end(result: RunResult | null): Promise<void>;
  /** Releases all resources; no run follows. Never rejects. */
  close(): Promise<void>;
}
