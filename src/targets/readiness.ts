import type { Endpoint } from "../address/flow.ts";
import { isWildcard, parseIp } from "../address/ip.ts";
import { type Protocol, protocols } from "../address/protocol.ts";
import { createLinePattern } from "../base/regex/pattern.ts";
import { tryConnect } from "../machine/connect-trial.ts";
import { readListening } from "../machine/listening.ts";
import type { ServerLog } from "../processes/child-log.ts";
import type { Command } from "../scenario/scenario.ts";

export interface ReadyQuestion {
  readonly ready: Command["ready"];
  readonly protocol: Protocol;
  /** The first one is checked. */
  readonly endpoints: readonly Endpoint[];
}

const connectTimeoutMs = 1_000;

/**
 * Whether a server that was started by a command is ready now.
 *
 * TCP ports are checked by connecting. UDP servers cannot be queried, as their replies are not known;
 * but the system reports whether the port is bound.
 *
 * @param log       for `ready: {output}`; a pattern without flags, matched against every line
 * @param elapsedMs since the server was started, for `ready: {delay}`
 */
export async function isReady(
  { ready, protocol, endpoints }: ReadyQuestion,
  log: ServerLog,
  elapsedMs: number,
): Promise<boolean> {
  if (ready.by === "delay") return elapsedMs >= ready.delayNs / 1e6;
  if (ready.by === "output") return createLinePattern(ready.pattern).test(log.textFrom(0));
  const [first] = endpoints;
  if (first === undefined) return true;
  if (protocols[protocol].hasConnections) {
    return (await tryConnect(first, connectTimeoutMs)) === null;
  }
  const listening = await readListening();
  return listening[protocol].some(
    ({ address, port }) =>
      port === first.port && (address === first.address || isWildcard(parseIp(address))),
  );
}
