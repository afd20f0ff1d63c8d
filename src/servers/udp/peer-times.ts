import type { Peer } from "../../io/io.ts";
import { peerKey } from "./peer-key.ts";

/** Peers above this number are not kept: forged addresses must not cost gigabytes. */
const mostPeers = 1 << 20;

/** When datagrams of each peer arrived, monotonic clock, ns: arrays of one length, ordered by the first times. */
export interface PeerTimesReport {
  /** See peer-key.ts. */
  readonly keys: readonly (number | string)[];
  readonly firstNs: Float64Array;
  readonly lastNs: Float64Array;
}

/** Remembers for every peer when its first and last datagrams arrived; for servers that are restarted. */
export class PeerTimes {
  readonly #places = new Map<number | string, number>();
  #firstNs = new Float64Array(1024);
  #lastNs = new Float64Array(1024);

  /** @cost one map look-up; no allocation for a peer that is known */
  track({ address, port }: Peer, nowNs: number): void {
    const key = peerKey(address, port);
    let place = this.#places.get(key);
    if (place === undefined) {
      place = this.#places.size;
      if (place === mostPeers) return;
      if (place === this.#firstNs.length) this.#grow();
      this.#places.set(key, place);
      this.#firstNs[place] = nowNs;
    }
    this.#lastNs[place] = nowNs;
  }

  report(): PeerTimesReport {
    const { size } = this.#places;
    return {
      keys: [...this.#places.keys()],
      firstNs: this.#firstNs.slice(0, size),
      lastNs: this.#lastNs.slice(0, size),
    };
  }

  #grow(): void {
    const [firstNs, lastNs] = [this.#firstNs, this.#lastNs];
    this.#firstNs = new Float64Array(2 * firstNs.length);
    this.#lastNs = new Float64Array(2 * lastNs.length);
    this.#firstNs.set(firstNs);
    this.#lastNs.set(lastNs);
  }
}

/**
 * Counts peers that moved from one instance of a server to the next without having been idle: an instance
 * that keeps something for each peer has lost it.
 *
 * @param idleNs how long a peer must be silent before nothing is kept for it any more
 */
export function misroutedPeers(
  old: PeerTimesReport,
  fresh: PeerTimesReport,
  idleNs: number,
): number {
  const lastNs = new Map(old.keys.map((key, place) => [key, old.lastNs[place] as number]));
  return fresh.keys.filter((key, place) => {
    const last = lastNs.get(key);
    return last !== undefined && (fresh.firstNs[place] as number) - last < idleNs;
  }).length;
}
