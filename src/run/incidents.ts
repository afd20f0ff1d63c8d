import { namesOfWorkers } from "../results/build/outcome/outcome.ts";

/** A worker that sends no more reports: its thread or its agent exited. */
export interface WorkerExit {
  readonly worker: number;
  /** For people: "exited with code 1". */
  readonly reason: string;
}

/** What went wrong in a run and was not planned; each incident is reported to the user as it occurs. */
export class Incidents {
  readonly warnings: string[] = [];
  readonly workerExits: WorkerExit[] = [];
  /** Servers and receivers that ended before the run did, for people. */
  readonly serverEnds: string[] = [];
  readonly #say: (message: string) => void;

  constructor(say: (message: string) => void) {
    this.#say = say;
  }

  warn(message: string): void {
    this.warnings.push(message);
    this.#say(message);
  }

  /** @param workers those that exited for that reason, all at once */
  workersExited(workers: readonly number[], reason: string): void {
    this.workerExits.push(...workers.map((worker) => ({ worker, reason })));
    this.#say(`${namesOfWorkers(workers)} exited: ${reason}`);
  }

  /** @param said text reported at once, where it is longer than what the result keeps */
  serverEnded(how: string, said = how): void {
    this.serverEnds.push(how);
    this.#say(said);
  }
}
