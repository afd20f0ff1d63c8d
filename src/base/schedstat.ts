import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/**
 * Returns how long a thread was ready to run while others had the CPUs, ns since it started. This is what
 * delays a nearly idle program on a busy machine.
 *
 * @param thread a folder of /proc
 * @returns      null where the system does not report it (not Linux)
 * @cost         one small file read
 * @see          proc_pid_schedstat: time on a CPU, time waited for one, turns
 */
export function waitedNs(thread = "/proc/thread-self"): number | null {
  return threadNs(thread)?.waitedNs ?? null;
}

/** Times of a thread since it started, ns. */
export interface ThreadNs {
  readonly ranNs: number;
  readonly waitedNs: number;
}

/** Returns how long a thread ran and, as `waitedNs`, waited; null where the system does not report it. */
export function threadNs(thread = "/proc/thread-self"): ThreadNs | null {
  try {
    const [ran, waited] = readFileSync(`${thread}/schedstat`, "utf8").split(" ");
    return waited === undefined ? null : { ranNs: Number(ran), waitedNs: Number(waited) };
  } catch {
    return null;
  }
}

/** Returns what `waitedNs` does for each current thread of this process, by thread ID; empty where it is not reported. */
export function threadsWaitedNs(): Map<string, number> {
  const tasks = "/proc/self/task";
  const waited = new Map<string, number>();
  try {
    for (const task of readdirSync(tasks)) {
      const ns = waitedNs(`${tasks}/${task}`);
      if (ns !== null) waited.set(task, ns);
    }
  } catch {
    // Not Linux.
  }
  return waited;
}

/** Returns this thread as "pid/thread"; null where the system does not report it (not Linux). */
export function thisThread(): string | null {
  try {
    return readlinkSync("/proc/thread-self").replace("/task/", "/");
  } catch {
    return null;
  }
}
