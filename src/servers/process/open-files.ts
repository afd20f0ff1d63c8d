import { readdirSync, readFileSync } from "node:fs";

/** Files that Node, listeners and diagnostics may need in addition to the connections. */
const reserve = 128;
/** More connections in one process than its memory is likely to hold. */
const mostConnections = 1 << 20;

/**
 * Returns how many connections this process may have open at once before its open files run out.
 *
 * Past the limit Node fails in unexpected places, so there is a reserve.
 *
 * @param limit open files allowed
 * @param used  open files now
 * @returns     integer >= 1
 */
export function connectionBudget(limit: number, used: number): number {
  return Math.max(1, Math.min(mostConnections, limit - used - reserve));
}

/**
 * Returns the soft RLIMIT_NOFILE of this process, which Node has raised to the hard one.
 *
 * @returns a number, Infinity for "unlimited"
 * @see     proc_pid_limits(5); elsewhere than on Linux from Node's diagnostic report
 */
export function openFilesLimit(): number {
  try {
    const line = /^Max open files\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"));
    return parseLimit(line?.[1]);
  } catch {
    const report = process.report?.getReport() as
      | { userLimits?: { open_files?: { soft?: number | string } } }
      | undefined;
    return parseLimit(report?.userLimits?.open_files?.soft);
  }
}

/** Returns the number of files that this process has open. */
export function openFilesUsed(): number {
  try {
    return readdirSync("/dev/fd").length;
  } catch {
    return reserve;
  }
}

/** A limit that is not known is taken for the smallest that systems come with. */
function parseLimit(text: string | number | undefined): number {
  if (text === "unlimited") return Number.POSITIVE_INFINITY;
  const limit = Number(text);
  return Number.isInteger(limit) && limit > 0 ? limit : 256;
}
