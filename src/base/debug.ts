/**
 * Lines for who develops slash8, by section: `SLASH8_DEBUG=agent,plan` or `SLASH8_DEBUG=*`, as Node's own
 * NODE_DEBUG; docs/internals/debugging.md. util.debuglog would read NODE_DEBUG, and write where a child's output
 * goes: into its log, which is removed.
 */
import { writeSync } from "node:fs";
import { format } from "node:util";
import { threadId } from "node:worker_threads";
import { monotonicNs } from "./clock.ts";

export type DebugSection =
  | "plan"
  | "preflight"
  | "run"
  | "agent"
  | "uring"
  | "targets"
  | "processes"
  | "hosts";

export interface DebugLog {
  /** Prints a line; arguments as of `util.format`. */
  (text: string, ...values: unknown[]): void;
  /** For what costs something to put together. */
  readonly enabled: boolean;
}

/** Set for a child, which inherits our standard error under that number: "<our pid>:<number>". */
const inheritedName = "SLASH8_DEBUG_FILE";
const standardError = 2;

const wanted = patternOf(process.env.SLASH8_DEBUG ?? "");
const off: DebugLog = Object.assign(() => {}, { enabled: false });
let file: number | null = null;

/** The lines of a section; call it once, at the top of a file. A call of what it returns is free when it is off. */
export function debugLog(section: DebugSection): DebugLog {
  if (wanted?.test(section) !== true) return off;
  const where = threadId === 0 ? `${process.pid}` : `${process.pid}/${threadId}`;
  const print = (text: string, ...values: unknown[]): void => {
    const seconds = (monotonicNs() / 1e9).toFixed(6);
    write(`${seconds} ${section} ${where}: ${format(text, ...values)}\n`);
  };
  return Object.assign(print, { enabled: true });
}

/**
 * What a child needs to write to where we do: a file to inherit, and a variable with its number.
 *
 * @param number that the file has in the child
 * @returns      nothing where no section is on
 */
export function debugForChild(number: number): {
  readonly files: readonly number[];
  readonly env: Readonly<Record<string, string>>;
} {
  if (wanted === null) return { files: [], env: {} };
  return { files: [debugFile()], env: { [inheritedName]: `${process.pid}:${number}` } };
}

/** Only a child of ours has that file: the variable goes on to its children, too. */
function debugFile(): number {
  if (file === null) {
    const [parent, number] = (process.env[inheritedName] ?? "").split(":").map(Number);
    file = parent === process.ppid && number !== undefined ? number : standardError;
  }
  return file;
}

/** "agent,ur*" */
function patternOf(sections: string): RegExp | null {
  const words = sections.split(",").map((word) => word.trim().toLowerCase());
  const given = words.filter((word) => word !== "");
  if (given.length === 0) return null;
  const patterns = given.map((word) => word.replaceAll(/[^\w*]/g, "").replaceAll("*", ".*"));
  return new RegExp(`^(?:${patterns.join("|")})$`);
}

/** All of it at once, from every thread: a line that waits for an event loop comes late, or not at all before a crash. */
function write(line: string): void {
  let rest = Buffer.from(line);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(debugFile(), rest));
    } catch (error) {
      // A reader that has gone is no reason to stop; one that is slow is waited for.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
