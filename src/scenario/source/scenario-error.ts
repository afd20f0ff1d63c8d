import { exitStatus, UserError } from "../../base/errors.ts";
import type { Position } from "../scenario.ts";

/** A problem of a scenario, and its position. */
export interface Problem extends Position {
  /** What is wrong, and what would do. */
  readonly message: string;
}

/**
 * A scenario that cannot be run as written. Its message has the text of each problem with its place.
 *
 * @example
 * try {
 *   await run("broken.yaml");
 * } catch (error) {
 *   if (!(error instanceof ScenarioError)) throw error;
 *   for (const { line, message } of error.problems) console.error(line, message);
 * }
 */
export class ScenarioError extends UserError {
  /** Every problem found, in the order of the file. */
  readonly problems: readonly Problem[];

  constructor(message: string, problems: readonly Problem[]) {
    super(message, exitStatus.usage, { code: "scenario" });
    this.name = "ScenarioError";
    this.problems = problems;
  }
}
