import { type ExitStatus, exitStatus, UserError } from "../../base/errors.ts";

export interface Failure {
  readonly text: string;
  readonly status: ExitStatus;
}

/** What a full file table comes as, wherever a file or socket is opened. */
const filesExhausted: Readonly<Record<string, string>> = {
  EMFILE: "a process may have too few open files for this: raise the limit (ulimit -n 20000)",
  ENFILE: "this machine has no more open files to give: end other programs, or raise fs.file-max",
};

/**
 * What to print for an exception, and what to exit with.
 *
 * A UserError is its message alone, after the program's name unless each line tells a place in a
 * file already. A full file table is the machine's, and can come up anywhere, even while Node loads
 * our modules. Everything else is a defect of ours and comes with its stack.
 */
export function describeFailure(error: unknown): Failure {
  if (error instanceof UserError) {
    const placed = /^[^\s:][^:\n]*:\d+:\d+: /.test(error.message);
    return { text: placed ? error.message : `slash8: ${error.message}`, status: error.status };
  }
  const exhausted = filesExhausted[(error as NodeJS.ErrnoException)?.code ?? ""];
  if (exhausted !== undefined) {
    return { text: `slash8: ${exhausted}`, status: exitStatus.cannotHold };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    text: `slash8: internal failure, please report it with the scenario:\n${stack}`,
    status: exitStatus.internal,
  };
}
