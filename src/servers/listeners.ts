import type { Endpoint } from "../address/flow.ts";
import type { Listener, Transport } from "../io/io.ts";
import type { Tally } from "./replies/tally.ts";

/** How often a server that has stopped listening checks whether it can go on. */
const lookNs = 50e6;

/**
 * The listeners of a TCP server, and the rule that keeps it below its open-file limit: when full, it
 * stops listening; when there is room again, it goes on.
 *
 * Not accepting would not be enough: the kernel goes on completing handshakes, and clients hang. Where
 * listeners are closed, connections go to the other processes that share the endpoint, or are
 * refused at once.
 *
 *     | state     | event                  | next      |
 *     | --------- | ---------------------- | --------- |
 *     | listening | full                   | closed    |
 *     | closed    | tick, and room         | opening   |
 *     | opening   | all listen, and room   | listening |
 *     | opening   | one fails, or full     | closed    |
 *     | any       | end                    | ended     |
 *
 * Sockets that were handed over cannot be opened again, and others may listen on them: only `end`
 * closes them.
 */
export class Listeners {
  readonly #transport: Transport;
  readonly #tally: Tally;
  readonly #mostOpen: number;
  /** Room that is needed before it listens again: not for every connection that ends. */
  readonly #leastRoom: number;
  readonly #handed: readonly number[] | undefined;
  #endpoints: readonly Endpoint[] = [];
  #listeners: Listener[] = [];
  #state: "listening" | "closed" | "opening" | "ended" = "closed";

  /**
   * @param tally    whose `open` is read
   * @param mostOpen connections at once, >= 1
   * @param handed   file descriptors of sockets that listen already, by endpoint; left out: none
   */
  constructor(transport: Transport, tally: Tally, mostOpen: number, handed?: readonly number[]) {
    this.#transport = transport;
    this.#tally = tally;
    this.#mostOpen = mostOpen;
    this.#leastRoom = Math.max(1, Math.floor(mostOpen / 64));
    this.#handed = handed;
  }

  /**
   * Listens on all endpoints, or on none.
   *
   * @returns the endpoints with every port 0 resolved
   * @throws  (rejects with) an Error whose `code` is the errno name
   */
  async listen(endpoints: readonly Endpoint[]): Promise<readonly Endpoint[]> {
    this.#state = "opening";
    const resolved: Endpoint[] = [];
    try {
      for (const [index, endpoint] of endpoints.entries()) {
        const listener = await this.#transport.listen(endpoint, this.#handed?.[index]);
        this.#listeners.push(listener);
        resolved.push(listener.endpoint);
      }
    } catch (error) {
      this.#close();
      throw error;
    }
    this.#endpoints = resolved;
    this.#state = "listening";
    this.accepted();
    return resolved;
  }

  /** A connection was accepted, and is included in `tally.open`. */
  accepted(): void {
    if (this.#tally.open < this.#mostOpen || this.#handed !== undefined) return;
    if (this.#state === "listening") this.#close();
    else for (const listener of this.#listeners) listener.close();
  }

  /** Stops for good. */
  end(): void {
    for (const listener of this.#listeners) listener.close();
    this.#state = "ended";
  }

  /** Whether `end` was called: no more connections are accepted. */
  get ended(): boolean {
    return this.#state === "ended" && this.#listeners.every(({ accepting }) => !accepting);
  }

  /** Listens again if there is room. */
  tick(): void {
    if (this.#state !== "closed" || this.#tally.open > this.#mostOpen - this.#leastRoom) return;
    // Another program may have the port by now: the next check tries again.
    this.listen(this.#endpoints).catch(() => {});
  }

  /** When `tick` next may have something to do, ns. */
  nextDeadlineNs(nowNs: number): number {
    return this.#state === "closed" ? nowNs + lookNs : Number.POSITIVE_INFINITY;
  }

  #close(): void {
    for (const listener of this.#listeners) listener.close();
    this.#listeners = [];
    this.#state = "closed";
  }
}
