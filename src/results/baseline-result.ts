import type { MetricValues } from "../gates/evaluate.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { Fingerprint } from "./fingerprint.ts";
import type { Outcome } from "./result.ts";

/** An earlier result, as gates compare with it. */
export interface BaselineResult {
  /** As given. */
  readonly path: string;
  readonly values: MetricValues;
  readonly fingerprint: Fingerprint;
  readonly outcome: Outcome;
  /** Whether a gate with `abort` ended it. */
  readonly endedEarly: boolean;
  readonly scenario: Scenario;
}
