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
 * What went wrong, for programs; stays the same from version to version.
 *
 *     | code        | what it means                                                              |
 *     | ----------- | -------------------------------------------------------------------------- |
 *     | scenario    | the scenario cannot be run as it is written (ScenarioError)                |
 *     | capacity    | this machine cannot hold the run (CapacityError)                           |
 *     | target      | a server that is to run already does not answer                            |
 *     | server      | a server could not be started, or was not ready in time                    |
 *     | skipped     | a program is not installed, and the scenario says `missing: skip`          |
 *     | file        | a file cannot be read, is not what it is to be, or cannot be written       |
 *     | interrupted | the run was stopped before anything was measured                           |
 *     | usage       | something else that was given is wrong                                     |
 *     | internal    | something else of this machine failed                                      |
 */
export type ErrorCode =
  | "scenario"
  | "capacity"
  | "target"
  | "server"
  | "skipped"
  | "file"
  | "interrupted"
  | "usage"
  | "internal";

const codeOf: Readonly<Record<ExitStatus, ErrorCode>> = {
  [exitStatus.pass]: "skipped",
  [exitStatus.internal]: "internal",
  [exitStatus.usage]: "usage",
  [exitStatus.cannotHold]: "capacity",
  [exitStatus.invalid]: "internal",
  [exitStatus.gateFailed]: "internal",
  [exitStatus.interrupted]: "interrupted",
};

/**
 * A failure whose message is for the user: what is wrong and what to do, no stack trace.
 *
 * The command line prints the message alone and exits with the status; every other exception is a
 * defect in slash8 and is printed with its stack and exit status 1.
 *
 * @example
 * try {
 *   await run("no-such-file.yaml");
 * } catch (error) {
 *   if (!(error instanceof UserError)) throw error;
 *   console.error(error.code, error.message);
 * }
 * @example
 * // What a protocol's module throws where its options do not go together.
 * const atMost = (least: number, most: number) => {
 *   if (least > most) throw new UserError(`least: ${least} is above most, which is ${most}`);
 * };
 * atMost(1, 2);
 */
export class UserError extends Error {
  /** With which status the command line exits. */
  readonly status: ExitStatus;
  /** What went wrong, for programs. */
  readonly code: ErrorCode;
  /** Where the output of servers and agents is kept, where a run failed that had any; else null. */
  logFolder: string | null = null;

  /**
   * @param message for the user: what is wrong, and what to do
   * @param status  with which the command line exits; default: 2
   */
  constructor(
    message: string,
    status: ExitStatus = exitStatus.usage,
    { code = codeOf[status], cause }: { readonly code?: ErrorCode; readonly cause?: unknown } = {},
  ) {
    super(message, ...(cause === undefined ? [] : [{ cause }]));
    this.name = "UserError";
    this.status = status;
    this.code = code;
  }
}

/** Makes the error of a file that cannot be read, or is not what it is to be. */
export function fileError(message: string): UserError {
  return new UserError(message, exitStatus.usage, { code: "file" });
}

/** Makes the error of a server that could not be started. */
export function serverError(message: string): UserError {
  return new UserError(message, exitStatus.usage, { code: "server" });
}

/**
 * What preflight or doctor found. `refuse`: the run cannot work; `warn`: it can, but its figures or
 * other programs may be affected; `note`: good to know.
 */
export interface MachineCheck {
  /** How much it matters. */
  readonly level: "refuse" | "warn" | "note";
  /** Name of the check, such as "openFiles"; stable, for scripts. */
  readonly check: string;
  /** What was found: the need and the limit. */
  readonly message: string;
  /** What to do about it, a command where there is one. */
  readonly remedy: string;
}

/**
 * This machine cannot hold the run: exit status 3.
 *
 * @example
 * try {
 *   await run("million-connections.yaml");
 * } catch (error) {
 *   if (!(error instanceof CapacityError)) throw error;
 *   for (const { message, remedy } of error.checks) console.error(message, remedy);
 * }
 */
export class CapacityError extends UserError {
  /** Everything that the preflight found; empty where a limit showed only later. */
  readonly checks: readonly MachineCheck[];

  constructor(message: string, checks: readonly MachineCheck[] = []) {
    super(message, exitStatus.cannotHold);
    this.name = "CapacityError";
    this.checks = checks;
  }
}
