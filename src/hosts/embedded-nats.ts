import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Endpoint, formatEndpoint } from "../address/flow.ts";
import { CapacityError, exitStatus, UserError } from "../base/errors.ts";
import { natsServerText } from "../channel/nats-servers.ts";
import { Child } from "../processes/child.ts";
import { lastLogLines, makeLogFolder, removeLogFolder, ServerLog } from "../processes/child-log.ts";
import { describeExit, type ServerExit } from "../processes/exit.ts";
import { killGroup } from "../processes/process-group.ts";
import type { FromSupervisor, ToSupervisor } from "../processes/supervisor-protocol.ts";

/** A nats-server that ends with this process, however that ends. */
export interface EmbeddedNats {
  /** "nats://127.0.0.1:40123". */
  readonly url: string;
  /** Ends it. Never rejects. */
  close(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Where it listens; port 0: a free one. */
  readonly listen: Endpoint;
  /** Name or path; default: nats-server, where PATH has it. */
  readonly program?: string;
}

const readyTimeoutMs = 30_000;
const lookEveryMs = 20;
const stopTimeoutNs = 3e9;
const supervisorSlackMs = 5_000;

/**
 * Starts a nats-server of this machine, without keys and without TLS.
 *
 * @throws (rejects with) UserError where there is none, or it cannot listen
 */
export async function embeddedNats({
  listen,
  program = "nats-server",
}: EmbeddedOptions): Promise<EmbeddedNats> {
  const server = new Server(program, listen);
  try {
    const port = await server.ready();
    return {
      url: `nats://${natsServerText({ host: listen.address, port })}`,
      close: () => server.close(),
    };
  } catch (error) {
    await server.close();
    throw error;
  }
}

class Server {
  readonly #program: string;
  readonly #listen: Endpoint;
  readonly #folder = makeLogFolder(null);
  readonly #log: ServerLog;
  readonly #supervisor: Child<ToSupervisor, FromSupervisor>;
  readonly #mark = randomUUID();
  #pid: number | null = null;
  #exit: ServerExit | null = null;
  #failed: Extract<FromSupervisor, { readonly type: "failed" }> | null = null;

  constructor(program: string, listen: Endpoint) {
    this.#program = program;
    this.#listen = listen;
    this.#log = new ServerLog(this.#folder, "nats-server");
    const logFile = join(this.#folder, "nats-server.log");
    this.#supervisor = new Child("processes/supervisor", logFile, (message) => {
      if (message.type === "spawned") this.#pid = message.pid;
      else if (message.type === "exited") this.#exit = message;
      else this.#failed = message;
    });
    const port = listen.port === 0 ? "-1" : String(listen.port);
    const command = {
      argv: [program, "-a", listen.address, "-p", port],
      cwd: this.#folder,
      env: {},
      ready: { by: "delay", delayNs: 0 },
      readyTimeoutNs: 0,
      stopSignal: "SIGTERM",
      stopTimeoutNs,
      missing: "fail",
    } as const;
    this.#supervisor.send({ type: "spawn", request: { command, logFile, mark: this.#mark } });
  }

  /** Returns its port. @throws (rejects with) UserError */
  async ready(): Promise<number> {
    const deadline = performance.now() + readyTimeoutMs;
    while (performance.now() < deadline) {
      if (this.#failed !== null) throw this.#notStarted(this.#failed);
      if (this.#exit !== null || this.#supervisor.exit() !== null) throw this.#ended();
      const text = this.#log.textFrom(0);
      const port = /Listening for client connections on \S+:(\d+)/.exec(text)?.[1];
      if (port !== undefined && text.includes("Server is ready")) return Number(port);
      await sleep(lookEveryMs);
    }
    throw new CapacityError(
      `${this.#program} was not ready within ${readyTimeoutMs / 1000} s: this machine may be out of memory, processes or CPU time; end other programs, or give another server with --nats`,
    );
  }

  async close(): Promise<void> {
    this.#supervisor.send({ type: "stop" });
    await this.#supervisor.finish(stopTimeoutNs / 1e6 + supervisorSlackMs);
    // A supervisor that was killed cannot end its command any more.
    if (this.#exit === null && this.#pid !== null) {
      killGroup({ leader: this.#pid, mark: this.#mark });
    }
    removeLogFolder(this.#folder, true);
  }

  #notStarted({ code, message }: { readonly code: string; readonly message: string }): UserError {
    if (code === "ENOENT") {
      return new UserError(
        `--nats embedded: ${this.#program} is not installed here; install it (apt install nats-server, brew install nats-server, or https://github.com/nats-io/nats-server/releases), or start one elsewhere and give its address`,
      );
    }
    return new UserError(
      `--nats embedded: ${this.#program} cannot be started: ${message}; or give another server with --nats`,
      exitStatus.cannotHold,
    );
  }

  #ended(): UserError {
    const words = lastLogLines(this.#log.tail());
    const exit = this.#exit ?? this.#supervisor.exit();
    const inUse = /address already in use/.test(words);
    const remedy = inUse
      ? "something listens there; give another port with --nats-listen"
      : "give another address with --nats-listen, or another server with --nats";
    const how = exit === null ? "ended" : describeExit(exit);
    return new UserError(
      `--nats embedded: ${this.#program} cannot listen on ${formatEndpoint(this.#listen)} (${how}: ${words}): ${remedy}`,
    );
  }
}
