import { formatIp, parseIp } from "../address/ip.ts";
import { type AddressRanges, intersectRanges, parseRanges } from "../address/ranges.ts";

/** Fewest addresses of a workload that names none: enough to tell clients apart by eye. */
const fewestAddresses = 256;
/** 127.64.0.0 up, which no other software is known to use; 127.0.x.x has localhost and resolvers. */
const firstBlock = 64;

/** The most addresses that `defaultSources` gives: a /10. */
export const defaultSourcesMost = 2 ** 22;

/**
 * Source addresses of a workload that names none, on a machine where all of 127.0.0.0/8 exists: a
 * CIDR block at 127.(64 + index).0.0, or the next one that overlaps no other workload's addresses.
 *
 * A block of its own keeps a workload's ports to itself and makes its packets easy to pick out.
 *
 * @param index     of the workload, integer >= 0
 * @param addresses how many it needs, integer, 1 to defaultSourcesMost
 * @param taken     addresses of the other workloads, and of other runs
 * @returns         at least that many; the first block where all are taken
 */
export function defaultSources(
  index: number,
  addresses: number,
  taken: readonly AddressRanges[],
): AddressRanges {
  const hostBits = Math.ceil(Math.log2(Math.max(fewestAddresses, addresses)));
  /** Values of the second octet that the block covers. */
  const span = Math.max(1, 2 ** (hostBits - 16));
  const wanted = firstBlock + (index % (256 - firstBlock));
  const places: AddressRanges[] = [];
  for (let step = 0; step < 256; step++) {
    const octet = (wanted + step) % 256;
    // A block that ends with 127.255.255.255 would lose that address to broadcast.
    if (octet === 0 || octet % span !== 0 || octet + span === 256) continue;
    const place = parseRanges([`127.${octet}.0.0/${32 - hostBits}`]);
    if (taken.every((other) => intersectRanges(place, other).ranges.length === 0)) return place;
    places.push(place);
  }
  return places[0] as AddressRanges;
}

/** Prefix lengths of the blocks that are leased, each the smallest that `default...Sources` moves on by. */
const blockLengths = { 4: 16, 6: 112 } as const;

/**
 * Returns the blocks in which default sources lie: what a run leases, and another keeps off.
 *
 * @returns CIDRs, ascending: 127.64.0.0/16, fd00:127::40:0/112
 */
export function blocksOf({ family, ranges }: AddressRanges): readonly string[] {
  const length = blockLengths[family];
  const bits = BigInt((family === 4 ? 32 : 128) - length);
  return ranges.flatMap(([from, to]) => {
    const first = from >> bits;
    return Array.from({ length: Number((to >> bits) - first) + 1 }, (_, i) => {
      const value = (first + BigInt(i)) << bits;
      return `${formatIp({ family, value })}/${length}`;
    });
  });
}

/** Fewest host bits of a workload's block in an IPv6 prefix: a /112, whose last group counts the addresses. */
const fewestIpv6Bits = 16;

/**
 * Source addresses of a workload that names none and goes to IPv6: a block of its own in the prefix,
 * fd00:127::40:0/112 for the first of fd00:127::/64, or the next that overlaps no other. ::1 where
 * no prefix is routed to lo, or it is too small to be divided.
 *
 * @param index     of the workload, integer >= 0
 * @param addresses how many it needs, integer, 1 to defaultSourcesMost
 * @param taken     addresses of the other workloads, and of other runs
 * @param prefix    as a CIDR, or null
 */
export function defaultIpv6Sources(
  index: number,
  addresses: number,
  taken: readonly AddressRanges[],
  prefix: string | null,
): AddressRanges {
  const localhost = parseRanges(["::1"]);
  if (prefix === null) return localhost;
  const [first = "", length] = prefix.split("/");
  const hostBits = Math.max(fewestIpv6Bits, Math.ceil(Math.log2(addresses)));
  const blockBits = 128 - Number(length) - hostBits;
  // Room for the low addresses, which servers are given, and for a block of each workload.
  if (2 ** blockBits < 2 * (firstBlock + index)) return localhost;
  const { value } = parseIp(first);
  const blocks = Math.min(256, 2 ** blockBits - firstBlock - index);
  const places = Array.from({ length: blocks }, (_, step) => {
    const block = BigInt(firstBlock + index + step) << BigInt(hostBits);
    return parseRanges([`${formatIp({ family: 6, value: value + block })}/${128 - hostBits}`]);
  });
  return (
    places.find((place) =>
      taken.every((other) => intersectRanges(place, other).ranges.length === 0),
    ) ?? (places[0] as AddressRanges)
  );
}
