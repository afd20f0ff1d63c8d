import type { HostFacts } from "../../machine/host-facts.ts";
import type { MachineFacts, Plan } from "../../plan/plan-types.ts";
import type { FanOutTrial } from "./broadcast-trial.ts";
import type { CheckResult } from "./check-result.ts";

/** A plan and the machine that has to hold it. */
export interface Subject {
  readonly plan: Plan;
  readonly machine: MachineFacts;
  readonly host: HostFacts;
  /** Results of the trials; empty where no workload needs them. */
  readonly fanOut: readonly FanOutTrial[];
  /** Why the kernel's figures of connections cannot be read; null: they can, or nobody asks. */
  readonly telemetryObstacle: string | null;
}

/** Result of a check; the table adds its name. */
export type CheckOutcome = Omit<CheckResult, "check">;

/** One question about the machine. Pure; no result where all is well or nothing is known. */
export type Check = (subject: Subject) => readonly CheckOutcome[];

/** `n` rounded up to two digits, for commands: 20137 becomes 21000. */
export function roundUp(n: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, n))) - 1);
  return Math.ceil(n / step) * step;
}
