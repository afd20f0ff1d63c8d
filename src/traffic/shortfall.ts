import { counter } from "../metrics/snapshot.ts";
import type { SchedulePortion } from "../schedule/portion.ts";
import type { PhaseClock } from "./phase-clock.ts";
import type { TrafficContext } from "./traffic.ts";

/**
 * Counts the arrivals that were due before the end and never begun, each in the second that it was due in.
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
  const firstNs = beginNs + arrivals.intendedNs(begun);
  // Also where the workload was ended before it had begun: its schedule has no times then.
  if (!(firstNs < endNs)) return;
  const blocked = waiting && !context.saturated();
  let counted = begun;
  for (let second = Math.floor((firstNs - steadyNs) / 1e9); ; second++) {
    const fromNs = Math.max(firstNs, steadyNs + second * 1e9);
    if (fromNs >= endNs) return;
    const toNs = Math.min(steadyNs + (second + 1) * 1e9, endNs);
    // Arrivals with an intended time before `toNs`, at least those begun.
    const due = Math.max(counted, arrivals.due(Math.ceil(toNs - beginNs) - 1));
    const unsent = (due - counted) * each;
    counted = due;
    const at = clock.at(fromNs);
    context.recorder.count(at, counter.offered, unsent);
    if (blocked) context.recorder.count(at, counter.unsent, unsent);
  }
}
