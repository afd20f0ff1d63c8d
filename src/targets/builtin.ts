import { setTimeout as sleep } from "node:timers/promises";
import type { Endpoint } from "../address/flow.ts";
import { protocols } from "../address/protocol.ts";
import { assert } from "../base/assert.ts";
import type { ServerPlan } from "../plan/plan-types.ts";
import { Child, firstSocket } from "../processes/child.ts";
import { ServerLog } from "../processes/child-log.ts";
import { describeExit, quoteLog, type ServerExit } from "../processes/exit.ts";
import { lateStart, startFailure } from "../processes/start-failure.ts";
import type { Server } from "../scenario/scenario.ts";
import type {
  FromServer,
  ServeRequest,
  ServerStats,
  SteadyPlan,
  ToServer,
} from "../servers/protocol.ts";
import { checkCanListen, listenError } from "./listen-trial.ts";
import { startAborted } from "./start-aborted.ts";
import { type Instance, type InstanceContext, onlyInstance, type StartContext } from "./target.ts";

/** A start takes a tenth of a second on an idle machine. */
const startTimeoutMs = 30_000;
/** A server under load answers late; its last stats are used instead. */
const statsTimeoutMs = 2_000;
const stopTimeoutMs = 10_000;
/** One that was asked for its stats and did not answer has nothing to say any more. */
const silentStopTimeoutMs = 500;

/**
 * Starts a built-in server in its own process and waits until it listens.
 *
 * @throws (rejects with) UserError where it cannot listen; Error where it does not start
 */
export async function startBuiltin(
  plan: ServerPlan,
  server: Server,
  context: StartContext,
  instance: InstanceContext = onlyInstance,
): Promise<Instance> {
  const takesOver = instance.number > 1;
  if (instance.sockets.length === 0 && !takesOver) {
    await checkCanListen({ ...server, listen: plan.listen });
  }
  const handle = new BuiltinServer(plan, server, context, instance);
  try {
    // One reader of a UDP socket at a time: two would share out the datagrams of a flow.
    if (takesOver && !protocols[server.protocol].hasConnections) {
      await handle.loaded();
      await instance.takeOver();
    }
    await handle.listening();
    return handle;
  } catch (error) {
    await handle.stop();
    throw error;
  }
}

class BuiltinServer implements Instance {
  readonly name: string;
  readonly kind = "builtin";
  readonly logFile: string;
  endpoints: readonly Endpoint[];
  pids: readonly number[] = [];
  private readonly server: Server;
  private readonly context: StartContext;
  private readonly log: ServerLog;
  private readonly child: Child<ToServer, FromServer>;
  private readonly answer: Promise<FromServer>;
  private readonly ready: Promise<void>;
  private readonly takesNothing: Promise<void>;
  private readonly request: ServeRequest;
  private lastStats: ServerStats | null = null;
  private waiting: (() => void)[] = [];
  private stopped: Promise<void> | null = null;
  private draining = false;
  private isSilent = false;

  constructor(
    plan: ServerPlan,
    server: Server,
    context: StartContext,
    { number, sockets }: InstanceContext,
  ) {
    const { builtin, options } = server;
    assert(builtin !== null && options !== null, `server ${server.name} is built in`);
    this.name = server.name;
    this.server = server;
    this.context = context;
    this.endpoints = plan.listen;
    this.log = ServerLog.of(context.logFolder, server.name, number);
    this.logFile = this.log.path;
    let answered: (message: FromServer) => void;
    let ready: () => void;
    let takesNothing: () => void;
    this.answer = new Promise((resolve) => {
      answered = resolve;
    });
    this.ready = new Promise((resolve) => {
      ready = resolve;
    });
    this.takesNothing = new Promise((resolve) => {
      takesNothing = resolve;
    });
    const receive = (message: FromServer): void => {
      if (message.type === "stats") this.counted(message.stats);
      else if (message.type === "ready") ready();
      else if (message.type === "draining") takesNothing();
      else answered(message);
    };
    this.child = new Child("servers/process/main", this.log.path, receive, sockets);
    this.request = {
      builtin,
      listen: plan.listen,
      options,
      processes: plan.processes,
      io: plan.io,
      seed: context.seed,
      ...(plan.tls === null ? {} : { tls: plan.tls }),
      ...(server.restart !== null && !protocols[server.protocol].hasConnections
        ? { keepsPeers: true }
        : {}),
      ...(sockets.length === 0 ? {} : { sockets: sockets.map((_, index) => firstSocket + index) }),
    };
  }

  get ended(): Promise<ServerExit> {
    return this.child.exited;
  }

  /** Resolves once its program is loaded and can serve at once; also when it has exited. */
  async loaded(): Promise<void> {
    this.child.send({ type: "hello" });
    await Promise.race([this.ready, this.child.exited]);
  }

  /** Resolves once the server listens; see `startBuiltin` for how it rejects. */
  async listening(): Promise<void> {
    this.child.send({ type: "serve", request: this.request });
    const timer = new AbortController();
    const late = sleep(startTimeoutMs, null, { signal: timer.signal }).catch(() => null);
    const aborted = startAborted(this.context.signal);
    const answer = await Promise.race([this.answer, this.child.exited, late, aborted.promise]);
    timer.abort();
    aborted.release();
    if (answer === null) throw lateStart(`server ${this.name}`, startTimeoutMs / 1000);
    if (!("type" in answer) || answer.type !== "listening") throw await this.failure(answer);
    this.endpoints = answer.endpoints;
    this.pids = answer.pids;
    void this.child.exited.then((exit) => {
      if (this.stopped !== null || this.draining) return;
      this.context.onExit(this.name, exit.code, exit.signal, this.log.tail());
    });
  }

  exit(): ServerExit | null {
    return this.child.exit();
  }

  planSteady(plan: SteadyPlan): void {
    if (this.child.exit() === null) this.child.send({ type: "steady", ...plan });
  }

  async stats(): Promise<ServerStats | null> {
    if (this.child.exit() !== null) return this.lastStats;
    const timer = new AbortController();
    const answer = new Promise<void>((resolve) => this.waiting.push(resolve));
    const late = sleep(statsTimeoutMs, undefined, { signal: timer.signal }).then(
      () => {
        this.isSilent = true;
      },
      () => {},
    );
    this.child.send({ type: "stats" });
    await Promise.race([answer, this.child.exited, late]);
    timer.abort();
    return this.lastStats;
  }

  async drain(): Promise<void> {
    this.draining = true;
    this.child.send({ type: "drain" });
    await Promise.race([this.takesNothing, this.child.exited]);
  }

  kill(): void {
    this.child.kill();
  }

  stop(): Promise<void> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  private async end(): Promise<void> {
    this.child.send({ type: "stop" });
    await this.child.finish(this.isSilent ? silentStopTimeoutMs : stopTimeoutMs);
    this.log.removeIfEmpty();
  }

  private counted(stats: ServerStats): void {
    this.lastStats = stats;
    this.isSilent = false;
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  private async failure(answer: FromServer | ServerExit): Promise<Error> {
    if ("type" in answer && answer.type === "failed") {
      const [first] = this.endpoints;
      const listens = ["EADDRINUSE", "EADDRNOTAVAIL", "EACCES"].includes(answer.code);
      if (listens && first !== undefined) {
        // The message says which of several; most servers have one.
        const at = this.endpoints.find(({ port }) => answer.message.includes(`:${port}`)) ?? first;
        return listenError(this.server, at, answer.code);
      }
      return new Error(`server ${this.name} failed: ${answer.message} (${answer.code})`);
    }
    const exit = await this.child.exited;
    const words = this.child.startError + this.log.tail();
    const limited = startFailure(`server ${this.name}`, exit, words);
    if (limited !== null) return limited;
    return new Error(
      `server ${this.name} exited before it listened (${describeExit(exit)}).` +
        quoteLog(this.log.tail(), this.log.path),
    );
  }
}
