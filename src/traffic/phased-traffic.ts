import { portionOf, type SchedulePortion } from "../schedule/portion.ts";
import type { Connections } from "./connections.ts";
import { PhaseClock } from "./phase-clock.ts";
import type { Traffic, TrafficContext } from "./traffic.ts";

/** What every pattern's traffic is: connections, and phases by a clock. */
export abstract class PhasedTraffic implements Traffic {
  protected readonly clock: PhaseClock;
  protected abstract readonly connections: Connections;
  /** Whether nothing is begun or awaited any more; the connections are closing. */
  protected ended = false;

  /** @param durationNs length of steady state; null: until `endAt` */
  constructor(context: TrafficContext, durationNs: number | null) {
    this.clock = new PhaseClock(context.workload.warmUpNs, durationNs);
  }

  abstract start(nowNs: number): number;

  open(nowNs: number): void {
    this.connections.openAll(nowNs);
  }

  get settled(): boolean {
    return this.connections.settled;
  }

  begin(beginNs: number): void {
    this.clock.begin(beginNs);
  }

  endAt(endNs: number): void {
    this.clock.endAt(endNs);
  }

  get done(): boolean {
    return this.ended && this.connections.none;
  }

  get steadyNs(): number {
    return this.clock.steadyNs;
  }

  get endNs(): number {
    return this.clock.endNs;
  }
}

/**
 * How many this worker begins in all: its arrivals (open model), or its portion of a total (closed
 * model), which is null where the duration alone is the end.
 */
export function quotaOf(
  { portion }: TrafficContext,
  arrivals: SchedulePortion | null,
  total: number | null,
): number {
  return (
    arrivals?.count ??
    portionOf(total ?? Number.POSITIVE_INFINITY, portion.portion, portion.ofPortions)
  );
}

/** `exchanges:` of a closed model, or null. */
export function totalExchanges({ workload: { load } }: TrafficContext): number | null {
  return load.model === "closed" ? load.exchanges : null;
}
