import { AssertionError } from "node:assert";

/**
 * Nothing was found about the server: the run is invalid or was interrupted, or what it is compared with was measured under
 * other conditions, or too seldom. It is neither a pass nor a failure; a test that cannot say so fails with it.
 *
 * @example
 * try {
 *   assertPasses(await readResult("results/invalid.json"));
 * } catch (error) {
 *   if (!(error instanceof NoVerdictError)) throw error;
 *   console.warn(error.reason);
 * }
 */
export class NoVerdictError extends AssertionError {
  /** Why, in one line. */
  readonly reason: string;

  /**
   * @param message for people
   * @param reason  why, in one line
   * @param caller  the function that a test called: the stack begins above it
   */
  constructor(message: string, reason: string, caller: (...args: never[]) => unknown) {
    super({ message, stackStartFn: caller });
    this.name = "NoVerdictError";
    this.reason = reason;
  }
}

/** The function that a test calls: its stack begins above it. */
export type Caller = (...args: never[]) => unknown;
