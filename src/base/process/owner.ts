/** Which process a file belongs to, and whether that still exists: process IDs are used again. */
import { readFileSync, readlinkSync } from "node:fs";

/**
 * "1234 5678901 4026531836": this process, when it started, in the system's own unit, and the PID namespace that its
 * number is of; "-" for what is not known.
 */
export function ownerText(): string {
  return `${process.pid} ${startOf(process.pid) ?? "-"} ${namespace() ?? "-"}`;
}

/**
 * Whether the process that wrote the text still exists; true for a text of another kind. Null where that cannot be
 * seen: it is of another PID namespace, as in a container that shares a folder with this one.
 */
export function isOwnerAlive(owner: string): boolean | null {
  const found = /^(\d+) (\d+|-)(?: (\d+|-))?$/.exec(owner.trimEnd());
  if (found === null) return true;
  if (found[3] !== undefined && found[3] !== (namespace() ?? "-")) return null;
  const pid = Number(found[1]);
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it exists, and is another user's.
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const start = startOf(pid);
  return start === null || found[2] === "-" || start === found[2];
}

/** The number of this process's PID namespace; null where there is none. @see pid_namespaces(7) */
function namespace(): string | null {
  try {
    return /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? null;
  } catch {
    return null;
  }
}

/** Field 22 of /proc/<pid>/stat, ticks since the system started; null where there is none. @see proc_pid_stat(5) */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}
