/**
 * The clients that stand out: the slowest, and those with errors. A client is a 4-tuple of its workload's
 * flow space, identified by its index. Memory is bounded however many there are, and no exchange allocates.
 */
import type { ExchangeTimes, FailingClient, SlowClient } from "./snapshot.ts";

/** How many clients of each kind are kept. */
export const mostClients = 32;

const nobody = -1;

/** Times of an exchange with a reply, monotonic clock, ns; of the kernel's NaN where they are not known. */
export const replyTimes = {
  responseNs: 0,
  serviceNs: 1,
  /** When the client was woken. */
  wokenNs: 2,
  /** When the kernel was given the message, and when it had received the reply. */
  submittedNs: 3,
  receivedNs: 4,
  length: 5,
} as const;

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
  /** By [place * timeColumns + column]: `replyTimes`, and when the reply was handed out. */
  readonly #times: Float64Array;
  #count = 0;

  /** @param clients how many there are, where that is known: a shorter list fills up with slow clients sooner */
  constructor(clients: number) {
    this.#capacity = Math.max(1, Math.min(mostClients, clients));
    this.#clients = new Float64Array(this.#capacity);
    this.#worstNs = new Float64Array(this.#capacity);
    this.#times = new Float64Array(this.#capacity * timeColumns);
  }

  /**
   * @param times       `replyTimes` of an exchange, whose response time is looked at in ns
   * @param handedOutNs when its reply was handed out, monotonic clock
   * @cost              a scan of the list; with `overNs` checked first, some dozens of times per interval
   */
  add(client: number, times: Float64Array, handedOutNs: number): void {
    const ns = Math.floor(times[replyTimes.responseNs] as number);
    let place = 0;
    while (place < this.#count && this.#clients[place] !== client) place++;
    if (place === this.#capacity) place = this.#fastest();
    else if (place === this.#count) this.#worstNs[this.#count++] = nobody;
    this.#clients[place] = client;
    if (ns > (this.#worstNs[place] as number)) {
      this.#worstNs[place] = ns;
      this.#times.set(times, place * timeColumns);
      this.#times[place * timeColumns + replyTimes.length] = handedOutNs;
    }
    if (this.#count === this.#capacity) this.overNs = this.#worstNs[this.#fastest()] as number;
  }

  /** Returns the clients of this interval, the slowest first, and starts over. */
  take(): readonly SlowClient[] {
    const clients = Array.from({ length: this.#count }, (_, place) => ({
      client: this.#clients[place] as number,
      worstNs: this.#worstNs[place] as number,
      times: timesOf(this.#times.subarray(place * timeColumns)),
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

const timeColumns = replyTimes.length + 1;

/** @param row of `SlowestClients` */
function timesOf(row: Float64Array): ExchangeTimes {
  const [responseNs = 0, serviceNs = 0, wokenNs = 0, submittedNs = 0, receivedNs = 0, outNs = 0] =
    row;
  const isTimed = !Number.isNaN(submittedNs + receivedNs);
  return {
    intendedNs: wokenNs - responseNs,
    lagNs: responseNs - serviceNs,
    queuedNs: isTimed ? submittedNs - (wokenNs - serviceNs) : null,
    wireNs: isTimed ? receivedNs - submittedNs : null,
    wakeNs: isTimed ? wokenNs - receivedNs : null,
    handOutNs: Math.max(0, outNs - wokenNs),
  };
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

/** Of two that took the same, the first. */
function isWorse(one: SlowClient, other: SlowClient): boolean {
  if (one.worstNs !== other.worstNs) return one.worstNs > other.worstNs;
  return one.times.intendedNs < other.times.intendedNs;
}

/** Returns the slowest clients of several lists. */
export function mergeSlowest(all: readonly SlowClient[]): readonly SlowClient[] {
  if (all.length === 0) return all;
  const worst = new Map<number, SlowClient>();
  for (const one of all) {
    const known = worst.get(one.client);
    if (known === undefined || isWorse(one, known)) worst.set(one.client, one);
  }
  return [...worst.values()]
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
