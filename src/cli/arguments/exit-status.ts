import { type ExitStatus, exitStatus } from "../../base/errors.ts";
import type { ComparisonVerdict } from "../../compare/compare.ts";
import type { Outcome } from "../../results/result.ts";

/** The exit status that a run's outcome, or a series', has. */
export const statusOf: Readonly<Record<Outcome, ExitStatus>> = {
  pass: exitStatus.pass,
  fail: exitStatus.gateFailed,
  invalid: exitStatus.invalid,
  interrupted: exitStatus.interrupted,
};

/** Inconclusive is no verdict, as an invalid run has none. */
export const statusOfVerdict: Readonly<Record<ComparisonVerdict, ExitStatus>> = {
  pass: exitStatus.pass,
  fail: exitStatus.gateFailed,
  inconclusive: exitStatus.invalid,
};
