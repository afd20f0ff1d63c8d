import { type ChildProcess, fork } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { debugForChild, debugLog } from "../base/debug.ts";
import { nodeOptions } from "../base/node-options.ts";
import { describeExit, type ServerExit } from "./exit.ts";

/** The number that the first inherited socket has in a child: those before are its own. */
export const firstSocket = 4;

const debug = debugLog("processes");

/**
 * A process of slash8 with a channel to it. `In` is what it is told, `Out` what it tells.
 */
export class Child<In, Out> {
  readonly pid: number;
  /** Resolves when the process has ended; never rejects. */
  readonly exited: Promise<ServerExit>;
  private readonly child: ChildProcess;
  private ended: ServerExit | null = null;

  /**
   * @param logFile what it prints is appended there
   * @param sockets file descriptors that it inherits, as `firstSocket` and following
   * @throws  where the system starts no more processes (EAGAIN, ENOMEM)
   */
  constructor(
    entry: EntryName,
    logFile: string,
    onMessage: (message: Out) => void,
    sockets: readonly number[] = [],
  ) {
    const log = openSync(logFile, "a");
    const lines = debugForChild(firstSocket + sockets.length);
    try {
      this.child = fork(entryFile(entry), [], {
        serialization: "advanced",
        stdio: ["ignore", log, log, "ipc", ...sockets, ...lines.files],
        env: { ...process.env, ...lines.env },
        execArgv: nodeOptions,
      });
    } finally {
      closeSync(log);
    }
    this.exited = new Promise((resolve) => {
      const end = (exit: ServerExit): void => {
        this.ended ??= exit;
        debug("%s %d ended: %s", entry, this.child.pid, describeExit(exit));
        resolve(this.ended);
      };
      this.child.once("exit", (code, signal) => end({ code, signal }));
      // Not started at all: then no "exit" comes. Later errors are messages that could not be sent.
      this.child.on("error", () => {
        if (this.child.pid === undefined) end({ code: 1, signal: null });
      });
    });
    this.pid = this.child.pid ?? 0;
    debug("%s %d started, its log %s", entry, this.pid, logFile);
    this.child.on("message", (message) => onMessage(message as Out));
  }

  /** How it ended; null while it runs. */
  exit(): ServerExit | null {
    return this.ended;
  }

  /** Tells it something; nothing happens when it has gone. */
  send(message: In): void {
    if (this.child.connected) this.child.send(message as object, () => {});
  }

  kill(): void {
    this.child.kill("SIGKILL");
  }

  /** Waits for its end, and kills it when it takes longer. */
  async finish(withinMs: number): Promise<void> {
    const timer = new AbortController();
    const late = sleep(withinMs, "late", { signal: timer.signal }).catch(() => "in time");
    if ((await Promise.race([this.exited, late])) === "late") {
      debug("%d has not ended within %d ms: killed", this.pid, withinMs);
      this.kill();
    }
    timer.abort();
    await this.exited;
  }
}

/** Processes of slash8, by the file each begins in. */
export type EntryName =
  | "servers/process/main"
  | "broadcast/main"
  | "processes/supervisor"
  | "agent/main";

/**
 * The built file that a child process is started with.
 *
 * It lies two directories up from here and down `dist/` whether this file runs built or, in tests,
 * as its source: child processes always are the built ones.
 */
export function entryFile(name: EntryName): string {
  return fileURLToPath(new URL(`../../dist/${name}.js`, import.meta.url));
}
