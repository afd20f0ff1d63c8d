/** The conditions of a run: figures measured under different ones are not comparable. */
import { formatAmount } from "../base/units.ts";
import type { HostResult, RunResult } from "./result.ts";

/** Name -> value, for people. */
export type Fingerprint = Readonly<Record<string, string>>;

/** A host with clients. */
interface ClientHost {
  readonly facts: HostResult;
  readonly io: string;
  readonly workers: number;
}

/** @param hosts those with clients; empty: they are on the coordinator's machine */
export function fingerprintOf(
  host: HostResult,
  io: string,
  workers: number,
  hosts: readonly ClientHost[],
): Fingerprint {
  return {
    os: `${host.os} ${host.arch}`,
    "CPU model": host.cpuModel,
    CPUs: String(host.cpus),
    memory: memoryOf(host),
    kernel: host.kernel,
    Node: host.node,
    io,
    workers: String(workers),
    hosts: hosts.length === 0 ? "none" : hostsText(hosts),
  };
}

export function fingerprintOfResult({ host, hosts, run }: RunResult): Fingerprint {
  const clients = Object.values(hosts ?? {}).map((one) => ({
    ...one,
    workers: one.workers.length,
  }));
  return fingerprintOf(host, run.io, run.workers, clients);
}

/** In whole GiB: a virtual machine reports a few pages more or less after each boot. */
function memoryOf({ memoryBytes }: HostResult): string {
  return `${Math.round(memoryBytes / 1024 ** 3)} GiB`;
}

/** Which machines they are, whatever they are called: "2 of (Linux x64, 8 x EPYC, ...)". */
function hostsText(hosts: readonly ClientHost[]): string {
  const counts = new Map<string, number>();
  for (const { facts, io, workers } of hosts) {
    const { os, arch, cpus, cpuModel, kernel, node } = facts;
    const text = `${os} ${arch}, ${cpus} × ${cpuModel}, ${memoryOf(facts)}, kernel ${kernel}, Node ${node}, io ${io}, ${formatAmount(workers, "worker")}`;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([text, count]) => `${count} of (${text})`)
    .join(" and ");
}

/** Differences between two sides: "kernel: 6.18 against 6.12"; empty where there are none. */
export function unlikeParts(a: readonly Fingerprint[], b: readonly Fingerprint[]): string[] {
  const names = Object.keys(a[0] ?? {});
  return names.flatMap((name) => {
    const [left, right] = [a, b].map((side) => [
      ...new Set(side.map((print) => print[name] ?? "unknown")),
    ]) as [string[], string[]];
    const all = new Set([...left, ...right]);
    return all.size < 2 ? [] : [`${name}: ${left.join(", ")} against ${right.join(", ")}`];
  });
}
