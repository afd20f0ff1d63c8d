import type { KernelCounters } from "../results/result.ts";
import { readText } from "./read-text.ts";

/** Names of the counters in /proc/net/snmp, by slash8's names; those of IPv6 are prefixed with "Ip6" or "Udp6". */
const names = {
  fragmentsCreated: ["Ip", "FragCreates"],
  fragmentationFailed: ["Ip", "FragFails"],
  reassembled: ["Ip", "ReasmOKs"],
  reassemblyFailed: ["Ip", "ReasmFails"],
  receiveBufferFull: ["Udp", "RcvbufErrors"],
} as const satisfies Record<keyof KernelCounters, readonly [string, string]>;

/** Returns the kernel's counters since boot, IPv4 and IPv6 together; null on other platforms than Linux. */
export function readKernelCounters(): KernelCounters | null {
  const v4 = readText("/proc/net/snmp");
  return v4 === null ? null : kernelCounters(v4, readText("/proc/net/snmp6") ?? "");
}

/**
 * Parses the kernel's counters.
 *
 * @param snmp  pairs of lines, names and values, each after its protocol's name
 * @param snmp6 a name and its value per line
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

/** Returns the difference of two readings; null where one is missing. */
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
