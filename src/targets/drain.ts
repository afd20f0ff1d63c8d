import { monotonicNs } from "../base/clock.ts";
import type { ServerExit } from "../processes/exit.ts";
import type { Instance } from "./target.ts";

/**
 * How an old instance of a server ends.
 *
 *     | state    | event                       | next     |
 *     | -------- | --------------------------- | -------- |
 *     | waiting  | begin(), end()              | draining |
 *     | draining | its process exited          | ended    |
 *     | draining | the time is up: SIGKILL     | killed   |
 *     | any      | giveUp(): the run is over   | running  |
 */
export class Drain {
  /** Resolves when the instance has ended. */
  readonly over: Promise<void>;
  readonly #instance: Instance;
  readonly #timeoutNs: number;
  readonly #onKill: () => void;
  #requested: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #beganNs: number | null = null;
  #endedNs: number | null = null;
  #killed = false;
  #given = false;
  #finish: () => void = () => {};

  /** @param onKill called when the time is up and the instance is killed */
  constructor(instance: Instance, timeoutNs: number, onKill: () => void) {
    this.#instance = instance;
    this.#timeoutNs = timeoutNs;
    this.#onKill = onKill;
    this.over = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /** Requests the instance to drain; see Instance.drain for when it resolves. Idempotent. */
  begin(): Promise<void> {
    this.#requested ??= this.#begin(() => this.#instance.drain());
    return this.#requested;
  }

  /** Ends the instance now, whatever its state. */
  end(): void {
    this.#requested ??= this.#begin(() => this.#instance.stop());
  }

  /** The run is over: the instance is ended along with everything else. */
  giveUp(): void {
    if (this.#endedNs === null) this.#given = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /** The instance's current state. */
  get state(): "waiting" | "ended" | "killed" | "running" {
    if (this.#beganNs === null) return "waiting";
    if (this.#endedNs === null || this.#given) return "running";
    return this.#killed ? "killed" : "ended";
  }

  /** From the request to its end, ns; null where it has ended neither by itself nor by SIGKILL. */
  get durationNs(): number | null {
    if (this.#beganNs === null || this.#endedNs === null || this.#given) return null;
    return this.#endedNs - this.#beganNs;
  }

  /** When the instance ended, monotonic clock; null while it runs. */
  get endedNs(): number | null {
    return this.#endedNs;
  }

  exit(): ServerExit | null {
    return this.state === "running" ? null : this.#instance.exit();
  }

  #begin(notify: () => Promise<void>): Promise<void> {
    this.#beganNs = monotonicNs();
    this.#timer = setTimeout(() => void this.#kill(), this.#timeoutNs / 1e6);
    void this.#instance.ended.then(() => {
      this.#endedNs = monotonicNs();
      if (this.#timer !== null) clearTimeout(this.#timer);
      this.#finish();
    });
    return notify();
  }

  /** Queries its counters first: a killed process does not answer. */
  async #kill(): Promise<void> {
    await this.#instance.stats();
    if (this.#endedNs !== null || this.#given) return;
    this.#killed = true;
    this.#onKill();
    this.#instance.kill();
  }
}
