import { exitStatus, UserError } from "../base/errors.ts";

/**
 * The scenario cannot run here and says itself that this is no failure (`missing: skip`): the
 * message is printed and the exit status is 0.
 */
export class SkippedError extends UserError {
  constructor(message: string) {
    super(message, exitStatus.pass);
    this.name = "SkippedError";
  }
}
