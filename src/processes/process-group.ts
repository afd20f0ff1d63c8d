/** Ends a process group, and what has left the group but still carries its mark. */
import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { readText } from "../machine/read-text.ts";
import { readProcesses } from "../machine/usage/process-table.ts";

/** Environment variable that every process of a command inherits; the value is the command's own. */
export const markName = "SLASH8_SERVER";

/** How long a process may take to vanish after SIGKILL; one in an uninterruptible wait takes longer. */
const killWaitMs = 2000;
/** Environments are read at each look, so the looks become rarer. */
const firstPollMs = 10;
const lastPollMs = 200;

export interface ProcessGroup {
  /** Its leader's pid, which is its number. */
  readonly leader: number;
  /** Value of the mark; see `markName`. */
  readonly mark: string;
}

/**
 * Sends the signal to all of the group, waits until it is gone, and then kills what is left.
 *
 * A daemon leaves its group (setsid), yet keeps its environment: on Linux the mark finds it. One
 * that overwrites its environment as well escapes; run servers in the foreground.
 *
 * @returns true when nothing is left; false when something is, 2 s after SIGKILL
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

/** Kills all of the group now, without a wait: for a way out that cannot wait. */
export function killGroup(group: ProcessGroup): void {
  signalAll(group, "SIGKILL");
}

function signalAll(group: ProcessGroup, signal: NodeJS.Signals): void {
  signalProcess(-group.leader, signal);
  for (const pid of marked(group.mark)) signalProcess(pid, signal);
}

/** Sends a signal to a process, or a group by its negative number; nothing happens when it has gone. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // ESRCH: it has gone. EPERM: it runs as another user now (sudo), and is out of reach.
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

/** Linux: processes that were started with the mark; elsewhere environments cannot be read. */
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
