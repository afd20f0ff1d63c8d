import type { Interval } from "./intervals.ts";

/** A block of 2^(bits of the family - prefix) addresses that begins at `first`. */
export interface Cidr {
  readonly first: bigint;
  readonly prefix: number;
}

/**
 * The fewest CIDR blocks that cover exactly the range.
 *
 * @param bits  32 or 128
 * @returns     ascending; at most 2 x bits - 2
 */
export function rangeToCidrs([from, to]: Interval<bigint>, bits: number): Cidr[] {
  const blocks: Cidr[] = [];
  let first = from;
  while (first <= to) {
    // As large as the alignment of `first` and the rest of the range allow.
    let hostBits = 0;
    while (hostBits < bits) {
      const last = first | ((1n << BigInt(hostBits + 1)) - 1n);
      if ((first >> BigInt(hostBits)) & 1n || last > to) break;
      hostBits++;
    }
    blocks.push({ first, prefix: bits - hostBits });
    first += 1n << BigInt(hostBits);
  }
  return blocks;
}
