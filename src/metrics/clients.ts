/**
 * Which clients stood out: the slowest, and those that failed. A client is a 4-tuple of its workload's
 * flow space, by its index. Bounded however many there are, and nothing is allocated for an exchange.
 */
import type { FailingClient, SlowClient } from "./snapshot.ts";

/** Clients kept of each kind. */
export const mostClients = 32;

const nobody = -1;

/**
 * The clients with the longest response times. Exact: who is among the slowest of a run is so in the
 * interval of its slowest reply, so the slowest of all intervals hold them.
 */
export class SlowestClients {
  /** Only what took longer can change anything; to be asked before `add`. */
  overNs = nobody;
  readonly #capacity: number;
  readonly #clients: Float64Array;
  readonly #worstNs: Float64Array;
  #count = 0;

  /** @param clients that there are, where that is known: fewer places are sooner full of slow ones */
  constructor(clients: number) {
    this.#capacity = Math.max(1, Math.min(mostClients, clients));
    this.#clients = new Float64Array(this.#capacity);
    this.#worstNs = new Float64Array(this.#capacity);
  }

  /** @cost a look at all places; seldom, where `overNs` was asked: some dozens of times an interval */
  add(client: number, ns: number): void {
    let place = 0;
    while (place < this.#count && this.#clients[place] !== client) place++;
    if (place === this.#capacity) place = this.#fastest();
    else if (place === this.#count) this.#worstNs[this.#count++] = nobody;
    this.#clients[place] = client;
    if (ns > (this.#worstNs[place] as number)) this.#worstNs[place] = ns;
    if (this.#count === this.#capacity) this.overNs = this.#worstNs[this.#fastest()] as number;
  }

  /** Hands out who was met, the slowest first, and begins again. */
  take(): readonly SlowClient[] {
    const clients = Array.from({ length: this.#count }, (_, place) => ({
      client: this.#clients[place] as number,
      worstNs: this.#worstNs[place] as number,
    }));
    this.clear();
    return mergeSlowest(clients);
  }

  /** Begins again, and tells nobody who was met. */
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

/** Clients that had errors: the first that are met in an interval, with all that they have in it. */
export class FailingClients {
  readonly #clients = new Float64Array(mostClients);
  readonly #failures = new Float64Array(mostClients);
  readonly #codes = new Array<string>(mostClients).fill("");
  #count = 0;

  /** @param code of the error; of several that a client has, the first is shown */
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

  /** Hands out who was met, the one with the most errors first, and begins again. */
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

/** The slowest of several lists. */
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

/** The sums of several lists; of more than are kept, those with the most errors. */
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
