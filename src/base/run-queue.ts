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

/** The same of all threads that this process has now; of those that ended nothing is known. */
export function processWaitedNs(): number | null {
  const tasks = "/proc/self/task";
  try {
    return readdirSync(tasks).reduce((sum, task) => sum + (waitedNs(`${tasks}/${task}`) ?? 0), 0);
  } catch {
    return null;
  }
}
