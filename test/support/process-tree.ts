/**
 * Which processes live, to prove that a run leaves none behind: by parent, and by a mark in the
 * environment, which finds those too whose parent has gone.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Its arguments, and on Linux nothing more; elsewhere as `ps` shows them. */
  readonly command: string;
  /** "NAME=value" entries in one text; empty where it may not be read. */
  readonly environment: string;
}

/** The variable that carries the mark. A child has it too, unless it is given a new environment. */
const markName = "SLASH8_TEST_MARK";

/** An environment for a process, by which it and all that it starts can be found again. */
export function markedEnvironment(): { readonly mark: string; readonly env: NodeJS.ProcessEnv } {
  const mark = `${process.pid}-${Math.random().toString(36).slice(2)}`;
  return { mark, env: { ...process.env, [markName]: mark } };
}

/** Live processes that carry a mark, as "pid command". Zombies do not count: they hold nothing. */
export function processesWithMark(mark: string): string[] {
  return liveProcesses()
    .filter(({ environment }) => environment.includes(`${markName}=${mark}`))
    .map(({ pid, command }) => `${pid} ${command}`);
}

/** Live processes below one, children before grandchildren, as "pid command". */
export function descendantsOf(pid: number): string[] {
  const processes = liveProcesses();
  const found: Process[] = [];
  let parents = [pid];
  while (parents.length > 0) {
    const children = processes.filter(({ parent }) => parents.includes(parent));
    found.push(...children);
    parents = children.map((child) => child.pid);
  }
  return found.map((child) => `${child.pid} ${child.command}`);
}

/**
 * Waits until a list of processes is empty, since the end of a process takes the kernel a moment.
 *
 * @returns the last list: empty, or what still lives after the patience
 */
export async function untilGone(list: () => string[], patienceMs = 5_000): Promise<string[]> {
  const endMs = performance.now() + patienceMs;
  for (;;) {
    const left = list();
    if (left.length === 0 || performance.now() > endMs) return left;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function liveProcesses(): Process[] {
  return existsSync("/proc/self/stat") ? fromProc() : fromPs();
}

function fromProc(): Process[] {
  const processes: Process[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readProc(`${name}/stat`);
    // pid (command) state parent ...: the command may hold blanks and brackets.
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (state === undefined || parent === undefined || /^[ZX]/.test(state)) continue;
    processes.push({
      pid: Number(name),
      parent: Number(parent),
      command: readProc(`${name}/cmdline`).split("\0").join(" ").trim(),
      environment: readProc(`${name}/environ`),
    });
  }
  return processes;
}

/** A file of a process, or nothing when the process has ended meanwhile or is not ours to read. */
function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, "latin1");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH" || code === "EACCES" || code === "EPERM") return "";
    throw error;
  }
}

/** macOS: -E appends the environment to the command. */
function fromPs(): Process[] {
  const columns = ["-A", "-E", "-ww", "-o", "pid=,ppid=,stat=,command="];
  const { stdout, status } = spawnSync("ps", columns, { encoding: "utf8", maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`ps ${columns.join(" ")} failed`);
  return [...stdout.matchAll(/^ *(\d+) +(\d+) +(\S+) +(.*)$/gm)]
    .filter((row) => !row[3]?.startsWith("Z"))
    .map((row) => ({
      pid: Number(row[1]),
      parent: Number(row[2]),
      command: row[4] as string,
      environment: row[4] as string,
    }));
}
