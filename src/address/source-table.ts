import { assert } from "../base/assert.ts";
import { formatIpv4, formatIpv6, parseIp } from "./ip.ts";

/** The addresses of a flow space by number. */
export interface SourceTable {
  readonly size: number;
  /** Canonical text of the address; `index` is an integer, 0 <= index < size. */
  text(index: number): string;
}

/** Texts are cached for sources below that index: about 4 MiB at most, never a table for all of /8. */
const cachedTexts = 65_536;

/**
 * Numbers the addresses of disjoint ranges upward from 0.
 *
 * @param ranges   inclusive, canonical text, ascending, of one family; not empty
 * @param sizeMost addresses beyond that many are left out
 */
export function createSourceTable(
  ranges: readonly (readonly [string, string])[],
  sizeMost: number,
): SourceTable {
  const parsed = ranges.map(([from, to]) => ({ from: parseIp(from), to: parseIp(to) }));
  assert(parsed.length > 0, "a flow space has sources");
  const isIpv4 = parsed[0]?.from.family === 4;
  const starts = parsed.map(({ from }) => from.value);
  const ipv4Starts = Float64Array.from(starts, Number);
  /** Index of each range's first address. */
  const firsts = new Float64Array(parsed.length);
  let total = 0;
  for (const [place, { from, to }] of parsed.entries()) {
    firsts[place] = total;
    total += Number(to.value - from.value) + 1;
  }
  const size = Math.min(total, sizeMost);
  const texts = new Array<string | undefined>(Math.min(size, cachedTexts));

  function rangeOf(index: number): number {
    let low = 0;
    let high = firsts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((firsts[middle] as number) <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  function write(index: number): string {
    const range = rangeOf(index);
    const offset = index - (firsts[range] as number);
    return isIpv4
      ? formatIpv4((ipv4Starts[range] as number) + offset)
      : formatIpv6((starts[range] as bigint) + BigInt(offset));
  }

  return {
    size,
    text(index) {
      if (index >= cachedTexts) return write(index);
      const known = texts[index];
      if (known !== undefined) return known;
      const text = write(index);
      texts[index] = text;
      return text;
    },
  };
}
