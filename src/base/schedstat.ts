import { readdirSync, readFileSync } from "node:fs";

/**
 * How long a thread was ready to run while others had the CPUs, ns since it began: what makes a
 * program late that has little to do on a machine that has much.
 *
 * @param thread a folder of /proc
 * @returns      null where the system does not tell (not Linux)
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

/** The same of each thread that this process has now, by its number; empty where nobody tells. */
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
