import { createHmac } from "node:crypto";
import { assert } from "../base/assert.ts";
import type { FlowSpaceSpec } from "./flow-space.ts";
import { parseIp } from "./ip.ts";

/**
 * The source ports of flows that change them: which one each takes next.
 *
 * Flows on one source address divide its ports (the r-th of R has the ports numbered r, r + R, r + 2R,
 * ...), so that no two ever want the same one. A flow picks among its own ports by HMAC-SHA256, keyed
 * with the seed, over the flow's number and how often it has rotated: an observer of all ports so far
 * cannot predict the next one without the seed, and with it a run can be repeated. The pick is never
 * the port that the flow has now. @see RFC 6056, section 3.3
 */
export class RotationPorts {
  readonly #ports: FlowSpaceSpec["ports"];
  readonly #count: number;
  readonly #sharers: number;
  readonly #key: Buffer;
  readonly #text = Buffer.alloc(16);

  /**
   * @param space       where a (source, port) pair meets several destinations, flows may have the same port at once,
   *                    towards different ones
   * @param connections of the whole workload
   * @param seed        integer, 0 to 2^53 - 1
   */
  constructor(space: FlowSpaceSpec, connections: number, seed: number) {
    this.#ports = space.ports;
    this.#count = space.ports.reduce((sum, [from, to]) => sum + to - from + 1, 0);
    const sources = space.sources.reduce(
      (sum, [from, to]) => sum + Number(parseIp(to).value - parseIp(from).value) + 1,
      0,
    );
    this.#sharers = Math.min(
      connections,
      space.connectionsPerSource ?? Math.ceil(connections / sources),
    );
    this.#key = Buffer.alloc(8);
    this.#key.writeDoubleBE(seed);
  }

  /**
   * Returns the port that a flow takes next, for which it must have two.
   *
   * @param connection its number in the workload
   * @param port       its current port: the first one, or one that this method returned
   * @param times      how often it has rotated, integer >= 0
   * @cost             some microseconds
   */
  next(connection: number, port: number, times: number): number {
    const at = this.#indexOf(port);
    const rank = at % this.#sharers;
    const own = this.#ownOf(rank);
    assert(own >= 2, "a flow that rotates has two ports");
    const step = 1 + (this.#draw(connection, times) % (own - 1));
    const next = (Math.floor(at / this.#sharers) + step) % own;
    return this.#portAt(rank + next * this.#sharers);
  }

  /**
   * Returns the port that comes after another of the same flow, in turn: the one that has been unused for longest.
   * The port itself, where the flow has no other.
   */
  following(port: number): number {
    const at = this.#indexOf(port);
    const rank = at % this.#sharers;
    const next = (Math.floor(at / this.#sharers) + 1) % this.#ownOf(rank);
    return this.#portAt(rank + next * this.#sharers);
  }

  /** Returns how many ports the flow has that is on this one. */
  countOf(port: number): number {
    return this.#ownOf(this.#indexOf(port) % this.#sharers);
  }

  /** Returns how many ports the flows of a rank have. */
  #ownOf(rank: number): number {
    return Math.floor((this.#count - 1 - rank) / this.#sharers) + 1;
  }

  /** Returns an integer below 2^48. */
  #draw(connection: number, times: number): number {
    this.#text.writeDoubleBE(connection, 0);
    this.#text.writeDoubleBE(times, 8);
    return createHmac("sha256", this.#key).update(this.#text).digest().readUIntBE(0, 6);
  }

  #indexOf(port: number): number {
    let first = 0;
    for (const [from, to] of this.#ports) {
      if (port >= from && port <= to) return first + port - from;
      first += to - from + 1;
    }
    throw new Error(`assertion failed: port ${port} is one of the workload's`);
  }

  #portAt(index: number): number {
    let first = 0;
    for (const [from, to] of this.#ports) {
      if (index - first <= to - from) return from + index - first;
      first += to - from + 1;
    }
    throw new Error(`assertion failed: there are more than ${index} ports`);
  }
}
