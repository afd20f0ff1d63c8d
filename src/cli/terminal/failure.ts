import { capacityErrorOf } from "../../api/capacity.ts";
import { type ExitStatus, exitStatus, UserError } from "../../base/errors.ts";
import { printable } from "../../base/printable.ts";

export interface Failure {
  readonly text: string;
  readonly status: ExitStatus;
}

/**
 * Returns what to print for an exception, and the status to exit with.
 *
 * A UserError is printed as its message only, after the program's name unless each line already names a
 * place in a file. A full file table and a lack of memory are the machine's problem, and can occur anywhere,
 * even while Node loads our modules. Anything else is a defect of ours and is printed with its stack.
 */
export function describeFailure(error: unknown): Failure {
  const known = error instanceof UserError ? error : capacityErrorOf(error);
  if (known !== null) {
    const placed = /^[^\s:][^:\n]*:\d+:\d+: /.test(known.message);
    const text = placed ? known.message : `slash8: ${known.message}`;
    return { text: printable(text), status: known.status };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    text: printable(`slash8: internal failure, please report it with the scenario:\n${stack}`),
    status: exitStatus.internal,
  };
}
