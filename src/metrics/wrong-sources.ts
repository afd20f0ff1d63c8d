import type { WrongSource } from "./snapshot.ts";

/** Pairs told apart; what else there is is counted alone. */
const mostPairs = 64;

/**
 * Who answered for whom, pair by pair. A server that gets this wrong does so with every reply, so
 * counting one more allocates nothing.
 */
export class WrongSources {
  readonly #pairs: { -readonly [Key in keyof WrongSource]: WrongSource[Key] }[] = [];
  #last = 0;

  /** @cost that of comparing a few texts; of all pairs where they take turns */
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

  /** Hands out what was counted, and begins again. */
  take(): readonly WrongSource[] {
    this.#last = 0;
    return this.#pairs.splice(0);
  }
}

/** The sum of several, the most frequent first; as bounded as each. */
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
