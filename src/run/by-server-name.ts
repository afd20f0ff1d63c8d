import type { ServerHandle } from "../targets/target.ts";

/** Indexes by server name what is known of each server; what is known of others is left out. */
export function byServerName<T>(
  servers: readonly ServerHandle[],
  known: ReadonlyMap<object, T>,
): Map<string, T> {
  return new Map(
    servers.flatMap((server) => {
      const value = known.get(server);
      return value === undefined ? [] : [[server.name, value] as const];
    }),
  );
}
