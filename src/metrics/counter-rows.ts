import { type CounterName, counter, counters, type Phase } from "./snapshot.ts";

/** A counter in one phase; `rows` as `Snapshot.counters`. */
export function inPhase(rows: Float64Array, phase: Phase, name: CounterName): number {
  return rows[phase * counters.length + counter[name]] as number;
}

/** A counter over all phases. */
export function overPhases(rows: Float64Array, name: CounterName): number {
  let sum = 0;
  for (let at = counter[name]; at < rows.length; at += counters.length) sum += rows[at] as number;
  return sum;
}
