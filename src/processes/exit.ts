/** How a server's process ended; one of the two is not null. */
export interface ServerExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** Formats an exit: "exit code 1", "signal SIGSEGV". */
export function describeExit({ code, signal }: ServerExit): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}

/** Returns the last lines of a log, for the end of a message; says so where there are none. */
export function quoteLog(tail: string, path: string): string {
  if (tail === "") return ` It printed nothing.`;
  const lines = tail.split("\n").map((line) => `  | ${line}`);
  return ` Its last lines (all in ${path}):\n${lines.join("\n")}`;
}
