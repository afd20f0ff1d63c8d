import { type Endpoint, formatEndpoint } from "../address/flow.ts";
import { type Family, formatIp, isWildcard, parseIp, unmapIp } from "../address/ip.ts";
import { assert } from "../base/assert.ts";
import { UserError } from "../base/errors.ts";
import type { Scenario, Workload } from "../scenario/scenario.ts";

export interface Target {
  /** Distinct, canonical, of one family, no wildcards; at least one. */
  readonly endpoints: readonly Endpoint[];
  readonly family: Family;
}

/**
 * Where a workload's clients connect to: its own endpoints, or those its server listens on.
 *
 * A server on a wildcard is reached through loopback; of one that listens on both families, the
 * endpoints of the sources' family are taken.
 *
 * @param sourceFamily of the sources the workload names; null where it names none
 * @throws             UserError when families do not go together
 */
export function targetOf(
  scenario: Scenario,
  workload: Workload,
  sourceFamily: Family | null,
): Target {
  const server = scenario.servers.find(({ name }) => name === workload.server);
  const isOwn = workload.endpoints.length > 0;
  const given = isOwn ? workload.endpoints : (server?.listen ?? []);
  assert(given.length > 0, `workload ${workload.name} has a target`);
  const resolved = new Map<string, Endpoint & { family: Family }>();
  for (const endpoint of given) {
    assert(endpoint.port > 0, `the port of ${formatEndpoint(endpoint)} was chosen before planning`);
    const ip = reachable(endpoint.address, sourceFamily);
    const found = { address: formatIp(ip), port: endpoint.port, family: ip.family };
    resolved.set(formatEndpoint(found), found);
  }
  const all = [...resolved.values()];
  const fitting =
    isOwn || sourceFamily === null ? all : all.filter(({ family }) => family === sourceFamily);
  const first = fitting[0] ?? all[0];
  const family = first?.family ?? 4;
  if (sourceFamily !== null && first !== undefined && family !== sourceFamily) {
    throw new UserError(
      `its sources are IPv${sourceFamily}, but ${formatEndpoint(first)} is IPv${family}; ` +
        "give both of one family",
    );
  }
  const other = fitting.find((endpoint) => endpoint.family !== family);
  if (first !== undefined && other !== undefined) {
    throw new UserError(
      `its destinations are of two families (${formatEndpoint(first)} and ${formatEndpoint(other)}); ` +
        (isOwn ? "split it into two workloads" : "name sources of one family"),
    );
  }
  return { endpoints: fitting.map(({ address, port }) => ({ address, port })), family };
}

function reachable(address: string, sourceFamily: Family | null) {
  const ip = unmapIp(parseIp(address));
  if (!isWildcard(ip)) return ip;
  // A listener on :: accepts IPv4 as well.
  return parseIp(ip.family === 6 && sourceFamily !== 4 ? "::1" : "127.0.0.1");
}
