import type { NatsConnection } from "@nats-io/transport-node";
import { discoverHosts } from "./pool.ts";

export interface WaitedFor {
  /** All of them have to be there; none: `count` of any names. */
  readonly names: readonly string[];
  readonly count: number;
  readonly withinMs: number;
}

/**
 * Waits until hosts are there: agents that were started at the same time, or wait for this server, come one after the other.
 *
 * Whether they are is found out by who claims them: nothing is thrown where they are not there in time.
 *
 * @param onWaiting called once, with what is missing, where they are not there at once
 */
export async function waitForHosts(
  connection: NatsConnection,
  { names, count, withinMs }: WaitedFor,
  onWaiting: (missing: string) => void,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (let isFirst = true; ; isFirst = false) {
    const there = new Set<string>();
    const isEnough = (found: readonly { readonly name: string }[]) => {
      for (const { name } of found) there.add(name);
      return names.length > 0 ? names.every((name) => there.has(name)) : there.size >= count;
    };
    // It waits a second for answers where they are not enough.
    if (isEnough(await discoverHosts(connection, isEnough))) return;
    if (isFirst) onWaiting(missing(names, count, there));
    if (performance.now() >= deadline) return;
  }
}

function missing(names: readonly string[], count: number, there: ReadonlySet<string>): string {
  const away = names.filter((name) => !there.has(name));
  if (away.length > 0) return `host ${away.join(", ")}`;
  return there.size === 0 && count === 1 ? "a host" : `${count} hosts, ${there.size} there`;
}
