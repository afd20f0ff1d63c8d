/** Real processes for tests: commands, and waiting until they have exited. */
import { setTimeout as sleep } from "node:timers/promises";
import { readProcesses } from "../../src/machine/usage/process-table.ts";
import type { Command } from "../../src/scenario/scenario.ts";

export function command(argv: readonly string[], changes: Partial<Command> = {}): Command {
  return {
    argv,
    cwd: process.cwd(),
    env: {},
    ready: { by: "output", pattern: "^ready" },
    readyTimeoutNs: 20e9,
    stopSignal: "SIGTERM",
    stopTimeoutNs: 5e9,
    missing: "fail",
    ...changes,
  };
}

/** Returns a command given as one string, as the scenario's parser returns it. */
export function shell(text: string, changes: Partial<Command> = {}): Command {
  return command(["/bin/sh", "-c", text], changes);
}

/** Returns a command that runs this Node. */
export function node(script: string, changes: Partial<Command> = {}): Command {
  return command([process.execPath, "-e", script], changes);
}

/** Returns which of these processes run (zombies do not). */
export async function alive(pids: readonly number[]): Promise<number[]> {
  const rows = await readProcesses();
  return pids.filter((pid) => rows.some((row) => row.pid === pid && !row.zombie));
}

/** Waits until none of these processes runs. @throws after 15 s, with those that do */
export async function untilGone(pids: readonly number[]): Promise<void> {
  for (let left = 750; ; left--) {
    const running = await alive(pids);
    if (running.length === 0) return;
    if (left === 0) throw new Error(`processes ${running.join(", ")} still run`);
    await sleep(20);
  }
}

/** Returns every pid printed as "pid 123" on a line by itself. */
export function pidsIn(log: string): number[] {
  return [...log.matchAll(/^pid (\d+)$/gm)].map((match) => Number(match[1]));
}

/** Waits until the text contains the pattern. @throws after 15 s */
export async function until<T>(look: () => T | null | false | undefined): Promise<T> {
  for (let left = 750; left > 0; left--) {
    const found = look();
    if (found) return found;
    await sleep(20);
  }
  throw new Error("it did not come within 15 s");
}
