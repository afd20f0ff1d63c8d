import type { Endpoint } from "../address/flow.ts";
import type { ServerStats } from "../servers/protocol.ts";

/** How a server's process ended; one of the two is not null. */
export interface ServerExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A server of the plan while the run lasts. */
export interface ServerHandle {
  readonly name: string;
  readonly kind: "builtin" | "command" | "external";
  /** Where clients find it. */
  readonly endpoints: readonly Endpoint[];
  /** Roots of its processes, for a ProcessSampler; empty where they are not known. */
  readonly pids: readonly number[];
  /** What it printed; null for a server that was not started here. */
  readonly logFile: string | null;
  /** How it ended; null while it runs, and for ever for one that was not started here. */
  exit(): ServerExit | null;
  /** What it counted itself; the last answer where it does not answer now; null without counts. */
  stats(): Promise<ServerStats | null>;
  /** Ends it with all its processes; resolves when they have gone. Idempotent, never rejects. */
  stop(): Promise<void>;
}

/** What starting a server needs besides its plan. */
export interface StartContext {
  readonly logFolder: string;
  /** A server ended that was not told to. */
  onExit(name: string, code: number | null, signal: string | null, logTail: string): void;
  /** The scenario's, for what is random in built-in servers. */
  readonly seed: number;
  /** Ends the wait for a server that is not ready yet. */
  readonly signal: AbortSignal | null;
}

/** "exit code 1", "signal SIGSEGV". */
export function describeExit({ code, signal }: ServerExit): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}

/** The last lines of a log, for the end of a message; a word where there are none. */
export function quoteLog(tail: string, path: string): string {
  if (tail === "") return ` It printed nothing.`;
  const lines = tail.split("\n").map((line) => `  | ${line}`);
  return ` Its last lines (all in ${path}):\n${lines.join("\n")}`;
}
