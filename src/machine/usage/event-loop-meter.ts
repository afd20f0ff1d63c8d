import { type IntervalHistogram, monitorEventLoopDelay, performance } from "node:perf_hooks";
import { monotonicNs } from "../../base/clock.ts";
import { ownSeconds } from "../../base/own-time.ts";
import type { SharedEventLoop } from "../../results/result.ts";

/** How often a timer looks whether it is late; Node counts from the timer before, so this is a part of each figure. */
const resolutionMs = 10;

/** Measures the event loop of this thread, from its creation to `end`. */
export class EventLoopMeter {
  readonly #servers: readonly string[];
  readonly #delays: IntervalHistogram = monitorEventLoopDelay({ resolution: resolutionMs });
  readonly #utilization = performance.eventLoopUtilization();
  readonly #ownSeconds = ownSeconds();
  readonly #beganNs = monotonicNs();
  #measured: SharedEventLoop | null = null;

  /** @param servers that share it */
  constructor(servers: readonly string[]) {
    this.#servers = servers;
    this.#delays.enable();
  }

  end(): void {
    this.#delays.disable();
    const overSeconds = (monotonicNs() - this.#beganNs) / 1e9;
    this.#measured = {
      servers: this.#servers,
      overSeconds,
      busyRatio: performance.eventLoopUtilization(this.#utilization).utilization,
      coordinatorRatio: overSeconds > 0 ? (ownSeconds() - this.#ownSeconds) / overSeconds : 0,
      delayP99Ms: lateMs(this.#delays.percentile(99)),
      delayMaxMs: lateMs(this.#delays.max),
    };
  }

  /** Null until it has ended. */
  get measured(): SharedEventLoop | null {
    return this.#measured;
  }
}

function lateMs(betweenNs: number): number {
  return Math.max(0, betweenNs / 1e6 - resolutionMs);
}
