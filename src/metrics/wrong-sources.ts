import type { WrongSource } from "./snapshot.ts";

/** How many pairs are kept apart; further ones are counted in `wrongSource` only. */
const mostPairs = 64;

/**
 * Pairs of a request's destination and the source of its reply. A server with this defect has it in every
 * reply, so counting a known pair allocates nothing.
 */
export class WrongSources {
  readonly #pairs: { -readonly [Key in keyof WrongSource]: WrongSource[Key] }[] = [];
  #last = 0;

  /** @cost a comparison of a few texts; of all pairs where they alternate */
  add(
    destinationAddress: string,
    destinationPort: number,
    fromAddress: string,
    fromPort: number,
  ): void {
    const pairs = this.#pairs;
    for (let step = 0; step < pairs.length; step++) {
      const index = (this.#last + step) % pairs.length;
      const pair = pairs[index] as WrongSource & { count: number };
      if (
        pair.destinationPort === destinationPort &&
        pair.fromPort === fromPort &&
        pair.destinationAddress === destinationAddress &&
        pair.fromAddress === fromAddress
      ) {
        pair.count++;
        this.#last = index;
        return;
      }
    }
    if (pairs.length < mostPairs) {
      pairs.push({ destinationAddress, destinationPort, fromAddress, fromPort, count: 1 });
    }
  }

  /** Returns the pairs and starts over. */
  take(): readonly WrongSource[] {
    this.#last = 0;
    return this.#pairs.splice(0);
  }
}

/** Returns the sum of several lists, the most frequent pairs first; at most `mostPairs`. */
export function mergeWrongSources(all: readonly WrongSource[]): readonly WrongSource[] {
  if (all.length === 0) return all;
  const merged = new Map<string, WrongSource>();
  for (const pair of all) {
    const key = `${pair.destinationAddress} ${pair.destinationPort} ${pair.fromAddress} ${pair.fromPort}`;
    merged.set(key, { ...pair, count: pair.count + (merged.get(key)?.count ?? 0) });
  }
  return [...merged]
    .sort(([a, { count }], [b, other]) => other.count - count || (a < b ? -1 : 1))
    .slice(0, mostPairs)
    .map(([, pair]) => pair);
}
