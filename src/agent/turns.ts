/**
 * The turns of an agent's workers, in shared memory: the agent's main thread sees which worker has stopped
 * turning, whatever stopped it.
 *
 *     | element (Int32) | what                                                             |
 *     | --------------- | ---------------------------------------------------------------- |
 *     | 3w + 0          | worker w: whether it is in its loop, or on the way to it         |
 *     | 3w + 1          | worker w: turns begun; wraps                                     |
 *     | 3w + 2          | worker w: the workload whose user code runs, from 1; 0: none     |
 */
const wordsPerWorker = 3;

export class Turns {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;

  private constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
  }

  /** @param workers of the agent */
  static create(workers: number): Turns {
    const bytes = workers * wordsPerWorker * Int32Array.BYTES_PER_ELEMENT;
    return new Turns(new SharedArrayBuffer(bytes));
  }

  /** Returns the same turns in another thread. */
  static from(buffer: SharedArrayBuffer): Turns {
    return new Turns(buffer);
  }

  /** Returns the worker's own view. @param index among the agent's workers */
  of(index: number): OwnTurns {
    const at = index * wordsPerWorker;
    return new OwnTurns(this.#words.subarray(at, at + wordsPerWorker));
  }

  /** Returns how far a worker has come; null while it has no turns to begin. */
  progress(index: number): number | null {
    const at = index * wordsPerWorker;
    return Atomics.load(this.#words, at) === 0 ? null : Atomics.load(this.#words, at + 1);
  }

  /** Returns the workload whose user code the worker runs; null for none. */
  userCode(index: number): number | null {
    const place = Atomics.load(this.#words, index * wordsPerWorker + 2);
    return place === 0 ? null : place - 1;
  }
}

/** What a worker writes. */
export class OwnTurns {
  /** Where the worker writes the place in user code. */
  readonly userCode: Int32Array;
  readonly #words: Int32Array;

  constructor(words: Int32Array) {
    this.#words = words;
    this.userCode = words.subarray(2, 3);
  }

  /** From here on it is noticed when no turn begins. */
  begin(): void {
    Atomics.store(this.#words, 0, 1);
  }

  /** @cost one store, not atomic: it need not be seen at once */
  next(): void {
    this.#words[1] = ((this.#words[1] as number) + 1) | 0;
  }

  /** It has no more turns to begin. */
  end(): void {
    Atomics.store(this.#words, 0, 0);
  }
}
