/** The processes of this machine, and their trees. */
import { namesIn } from "../../base/files/names-in.ts";
import { commandOutput, readText } from "../read-text.ts";

export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** Exited, and not yet reaped by its parent. */
  readonly zombie: boolean;
  /** User and system time since its start. */
  readonly cpuSeconds: number;
  /** The same of its descendants that have exited and been reaped; 0 where not known. */
  readonly reapedSeconds: number;
  /** Start time, which distinguishes successive processes with the same pid; null where not known. */
  readonly startedTicks: number | null;
  /** Resident memory; null on Linux, where it is in /proc/<pid>/status (see process-usage.ts). */
  readonly rssBytes: number | null;
}

/** Clock ticks per second in /proc: USER_HZ, 100 on every platform that Node runs on. */
const ticksPerSecond = 100;

/**
 * Returns all processes that are visible to this user.
 *
 * @throws never
 * @cost   Linux: some 15 us per process; elsewhere one run of ps
 */
export async function readProcesses(): Promise<ProcessRow[]> {
  if (process.platform === "linux") {
    return namesIn("/proc").flatMap((name) => {
      const row = /^\d+$/.test(name) ? readProcess(Number(name)) : null;
      return row === null ? [] : [row];
    });
  }
  const columns = "pid=,ppid=,pgid=,state=,rss=,time=";
  return parsePs((await commandOutput("ps", ["-axo", columns])) ?? "");
}

/** Returns one process on Linux; null if it has exited. */
function readProcess(pid: number): ProcessRow | null {
  const text = readText(`/proc/${pid}/stat`);
  return text === null ? null : parseStat(text);
}

/**
 * Parses /proc/<pid>/stat.
 *
 * The second field, the program's name in parentheses, may itself contain spaces and parentheses; the
 * last ")" ends it.
 *
 * @see proc_pid_stat(5): 1 pid, 3 state, 4 ppid, 5 pgrp, 14 utime, 15 stime, 16 cutime, 17 cstime, 22 starttime
 */
export function parseStat(text: string): ProcessRow | null {
  const pid = Number.parseInt(text, 10);
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const field = (number: number): number => Number(fields[number - 3]);
  if (!Number.isInteger(pid) || !Number.isInteger(field(22))) return null;
  return {
    pid,
    parent: field(4),
    group: field(5),
    zombie: fields[0] === "Z" || fields[0] === "X",
    cpuSeconds: (field(14) + field(15)) / ticksPerSecond,
    reapedSeconds: (field(16) + field(17)) / ticksPerSecond,
    startedTicks: field(22),
    rssBytes: null,
  };
}

/** Parses `ps -axo pid=,ppid=,pgid=,state=,rss=,time=`: rss in KiB, time as [[dd-]hh:]mm:ss[.cc]. */
export function parsePs(text: string): ProcessRow[] {
  const rows: ProcessRow[] = [];
  for (const line of text.split("\n")) {
    const [pid, parent, group, state, rss, time] = line.trim().split(/\s+/);
    if (pid === undefined || time === undefined || !/^\d+$/.test(pid)) continue;
    rows.push({
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      zombie: state?.startsWith("Z") ?? false,
      cpuSeconds: parsePsTime(time),
      reapedSeconds: 0,
      startedTicks: null,
      rssBytes: Number(rss) * 1024,
    });
  }
  return rows;
}

function parsePsTime(text: string): number {
  const match = /^(?:(?:(\d+)-)?(\d+):)?(\d+):(\d+(?:\.\d+)?)$/.exec(text);
  if (match === null) return 0;
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return (days ?? 0) * 86400 + (hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0);
}

/** Returns the rows of `roots` and of all their descendants. The group of a root that leads one is included. */
export function treeOf(rows: readonly ProcessRow[], roots: readonly number[]): ProcessRow[] {
  const members = new Set(roots);
  for (let before = -1; before !== members.size; ) {
    before = members.size;
    for (const row of rows) {
      // A grandchild whose parent has exited is a child of init, but still in the group.
      if (members.has(row.parent) || roots.includes(row.group)) members.add(row.pid);
    }
  }
  return rows.filter((row) => members.has(row.pid) && !row.zombie);
}
