import { type ExitStatus, exitStatus, UserError } from "../base/errors.ts";

export interface Failure {
  readonly text: string;
  readonly status: ExitStatus;
}

/**
 * What to print for an exception, and what to exit with.
 *
 * A UserError is its message alone, after the program's name unless each line tells a place in a
 * file already; everything else is a defect of ours and comes with its stack.
 */
export function describeFailure(error: unknown): Failure {
  if (error instanceof UserError) {
    const placed = /^[^\s:][^:\n]*:\d+:\d+: /.test(error.message);
    return { text: placed ? error.message : `slash8: ${error.message}`, status: error.status };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    text: `slash8: internal failure, please report it with the scenario:\n${stack}`,
    status: exitStatus.internal,
  };
}
