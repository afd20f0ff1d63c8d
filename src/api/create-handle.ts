import { exitStatus, UserError } from "../base/errors.ts";
import type { RunView } from "../run/run-view.ts";
import { capacityErrorOf } from "./capacity.ts";
import type { RunHandle } from "./handle.ts";
import type { RunResult } from "./result.ts";
import type { Snapshot } from "./snapshot.ts";
import { emptySnapshot, snapshotOf } from "./snapshot-of.ts";

/** What a run can be asked and told. */
interface Controlled {
  view(): RunView;
  interrupt(): void;
}

/** What makes a run gets of its handle. */
export interface RunControl<Controls = Controlled> {
  /** @throws UserError where it is to stop before it has begun */
  starting(): void;
  begun(run: Controls): void;
  /** There is something new to see. */
  progressed(): void;
}

interface HandleOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onSnapshot?: ((snapshot: Snapshot) => void) | undefined;
}

/** @param make makes the run; what it throws is what `result` rejects with */
export function createHandle(
  { signal, onSnapshot }: HandleOptions,
  make: (control: RunControl) => Promise<RunResult>,
): RunHandle {
  return new Handle(signal, onSnapshot, make);
}

class Handle implements RunHandle {
  readonly result: Promise<RunResult>;
  readonly #onSnapshot: HandleOptions["onSnapshot"];
  readonly #listeners = new Set<() => void>();
  #run: Controlled | null = null;
  #last: Snapshot = emptySnapshot;
  #stops = 0;
  #isOver = false;
  /** What `onSnapshot` threw. */
  #failure: { readonly error: unknown } | null = null;

  constructor(
    signal: AbortSignal | undefined,
    onSnapshot: HandleOptions["onSnapshot"],
    make: (control: RunControl) => Promise<RunResult>,
  ) {
    this.#onSnapshot = onSnapshot;
    this.result = this.#make(signal, make);
    // Whoever waits for it sees the rejection; who only iterates, or stops, need not.
    this.result.catch(() => {});
  }

  view(): Snapshot {
    if (!this.#isOver && this.#run !== null) this.#last = snapshotOf(this.#run.view());
    return this.#last;
  }

  async stop(): Promise<void> {
    this.#interrupt();
    await this.#end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#interrupt();
    this.#interrupt();
    await this.#end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Snapshot, void> {
    let wake = () => {};
    let isNew = false;
    const listener = () => {
      isNew = true;
      wake();
    };
    this.#listeners.add(listener);
    try {
      while (!this.#isOver) {
        if (!isNew) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        isNew = false;
        if (!this.#isOver) yield this.view();
      }
    } finally {
      this.#listeners.delete(listener);
    }
  }

  async #make(
    signal: AbortSignal | undefined,
    make: (control: RunControl) => Promise<RunResult>,
  ): Promise<RunResult> {
    const aborted = () => this.#interrupt();
    signal?.addEventListener("abort", aborted, { once: true });
    if (signal?.aborted) aborted();
    try {
      const result = await make({
        starting: () => this.#starting(signal),
        begun: (run) => {
          this.#run = run;
        },
        progressed: () => this.#progressed(),
      });
      if (this.#failure !== null) throw this.#failure.error;
      return result;
    } catch (error) {
      if (this.#failure !== null) throw this.#failure.error;
      throw error instanceof UserError ? error : (capacityErrorOf(error) ?? error);
    } finally {
      signal?.removeEventListener("abort", aborted);
      this.view();
      this.#isOver = true;
      for (const listener of this.#listeners) listener();
    }
  }

  #starting(signal: AbortSignal | undefined): void {
    if (this.#stops === 0) return;
    throw new UserError(
      "the run was stopped before it began: nothing was measured",
      exitStatus.interrupted,
      { cause: signal?.reason },
    );
  }

  #progressed(): void {
    for (const listener of this.#listeners) listener();
    if (this.#onSnapshot === undefined || this.#failure !== null) return;
    try {
      this.#onSnapshot(this.view());
    } catch (error) {
      this.#failure = { error };
      this.#interrupt();
      this.#interrupt();
    }
  }

  #interrupt(): void {
    this.#stops++;
    this.#run?.interrupt();
  }

  async #end(): Promise<void> {
    await this.result.catch(() => {});
  }
}
