/** Which process a file belongs to, and whether that still exists: process IDs are used again. */
import { readFileSync } from "node:fs";

/** "1234 5678901": this process, and when it started, in the system's own unit; "1234 -" where that is not known. */
export function ownerText(): string {
  return `${process.pid} ${startOf(process.pid) ?? "-"}`;
}

/** Whether the process that wrote the text still exists; true for a text of another kind. */
export function isOwnerAlive(owner: string): boolean {
  const found = /^(\d+) (\d+|-)$/.exec(owner.trimEnd());
  if (found === null) return true;
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

/** Field 22 of /proc/<pid>/stat, ticks since the system started; null where there is none. @see proc_pid_stat(5) */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}
