/**
 * The clients that stand out: the slowest, and those with errors. A client is a 4-tuple of its workload's
 * flow space, identified by its index. Memory is bounded however many there are, and no exchange allocates.
 */
import type { FailingClient, SlowClient } from "./snapshot.ts";

/** How many clients of each kind are kept. */
export const mostClients = 32;

const nobody = -1;

/**
 * The clients with the longest response times. Exact: a client that is among the slowest of a run is also
 * among the slowest in the interval of its slowest reply, so the lists of all intervals contain it.
 */
export class SlowestClients {
  /** Only a longer time can change the list; check it before calling `add`. */
  overNs = nobody;
  readonly #capacity: number;
  readonly #clients: Float64Array;
  readonly #worstNs: Float64Array;
  #count = 0;

  /** @param clients how many there are, where that is known: a shorter list fills up with slow clients sooner */
  constructor(clients: number) {
    this.#capacity = Math.max(1, Math.min(mostClients, clients));
    this.#clients = new Float64Array(this.#capacity);
    this.#worstNs = new Float64Array(this.#capacity);
  }

  /** @cost a scan of the list; with `overNs` checked first, some dozens of times per interval */
  add(client: number, ns: number): void {
    let place = 0;
    while (place < this.#count && this.#clients[place] !== client) place++;
    if (place === this.#capacity) place = this.#fastest();
    else if (place === this.#count) this.#worstNs[this.#count++] = nobody;
    this.#clients[place] = client;
    if (ns > (this.#worstNs[place] as number)) this.#worstNs[place] = ns;
    if (this.#count === this.#capacity) this.overNs = this.#worstNs[this.#fastest()] as number;
  }

  /** Returns the clients of this interval, the slowest first, and starts over. */
  take(): readonly SlowClient[] {
    const clients = Array.from({ length: this.#count }, (_, place) => ({
      client: this.#clients[place] as number,
      worstNs: this.#worstNs[place] as number,
    }));
    this.clear();
    return mergeSlowest(clients);
  }

  /** Discards the clients of this interval and starts over. */
  clear(): void {
    this.#count = 0;
    this.overNs = nobody;
  }

  #fastest(): number {
    let fastest = 0;
    for (let place = 1; place < this.#count; place++) {
      if ((this.#worstNs[place] as number) < (this.#worstNs[fastest] as number)) fastest = place;
    }
    return fastest;
  }
}

/** Clients that had errors: the first ones of an interval, with all their errors in it. */
export class FailingClients {
  readonly #clients = new Float64Array(mostClients);
  readonly #failures = new Float64Array(mostClients);
  readonly #codes = new Array<string>(mostClients).fill("");
  #count = 0;

  /** @param code of the error; if a client has several codes, the first is reported */
  add(client: number, code: string): void {
    let place = 0;
    while (place < this.#count && this.#clients[place] !== client) place++;
    if (place === mostClients) return;
    if (place === this.#count) {
      this.#count++;
      this.#clients[place] = client;
      this.#failures[place] = 0;
      this.#codes[place] = code;
    }
    this.#failures[place] = (this.#failures[place] as number) + 1;
  }

  /** Returns the clients of this interval, those with the most errors first, and starts over. */
  take(): readonly FailingClient[] {
    const clients = Array.from({ length: this.#count }, (_, place) => ({
      client: this.#clients[place] as number,
      failures: this.#failures[place] as number,
      code: this.#codes[place] as string,
    }));
    this.#count = 0;
    return mergeFailing(clients);
  }
}

/** Returns the slowest clients of several lists. */
export function mergeSlowest(all: readonly SlowClient[]): readonly SlowClient[] {
  if (all.length === 0) return all;
  const worst = new Map<number, number>();
  for (const { client, worstNs } of all) {
    worst.set(client, Math.max(worstNs, worst.get(client) ?? nobody));
  }
  return [...worst]
    .map(([client, worstNs]) => ({ client, worstNs }))
    .sort((a, b) => b.worstNs - a.worstNs || a.client - b.client)
    .slice(0, mostClients);
}

/** Returns the sums of several lists; if there are more than `mostClients`, those with the most errors. */
export function mergeFailing(all: readonly FailingClient[]): readonly FailingClient[] {
  if (all.length === 0) return all;
  const sums = new Map<number, FailingClient>();
  for (const failing of all) {
    const known = sums.get(failing.client);
    sums.set(
      failing.client,
      known === undefined ? failing : { ...known, failures: known.failures + failing.failures },
    );
  }
  return [...sums.values()]
    .sort((a, b) => b.failures - a.failures || a.client - b.client)
    .slice(0, mostClients);
}
