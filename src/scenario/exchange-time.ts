import type { Workload } from "./scenario.ts";

/** How long an exchange takes at most, ns: each of its steps has its pause, and waits for its reply. */
export function longestExchangeNs({
  timeoutNs,
  steps,
}: Pick<Workload, "timeoutNs" | "steps">): number {
  return steps.reduce((sum, { thinkNs }) => sum + thinkNs + timeoutNs, 0) || timeoutNs;
}

/** How long a workload takes at most to end, ns, once it is ended from outside: what has begun goes through its steps. */
export function longestDrainNs(
  workloads: readonly Pick<Workload, "timeoutNs" | "steps">[],
): number {
  return Math.max(0, ...workloads.map(longestExchangeNs));
}
