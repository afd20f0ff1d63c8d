/**
 * Exit statuses of the command line, part of the contract with CI jobs.
 *
 * 99 for a failed gate is k6's number, so that wrappers written for k6 keep working.
 */
export const exitStatus = {
  pass: 0,
  internal: 1,
  usage: 2,
  cannotHold: 3,
  invalid: 4,
  gateFailed: 99,
  interrupted: 130,
} as const;

export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus];

/**
 * A failure whose message is for the user: what is wrong and what to do, no stack trace.
 *
 * The command line prints the message alone and exits with the status; every other exception is a
 * defect in slash8 and is printed with its stack and exit status 1.
 */
export class UserError extends Error {
  readonly status: ExitStatus;

  constructor(message: string, status: ExitStatus = exitStatus.usage) {
    super(message);
    this.name = "UserError";
    this.status = status;
  }
}
