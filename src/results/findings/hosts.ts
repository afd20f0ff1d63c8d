import { formatDuration } from "../../base/units.ts";
import { type Finding, percent } from "./finding.ts";
import type { HostMeasures, Measures, WorkloadMeasures } from "./measures.ts";

/** One in a hundred lies above the p99: of fewer samples it is a matter of luck. */
const fewestSamples = 1_000;

/** Hosts of one kind in one network are within that; and nobody asks about less than threads take to wake up. */
const unlikeRatio = 2;
const leastDifferenceNs = 200e3;

/** So many names stand in a text. */
const mostNames = 6;

/** "host b", "hosts b, c", "all 3 hosts". */
function namesOfHosts(names: readonly string[], of: readonly unknown[]): string {
  if (names.length === of.length && names.length > 1) return `all ${names.length} hosts`;
  const shown = names.length > mostNames ? names.slice(0, mostNames / 2) : names;
  const left = names.length - shown.length;
  const more = left > 0 ? ` and ${left} more` : "";
  return `${names.length === 1 ? "host" : "hosts"} ${shown.join(", ")}${more}`;
}

/** "on host b " in a text about these of all hosts; "" where there is none. */
export function onHosts(names: readonly string[], of: readonly unknown[]): string {
  return names.length === 0 ? "" : `on ${namesOfHosts(names, of)} `;
}

/** The field of a finding that is about one host. */
export function hostField(names: readonly string[]): Pick<Finding, "host"> {
  const [host] = names;
  return host === undefined || names.length > 1 ? {} : { host };
}

/** Returns the name of a worker's host; null: it is on the coordinator's machine. */
export function hostOf(hosts: readonly HostMeasures[], worker: number | null): string | null {
  if (worker === null) return null;
  return hosts.find(({ workers }) => workers.includes(worker))?.name ?? null;
}

/** Where hosts of one run do not measure the same. Pure. */
export function hostFindings({ workloads, hosts }: Measures): Finding[] {
  return [
    ...workloads.flatMap(({ name }) => unlikeHosts(name, hosts)),
    ...workloads.flatMap(clockErrors),
  ];
}

/** A tenth of a figure shows in any comparison; where the error is all of it there is no figure. */
const noticeableRatio = 0.1;

/** Times that begin on one host and end on another have the error of two clocks in them. */
function clockErrors({ name, oneWay }: WorkloadMeasures): Finding[] {
  if (oneWay === null) return [];
  const { errorNs, medianNs } = oneWay;
  return (["deliveryLatency", "transitTime"] as const).flatMap((figure) => {
    const median = medianNs[figure];
    if (median === null || errorNs < noticeableRatio * median) return [];
    const isRefused = median < errorNs;
    const error = `the clocks of its hosts may be ${formatDuration(errorNs)} apart`;
    return [
      {
        about: "run",
        severity: isRefused ? "warning" : "info",
        code: "run.clockError",
        subject: name,
        text: isRefused
          ? `${name}: ${figure} is not shown, as ${error}, which is more than its median of ${formatDuration(median)}`
          : `${name}: ${figure} begins on one host and ends on another, and ${error}: ${percent(errorNs / median)} of its median of ${formatDuration(median)}`,
        evidence: { clockErrorNs: errorNs, medianNs: median },
        todo: "have publishers and subscribers on the same host (hosts: of the workloads), or hosts with a shorter way to the NATS server",
      },
    ];
  });
}

/** Hosts whose p99 is far above that of the others: the merged percentiles are then those of neither. */
function unlikeHosts(workload: string, hosts: readonly HostMeasures[]): Finding[] {
  const known = hosts.flatMap(({ name, workloads }) => {
    const own = workloads.find((one) => one.name === workload);
    if (own === undefined || own.samples < fewestSamples || own.responseTimeP99 === null) return [];
    return [{ name, p99: own.responseTimeP99 }];
  });
  const usual = medianLow(known.map(({ p99 }) => p99));
  if (usual === null) return [];
  const above = known
    .filter(({ p99 }) => p99 >= unlikeRatio * usual && p99 - usual >= leastDifferenceNs)
    .sort((a, b) => b.p99 - a.p99);
  const [worst] = above;
  if (worst === undefined) return [];
  const names = above.map(({ name }) => name);
  const up = above.length === 1 ? "" : "up to ";
  const others = known.length - above.length === 1 ? "the other" : "the others";
  return [
    {
      about: "run",
      severity: "warning",
      code: "run.hostsDiffer",
      subject: workload,
      ...hostField(names),
      text:
        `${workload}: clients on ${namesOfHosts(names, known)} had a p99 of ${up}${formatDuration(worst.p99)}, ` +
        `${(worst.p99 / usual).toFixed(1)} times that on ${others} (${formatDuration(usual)}): the way from there to the target, or the host itself, is slower, and the percentiles of all have both in them`,
      evidence: { highestP99Ns: worst.p99, usualP99Ns: usual, hostsCount: known.length },
      todo: `compare the hosts, and their networks; leave out what is not to be measured (hosts: of the workload)`,
    },
  ];
}

/** The median, of an even number the lower one in the middle; null: there are no two. */
function medianLow(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length / 2) - 1] as number;
}
