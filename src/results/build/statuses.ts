import type { StatusRange } from "../../base/http-status.ts";
import type { StatusCount } from "../../metrics/snapshot.ts";
import type { Workload } from "../../scenario/scenario.ts";

/** Replies by HTTP status; null where replies have none. */
export type Statuses = Readonly<Record<string, number>> | null;

/** Replies of steady state by their status, ascending. Whether those of a protocol have one is seen when they come. */
export function statusesOf(
  { framing, applicationProtocol }: Pick<Workload, "framing" | "applicationProtocol">,
  counts: readonly StatusCount[],
): Statuses {
  if (framing?.kind !== "http" && (applicationProtocol === null || counts.length === 0))
    return null;
  const steady = counts.filter(({ phase }) => phase === "steady");
  return Object.fromEntries(steady.map(({ status, count }) => [`${status}`, count]));
}

/**
 * Replies with a status of the range, over several workloads.
 *
 * @returns null where no workload's replies have a status
 */
export function repliesWith(
  [from, to]: StatusRange,
  statuses: readonly (Statuses | undefined)[],
): number | null {
  const known = statuses.filter((one) => one != null);
  if (known.length === 0) return null;
  return known
    .flatMap((one) => Object.entries(one))
    .filter(([status]) => from <= Number(status) && Number(status) <= to)
    .reduce((sum, [, count]) => sum + count, 0);
}
