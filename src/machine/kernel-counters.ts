import type { KernelCounters } from "../results/result.ts";
import { readText } from "./read-text.ts";

/** Names of the counters in /proc/net/snmp, by ours; those of IPv6 have "Ip6" or "Udp6" before them. */
const names = {
  fragmentsCreated: ["Ip", "FragCreates"],
  fragmentationFailed: ["Ip", "FragFails"],
  reassembled: ["Ip", "ReasmOKs"],
  reassemblyFailed: ["Ip", "ReasmFails"],
  receiveBufferFull: ["Udp", "RcvbufErrors"],
} as const satisfies Record<keyof KernelCounters, readonly [string, string]>;

/** What the kernel has counted since it started, both versions of IP together; null off Linux. */
export function readKernelCounters(): KernelCounters | null {
  const v4 = readText("/proc/net/snmp");
  return v4 === null ? null : kernelCounters(v4, readText("/proc/net/snmp6") ?? "");
}

/**
 * @param snmp  pairs of lines, names and values, each behind its protocol's name
 * @param snmp6 a name and its value in each line
 */
export function kernelCounters(snmp: string, snmp6: string): KernelCounters {
  const values = new Map<string, number>();
  const lines = snmp.trim().split("\n");
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const [protocol = "", ...keys] = (lines[at] ?? "").trim().split(/\s+/);
    const [, ...numbers] = (lines[at + 1] ?? "").trim().split(/\s+/);
    for (const [place, key] of keys.entries()) {
      values.set(`${protocol.replace(":", "")} ${key}`, Number(numbers[place]));
    }
  }
  for (const line of snmp6.trim().split("\n")) {
    const [key = "", value] = line.trim().split(/\s+/);
    const match = /^(Ip|Udp)6(.+)$/.exec(key);
    if (match !== null) values.set(`${match[1]}6 ${match[2]}`, Number(value));
  }
  return mapped((name) => {
    const [protocol, key] = names[name];
    return (values.get(`${protocol} ${key}`) ?? 0) + (values.get(`${protocol}6 ${key}`) ?? 0);
  });
}

/** What was counted from one reading to the next; null where one is missing. */
export function countedBetween(
  before: KernelCounters | null,
  after: KernelCounters | null,
): KernelCounters | null {
  if (before === null || after === null) return null;
  return mapped((name) => after[name] - before[name]);
}

function mapped(value: (name: keyof KernelCounters) => number): KernelCounters {
  return {
    fragmentsCreated: value("fragmentsCreated"),
    fragmentationFailed: value("fragmentationFailed"),
    reassembled: value("reassembled"),
    reassemblyFailed: value("reassemblyFailed"),
    receiveBufferFull: value("receiveBufferFull"),
  };
}
