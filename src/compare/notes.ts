/** Differences that the tests of figures do not detect. */
import type { NamedResult } from "../results/files/read-all.ts";
import type { Scenario } from "../scenario/scenario.ts";

/** Returns the workloads that only one of two scenarios has. */
export function unlikeWorkloads(a: Scenario, b: Scenario): string[] {
  const names = ({ workloads }: Scenario) => workloads.map(({ name }) => name);
  const missing = (from: Scenario, of: Scenario) =>
    names(of).filter((name) => !names(from).includes(name));
  return [
    ...missing(b, a).map((name) => `workload ${name}: only in the baseline`),
    ...missing(a, b).map((name) => `workload ${name}: only in the new runs`),
  ];
}

/** Reports workloads with a larger ratio of missing replies: a server that drops slow requests is not faster. */
export function missingReplies(
  baseline: readonly NamedResult[],
  changed: readonly NamedResult[],
): string[] {
  const names = Object.keys(baseline[0]?.result.workloads ?? {});
  return names.flatMap((name) => {
    const [before, after] = [ratioMissing(baseline, name), ratioMissing(changed, name)];
    if (before === null || after === null || after <= before + noticeable) return [];
    const text = (ratio: number) => `${Number((100 * ratio).toPrecision(2))} %`;
    return [
      `${name}: ${text(after)} of the messages have no valid reply in the new runs, ${text(before)} in the baseline; the latencies do not include them`,
    ];
  });
}

const noticeable = 0.0001;

function ratioMissing(side: readonly NamedResult[], name: string): number | null {
  let [sent, missing] = [0, 0];
  for (const { result } of side) {
    const exchanges = result.workloads[name]?.exchanges;
    if (exchanges === undefined || exchanges.countedBy === "server") return null;
    sent += exchanges.sent;
    missing += exchanges.timedOut + exchanges.failed + exchanges.corrupted;
  }
  return sent === 0 ? null : missing / sent;
}
