import { UserError } from "../base/errors.ts";

/** A gate that cannot be understood, and where in its text. */
export class GateError extends UserError {
  /** Offset in the expression, from 0. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = "GateError";
    this.offset = offset;
  }
}
