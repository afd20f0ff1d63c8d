import { type Phase, phase as phaseIndex, phases, type StatusCount } from "./snapshot.ts";

/** Status codes have three digits. */
const statusBound = 1000;

/** Replies of an interval by HTTP status and phase. Memory: 16 KB once there is one. */
export class StatusCounts {
  /** By [status * phases.length + phase]; empty before the first. */
  #counts = new Uint32Array(0);
  #first = statusBound;
  #last = -1;

  /** @param status 1 to 999 */
  add(phase: Phase, status: number): void {
    if (this.#counts.length === 0) this.#counts = new Uint32Array(statusBound * phases.length);
    const at = status * phases.length + phase;
    this.#counts[at] = (this.#counts[at] as number) + 1;
    if (status < this.#first) this.#first = status;
    if (status > this.#last) this.#last = status;
  }

  /** Returns the counts that are not 0, in the order of status and phase, and starts again from zero. */
  take(): StatusCount[] {
    const taken: StatusCount[] = [];
    for (let status = this.#first; status <= this.#last; status++) {
      for (const [index, phase] of phases.entries()) {
        const at = status * phases.length + index;
        const count = this.#counts[at] as number;
        if (count > 0) taken.push({ status, phase, count });
        this.#counts[at] = 0;
      }
    }
    this.#first = statusBound;
    this.#last = -1;
    return taken;
  }
}

/** Sums counts by status and phase, in the order of both. */
export function mergeStatuses(counts: readonly StatusCount[]): StatusCount[] {
  const merged = new Map<string, StatusCount>();
  for (const one of counts) {
    const key = `${one.status} ${one.phase}`;
    merged.set(key, { ...one, count: one.count + (merged.get(key)?.count ?? 0) });
  }
  return [...merged.values()].sort(
    (a, b) => a.status - b.status || phaseIndex[a.phase] - phaseIndex[b.phase],
  );
}
