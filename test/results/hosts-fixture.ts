import { HostTotals } from "../../src/metrics/host-totals.ts";
import type { HostMeasured, ResultInput } from "../../src/results/build/input.ts";
import { measured, resultInput, type Story, startNs } from "./fixture.ts";

const names = ["a", "b"] as const;

/** What is known of host a, whose worker is 0, and of host b, whose worker is 1. */
export type OfHosts = Readonly<Partial<Record<"a" | "b", Partial<HostMeasured>>>>;

/** The run of `resultInput`, with a worker on each of two hosts. */
export function hostsInput(
  story: Story = {},
  of: OfHosts = {},
  parts: Parameters<typeof resultInput>[0] = {},
): ResultInput {
  const input = resultInput(parts);
  const totals = names.map(() => new HostTotals(startNs));
  for (const [worker, one] of totals.entries()) one.began(1e6 * worker);
  const workload = measured(0, { ...story, totals });
  return {
    ...input,
    plan: {
      ...input.plan,
      hosts: names.map((name) => ({ name, io: "uring", totals: input.plan.totals })),
      agents: names.map((host, index) => ({ index, host, workers: [index], openFiles: 50 })),
    },
    workloads: parts.workloads ?? [workload],
    hosts: names.map((name, index) => ({
      name,
      version: "0.1.0",
      facts: { ...input.host, cpus: 4, cpuModel: `CPU of ${name}` },
      clock: { offsetNs: (index + 1) * 1e12, errorNs: 20_000 * (index + 1), driftPpm: 1.5 },
      lost: null,
      cpu: { userSeconds: 0.5, systemSeconds: 1.5, waitedSeconds: 0.05, overSeconds: 4 },
      totals: [totals[index] as HostTotals],
      ...of[name],
    })),
  };
}
