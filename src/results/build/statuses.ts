import type { StatusRange } from "../../base/http-status.ts";
import type { StatusCount } from "../../metrics/snapshot.ts";
import type { Workload } from "../../scenario/scenario.ts";

/** Replies by status, or the name that their protocol has for it; null where replies have none. */
export type Statuses = Readonly<Record<string, number>> | null;

/** Replies of steady state by their status, ascending. Whether those of a protocol have one is seen when they come. */
export function statusesOf(
  { framing, applicationProtocol }: Pick<Workload, "framing" | "applicationProtocol">,
  counts: readonly StatusCount[],
): Statuses {
  if (framing?.kind !== "http" && (applicationProtocol === null || counts.length === 0))
    return null;
  const steady = counts.filter(({ phase }) => phase === "steady");
  return Object.fromEntries(
    steady.map(({ status, count }) => [statusText(applicationProtocol, status), count]),
  );
}

/** "503", or as the protocol calls it: "NXDOMAIN". */
export function statusText(protocol: Workload["applicationProtocol"], status: number): string {
  return protocol?.statusNames?.[status] ?? `${status}`;
}

/**
 * Replies with a status of the range, or of that name, over several workloads.
 *
 * @returns null where no workload's replies have a status
 */
export function repliesWith(
  wanted: StatusRange | string,
  statuses: readonly (Statuses | undefined)[],
): number | null {
  const known = statuses.filter((one) => one != null);
  if (known.length === 0) return null;
  const isWanted = (status: string) =>
    typeof wanted === "string"
      ? status === wanted
      : wanted[0] <= Number(status) && Number(status) <= wanted[1];
  return known
    .flatMap((one) => Object.entries(one))
    .filter(([status]) => isWanted(status))
    .reduce((sum, [, count]) => sum + count, 0);
}
