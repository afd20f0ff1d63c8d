import type { Pause, PauseCause } from "./disturbance.ts";
import { LostTime } from "./lost-time.ts";
import { PauseLog } from "./pause-log.ts";

/** Time of an interval in which clients or servers were kept from running by others; monotonic clock, ns. */
export interface MachineInterval {
  readonly fromNs: number;
  readonly toNs: number;
  /** How long at most it can have delayed an exchange: 0 where nobody but us used the machine. */
  readonly lostNs: number;
  /** Whether that is so much that what was measured in it says little of the server. */
  readonly isDisturbed: boolean;
}

export type Disturber = "generator" | "machine";

/** The machine's time is lost bit by bit: it is as long as the most that was lost in so much of it. */
const machineSpanNs = 1e9;

/** A worker that was saturated for so long had a queue of its own. */
const saturatedNs = 1e9;

/** The machine's causes; all others are the load generator's own. */
const machineCauses: ReadonlySet<PauseCause> = new Set(["cpu", "steal"]);

const nothing = new LostTime();

/** Everything that may have delayed exchanges of a run and is not the server: pauses of workers, and the machine. */
export class Disturbances {
  readonly pauses = new PauseLog();
  /** By worker: pauses of its own, and those that it waited in for a CPU. */
  readonly #paused = new Map<number, LostTime>();
  readonly #waited = new Map<number, LostTime>();
  readonly #saturated = new Map<number, LostTime>();
  readonly #machine = new LostTime();
  readonly #disturbed = new LostTime();
  /** All pauses but the machine's, the longest of them. */
  readonly #own = new PauseLog();
  readonly #starved = new PauseLog();

  /** A worker's pauses come in the order of time. */
  paused(pauses: readonly Pause[]): void {
    this.pauses.add(pauses);
    for (const pause of pauses) {
      const isMachine = machineCauses.has(pause.cause);
      const byWorker = isMachine ? this.#waited : this.#paused;
      ofWorker(byWorker, pause.worker).add(pause.fromNs, pause.toNs);
      (isMachine ? this.#starved : this.#own).add([pause]);
    }
  }

  /** A worker had no time to spare; intervals come in the order of time, and may come again. */
  saturated(worker: number, fromNs: number, toNs: number): void {
    ofWorker(this.#saturated, worker).add(fromNs, toNs);
  }

  /** Intervals come in the order of time. */
  machine(interval: MachineInterval): void {
    const { fromNs, toNs, lostNs, isDisturbed } = interval;
    if (lostNs <= 0) return;
    this.#machine.add(fromNs, toNs, lostNs);
    if (isDisturbed) this.#disturbed.add(fromNs, toNs);
  }

  /**
   * How long at most an exchange of this worker was delayed in that time. A pause in which the worker waited for a CPU is
   * among the machine's waits as well.
   */
  lostNs(worker: number, fromNs: number, toNs: number): number {
    if (toNs <= fromNs) return 0;
    const paused = (this.#paused.get(worker) ?? nothing).between(fromNs, toNs);
    const waited = (this.#waited.get(worker) ?? nothing).between(fromNs, toNs);
    const machine = Math.max(waited, this.#machine.between(fromNs, toNs));
    return Math.min(toNs - fromNs, paused + machine);
  }

  /** The same over several workers on average. */
  meanLostNs(workers: readonly number[], fromNs: number, toNs: number): number {
    const sum = workers.reduce((total, worker) => total + this.lostNs(worker, fromNs, toNs), 0);
    return workers.length === 0 ? 0 : sum / workers.length;
  }

  /** Whether a disturbed interval of the machine touches that time. */
  isMachineDisturbed(fromNs: number, toNs: number): boolean {
    return this.#disturbed.between(fromNs, toNs) > 0;
  }

  /** When the last disturbed interval before that moment ended; -Infinity where there was none. */
  machineEndNs(beforeNs: number): number {
    return this.#disturbed.lastEndBefore(beforeNs);
  }

  /**
   * Whose disturbance in that time was the longest, and how long it was, for people; null where there was none.
   */
  longest(
    fromNs: number,
    toNs: number,
  ): { readonly by: Disturber; readonly pause: Pause | null; readonly ns: number } | null {
    const within = ({ fromNs: begin, toNs: end }: Pause) => begin < toNs && end > fromNs;
    const longestOf = (log: PauseLog) =>
      log.longest
        .filter(within)
        .reduce<Pause | null>(
          (found, next) => (found === null || lengthOf(next) > lengthOf(found) ? next : found),
          null,
        );
    const own = longestOf(this.#own);
    const starved = longestOf(this.#starved);
    const saturated = Math.max(
      0,
      ...[...this.#saturated.values()].map((time) => time.between(fromNs, toNs)),
    );
    const ownNs = Math.max(own === null ? 0 : lengthOf(own), Math.min(saturatedNs, saturated));
    const machineNs = Math.max(
      starved === null ? 0 : lengthOf(starved),
      Math.min(machineSpanNs, this.#machine.mostWithin(fromNs, toNs, machineSpanNs)),
    );
    if (ownNs <= 0 && machineNs <= 0) return null;
    return ownNs >= machineNs
      ? { by: "generator", pause: own !== null && lengthOf(own) >= ownNs ? own : null, ns: ownNs }
      : { by: "machine", pause: null, ns: machineNs };
  }
}

function lengthOf({ fromNs, toNs }: Pause): number {
  return toNs - fromNs;
}

function ofWorker(byWorker: Map<number, LostTime>, worker: number): LostTime {
  const known = byWorker.get(worker);
  if (known !== undefined) return known;
  const made = new LostTime();
  byWorker.set(worker, made);
  return made;
}
