import { type Interval, unite } from "../address/intervals.ts";
import { formatIp, type Ip, parseIp } from "../address/ip.ts";
import type { AddressOwner } from "./model.ts";
import { namesOver, type ReportResult, type ReportRun, type ReportWorkload } from "./report-run.ts";

/** The addresses of a workload's clients or of a target, over all runs. */
export interface AddressUse extends AddressOwner {
  /** IPv4, disjoint and ascending. */
  readonly ranges: readonly Interval<number>[];
  /** Addresses other than IPv4, as text. */
  readonly others: readonly string[];
  /** Wireshark display filter, for clients. */
  readonly displayFilter: string | null;
}

/** Addresses by user: workloads in their order, then their targets. */
export function addressUses(runs: readonly ReportRun[]): AddressUse[] {
  return [
    ...namesOver(runs, ({ workloads }) => workloads).map((name) => clients(runs, name)),
    ...targets(runs),
  ];
}

function clients(runs: readonly ReportRun[], name: string): AddressUse {
  const workloads = runs
    .map(({ result }) => result.workloads[name])
    .filter((workload) => workload !== undefined);
  return {
    name,
    kind: "clients",
    ...split(workloads.flatMap(usedRanges)),
    displayFilter: workloads[0]?.sources.displayFilter ?? null,
  };
}

/** A workload uses the lowest addresses of its ranges. */
function usedRanges({ sources }: ReportWorkload): [Ip, Ip][] {
  let left = BigInt(sources.addressesUsed);
  const used: [Ip, Ip][] = [];
  for (const range of sources.ranges) {
    if (left <= 0n) break;
    const [first = "", last = first] = range.split("-");
    const [from, to] = [parseIp(first), parseIp(last)];
    const most = from.value + left - 1n;
    const end = { ...to, value: to.value < most ? to.value : most };
    used.push([from, end]);
    left -= end.value - from.value + 1n;
  }
  return used;
}

function targets(runs: readonly ReportRun[]): AddressUse[] {
  const addresses = new Map<string, Ip[]>();
  const add = (name: string, address: string) => {
    addresses.set(name, [...(addresses.get(name) ?? []), parseIp(address)]);
  };
  for (const { result } of runs) {
    for (const { name, endpoints } of targetsOf(result)) {
      for (const { address } of endpoints) add(name, address);
    }
  }
  return [...addresses].map(([name, ips]) => ({
    name,
    kind: "target",
    ...split(ips.map((ip) => [ip, ip])),
    displayFilter: null,
  }));
}

function targetsOf({ scenario: { resolved } }: ReportResult) {
  return [
    ...resolved.servers.map(({ name, listen }) => ({ name, endpoints: listen })),
    ...resolved.workloads.map(({ name, endpoints }) => ({ name: `target of ${name}`, endpoints })),
  ];
}

function split(ranges: readonly (readonly [Ip, Ip])[]): Pick<AddressUse, "ranges" | "others"> {
  const ipv4 = ranges.filter(([{ family }]) => family === 4);
  const ipv6 = ranges.filter(([{ family }]) => family === 6);
  const text = (ip: Ip) => formatIp(ip);
  return {
    ranges: unite(ipv4.map(([from, to]) => [Number(from.value), Number(to.value)] as const)),
    others: [
      ...new Set(
        ipv6.map(([from, to]) =>
          from.value === to.value ? text(from) : `${text(from)}–${text(to)}`,
        ),
      ),
    ],
  };
}
