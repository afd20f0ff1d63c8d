import type { Snapshot } from "../api/snapshot.ts";

/** As they are before a test replaces them. */
const realTimers: Pick<typeof globalThis, "clearTimeout" | "setTimeout"> = {
  clearTimeout: globalThis.clearTimeout,
  setTimeout: globalThis.setTimeout,
};

/** Ends a run that does not end by itself: later than it plans to, and when nothing happens any more. */
export class RunWatch {
  /** Why it was ended; null: it was not. */
  reason: string | null = null;
  readonly #patienceMs: number;
  readonly #end: () => void;
  readonly #timers: typeof realTimers;
  #timer: NodeJS.Timeout;
  #state: Snapshot["state"] = "planning";
  #done = "";

  /** @param patienceMs how long nothing may happen; @param end is called at most once */
  constructor(patienceMs: number, end: () => void, timers = realTimers) {
    this.#timers = timers;
    this.#patienceMs = patienceMs;
    this.#end = end;
    this.#timer = this.#after(0);
  }

  saw({ state, remainingMs, workloads }: Snapshot): void {
    const counts = Object.values(workloads).map((workload) => [
      workload?.state,
      workload?.open,
      workload?.sent,
      workload?.received,
      workload?.errors,
    ]);
    const done = JSON.stringify([state, counts]);
    const planned = remainingMs ?? 0;
    if (this.reason !== null || (planned === 0 && done === this.#done)) return;
    this.#done = done;
    this.#state = state;
    this.#timers.clearTimeout(this.#timer);
    this.#timer = this.#after(planned);
  }

  stop(): void {
    this.#timers.clearTimeout(this.#timer);
  }

  #after(plannedMs: number): NodeJS.Timeout {
    return this.#timers.setTimeout(() => {
      this.reason = `the run did not end: nothing has happened for ${this.#patienceMs / 1000} s (state: ${this.#state}); if it takes so long, give "patience"`;
      this.#end();
    }, plannedMs + this.#patienceMs);
  }
}
