import type { RunView } from "../coordinator/run-view.ts";

/** A run, for somebody who watches it. */
export interface WatchedRun {
  /** How it stands; may be asked at any time, also after the end. */
  view(): RunView;
  /** Tells the user something; one line. */
  tell(message: string): void;
}

/** Somebody outside who is told of runs while they go on. */
export interface RunWatcher {
  /** A run begins. */
  begin(run: WatchedRun): void;
  /** The run has ended, well or not: the last chance to tell of it. Never rejects. */
  end(): Promise<void>;
  /** No more runs: gives back what was taken. Never rejects. */
  close(): Promise<void>;
}
