import { monotonicNs } from "../../../base/clock.ts";
import { debugLog } from "../../../base/debug.ts";
import { doubleZero } from "../../../base/v8-double.ts";
import { controlHeaderBytes, socket } from "./abi.ts";
import { findControl } from "./control.ts";
import { Memory } from "./memory.ts";
import { realtime } from "./syscalls.ts";

const debug = debugLog("uring");

/** Room for a stamp (SCM_TIMESTAMPNS): a struct timespec with its header. */
export const receiveStampBytes = controlHeaderBytes + 16;

/** Readings of the two clocks in one measurement, the quickest of which counts, and how often they are measured. */
const readings = 32;
const measureEveryNs = 1e9;

/** How long the wall clock is taken to differ from the monotonic one by the same: until it is set. */
interface Offset {
  /** Monotonic time at the wall clock's second `second`, ns. */
  readonly ns: number;
  /** Half of how long the reading took: the difference is not farther off, ns. */
  readonly errorNs: number;
}

/**
 * The kernel's time stamps of what sockets receive, on the monotonic clock.
 *
 * The kernel stamps packets with the wall clock. Both clocks run at the same rate, as they are slewed together; their
 * difference changes only where the wall clock is set. It is measured again each second: the best reading holds
 * until one contradicts it.
 *
 * @see socket(7), SO_TIMESTAMPNS; Documentation/networking/timestamping.rst
 */
export class ReceiveStamps {
  readonly #memory = new Memory(16);
  readonly #read: () => readonly [second: number, ns: number];
  /** Of the wall clock; counting from it a double holds ns. */
  readonly #second: number;
  /** As in `Offset`. */
  #offsetNs = doubleZero;
  #errorNs = doubleZero;
  #measureAtNs = doubleZero;
  readonly #clock: () => number;

  /**
   * @param read  the wall clock, seconds and ns
   * @param clock the monotonic clock
   */
  constructor(read: (() => readonly [number, number]) | null = null, clock = monotonicNs) {
    this.#clock = clock;
    this.#read = read ?? (() => this.#realtime());
    [this.#second] = this.#read();
    const offset = this.#measure();
    this.#take(offset);
    debug("the wall clock is known to %d ns", offset.errorNs);
  }

  /** How far the stamps may be off, ns. */
  get errorNs(): number {
    return this.#errorNs;
  }

  /** Measures the clocks again, where it is time to. @returns the time */
  refresh(nowNs: number): number {
    if (nowNs < this.#measureAtNs) return nowNs;
    const offset = this.#measure();
    const isOther = Math.abs(offset.ns - this.#offsetNs) > offset.errorNs + this.#errorNs;
    if (isOther) debug("the wall clock was set by %d ns", this.#offsetNs - offset.ns);
    if (isOther || offset.errorNs <= this.#errorNs) this.#take(offset);
    else this.#measureAtNs = nowNs + measureEveryNs;
    return this.#clock();
  }

  /**
   * When a message was received.
   *
   * @param words memory with the message's options, from word `at` on, `bytes` long
   * @returns     monotonic clock, ns; NaN: they do not say it
   */
  read(words: Int32Array, at: number, bytes: number): number {
    const option = findControl(words, at, bytes, socket.levelSocket, socket.timestampNs);
    if (option < 0) return Number.NaN;
    const second = ((words[option] as number) >>> 0) + (words[option + 1] as number) * 4294967296;
    return (second - this.#second) * 1e9 + (words[option + 2] as number) + this.#offsetNs;
  }

  free(): void {
    this.#memory.free();
  }

  #take(offset: Offset): void {
    this.#offsetNs = offset.ns;
    this.#errorNs = offset.errorNs;
    this.#measureAtNs = this.#clock() + measureEveryNs;
  }

  /** Reads the wall clock between two readings of the monotonic one: the closer they are, the better. */
  #measure(): Offset {
    let best: Offset = { ns: 0, errorNs: Number.POSITIVE_INFINITY };
    for (let i = 0; i < readings; i++) {
      const beforeNs = this.#clock();
      const [second, ns] = this.#read();
      const afterNs = this.#clock();
      const errorNs = (afterNs - beforeNs) / 2;
      if (errorNs >= best.errorNs) continue;
      best = { ns: beforeNs + errorNs - (second - this.#second) * 1e9 - ns, errorNs };
    }
    return best;
  }

  #realtime(): readonly [number, number] {
    const { words, address } = this.#memory;
    realtime(address);
    const second = ((words[0] as number) >>> 0) + (words[1] as number) * 4294967296;
    return [second, words[2] as number];
  }
}
