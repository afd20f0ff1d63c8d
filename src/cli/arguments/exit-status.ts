import { type ExitStatus, exitStatus } from "../../base/errors.ts";
import type { ComparisonVerdict } from "../../compare/compare.ts";
import type { Outcome } from "../../results/result.ts";

/** The exit status for the outcome of a run or a series. */
export const statusOf: Readonly<Record<Outcome, ExitStatus>> = {
  pass: exitStatus.pass,
  fail: exitStatus.gateFailed,
  invalid: exitStatus.invalid,
  interrupted: exitStatus.interrupted,
};

/** An inconclusive comparison is not a verdict, just as an invalid run has none. */
export const statusOfVerdict: Readonly<Record<ComparisonVerdict, ExitStatus>> = {
  pass: exitStatus.pass,
  fail: exitStatus.gateFailed,
  inconclusive: exitStatus.invalid,
};
