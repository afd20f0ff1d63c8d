import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { writeAtomically } from "../base/files/atomic-file.ts";
import { makeFolders } from "../base/files/make-folders.ts";
import { whyNotWritten } from "../base/files/writing.ts";
import { printableData } from "../base/printable.ts";
import { jsonPieces } from "../base/text/json-pieces.ts";
import { formatDuration } from "../base/units.ts";
import type { RunResult } from "../results/result.ts";
import type { RunWatcher, WatchedRun } from "./watcher.ts";

/**
 * Writes what a run has measured so far, every few minutes, beside where its result goes: of a run of days that dies
 * something is left. Each takes the place of the one before, whole or not at all. The file is removed when the result
 * has been written; of a run that failed it stays.
 */
export class SnapshotFile implements RunWatcher {
  readonly #everyNs: number;
  readonly #pathOf: (result: RunResult) => string;
  #timer: NodeJS.Timeout | null = null;
  #run: WatchedRun | null = null;
  /** Of the run that goes on. */
  #path: string | null = null;
  /** Those whose runs have a result. */
  readonly #done = new Set<string>();
  #isReported = false;

  /** @param pathOf where the result is going to be written */
  constructor(everyNs: number, pathOf: (result: RunResult) => string) {
    this.#everyNs = everyNs;
    this.#pathOf = pathOf;
  }

  begin(run: WatchedRun): void {
    this.#run = run;
    this.#path = null;
    this.#timer = setInterval(() => this.#write(), this.#everyNs / 1e6);
    this.#timer.unref();
  }

  end(result: RunResult | null): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    if (this.#path !== null) {
      if (result !== null) this.#done.add(this.#path);
      else this.#run?.report(`what the run had measured so far is in ${this.#path}`);
    }
    this.#run = null;
    return Promise.resolve();
  }

  close(): Promise<void> {
    for (const path of this.#done) rmSync(path, { force: true });
    return Promise.resolve();
  }

  #write(): void {
    const result = this.#run?.resultSoFar() ?? null;
    if (result === null) return;
    const path = this.#pathOf(result).replace(/(\.json)?$/i, ".snapshot.json");
    try {
      makeFolders(dirname(path));
      writeAtomically(path, json(snapshotOf(result)));
      this.#path = path;
      this.#done.delete(path);
    } catch (error) {
      if (this.#isReported) return;
      this.#isReported = true;
      this.#run?.report(
        `a snapshot of the run could not be written to ${path} (${whyNotWritten(path, error)}), so nothing would be left of it if it died; the run goes on, and this is tried again`,
      );
    }
  }
}

function* json(result: RunResult): Generator<string> {
  yield* jsonPieces(result, printableData);
  yield "\n";
}

/** A result that says that its run goes on. */
function snapshotOf(result: RunResult): RunResult {
  const after = formatDuration(result.run.durationMs * 1e6);
  const reason = `the run goes on: this is what it had measured after ${after}; its gates are judged so far`;
  const { run } = result;
  return {
    ...result,
    run: { ...run, outcome: "interrupted", invalidBy: null, reasons: [reason] },
  };
}
