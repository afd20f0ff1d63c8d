import type { TrafficContext } from "./traffic.ts";

/** How many connections linger, and for how long: as a multiple of the service time, within bounds. */
const lingering = { connections: 8, perService: 2, leastNs: 20e6, mostNs: 500e6 };

/**
 * The first connections that come and go stay open for a moment after their last reply: a server that greets has then
 * sent one message more than it was sent, and the greeting was taken for the reply.
 */
export class Lingering {
  readonly #context: TrafficContext;
  readonly #slots: {
    readonly slot: number;
    readonly serial: number;
    readonly untilNs: number;
  }[] = [];
  /** Connections that are still to do so. */
  #left: number;

  /** @param applies whether a greeting could be taken for a reply */
  constructor(context: TrafficContext, applies: boolean) {
    this.#context = context;
    this.#left = applies ? lingering.connections : 0;
  }

  /** @param serial number of the slot's connection @returns whether the connection stays open until `end` returns it */
  begin(slot: number, serial: number, nowNs: number, serviceNs: number): boolean {
    if (this.#left === 0) return false;
    const { perService, leastNs, mostNs } = lingering;
    const untilNs = nowNs + Math.min(mostNs, Math.max(leastNs, perService * serviceNs));
    this.#left--;
    this.#slots.push({ slot, serial, untilNs });
    this.#context.io.wake();
    return true;
  }

  /** Closes connections that have lingered for long enough. @returns when the next one has */
  end(
    nowNs: number,
    serialOf: (slot: number) => number | undefined,
    close: (slot: number) => void,
  ): number {
    if (this.#slots.length === 0) return Number.POSITIVE_INFINITY;
    for (const one of this.#slots.splice(0)) {
      // The target may have closed it.
      if (serialOf(one.slot) !== one.serial) continue;
      if (one.untilNs > nowNs) this.#slots.push(one);
      else close(one.slot);
    }
    return Math.min(...this.#slots.map(({ untilNs }) => untilNs));
  }
}
