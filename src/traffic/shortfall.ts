import { counter, phase } from "../metrics/snapshot.ts";
import type { SchedulePortion } from "../schedule/portion.ts";
import type { PhaseClock } from "./phase-clock.ts";
import type { TrafficContext } from "./traffic.ts";

/**
 * Counts the arrivals that were due before the end and never begun.
 *
 * @param begun    arrivals begun
 * @param each     exchanges that an arrival stands for
 * @param waiting  whether every connection was waiting for the target: then they were `blocked` by
 *                 it, unless the worker had no time to read what had long come
 */
export function countUnsent(
  context: TrafficContext,
  clock: PhaseClock,
  arrivals: SchedulePortion,
  begun: number,
  each: number,
  waiting: boolean,
): void {
  const { beginNs, steadyNs, endNs } = clock;
  if (beginNs >= endNs) return;
  /** Arrivals with an intended time before `untilNs`, at least those begun. */
  const dueBefore = (untilNs: number) =>
    Math.max(begun, arrivals.due(Math.ceil(untilNs - beginNs) - 1));
  const warmUp = dueBefore(Math.min(steadyNs, endNs));
  const all = dueBefore(endNs);
  const blocked = waiting && !context.saturated();
  for (const [at, unsent] of [
    [phase.warmUp, (warmUp - begun) * each],
    [phase.steady, (all - warmUp) * each],
  ] as const) {
    context.recorder.count(at, counter.offered, unsent);
    if (blocked) context.recorder.count(at, counter.unsent, unsent);
  }
}
