import type { Endpoint } from "../address/flow.ts";
import { isLoopback, parseIp } from "../address/ip.ts";
import {
  type AddressRanges,
  addressAt,
  intersectRanges,
  parseRanges,
  rangesHold,
  rangesSize,
  rangeTexts,
} from "../address/ranges.ts";
import { UserError } from "../base/errors.ts";
import { formatAmount } from "../base/units.ts";
import type { Workload } from "../scenario/scenario.ts";

/** What is known of a host's addresses. */
export interface AddressesOfHost {
  readonly name: string;
  /** Of its interfaces, without loopback, with the lengths of their prefixes: "10.0.0.2/24". */
  readonly addresses: readonly string[];
  /** What the scenario gives it under `hosts`, as `sources` of a workload; empty: nothing. */
  readonly sources: readonly string[];
}

/**
 * Returns the source addresses that a workload has on one host, as `sources`; empty where the planner is to choose a block
 * of loopback addresses.
 *
 * - To loopback addresses, which every host has for itself: the host's part of what the workload names.
 * - To others: what the scenario gives the host, or those of its addresses that the workload names, or where it names none
 *   those in the network of a destination; else all that it has.
 *
 * @param place     of the host among those of the workload, and how many they are
 * @param endpoints of the workload
 * @throws          UserError that names the host
 */
export function sourcesOnHost(
  host: AddressesOfHost,
  place: { readonly index: number; readonly of: number },
  workload: Pick<Workload, "sources">,
  endpoints: readonly Endpoint[],
): readonly string[] {
  const { sources } = workload;
  if (endpoints.every(({ address }) => isLoopback(address))) {
    return sources.length === 0 ? [] : partOf(parseRanges(sources), place);
  }
  const family = parseIp(endpoints[0]?.address ?? "").family;
  const own = host.sources.length > 0 ? parseRanges(host.sources) : ownAddresses(host, family);
  if (sources.length > 0) {
    const both = own === null ? null : intersectRanges(parseRanges(sources), own);
    if (both !== null && both.ranges.length > 0) return textsOf(both);
    throw new UserError(
      `host ${host.name} has none of its sources ${sources.join(", ")} (it has ${described(host)}); ` +
        `name what it has with sources:, or give it some with hosts: { ${host.name}: { sources: ... } }`,
    );
  }
  if (own === null || own.family !== family) {
    throw new UserError(
      `host ${host.name} has no IPv${family} address to connect from (it has ${described(host)}); ` +
        `give it some with hosts: { ${host.name}: { sources: ... } }, or leave it out with hosts:`,
    );
  }
  if (host.sources.length > 0) return textsOf(own);
  const near = host.addresses.filter((address) => {
    const network = networkOf(address);
    return endpoints.some((endpoint) => rangesHold(network, parseIp(endpoint.address)));
  });
  return near.length > 0 ? near.map(withoutPrefix) : textsOf(own);
}

/** One of `of` parts of the addresses, in their order. */
function partOf(
  all: AddressRanges,
  { index, of }: { readonly index: number; readonly of: number },
): readonly string[] {
  const size = rangesSize(all);
  if (size < of) {
    throw new UserError(
      `its sources are ${formatAmount(size, "address", "addresses")} and its clients are on ${of} hosts; name one address for each host at least`,
    );
  }
  const first = Math.floor((index * size) / of);
  const last = Math.floor(((index + 1) * size) / of) - 1;
  const [low, high] = [parseIp(addressAt(all, first)).value, parseIp(addressAt(all, last)).value];
  return textsOf(intersectRanges(all, { family: all.family, ranges: [[low, high]] }));
}

function ownAddresses({ addresses }: AddressesOfHost, family: 4 | 6): AddressRanges | null {
  const fitting = addresses.map(withoutPrefix).filter((text) => parseIp(text).family === family);
  return fitting.length === 0 ? null : parseRanges(fitting);
}

/** The addresses of an interface's network, from its own with the length of the prefix. */
function networkOf(address: string): AddressRanges {
  const { family, value } = parseIp(withoutPrefix(address));
  const hostBits = BigInt((family === 4 ? 32 : 128) - Number(address.split("/")[1]));
  const first = (value >> hostBits) << hostBits;
  return { family, ranges: [[first, first + (1n << hostBits) - 1n]] };
}

function withoutPrefix(address: string): string {
  return address.split("/")[0] ?? address;
}

function textsOf(ranges: AddressRanges): readonly string[] {
  return rangeTexts(ranges).map(([from, to]) => (from === to ? from : `${from}-${to}`));
}

function described({ addresses }: AddressesOfHost): string {
  return addresses.length === 0 ? "loopback addresses only" : addresses.join(", ");
}
