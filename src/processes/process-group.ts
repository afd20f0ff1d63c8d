/** Ends a process group, and processes that have left the group but still carry its mark. */
import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { readText } from "../machine/read-text.ts";
import { readProcesses } from "../machine/usage/process-table.ts";

/** Environment variable that every process of a command inherits; the value identifies the command. */
export const markName = "SLASH8_SERVER";

/** How long a process may take to exit after SIGKILL; one in an uninterruptible wait takes longer. */
const killWaitMs = 2000;
/** Each poll reads all environments, so the interval grows. */
const firstPollMs = 10;
const lastPollMs = 200;

export interface ProcessGroup {
  /** The leader's pid, which is the group's ID. */
  readonly leader: number;
  /** Value of the mark; see `markName`. */
  readonly mark: string;
}

/**
 * Sends the signal to the whole group, waits until it has ended, and kills what remains after the timeout.
 *
 * A daemon leaves its group (setsid) but keeps its environment: on Linux the mark finds it. One that
 * also overwrites its environment escapes; run servers in the foreground.
 *
 * @returns true when nothing remains; false when something does, 2 s after SIGKILL
 */
export async function endGroup(
  group: ProcessGroup,
  signal: NodeJS.Signals,
  timeoutNs: number,
): Promise<boolean> {
  signalAll(group, signal);
  if (await gone(group, timeoutNs / 1e6)) return true;
  signalAll(group, "SIGKILL");
  return gone(group, killWaitMs);
}

/** Kills the whole group now, without waiting: for exit paths that cannot wait. */
export function killGroup(group: ProcessGroup): void {
  signalAll(group, "SIGKILL");
}

function signalAll(group: ProcessGroup, signal: NodeJS.Signals): void {
  signalProcess(-group.leader, signal);
  for (const pid of marked(group.mark)) signalProcess(pid, signal);
}

/** Sends a signal to a process, or to a group by its negative ID; does nothing if it has exited. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // ESRCH: it has exited. EPERM: it runs as another user now (sudo) and cannot be signalled.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}

async function gone(group: ProcessGroup, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  for (let pollMs = firstPollMs; ; pollMs = Math.min(lastPollMs, pollMs * 1.5)) {
    const rows = await readProcesses();
    const left = rows.some((row) => row.group === group.leader && !row.zombie);
    if (!left && marked(group.mark).length === 0) return true;
    if (performance.now() >= deadline) return false;
    await sleep(pollMs);
  }
}

/** Returns the processes that were started with the mark (Linux; elsewhere environments cannot be read). */
function marked(mark: string): number[] {
  if (process.platform !== "linux") return [];
  let names: string[];
  try {
    names = readdirSync("/proc");
  } catch {
    return [];
  }
  const entry = `${markName}=${mark}`;
  return names
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => readText(`/proc/${name}/environ`)?.split("\0").includes(entry))
    .map(Number);
}
