/**
 * The process between the coordinator and a server given by a command.
 *
 * The command runs in its own session and process group, so that all of it can be ended, and Ctrl-C on
 * the terminal does not reach it before the run has drained. The supervisor outlives the coordinator,
 * even after kill -9: its channel then closes, and the supervisor ends the group before it exits.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, rmSync } from "node:fs";
import { debugLog } from "../base/debug.ts";
import {
  endGroup,
  killGroup,
  markName,
  type ProcessGroup,
  signalProcess,
} from "./process-group.ts";
import { activated } from "./socket-activation.ts";
import type { FromSupervisor, SpawnRequest, ToSupervisor } from "./supervisor-protocol.ts";

const debug = debugLog("processes");

let request: SpawnRequest | null = null;
let group: ProcessGroup | null = null;
let exited: Promise<void> = Promise.resolve();
let delivered: Promise<void> = Promise.resolve();
let ending = false;
/** Whether the coordinator has exited. */
let isAlone = false;

// The coordinator decides when to stop; signals from the terminal, the shell or a CI runner are for it alone.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
process.on("disconnect", () => {
  isAlone = true;
  end();
});
process.on("message", (message: ToSupervisor) => {
  if (message.type === "stop") end();
  else if (message.type === "signal") signalLeader(message.signal);
  else if (message.type === "kill") killAll();
  // A message may arrive after the channel has closed, and no second "disconnect" follows.
  else if (process.connected) start(message.request);
});
// Last resort for a defect in this file: nothing may outlive the supervisor.
process.on("exit", () => {
  if (group !== null) killGroup(group);
});

/** A draining server controls its own children: a signal to all of them would interrupt that. */
function signalLeader(signal: NodeJS.Signals): void {
  if (group !== null) signalProcess(group.leader, signal);
}

function killAll(): void {
  if (group !== null) killGroup(group);
}

function start(requested: SpawnRequest): void {
  request = requested;
  let child: ChildProcess;
  try {
    child = spawnLogged(requested);
  } catch (error) {
    fail(error as NodeJS.ErrnoException);
    return;
  }
  // After the start, an error can only be a signal that could not be sent, and none is sent this way.
  child.once("error", (error: NodeJS.ErrnoException) => {
    if (group === null) fail(error);
  });
  if (child.pid === undefined) return;
  group = { leader: child.pid, mark: requested.mark };
  debug("spawned %d: %o", child.pid, requested.command.argv);
  send({ type: "spawned", pid: child.pid });
  exited = new Promise((resolve) => {
    child.once("exit", (code, signal) => {
      debug("command ended: code %s, signal %s", code, signal);
      send({ type: "exited", code, signal });
      resolve();
      // A server without its main process does not work: end the remaining processes.
      end();
    });
  });
}

/** @throws what spawn throws synchronously, for example for an argument list that is too long */
function spawnLogged({ command, logFile, mark, activation }: SpawnRequest): ChildProcess {
  const log = openSync(logFile, "a");
  const sockets = activation?.sockets ?? [];
  const { argv, env } = activated(command.argv, sockets.length, activation?.name ?? "");
  try {
    return spawn(argv[0] as string, argv.slice(1), {
      cwd: command.cwd,
      env: { ...process.env, ...command.env, ...env, [markName]: mark },
      stdio: ["ignore", log, log, ...sockets],
      detached: true,
    });
  } finally {
    closeSync(log);
  }
}

function fail(error: NodeJS.ErrnoException): void {
  send({ type: "failed", code: error.code ?? "", message: error.message });
  end();
}

function end(): void {
  if (!ending) void endAll();
  ending = true;
}

async function endAll(): Promise<never> {
  if (group !== null && request !== null) {
    const { stopSignal, stopTimeoutNs } = request.command;
    debug("%s to the group of %d", stopSignal, group.leader);
    if (await endGroup(group, stopSignal, stopTimeoutNs)) await exited;
    group = null;
  }
  await delivered;
  if (isAlone && request?.unfinished !== undefined) rmSync(request.unfinished, { force: true });
  process.exit(0);
}

/** Sends a message to the coordinator, unless it has exited. */
function send(message: FromSupervisor): void {
  if (!process.connected) return;
  delivered = new Promise((resolve) => {
    process.send?.(message, () => resolve());
  });
}
