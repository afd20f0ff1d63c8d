import { type ChildProcess, fork } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { debugForChild, debugLog } from "../base/debug.ts";
import { nodeOptions } from "../base/node-options.ts";
import { timed } from "../base/own-time.ts";
import { packageFile } from "../base/package-file.ts";
import type { Channel } from "../channel/channel.ts";
import { channelToChild } from "../channel/ipc-channel.ts";
import { describeExit, type ServerExit } from "./exit.ts";

/** File descriptor of the first inherited socket in a child; lower ones are its own. */
export const firstSocket = 4;

const debug = debugLog("processes");

/**
 * A process of slash8 with an IPC channel. It receives messages of type `In` and sends `Out`.
 */
export class Child<In, Out> {
  readonly pid: number;
  /** Resolves when the process has ended and its last message has been received; never rejects. */
  readonly exited: Promise<ServerExit>;
  readonly channel: Channel<In, Out>;
  private readonly child: ChildProcess;
  private ended: ServerExit | null = null;
  /** Why it was not started, "spawn ... EAGAIN"; "" where it was. */
  startError = "";

  /**
   * @param logFile its output is appended there
   * @param sockets file descriptors that it inherits, as `firstSocket` and following
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
    this.channel = channelToChild(this.child);
    this.exited = new Promise((resolve) => {
      const end = (exit: ServerExit): void => {
        this.ended ??= exit;
        debug("%s %d ended: %s", entry, this.child.pid, describeExit(exit));
        resolve(this.ended);
      };
      // On a busy machine "exit" comes before the last messages: 4 times of 100 beside two endless loops.
      this.child.once("close", (code, signal) => end({ code, signal }));
      // A process that did not start emits no "close". Later errors are about messages that could not be sent.
      this.child.on("error", ({ message }) => {
        if (this.child.pid !== undefined) return;
        this.startError = message;
        end({ code: 1, signal: null });
      });
    });
    this.pid = this.child.pid ?? 0;
    debug("%s %d started, its log %s", entry, this.pid, logFile);
    this.channel.onMessage((message) => timed(() => onMessage(message)));
  }

  /** Returns how it ended; null while it runs. */
  exit(): ServerExit | null {
    return this.ended;
  }

  /** Sends a message; does nothing if the process has exited. */
  send(message: In): void {
    this.channel.send(message);
  }

  kill(): void {
    this.child.kill("SIGKILL");
  }

  /** Waits for its exit, and kills it if that takes longer. */
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

/** Processes of slash8, by their entry file. */
export type EntryName =
  | "servers/process/main"
  | "broadcast/main"
  | "processes/supervisor"
  | "agent/main";

/**
 * Returns the built file that a child process is started with, also where this file runs as its source, in tests.
 */
export function entryFile(name: EntryName): string {
  return fileURLToPath(packageFile(`dist/${name}.js`));
}
