import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Endpoint } from "../address/flow.ts";
import type { Protocol } from "../address/protocol.ts";
import { assert } from "../base/assert.ts";
import { debugLog } from "../base/debug.ts";
import { exitStatus, serverError, UserError } from "../base/errors.ts";
import { formatDuration } from "../base/units.ts";
import type { ServerPlan } from "../plan/plan-types.ts";
import { Child, firstSocket } from "../processes/child.ts";
import { ServerLog } from "../processes/child-log.ts";
import { describeExit, quoteLog, type ServerExit } from "../processes/exit.ts";
import { killGroup } from "../processes/process-group.ts";
import type { FromSupervisor, ToSupervisor } from "../processes/supervisor-protocol.ts";
import type { Command, DrainSignal, Server } from "../scenario/scenario.ts";
import { checkCanListen } from "./listen-trial.ts";
import { isReady } from "./readiness.ts";
import { startAborted } from "./start-aborted.ts";
import { type Instance, type InstanceContext, onlyInstance, type StartContext } from "./target.ts";

const debug = debugLog("targets");

const pollMs = 20;
/** Time the supervisor may need beyond the command's own stop timeout: for SIGKILL, and to exit itself. */
const supervisorSlackMs = 5_000;

/**
 * Starts a server by its command, under a supervisor (supervisor.ts), and waits until it is ready.
 *
 * @throws (rejects with) SkippedError where the program is not installed and the scenario says to
 *         skip; UserError where it does not start, exits early or is not ready in time
 */
export async function startCommand(
  plan: ServerPlan,
  server: Server,
  context: StartContext,
  instance: InstanceContext = onlyInstance,
): Promise<Instance> {
  const { command } = server;
  assert(command !== null, `server ${server.name} is given by a command`);
  checkFolder(server.name, command);
  if (instance.sockets.length === 0 && instance.number === 1) {
    await checkCanListen({ ...server, listen: plan.listen });
  }
  const handle = new CommandServer(plan, server, command, context, instance);
  try {
    await handle.ready();
    return handle;
  } catch (error) {
    await handle.stop();
    throw error;
  }
}

/** A missing folder would look like a missing program: spawn reports ENOENT for both. */
function checkFolder(name: string, { cwd }: Command): void {
  if (statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) return;
  throw serverError(
    `server ${name} cannot be started in ${cwd}, which is not a folder; correct "cwd"`,
  );
}

class CommandServer implements Instance {
  readonly name: string;
  readonly kind = "command";
  readonly endpoints: readonly Endpoint[];
  readonly logFile: string;
  pids: readonly number[] = [];
  private readonly protocol: Protocol;
  private readonly command: Command;
  private readonly context: StartContext;
  private readonly log: ServerLog;
  private readonly supervisor: Child<ToSupervisor, FromSupervisor>;
  /** Why spawning failed; null: it has not. */
  private failed: { readonly code: string; readonly message: string } | null = null;
  private exited: ServerExit | null = null;
  private isUp = false;
  private stopped: Promise<void> | null = null;
  private draining = false;
  /** Whether a shell starts the program; see socket-activation.ts. */
  private readonly throughShell: boolean;
  readonly ended: Promise<ServerExit>;
  private reportEnded: (exit: ServerExit) => void = () => {};
  private readonly drainSignal: DrainSignal;

  constructor(
    plan: ServerPlan,
    server: Server,
    command: Command,
    context: StartContext,
    { number, sockets }: InstanceContext,
  ) {
    this.name = server.name;
    this.endpoints = plan.listen;
    this.protocol = server.protocol;
    this.command = command;
    this.context = context;
    this.throughShell = sockets.length > 0;
    this.drainSignal = server.restart?.signal ?? "SIGTERM";
    this.ended = new Promise((resolve) => {
      this.reportEnded = resolve;
    });
    this.log = ServerLog.of(context.logFolder, server.name, number);
    this.logFile = this.log.path;
    const mark = randomUUID();
    const receive = (message: FromSupervisor): void => this.receive(message);
    this.supervisor = new Child("processes/supervisor", this.log.path, receive, sockets);
    // A supervisor that is killed cannot end its server any more: this process does it instead.
    void this.supervisor.exited.then((exit) => {
      if (this.exited !== null) return;
      for (const leader of this.pids) killGroup({ leader, mark });
      if (this.pids.length > 0) this.end(exit);
    });
    const request = {
      command,
      logFile: this.log.path,
      mark,
      ...(sockets.length === 0
        ? {}
        : {
            activation: {
              sockets: sockets.map((_, index) => firstSocket + index),
              name: server.name,
            },
          }),
    };
    this.supervisor.send({ type: "spawn", request });
  }

  /** Resolves once the server is ready; see `startCommand` for how it rejects. */
  async ready(): Promise<void> {
    const startMs = performance.now();
    const deadlineMs = startMs + this.command.readyTimeoutNs / 1e6;
    const aborted = startAborted(this.context.signal);
    try {
      for (;;) {
        this.checkAlive();
        const elapsedMs = performance.now() - startMs;
        const question = { ...this.command, protocol: this.protocol, endpoints: this.endpoints };
        if (this.pids.length > 0 && (await isReady(question, this.log, elapsedMs))) break;
        if (performance.now() >= deadlineMs) throw this.late();
        await Promise.race([sleep(pollMs), aborted.promise]);
      }
      // It may have exited since: the port of a server that forks and exits would answer, too.
      this.checkAlive();
      this.isUp = true;
      debug(
        "%s: ready by %s after %d ms",
        this.name,
        this.command.ready.by,
        Math.round(performance.now() - startMs),
      );
    } finally {
      aborted.release();
    }
  }

  exit(): ServerExit | null {
    return this.exited;
  }

  async stats(): Promise<null> {
    return null;
  }

  stop(): Promise<void> {
    this.stopped ??= this.endAll();
    return this.stopped;
  }

  async drain(): Promise<void> {
    this.draining = true;
    this.supervisor.send({ type: "signal", signal: this.drainSignal });
  }

  kill(): void {
    this.supervisor.send({ type: "kill" });
  }

  private async endAll(): Promise<void> {
    this.supervisor.send({ type: "stop" });
    await this.supervisor.finish(this.command.stopTimeoutNs / 1e6 + supervisorSlackMs);
    this.log.removeIfEmpty();
  }

  private receive(message: FromSupervisor): void {
    debug("%s: its supervisor says %j", this.name, message);
    if (message.type === "spawned") this.pids = [message.pid];
    else if (message.type === "failed") this.failed = message;
    else this.end({ code: message.code, signal: message.signal });
  }

  private end(exit: ServerExit): void {
    this.exited = exit;
    this.reportEnded(exit);
    if (!this.isUp || this.stopped !== null || this.draining) return;
    this.context.onExit(this.name, exit.code, exit.signal, this.log.tail());
  }

  /** @throws UserError or SkippedError, where the command did not start or has exited */
  private checkAlive(): void {
    const program = this.command.argv[0] ?? "";
    if (this.failed !== null) {
      const { code, message } = this.failed;
      if (code === "ENOENT") throw this.missing(`the program ${program} is not installed`);
      throw serverError(`server ${this.name} did not start: ${message}`);
    }
    const exit = this.exited ?? this.supervisor.exit();
    if (exit === null) return;
    const tail = this.log.tail();
    // 127 is the shell's status for a command that it does not find (POSIX, Shell Command Language 2.8.2).
    if (exit.code === 127 && (program === "/bin/sh" || this.throughShell)) throw this.missing(tail);
    const hint =
      exit.code === 0
        ? ' A server must stay in the foreground ("daemon off", "--daemonize no").'
        : "";
    throw serverError(
      `server ${this.name} exited before it was ready (${describeExit(exit)}).${hint}` +
        quoteLog(tail, this.log.path),
    );
  }

  private missing(reason: string): UserError {
    return this.command.missing === "skip"
      ? new SkippedError(`skipped: server ${this.name} cannot be started here: ${reason}`)
      : serverError(
          `server ${this.name} cannot be started: ${reason}; install it, correct "command", or ` +
            'write "missing: skip" to skip the scenario where it is not installed',
        );
  }

  private late(): UserError {
    const { ready, readyTimeoutNs } = this.command;
    const waited = {
      port: "its port did not answer",
      output: `no line matched ${ready.by === "output" ? ready.pattern : ""}`,
      delay: "its delay is longer than that",
    }[ready.by];
    return serverError(
      `server ${this.name} was not ready within ${formatDuration(readyTimeoutNs)}: ${waited}; ` +
        `correct "ready" or raise "readyTimeout".${quoteLog(this.log.tail(), this.log.path)}`,
    );
  }
}

/**
 * The scenario cannot run here and states that this is not a failure (`missing: skip`): the message
 * is printed and the exit status is 0.
 */
export class SkippedError extends UserError {
  constructor(message: string) {
    super(message, exitStatus.pass);
    this.name = "SkippedError";
  }
}
