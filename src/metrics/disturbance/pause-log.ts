import type { Pause } from "./disturbance.ts";

/** Pauses kept one by one. */
const mostKept = 1000;

/** All pauses of a run: the longest of them, and the sum of all. */
export class PauseLog {
  #kept: Pause[] = [];
  #count = 0;
  #ns = 0;

  add(pauses: readonly Pause[]): void {
    for (const pause of pauses) {
      this.#count++;
      this.#ns += pause.toNs - pause.fromNs;
      this.#kept.push(pause);
    }
    // Sorting now and then is cheaper than at every one.
    if (this.#kept.length > 2 * mostKept) this.#drop();
  }

  /** The longest ones, in the order of time. */
  get longest(): readonly Pause[] {
    this.#drop();
    return this.#kept.toSorted((a, b) => a.fromNs - b.fromNs || a.worker - b.worker);
  }

  /** How many there were, those that are not kept included, and their time over all workers. */
  get total(): { readonly count: number; readonly ns: number } {
    return { count: this.#count, ns: this.#ns };
  }

  #drop(): void {
    const length = ({ fromNs, toNs }: Pause) => toNs - fromNs;
    if (this.#kept.length <= mostKept) return;
    this.#kept = this.#kept.toSorted((a, b) => length(b) - length(a)).slice(0, mostKept);
  }
}
