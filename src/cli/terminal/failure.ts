import { capacityErrorOf } from "../../api/capacity.ts";
import { type ExitStatus, exitStatus, UserError } from "../../base/errors.ts";
import { printable } from "../../base/printable.ts";
import { ScenarioError } from "../../scenario/source/scenario-error.ts";

export interface Failure {
  readonly text: string;
  readonly status: ExitStatus;
}

const place = /^[^\s:][^:\n]*:\d+:\d+: /;

/** The message after the program's name, unless it names a place. Problems of a scenario that has no lines are one a line. */
function namedText(error: UserError): string {
  if (!(error instanceof ScenarioError)) {
    return place.test(error.message) ? error.message : `slash8: ${error.message}`;
  }
  const named = (line: string) =>
    /^(\s|\.\.\.|$)/.test(line) || place.test(line) ? line : `slash8: ${line}`;
  return error.message.split("\n").map(named).join("\n");
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
  if (known !== null) return { text: printable(namedText(known)), status: known.status };
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    text: printable(`slash8: internal failure, please report it with the scenario:\n${stack}`),
    status: exitStatus.internal,
  };
}
