/** A worker of which nothing more is heard: its thread or its agent ended. */
export interface WorkerExit {
  readonly worker: number;
  /** For people: "exited with code 1". */
  readonly reason: string;
}

/** What a run was told of on its way that was not planned; each is said to the user as it comes up. */
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

  workerExited(worker: number, reason: string): void {
    this.workerExits.push({ worker, reason });
    this.#say(`worker ${worker} exited: ${reason}`);
  }

  /** @param said what is said of it at once, where that is more than what the result keeps */
  serverEnded(how: string, said = how): void {
    this.serverEnds.push(how);
    this.#say(said);
  }
}
