import { createConstantCurve, createEvenSchedule } from "./constant.ts";
import { createPoissonSchedule } from "./poisson.ts";
import type { Schedule } from "./schedule.ts";
import { createStageCurve, type Stage } from "./stages.ts";

/** The open model's part of a scenario's `load`, and the scenario's seed. */
export interface ScheduleSpec {
  readonly startRatePerSecond: number;
  readonly stages: readonly Stage[];
  /** Evenly spaced by the rate, or at random around it. */
  readonly arrivals: "constant" | "poisson";
  /** Integer >= 0; has no effect on constant arrivals. */
  readonly seed: number;
}

/**
 * Creates the schedule of an open model, the same for every worker; see share.ts for a worker's portion.
 *
 * @param spec rates 0 to 1e9 per second, durations finite
 * @throws     UserError for more Poisson arrivals than can be counted
 */
export function createSchedule(spec: ScheduleSpec): Schedule {
  const curve = createStageCurve(spec.startRatePerSecond, spec.stages);
  return spec.arrivals === "poisson"
    ? createPoissonSchedule(curve, spec.seed)
    : createEvenSchedule(curve);
}

/**
 * Creates the schedule of a constant rate, such as that at which connections are opened.
 *
 * @param ratePerSecond 0 to 1e9 per second
 * @param durationNs    ns, or Infinity for a schedule without an end
 */
export function createConstantSchedule(ratePerSecond: number, durationNs: number): Schedule {
  return createEvenSchedule(createConstantCurve(ratePerSecond, durationNs));
}
