import { namesIn } from "../../base/files/names-in.ts";
import { threadNs } from "../../base/schedstat.ts";

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
  return readThreadTimes(
    pids.flatMap((pid) => namesIn(`/proc/${pid}/task`).map((thread) => `${pid}/${thread}`)),
  );
}

/** Returns those of the threads "pid/thread" that there are; see `readThreads`. */
export function readThreadTimes(names: readonly string[]): Map<string, ThreadTimes> {
  const threads = new Map<string, ThreadTimes>();
  for (const name of names) {
    const times = threadNs(`/proc/${name.replace("/", "/task/")}`);
    if (times === null) continue;
    threads.set(name, { ranSeconds: times.ranNs / 1e9, waitedSeconds: times.waitedNs / 1e9 });
  }
  return threads;
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
