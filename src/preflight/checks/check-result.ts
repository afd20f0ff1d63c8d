import { CapacityError, type MachineCheck } from "../../base/errors.ts";

export type CheckResult = MachineCheck;

/**
 * Returns the refusals among the results as one error with exit status 3, or null where the run may go on.
 *
 * @param where "this machine"
 */
export function refusalOf(
  results: readonly CheckResult[],
  where = "this machine",
): CapacityError | null {
  const refused = results.filter((result) => result.level === "refuse");
  if (refused.length === 0) return null;
  const lines = refused.map(({ message, remedy }) => `  - ${message}\n    ${remedy}`);
  return new CapacityError(`${where} cannot hold the plan:\n${lines.join("\n")}`, results);
}
