import { serverError } from "../base/errors.ts";
import type { TlsServerEnd } from "../io/tls/ends.ts";
import { createServerEnd } from "../io/tls/server-end.ts";
import type { Scenario } from "../scenario/scenario.ts";

/**
 * The certificates of a run's servers that encrypt, by name: read from their files, or made, for the names that their
 * workloads ask for.
 *
 * @throws UserError where a file cannot be read any more
 */
export function certificatesOf(scenario: Scenario): ReadonlyMap<string, TlsServerEnd> {
  return new Map(
    scenario.servers.flatMap(({ name, tls, listen }) => {
      if (tls === null) return [];
      const { cert, key } = tls;
      const names = scenario.workloads
        .filter(({ server }) => server === name)
        .flatMap((workload) => workload.tls?.serverName ?? []);
      const addresses = listen.map(({ address }) => address);
      try {
        const files = cert === null || key === null ? null : { cert, key };
        return [[name, createServerEnd(files, names, addresses)] as const];
      } catch (error) {
        throw serverError(`server ${name}: its certificate: ${(error as Error).message}`);
      }
    }),
  );
}
