import type { RunResult } from "./result.ts";
import type { Snapshot } from "./snapshot.ts";

/**
 * A run that goes on.
 *
 * It can be iterated, any number of times: snapshots come four times a second, of several that nobody took the latest,
 * and end with the run. `await using` stops it at the end of the block, and waits for it.
 */
export interface RunHandle<Workload extends string = string, Server extends string = string>
  extends AsyncDisposable {
  /** As of `run`. */
  readonly result: Promise<RunResult<Workload, Server>>;
  /** How the run stands now. */
  view(): Snapshot<Workload, Server>;
  /**
   * First call: ends all workloads; replies are awaited, and the result follows, with the outcome "interrupted".
   * Second call: ends the run at once. Resolves when the run has ended.
   */
  stop(): Promise<void>;
  /** Snapshots from now on. */
  [Symbol.asyncIterator](): AsyncIterator<Snapshot<Workload, Server>, void>;
}
