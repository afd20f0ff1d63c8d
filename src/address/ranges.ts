import { UserError } from "../base/errors.ts";
import { type Interval, intersect, subtract, unite } from "./intervals.ts";
import { type Family, formatIp, type Ip, parseIp } from "./ip.ts";

/** A set of addresses of one family: disjoint inclusive ranges, ascending, at least one when parsed. */
export interface AddressRanges {
  readonly family: Family;
  readonly ranges: readonly Interval<bigint>[];
}

/** The broadcast addresses of lo: the kernel delivers to them, but rejects them as a source. */
const loBroadcast: readonly Interval<bigint>[] = [
  [0x7f000000n, 0x7f000000n],
  [0x7fffffffn, 0x7fffffffn],
];

/** Addresses that no socket can use as its source, with the reason. */
const notSources: Readonly<Record<Family, readonly (readonly [Interval<bigint>, string])[]>> = {
  4: [
    [[0n, 0x00ffffffn], "0.0.0.0/8 contains no source addresses"],
    [[0xe0000000n, 0xffffffffn], "224.0.0.0 and above are not source addresses"],
  ],
  6: [
    [[0n, 0n], "the wildcard :: is not a source address"],
    [
      [0xffffn << 32n, (0xffffn << 32n) + 0xffffffffn],
      "write IPv4-mapped addresses as plain IPv4, 127.0.0.1 for example",
    ],
    [[0xffn << 120n, (1n << 128n) - 1n], "ff00::/8 is multicast and contains no source addresses"],
  ],
};

/**
 * Reads source addresses: "127.16.0.9", "127.16.0.1-127.16.0.99", "127.16.0.0/16", several in one
 * text separated by commas; "!" before one excludes it, wherever it is in the list.
 *
 * The two broadcast addresses of lo, 127.0.0.0 and 127.255.255.255, are silently excluded from ranges
 * and rejected where they are listed alone.
 *
 * @throws UserError that starts with the text that is wrong
 */
export function parseRanges(texts: readonly string[]): AddressRanges {
  const items = texts.flatMap((text) => text.split(",")).map((text) => text.trim());
  const included: Interval<bigint>[] = [];
  const excluded: Interval<bigint>[] = [];
  let family: Family | null = null;
  for (const item of items) {
    const isExclusion = item.startsWith("!");
    const parsed = parseInterval(isExclusion ? item.slice(1).trim() : item);
    if (family !== null && family !== parsed.family) {
      throw new UserError(`${items.join(", ")}: IPv4 and IPv6 addresses cannot be in one list`);
    }
    family = parsed.family;
    if (isExclusion) excluded.push(parsed.interval);
    else included.push(...usable(item, parsed.family, parsed.interval));
  }
  if (family === null || included.length === 0) {
    throw new UserError(
      items.length === 0
        ? "the list of source addresses is empty"
        : `${items.join(", ")}: only exclusions; name the addresses to exclude them from as well`,
    );
  }
  const ranges = subtract(unite(included), unite(excluded));
  if (ranges.length === 0) throw new UserError(`${items.join(", ")}: nothing is left`);
  return { family, ranges };
}

/** Returns how many addresses the set contains; exact below 2^53. */
export function rangesSize(set: AddressRanges): number {
  return Number(set.ranges.reduce((sum, [from, to]) => sum + to - from + 1n, 0n));
}

/**
 * Returns the i-th address, counted upward from 0, as canonical text.
 *
 * @throws asserts 0 <= index < rangesSize(set)
 * @cost   O(number of ranges)
 */
export function addressAt(set: AddressRanges, index: number): string {
  let rest = BigInt(index);
  for (const [from, to] of set.ranges) {
    if (rest <= to - from) return formatIp({ family: set.family, value: from + rest });
    rest -= to - from + 1n;
  }
  throw new Error(`assertion failed: index ${index} lies within the set`);
}

/** Returns the addresses that are in both sets; the list of ranges is empty when there are none. */
export function intersectRanges(a: AddressRanges, b: AddressRanges): AddressRanges {
  return { family: a.family, ranges: a.family === b.family ? intersect(a.ranges, b.ranges) : [] };
}

/** Returns whether an address is in the set. */
export function rangesHold(set: AddressRanges, ip: Ip): boolean {
  if (set.family !== ip.family) return false;
  return set.ranges.some(([from, to]) => from <= ip.value && ip.value <= to);
}

/** Returns the ranges as pairs of canonical texts, as in FlowSpaceSpec. */
export function rangeTexts(set: AddressRanges): (readonly [string, string])[] {
  const text = (value: bigint) => formatIp({ family: set.family, value });
  return set.ranges.map(([from, to]) => [text(from), text(to)] as const);
}

/**
 * Reads an address, a range or a CIDR, whatever it is for.
 *
 * @throws UserError that starts with the text that is wrong
 */
export function parseInterval(text: string): { family: Family; interval: Interval<bigint> } {
  if (text === "") throw new UserError('"": an address is missing');
  if (text.includes("/")) return parseCidr(text);
  const dash = text.indexOf("-");
  if (dash < 0) {
    const ip = parseIp(text);
    return { family: ip.family, interval: [ip.value, ip.value] };
  }
  const from = parseIp(text.slice(0, dash).trim());
  const to = parseIp(text.slice(dash + 1).trim());
  if (from.family !== to.family) {
    throw new UserError(
      `${text}: the range goes from one address family to another; write two addresses of one family`,
    );
  }
  if (from.value > to.value) {
    throw new UserError(
      `${text}: the range ends before it starts; write ${formatIp(to)}-${formatIp(from)}`,
    );
  }
  return { family: from.family, interval: [from.value, to.value] };
}

function parseCidr(text: string): { family: Family; interval: Interval<bigint> } {
  const slash = text.indexOf("/");
  const ip = parseIp(text.slice(0, slash).trim());
  const lengthText = text.slice(slash + 1).trim();
  const bits = ip.family === 4 ? 32 : 128;
  if (!/^\d{1,3}$/.test(lengthText) || Number(lengthText) > bits) {
    throw new UserError(`${text}: prefix length must be 0 to ${bits}`);
  }
  const hostMask = (1n << BigInt(bits - Number(lengthText))) - 1n;
  const first = ip.value & ~hostMask;
  if (first !== ip.value) {
    throw new UserError(
      `${text}: the address has bits beyond the prefix; write ` +
        `${formatIp({ family: ip.family, value: first })}/${lengthText} for the network or ` +
        `${formatIp(ip)} for the single address`,
    );
  }
  return { family: ip.family, interval: [first, first + hostMask] };
}

function usable(
  text: string,
  family: Family,
  interval: Interval<bigint>,
): readonly Interval<bigint>[] {
  for (const [unusable, reason] of notSources[family]) {
    if (intersect([interval], [unusable]).length > 0) throw new UserError(`${text}: ${reason}`);
  }
  if (family === 6) return [interval];
  const rest = subtract([interval], loBroadcast);
  if (rest.length === 0) {
    throw new UserError(
      `${text}: a broadcast address of the loopback network, which no client can send from`,
    );
  }
  return rest;
}
