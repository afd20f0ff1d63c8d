/** Resource usage of processes: CPU, memory, open files, threads. */
import { readdirSync, statSync } from "node:fs";
import { readText } from "../read-text.ts";
import { type ProcessRow, readProcesses, treeOf } from "./process-table.ts";

/** One process at one moment; null where the system does not report it. */
export interface ProcessUsage {
  readonly pid: number;
  readonly startedTicks: number | null;
  readonly cpuSeconds: number;
  readonly rssBytes: number | null;
  readonly openFiles: number | null;
  readonly threads: number | null;
}

/**
 * Returns the process trees of several lists of roots; see `treeOf`.
 *
 * @param   onRows is given all processes, as reading them takes most of the time
 * @returns one list for each list of roots, empty if all have exited
 * @throws  never
 */
export async function readTrees(
  roots: readonly (readonly number[])[],
  onRows: (rows: readonly ProcessRow[]) => void = () => {},
): Promise<readonly (readonly ProcessUsage[])[]> {
  const rows = await readProcesses();
  onRows(rows);
  return roots.map((pids) => treeOf(rows, pids).map(usageOf));
}

function usageOf(row: ProcessRow): ProcessUsage {
  const { pid, startedTicks, cpuSeconds } = row;
  if (process.platform !== "linux") {
    return {
      pid,
      startedTicks,
      cpuSeconds,
      rssBytes: row.rssBytes,
      openFiles: null,
      threads: null,
    };
  }
  const status = parseStatus(readText(`/proc/${pid}/status`) ?? "");
  return { pid, startedTicks, cpuSeconds, ...status, openFiles: countFiles(pid) };
}

/** Reads VmRSS (its kB means KiB) and Threads from /proc/<pid>/status. */
export function parseStatus(status: string): {
  readonly rssBytes: number | null;
  readonly threads: number | null;
} {
  const rss = /^VmRSS:\s+(\d+) kB/m.exec(status);
  const threads = /^Threads:\s+(\d+)/m.exec(status);
  return {
    rssBytes: rss === null ? null : Number(rss[1]) * 1024,
    threads: threads === null ? null : Number(threads[1]),
  };
}

/**
 * Returns the number of open files of a process. Linux 6.2 and later report it as the size of the folder;
 * before that its entries must be counted, with one system call per few hundred of them.
 */
function countFiles(pid: number): number | null {
  const path = `/proc/${pid}/fd`;
  try {
    return statSync(path).size || readdirSync(path).length;
  } catch {
    return null; // It has exited, or belongs to another user.
  }
}
