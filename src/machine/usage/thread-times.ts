import { readdirSync } from "node:fs";
import { readText } from "../read-text.ts";

/** Times of a thread: running, and ready to run without a CPU, s since its start. */
export interface ThreadTimes {
  readonly ranSeconds: number;
  readonly waitedSeconds: number;
}

/**
 * Returns every thread of these processes, by "pid/thread" (Linux; empty elsewhere).
 *
 * @throws never
 * @cost   one small file per thread
 * @see    proc_pid_schedstat: time on a CPU, time waited for one, turns
 */
export function readThreads(pids: readonly number[]): Map<string, ThreadTimes> {
  const threads = new Map<string, ThreadTimes>();
  for (const pid of pids) {
    for (const thread of threadsOf(pid)) {
      const text = readText(`/proc/${pid}/task/${thread}/schedstat`);
      const [ran, waited] = (text ?? "").split(" ").map(Number);
      if (ran === undefined || waited === undefined || text === null) continue;
      threads.set(`${pid}/${thread}`, { ranSeconds: ran / 1e9, waitedSeconds: waited / 1e9 });
    }
  }
  return threads;
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return []; // It has exited, or this is not Linux.
  }
}

/** Returns the times of the thread that ran the most between two readings; null where there is none. */
export function busiestThread(
  before: ReadonlyMap<string, ThreadTimes>,
  after: ReadonlyMap<string, ThreadTimes>,
): ThreadTimes | null {
  let most: ThreadTimes | null = null;
  for (const [thread, { ranSeconds, waitedSeconds }] of after) {
    const from = before.get(thread) ?? { ranSeconds: 0, waitedSeconds: 0 };
    const grown = {
      ranSeconds: ranSeconds - from.ranSeconds,
      waitedSeconds: waitedSeconds - from.waitedSeconds,
    };
    if (most === null || grown.ranSeconds > most.ranSeconds) most = grown;
  }
  return most;
}
