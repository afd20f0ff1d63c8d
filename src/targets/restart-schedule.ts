import { monotonicNs } from "../base/clock.ts";
import type { Restart } from "../scenario/scenario.ts";
import { restartNs } from "../schedule/restart-times.ts";
import type { RestartingServer } from "./restarting.ts";

/** A Node timer that is set for longer fires at once. */
const longestTimerMs = 2 ** 31 - 1;

/** A server and what the scenario says about its restarts. */
export interface Restarted {
  readonly server: RestartingServer;
  readonly restart: Restart;
}

/** Restarts servers at their times, from the run's zero on. */
export class RestartSchedule {
  readonly #restarted: readonly Restarted[];
  readonly #wanted: (server: string) => boolean;
  readonly #onFailure: (server: string, error: Error) => void;
  readonly #timers = new Set<NodeJS.Timeout>();
  #begun = false;

  /**
   * @param wanted    whether a workload still sends to the server: once none does, it is not restarted any more
   * @param onFailure a server could not be restarted
   */
  constructor(
    restarted: readonly Restarted[],
    wanted: (server: string) => boolean,
    onFailure: (server: string, error: Error) => void,
  ) {
    this.#restarted = restarted;
    this.#wanted = wanted;
    this.#onFailure = onFailure;
  }

  /** The run's zero is known. Idempotent. */
  begin(zeroNs: number): void {
    if (this.#begun) return;
    this.#begun = true;
    for (const restarted of this.#restarted) this.#plan(restarted, 0, zeroNs);
  }

  /** Starts no more restarts. */
  stop(): void {
    this.#begun = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #plan(restarted: Restarted, index: number, zeroNs: number): void {
    const { server, restart } = restarted;
    const delayMs = (zeroNs + restartNs(restart, index) - monotonicNs()) / 1e6;
    if (delayMs > longestTimerMs) return;
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        if (!this.#wanted(server.name)) return;
        this.#plan(restarted, index + 1, zeroNs);
        server.restart(index, restart).catch((error: Error) => {
          this.#onFailure(server.name, error);
        });
      },
      Math.max(0, Math.ceil(delayMs)),
    );
    this.#timers.add(timer);
  }
}
