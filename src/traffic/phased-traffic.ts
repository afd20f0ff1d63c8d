import { portionOf, type SchedulePortion } from "../schedule/portion.ts";
import type { Connections } from "./connections/connections.ts";
import { PhaseClock } from "./phase-clock.ts";
import type { Traffic, TrafficContext } from "./traffic.ts";

/** An end from outside, which is not the schedule's, leaves so long to send what was due, ns. */
const cutNs = 500e6;

/** What every pattern's traffic is: connections, and phases by a clock. */
export abstract class PhasedTraffic implements Traffic {
  protected readonly clock: PhaseClock;
  protected abstract readonly connections: Connections;
  /** Whether nothing is begun or awaited any more; the connections are closing. */
  protected ended = false;
  /** Whether nothing is sent any more, and whether every connection was waiting for the target then. */
  protected sendsOver = false;
  protected wasBlocked = false;
  readonly #timeoutNs: number;
  /** Whether the end came from outside, before that of the schedule. */
  #isCut = false;

  /** @param durationNs length of steady state; null: until `endAt` */
  constructor(context: TrafficContext, durationNs: number | null) {
    this.clock = new PhaseClock(context.workload.warmUpNs, durationNs);
    this.#timeoutNs = context.workload.timeoutNs;
  }

  /** What was due before the end, and has found no connection yet, may still be sent until then. */
  protected get lastSendNs(): number {
    return this.clock.endNs + (this.#isCut ? Math.min(cutNs, this.#timeoutNs) : this.#timeoutNs);
  }

  abstract start(nowNs: number): number;
  abstract get nextIntendedNs(): number;
  abstract get inFlight(): number;

  /** Ends the sending when its time is up. @param isBlocked whether every connection waits for the target */
  protected endSends(nowNs: number, isBlocked: boolean): void {
    if (this.sendsOver || nowNs < this.lastSendNs) return;
    this.sendsOver = true;
    this.wasBlocked = isBlocked;
  }

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
    if (endNs < this.clock.endNs) this.#isCut = true;
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
  return arrivals?.count ?? portionOf(total ?? Number.POSITIVE_INFINITY, portion);
}

/** `exchanges:` of a closed model, or null. */
export function totalExchanges({ workload: { load } }: TrafficContext): number | null {
  return load.model === "closed" ? load.exchanges : null;
}
