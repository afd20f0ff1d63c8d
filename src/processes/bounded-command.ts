import { randomUUID } from "node:crypto";
import { statSync, truncateSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { makeFolders } from "../base/files/make-folders.ts";
import { Child } from "./child.ts";
import type { ServerExit } from "./exit.ts";
import { killGroup } from "./process-group.ts";
import type { FromSupervisor, ToSupervisor } from "./supervisor-protocol.ts";

const sizeEveryMs = 100;
/** SIGINT is what programs that record wait for to write what they have; SIGKILL follows. */
const stopTimeoutNs = 3e9;
const supervisorSlackMs = 5_000;

export interface BoundedRequest {
  /** For the shell. */
  readonly text: string;
  readonly cwd: string;
  /** Absolute path; its output is all that is in it. */
  readonly file: string;
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
}

export interface BoundedEnd {
  /** Null: it could not be started, or its supervisor was killed. */
  readonly exit: ServerExit | null;
  /** What ended it; null: it ended by itself. */
  readonly endedBy: "time" | "output" | "run" | null;
  readonly outputBytes: number;
  readonly durationMs: number;
}

/** A command of the user's beside a run, under a supervisor: bounded in time and in what it writes. */
export class BoundedCommand {
  /** Resolves when it has ended, with everything that it started; never rejects. */
  readonly ended: Promise<BoundedEnd>;
  readonly #request: BoundedRequest;
  readonly #supervisor: Child<ToSupervisor, FromSupervisor>;
  readonly #mark = randomUUID();
  readonly #timer: NodeJS.Timeout;
  readonly #sizeTimer: NodeJS.Timeout;
  readonly #startMs = performance.now();
  #pid: number | null = null;
  #exit: ServerExit | null = null;
  #endedBy: BoundedEnd["endedBy"] = null;

  /** @throws Error with `code` where its file cannot be written */
  constructor(request: BoundedRequest) {
    this.#request = request;
    makeFolders(dirname(request.file));
    writeFileSync(request.file, "");
    this.#supervisor = new Child("processes/supervisor", request.file, (message) => {
      if (message.type === "spawned") this.#pid = message.pid;
      else if (message.type === "exited") this.#exit = message;
    });
    const command = {
      argv: ["/bin/sh", "-c", request.text],
      cwd: request.cwd,
      env: {},
      ready: { by: "delay", delayNs: 0 },
      readyTimeoutNs: 0,
      stopSignal: "SIGINT",
      stopTimeoutNs,
      missing: "fail",
    } as const;
    this.#supervisor.send({
      type: "spawn",
      request: { command, logFile: request.file, mark: this.#mark },
    });
    this.#timer = setTimeout(() => this.#stop("time"), request.timeoutMs);
    this.#sizeTimer = setInterval(() => {
      if (this.#outputBytes() > request.maxOutputBytes) this.#stop("output");
    }, sizeEveryMs);
    this.ended = this.#supervisor.exited.then(() => this.#end());
  }

  /** Ends it now. */
  async stop(): Promise<void> {
    this.#stop("run");
    await this.#supervisor.finish(stopTimeoutNs / 1e6 + supervisorSlackMs);
  }

  #stop(by: NonNullable<BoundedEnd["endedBy"]>): void {
    if (this.#exit !== null || this.#endedBy !== null) return;
    this.#endedBy = by;
    this.#supervisor.send({ type: "stop" });
  }

  #end(): BoundedEnd {
    clearTimeout(this.#timer);
    clearInterval(this.#sizeTimer);
    // A supervisor that was killed cannot end its command any more.
    if (this.#exit === null && this.#pid !== null) {
      killGroup({ leader: this.#pid, mark: this.#mark });
    }
    const { file, maxOutputBytes } = this.#request;
    if (this.#outputBytes() > maxOutputBytes) truncateSync(file, maxOutputBytes);
    return {
      exit: this.#exit === null ? null : { code: this.#exit.code, signal: this.#exit.signal },
      endedBy: this.#endedBy,
      outputBytes: this.#outputBytes(),
      durationMs: performance.now() - this.#startMs,
    };
  }

  #outputBytes(): number {
    return statSync(this.#request.file, { throwIfNoEntry: false })?.size ?? 0;
  }
}
