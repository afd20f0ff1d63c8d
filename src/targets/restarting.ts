import type { Endpoint } from "../address/flow.ts";
import { monotonicNs } from "../base/clock.ts";
import { debugLog } from "../base/debug.ts";
import { formatDuration } from "../base/units.ts";
import { createActivationSocket } from "../io/activation-socket.ts";
import type { ActivationSocket } from "../io/io.ts";
import type { ServerPlan } from "../plan/plan-types.ts";
import type { ServerExit } from "../processes/exit.ts";
import type { Restart, Server } from "../scenario/scenario.ts";
import { sumStats } from "../servers/process/sum-stats.ts";
import type { ServerStats, SteadyPlan } from "../servers/protocol.ts";
import { startBuiltin } from "./builtin.ts";
import { startCommand } from "./command.ts";
import { Drain } from "./drain.ts";
import { listenError } from "./listen-trial.ts";
import type { Instance, InstanceContext, ServerHandle, StartContext } from "./target.ts";

/** One restart and its progress. Times are of the monotonic clock, ns. */
export interface RestartRecord {
  /** Index of the scenario's restart, from 0. */
  readonly index: number;
  readonly beganNs: number;
  /** When the new instance was ready; null where it never was. */
  readyNs: number | null;
  /** How the old instance drains. */
  readonly drain: Drain;
  /** Numbers of the two instances, from 0. */
  readonly instances: readonly [old: number, fresh: number];
}

/**
 * Starts a server whose sockets are held for it, or that is restarted during the run.
 *
 * @throws (rejects with) as `startBuiltin` and `startCommand`, and UserError where its sockets cannot be held
 */
export async function startRestarting(
  plan: ServerPlan,
  server: Server,
  context: StartContext,
): Promise<RestartingServer> {
  const sockets = await createActivationSockets(plan, server);
  const handle = new RestartingServer(plan, server, context, sockets);
  try {
    await handle.start();
    return handle;
  } catch (error) {
    await handle.stop();
    throw error;
  }
}

async function createActivationSockets(
  plan: ServerPlan,
  server: Server,
): Promise<readonly ActivationSocket[]> {
  if (!server.activation) return [];
  const held: ActivationSocket[] = [];
  for (const endpoint of plan.listen) {
    try {
      held.push(await createActivationSocket(server.protocol, endpoint));
    } catch (error) {
      for (const socket of held) socket.close();
      const { code, message } = error as NodeJS.ErrnoException;
      throw await listenError(server, endpoint, code ?? message);
    }
  }
  return held;
}

const debug = debugLog("targets");

/**
 * A server whose instances serve one after the other, over sockets that the harness may hold.
 *
 *     | order      | the old instance                      | the new instance                     |
 *     | ---------- | ------------------------------------- | ------------------------------------ |
 *     | startFirst | drains when the new one is ready      | is started first                     |
 *     | stopFirst  | is ended (command: drains, and the    | is started when the old one has      |
 *     |            | restart waits for it)                 | ended                                |
 */
export class RestartingServer implements ServerHandle {
  readonly name: string;
  readonly kind: "builtin" | "command";
  readonly records: RestartRecord[] = [];
  readonly #plan: ServerPlan;
  readonly #server: Server;
  readonly #context: StartContext;
  readonly #sockets: readonly ActivationSocket[];
  readonly #instances: Instance[] = [];
  readonly #abort = new AbortController();
  /** Announced so far: each instance that is started later has to know, too. */
  readonly #steady: SteadyPlan[] = [];
  /** By instance, as of the last query. */
  #counts: readonly (ServerStats | null)[] = [];
  #last: Promise<unknown> = Promise.resolve();
  #stopped: Promise<void> | null = null;

  constructor(
    plan: ServerPlan,
    server: Server,
    context: StartContext,
    sockets: readonly ActivationSocket[],
  ) {
    this.name = server.name;
    this.kind = server.kind === "command" ? "command" : "builtin";
    this.#plan = plan;
    this.#server = server;
    this.#context = context;
    this.#sockets = sockets;
  }

  /** Starts the first instance. */
  async start(): Promise<void> {
    await this.#startInstance(this.#context, () => Promise.resolve());
  }

  get endpoints(): readonly Endpoint[] {
    return this.#current.endpoints;
  }

  get pids(): readonly number[] {
    return this.#instances.flatMap((one) => (one.exit() === null ? one.pids : []));
  }

  get logFile(): string | null {
    return this.#current.logFile;
  }

  exit(): ServerExit | null {
    return this.#current.exit();
  }

  planSteady(plan: SteadyPlan): void {
    this.#steady.push(plan);
    for (const instance of this.#instances) instance.planSteady?.(plan);
  }

  /** Counters of all instances together; for those that have ended, their last answers. */
  async stats(): Promise<ServerStats | null> {
    const all = await Promise.all(this.#instances.map((one) => one.stats()));
    this.#counts = all;
    const known = all.filter((stats) => stats !== null);
    return known.length === 0 ? null : sumStats(known);
  }

  /** What one instance had counted at the last call of `stats`; null where it is not known. */
  countsOf(instance: number): ServerStats | null {
    return this.#counts[instance] ?? null;
  }

  /**
   * Replaces the present instance by a new one, once the previous restart has finished.
   *
   * @param index index of the scenario's restart
   * @returns     resolves when the new instance is ready; the old one may still be draining
   * @throws      (rejects with) what starting throws, and never after `stop`
   */
  restart(index: number, { order, drainTimeoutNs }: Restart): Promise<void> {
    const next = this.#last.then(async () => {
      if (this.#stopped !== null) return;
      const old = this.#current;
      const number = this.#instances.length;
      const drain = new Drain(old, drainTimeoutNs, () => {
        this.#context.onKilled(this.name, number, formatDuration(drainTimeoutNs));
      });
      const record: RestartRecord = {
        index,
        beganNs: monotonicNs(),
        readyNs: null,
        drain,
        instances: [number - 1, number],
      };
      this.records.push(record);
      debug("%s: restart %d, %s, replaces instance %d", this.name, index, order, number);
      try {
        await (order === "startFirst" ? this.#startFirst(drain) : this.#stopFirst(old, drain));
        record.readyNs = monotonicNs();
        debug("%s: instance %d is ready", this.name, number + 1);
      } catch (error) {
        if (this.#stopped === null) throw error;
      }
    });
    this.#last = next.catch(() => {});
    return next;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  get #current(): Instance {
    return this.#instances.at(-1) as Instance;
  }

  async #startFirst(drain: Drain): Promise<void> {
    await this.#startInstance(this.#restartContext(), () => drain.begin());
    await drain.begin();
  }

  /** A built-in server is ended without draining: that is what this order demonstrates. */
  async #stopFirst(old: Instance, drain: Drain): Promise<void> {
    if (old.kind === "builtin") drain.end();
    else await drain.begin();
    await drain.over;
    await this.#startInstance(this.#restartContext(), () => Promise.resolve());
  }

  async #startInstance(context: StartContext, takeOver: () => Promise<void>): Promise<void> {
    const instance: InstanceContext = {
      number: this.#instances.length + 1,
      sockets: this.#sockets.map(({ fd }) => fd),
      takeOver,
    };
    const start = this.kind === "builtin" ? startBuiltin : startCommand;
    const started = await start(this.#plan, this.#server, context, instance);
    for (const plan of this.#steady) started.planSteady?.(plan);
    this.#instances.push(started);
  }

  #restartContext(): StartContext {
    return { ...this.#context, signal: this.#abort.signal };
  }

  async #end(): Promise<void> {
    this.#abort.abort();
    await this.#last;
    for (const { drain } of this.records) drain.giveUp();
    await Promise.all(this.#instances.map((one) => one.stop()));
    for (const socket of this.#sockets) socket.close();
  }
}
