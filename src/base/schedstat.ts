import { readdirSync, readFileSync } from "node:fs";

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
  try {
    const [, waited] = readFileSync(`${thread}/schedstat`, "utf8").split(" ");
    return waited === undefined ? null : Number(waited);
  } catch {
    return null;
  }
}

/** Returns the same for each current thread of this process, by thread ID; empty where it is not reported. */
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
