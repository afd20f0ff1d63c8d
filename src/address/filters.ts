import type { Endpoint, Flow } from "./flow.ts";
import type { Interval } from "./intervals.ts";
import { formatIp } from "./ip.ts";
import type { Protocol } from "./protocol.ts";
import type { AddressRanges } from "./ranges.ts";

/** Destination ports that distinguish the clients from other programs on the same addresses. */
export interface Towards {
  readonly protocol: Protocol;
  /** At least one. */
  readonly ports: readonly number[];
}

/**
 * Returns a Wireshark display filter for packets from or to the addresses: "ip.addr == 127.16.0.0/16", or
 * "ip.addr in {127.16.0.1 .. 127.16.0.99}" for a range that is not a CIDR block.
 *
 * Not "ip.addr >= a && ip.addr <= b": a packet has two addresses, and one of them may satisfy the
 * first half and the other the second. `in` tests each address by itself.
 *
 * @see wireshark-filter(4), "Membership Operator"; ranges in it need Wireshark 2.6
 */
export function displayFilter(set: AddressRanges, towards: Towards | null): string {
  const field = set.family === 4 ? "ip.addr" : "ipv6.addr";
  const addresses = set.ranges.map((range) => {
    const blocks = blocksOf(set, range);
    const [from, to] = range.map((value) => formatIp({ family: set.family, value }));
    return blocks.length === 1
      ? `${field} == ${blockText(set, blocks[0] as Cidr)}`
      : `${field} in {${from} .. ${to}}`;
  });
  const ports = towards?.ports.map((port) => `${towards.protocol}.port == ${port}`) ?? [];
  return allOf([addresses, ports], " || ", " && ");
}

/**
 * Returns a capture filter (tcpdump, dumpcap) for the same packets: "net 127.16.0.0/16 or host 127.0.0.1".
 *
 * @see pcap-filter(7); it has no address ranges, so they are split into CIDR blocks
 */
export function captureFilter(set: AddressRanges, towards: Towards | null): string {
  const addresses = set.ranges
    .flatMap((range) => blocksOf(set, range))
    .map((block) => {
      const text = blockText(set, block);
      return text.includes("/") ? `net ${text}` : `host ${text}`;
    });
  const ports = towards?.ports.map((port) => `${towards.protocol} port ${port}`) ?? [];
  return allOf([addresses, ports], " or ", " and ");
}

/**
 * Returns a Wireshark display filter for the packets of one client, whatever else uses its address or port.
 *
 * The short form is enough where the source's address is not also a destination: then only the client's side
 * of a packet has it.
 *
 * @param destinations of the workload
 */
export function clientDisplayFilter(
  { sourceAddress, sourcePort }: Flow,
  protocol: Protocol,
  destinations: readonly Endpoint[],
): string {
  const ip = sourceAddress.includes(":") ? "ipv6" : "ip";
  if (destinations.every(({ address }) => address !== sourceAddress)) {
    return `${ip}.addr == ${sourceAddress} && ${protocol}.port == ${sourcePort}`;
  }
  const side = (which: "src" | "dst") =>
    `(${ip}.${which} == ${sourceAddress} && ${protocol}.${which}port == ${sourcePort})`;
  return `${side("src")} || ${side("dst")}`;
}

/** Returns a capture filter for the same packets. */
export function clientCaptureFilter(
  { sourceAddress, sourcePort }: Flow,
  protocol: Protocol,
  destinations: readonly Endpoint[],
): string {
  if (destinations.every(({ address }) => address !== sourceAddress)) {
    return `host ${sourceAddress} and ${protocol} port ${sourcePort}`;
  }
  const side = (which: "src" | "dst") =>
    `(${which} host ${sourceAddress} and ${protocol} ${which} port ${sourcePort})`;
  return `${side("src")} or ${side("dst")}`;
}

/** Requires one of each list that is not empty; adds brackets only where they are needed. */
function allOf(lists: readonly (readonly string[])[], or: string, and: string): string {
  const given = lists.filter((list) => list.length > 0);
  return given
    .map((list) => (list.length > 1 && given.length > 1 ? `(${list.join(or)})` : list.join(or)))
    .join(and);
}

/**
 * Returns the blocks that cover a range. The broadcast addresses of lo, which ranges exclude, are included
 * where that turns many blocks into one: 127.0.0.0/8 instead of 46 parts.
 */
function blocksOf(set: AddressRanges, [from, to]: Interval<bigint>): Cidr[] {
  const bits = set.family === 4 ? 32 : 128;
  if (set.family === 4 && from < to) {
    const wide = [
      from === 0x7f000001n ? 0x7f000000n : from,
      to === 0x7ffffffen ? 0x7fffffffn : to,
    ] as const;
    const blocks = rangeToCidrs(wide, bits);
    if (blocks.length === 1) return blocks;
  }
  return rangeToCidrs([from, to], bits);
}

function blockText(set: AddressRanges, block: Cidr): string {
  const address = formatIp({ family: set.family, value: block.first });
  return block.prefix === (set.family === 4 ? 32 : 128) ? address : `${address}/${block.prefix}`;
}

/** A block of 2^(bits of the family - prefix) addresses that begins at `first`. */
export interface Cidr {
  readonly first: bigint;
  readonly prefix: number;
}

/**
 * Returns the fewest CIDR blocks that cover exactly the range.
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
