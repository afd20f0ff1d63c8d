import { type ExitStatus, exitStatus } from "../base/errors.ts";
import type { ComparisonVerdict } from "../compare/compare.ts";

/** Inconclusive is no verdict, as an invalid run has none. */
export const statusOfVerdict: Readonly<Record<ComparisonVerdict, ExitStatus>> = {
  pass: exitStatus.pass,
  fail: exitStatus.gateFailed,
  inconclusive: exitStatus.invalid,
};
