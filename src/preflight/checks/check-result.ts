import { exitStatus, UserError } from "../../base/errors.ts";

/**
 * What preflight or doctor found. `refuse`: the run cannot work; `warn`: it can, but its figures or
 * other programs may be affected; `note`: good to know.
 */
export interface CheckResult {
  readonly level: "refuse" | "warn" | "note";
  /** Name of the check, such as "openFiles"; stable, for scripts. */
  readonly check: string;
  /** What was found: the need and the limit. */
  readonly message: string;
  /** What to do about it, a command where there is one. */
  readonly remedy: string;
}

/**
 * Returns the refusals among the results as one error with exit status 3, or null where the run may go on.
 */
export function refusalOf(results: readonly CheckResult[]): UserError | null {
  const refused = results.filter((result) => result.level === "refuse");
  if (refused.length === 0) return null;
  const lines = refused.map(({ message, remedy }) => `  - ${message}\n    ${remedy}`);
  return new UserError(
    `this machine cannot hold the plan:\n${lines.join("\n")}`,
    exitStatus.cannotHold,
  );
}
