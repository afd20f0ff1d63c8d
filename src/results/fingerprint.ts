/** The conditions of a run: figures measured under different ones are not comparable. */
import type { HostResult, RunResult } from "./result.ts";

/** Name -> value, for people. */
export type Fingerprint = Readonly<Record<string, string>>;

export function fingerprintOf(host: HostResult, io: string, workers: number): Fingerprint {
  return {
    os: `${host.os} ${host.arch}`,
    "CPU model": host.cpuModel,
    CPUs: String(host.cpus),
    // In whole GiB: a virtual machine reports a few pages more or less after each boot.
    memory: `${Math.round(host.memoryBytes / 1024 ** 3)} GiB`,
    kernel: host.kernel,
    Node: host.node,
    io,
    workers: String(workers),
  };
}

export function fingerprintOfResult({ host, run }: RunResult): Fingerprint {
  return fingerprintOf(host, run.io, run.workers);
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
