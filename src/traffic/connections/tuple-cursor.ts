import type { ChurnCursor } from "../../address/churn-cursor.ts";
import { assert } from "../../base/assert.ts";

const none = -1;

/**
 * Gives each new connection of a worker the next tuple of its cursor, past those that a connection
 * still has: in a space barely larger than the connections the walk comes round to one that lasted.
 *
 * The tuple of step s comes again at step s + count. A look at all slots says at which step one may
 * be met next; until then there is no need to look.
 */
export class TupleWalk {
  readonly #cursor: ChurnCursor;
  /** The step at which the slot's connection took its tuple; -1 for slots without one. */
  readonly #stepOf: Float64Array;
  readonly #tupleOf: Float64Array;
  #step = 0;
  #meetsAtStep: number;

  /** @param slots connections at most at once; the cursor has as many tuples or more */
  constructor(cursor: ChurnCursor, slots: number) {
    assert(slots <= cursor.count, "each connection has a tuple of its own");
    this.#cursor = cursor;
    this.#stepOf = new Float64Array(slots).fill(none);
    this.#tupleOf = new Float64Array(slots);
    this.#meetsAtStep = cursor.count;
  }

  /**
   * The tuple of the slot's new connection, as an index in the flow space.
   *
   * @cost O(1), but O(slots) about once in a round of the cursor and for each connection met
   */
  take(slot: number): number {
    let tuple = this.#cursor.next();
    while (this.#step >= this.#meetsAtStep && this.#meets()) {
      this.#step++;
      tuple = this.#cursor.next();
    }
    this.#stepOf[slot] = this.#step++;
    this.#tupleOf[slot] = tuple;
    return tuple;
  }

  /** The tuple that the slot took last. */
  last(slot: number): number {
    return this.#tupleOf[slot] as number;
  }

  /** The slot's connection is closed. */
  giveBack(slot: number): void {
    this.#stepOf[slot] = none;
  }

  /** Whether a connection still has this step's tuple. */
  #meets(): boolean {
    const { count } = this.#cursor;
    const step = this.#step;
    let met = false;
    this.#meetsAtStep = step + count;
    for (let slot = 0; slot < this.#stepOf.length; slot++) {
      const took = this.#stepOf[slot] as number;
      if (took === none) continue;
      const past = (step - took) % count;
      if (past === 0) met = true;
      else this.#meetsAtStep = Math.min(this.#meetsAtStep, step + count - past);
    }
    return met;
  }
}
