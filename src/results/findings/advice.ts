import type { Finding } from "./finding.ts";
import type { Measures } from "./measures.ts";

/** What can be done about a load generator that did not keep up: decided once, so that no finding contradicts another. */
export interface Advice {
  /** "use more workers (--workers)" where a CPU is left for one, else what else helps. */
  readonly capacity: string;
  /** "a lower rate", or what takes its place in the closed model. */
  readonly lessLoad: string;
  /** Against garbage. */
  readonly lessGarbage: string;
  /** Against waiting for a CPU. */
  readonly lessCrowd: string;
}

/** @param machine findings about the machine: where there are any, another worker would only wait as well */
export function adviceOf(
  { cpus, run, workloads, hosts, hasFasterIo }: Measures,
  machine: readonly Finding[],
): Advice {
  const isCrowded =
    hosts.length > 0
      ? machine.some(({ code }) => code === "machine.waiting")
      : machine.some(({ severity, code }) => severity !== "info" || code === "machine.full");
  const sizes =
    hosts.length > 0
      ? hosts.map((host) => ({ workers: host.workers.length, cpus: host.cpus }))
      : [{ workers: run.workers, cpus }];
  const hasRoom = !isCrowded && sizes.every((one) => one.workers < one.cpus);
  const isOpen = workloads.some(({ model }) => model === "open");
  const lessLoad = isOpen ? "a lower rate" : "fewer connections";
  return {
    capacity: hasRoom
      ? "use more workers (--workers)"
      : hosts.length > 0
        ? "use more hosts, or hosts with more CPUs"
        : "use a machine with more CPUs, end other programs",
    lessLoad,
    lessGarbage: [
      hasRoom ? "use more workers, so that each has less garbage to collect" : `use ${lessLoad}`,
      ...(hasFasterIo ? ["or --io uring, which allocates less"] : []),
    ].join(", "),
    lessCrowd: [
      hosts.length > 0
        ? "end other programs on it, use more hosts"
        : "end other programs, use a machine with more CPUs",
      ...(sizes.some((one) => one.workers >= one.cpus && one.workers > 1)
        ? ["fewer workers than CPUs"]
        : []),
      `or ${lessLoad}`,
    ].join(", "),
  };
}
