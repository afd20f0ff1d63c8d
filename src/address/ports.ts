import { UserError } from "../base/errors.ts";
import type { Endpoint } from "./flow.ts";
import { type Interval, intersect, subtract, unite } from "./intervals.ts";
import { isWildcard, parseIp, unmapIp } from "./ip.ts";
import { type AddressRanges, rangesHold } from "./ranges.ts";

/** A set of ports: disjoint inclusive ranges, ascending. */
export type PortRanges = readonly Interval<number>[];

const firstUnprivilegedPort = 1024;
const lastPort = 65535;

/**
 * Reads source ports: "5000", "1024-65535", several in one text separated by commas; "!" before one
 * excludes it.
 *
 * @throws UserError that starts with the text that is wrong
 */
export function parsePorts(texts: readonly string[]): PortRanges {
  const items = texts.flatMap((text) => text.split(",")).map((text) => text.trim());
  const included: Interval<number>[] = [];
  const excluded: Interval<number>[] = [];
  for (const item of items) {
    if (item.startsWith("!")) excluded.push(parseItem(item.slice(1).trim()));
    else included.push(parseItem(item));
  }
  const all = items.join(", ");
  if (items.length === 0) throw new UserError("the list of source ports is empty");
  if (included.length === 0) {
    throw new UserError(`${all}: only exclusions; name the ports to exclude them from as well`);
  }
  const ports = subtract(unite(included), unite(excluded));
  if (ports.length === 0) throw new UserError(`${all}: nothing is left`);
  return ports;
}

/** Formats ports as a user would write them: "1024-32767, 61000-65535". */
export function formatPorts(ports: PortRanges): string {
  return ports.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(", ");
}

/**
 * Returns the source ports of a workload that names none: 1024 and up, without the kernel's ephemeral
 * range and the reserved ports.
 *
 * A port bound on any loopback address is skipped by every automatic connect() of the machine, so
 * clients in the ephemeral range could starve other programs.
 *
 * @param ephemeral inclusive
 * @param reserved  inclusive pairs, in any order
 * @returns         about 36,000 ports with Linux's defaults; empty where the ephemeral range covers them all
 */
export function defaultPorts(ephemeral: Interval<number>, reserved: PortRanges): PortRanges {
  return subtract([[firstUnprivilegedPort, lastPort]], unite([ephemeral, ...reserved]));
}

/**
 * Returns the ports that cannot be bound on at least one of the sources because something listens on that
 * address or on a wildcard of either family (:: also covers IPv4).
 */
export function occupiedPorts(listening: readonly Endpoint[], sources: AddressRanges): PortRanges {
  const met = listening.filter(({ address }) => {
    // The kernel's tables list link-local addresses with their interface, "fe80::1%eth0".
    const ip = unmapIp(parseIp(address.split("%")[0] ?? ""));
    return isWildcard(ip) || rangesHold(sources, ip);
  });
  return unite(met.map(({ port }) => [port, port] as const));
}

/** Returns the ports of `from` that are not in `less`. */
export function subtractPorts(from: PortRanges, less: PortRanges): PortRanges {
  return subtract(from, less);
}

/** Returns the ports that are in both. */
export function intersectPorts(a: PortRanges, b: PortRanges): PortRanges {
  return intersect(a, b);
}

/** Returns how many ports the ranges contain. */
export function countPorts(ports: PortRanges): number {
  return ports.reduce((sum, [from, to]) => sum + to - from + 1, 0);
}

/** Returns the lowest n ports of the set, or all where it has fewer. */
export function takePorts(ports: PortRanges, n: number): PortRanges {
  const taken: Interval<number>[] = [];
  let missing = n;
  for (const [from, to] of ports) {
    if (missing <= 0) break;
    const end = Math.min(to, from + missing - 1);
    taken.push([from, end]);
    missing -= end - from + 1;
  }
  return taken;
}

function parseItem(text: string): Interval<number> {
  const match = /^(\d{1,9})(?:\s*-\s*(\d{1,9}))?$/.exec(text);
  if (match === null) {
    throw new UserError(`${text === "" ? '""' : text}: not a port or a range, as in 1024-65535`);
  }
  const from = Number(match[1]);
  const to = Number(match[2] ?? match[1]);
  for (const port of [from, to]) {
    if (port < 1 || port > lastPort) throw new UserError(`${text}: a port is 1 to ${lastPort}`);
  }
  if (from > to) {
    throw new UserError(`${text}: the range ends before it starts; write ${to}-${from}`);
  }
  return [from, to];
}
