/**
 * Times that the agent's main thread passes to its workers, in shared memory: a worker reads them
 * between two turns, without an event loop and without a message.
 *
 *     | element            | what                                                        |
 *     | ------------------ | ----------------------------------------------------------- |
 *     | version (Int32)    | counts changes; when it has changed, the times are reread   |
 *     | 4w + 0 (Float64)   | workload w: when to open connections; Infinity: not yet     |
 *     | 4w + 1             | workload w: when warm-up begins                             |
 *     | 4w + 2             | workload w: when it ends at the latest                      |
 *     | 4w + 3             | the run's zero, where the workload's server is restarted    |
 *
 * Times are of the monotonic clock, ns.
 */
const versionBytes = 8;
const timesPerWorkload = 4;

export interface WorkloadTimes {
  readonly openAtNs: number;
  readonly beginAtNs: number;
  readonly endAtNs: number;
  readonly zeroNs: number;
}

export class Control {
  readonly buffer: SharedArrayBuffer;
  readonly #version: Int32Array;
  readonly #times: Float64Array;

  private constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#version = new Int32Array(buffer, 0, 1);
    this.#times = new Float64Array(buffer, versionBytes);
  }

  static create(workloads: number): Control {
    const bytes = versionBytes + workloads * timesPerWorkload * Float64Array.BYTES_PER_ELEMENT;
    const control = new Control(new SharedArrayBuffer(bytes));
    control.#times.fill(Number.POSITIVE_INFINITY);
    return control;
  }

  /** Returns the same control in another thread. */
  static from(buffer: SharedArrayBuffer): Control {
    return new Control(buffer);
  }

  /** A plain read, which may lag by a turn: V8 calls a built-in function for an atomic one. */
  get version(): number {
    return this.#version[0] as number;
  }

  /** Sets the times that are given; the others stay. */
  set(workload: number, times: Partial<WorkloadTimes>): void {
    const at = workload * timesPerWorkload;
    if (times.openAtNs !== undefined) this.#times[at] = times.openAtNs;
    if (times.beginAtNs !== undefined) this.#times[at + 1] = times.beginAtNs;
    if (times.endAtNs !== undefined) this.#times[at + 2] = times.endAtNs;
    if (times.zeroNs !== undefined) this.#times[at + 3] = times.zeroNs;
    Atomics.add(this.#version, 0, 1);
  }

  /** Returns the times, at least as new as the version that was read. */
  get(workload: number): WorkloadTimes {
    Atomics.load(this.#version, 0);
    const at = workload * timesPerWorkload;
    return {
      openAtNs: this.#times[at] as number,
      beginAtNs: this.#times[at + 1] as number,
      endAtNs: this.#times[at + 2] as number,
      zeroNs: this.#times[at + 3] as number,
    };
  }
}
