/** Chooses which CPU the client gets and which the server, so that neither takes time from the other. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * @typedef {{ readonly client: number, readonly server: number }} Pinning
 */

/**
 * Returns the first CPU that this process may use for the server and the second for the client, or null
 * where there is only one, or no taskset.
 *
 * @returns {Pinning | null}
 */
export function choosePinning() {
  if (process.platform !== "linux" || spawnSync("taskset", ["--version"]).status !== 0) return null;
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  const [server, client] = parseCpuList(list ?? "");
  return client === undefined || server === undefined ? null : { client, server };
}

/** Time between checks for processes that are about to start, ms. */
const lookEveryMs = 5;

/**
 * Pins processes as soon as there are any; their later children are pinned with them.
 *
 * @param {() => readonly number[]} pids
 * @param {number | undefined} cpu
 * @returns {() => void} stops checking
 */
export function pinWhenThere(pids, cpu) {
  if (cpu === undefined) return () => {};
  const timer = setInterval(() => {
    const found = pids();
    for (const pid of found) spawnSync("taskset", ["-a", "-c", "-p", `${cpu}`, `${pid}`]);
    if (found.length > 0) clearInterval(timer);
  }, lookEveryMs);
  return () => clearInterval(timer);
}

/**
 * "0-1,4" -> [0, 1, 4]
 *
 * @param {string} list as in /proc/self/status
 * @returns {number[]}
 */
export function parseCpuList(list) {
  return list.split(",").flatMap((part) => {
    const [first, last = first] = part.split("-").map(Number);
    if (first === undefined || last === undefined || part === "") return [];
    return Array.from({ length: last - first + 1 }, (_, n) => first + n);
  });
}
