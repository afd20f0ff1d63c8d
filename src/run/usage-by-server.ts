import type { UsageSummary } from "../machine/usage/process-account.ts";

/** Names of the sampler's targets: a server may be called "agents". */
export const agentsKey = "agents";

const serverPrefix = "server ";

export const serverKey = (name: string): string => `${serverPrefix}${name}`;

const serverOf = (key: string): string | null =>
  key.startsWith(serverPrefix) ? key.slice(serverPrefix.length) : null;

/** What a sampler holds of servers, by their names; agents are left out. */
export function ofServers<T>(samples: Iterable<readonly [key: string, T]>): Map<string, T> {
  return new Map(
    [...samples].flatMap(([key, sample]) => {
      const name = serverOf(key);
      return name === null ? [] : [[name, sample] as const];
    }),
  );
}

export const usageByServer = (summaries: readonly UsageSummary[]): Map<string, UsageSummary> =>
  ofServers(summaries.map((used) => [used.name, used]));
