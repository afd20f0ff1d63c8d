import { type Endpoint, formatEndpoint } from "../address/flow.ts";
import { type Protocol, protocols } from "../address/protocol.ts";
import { exitStatus, UserError } from "../base/errors.ts";
import { reachable, tryConnect } from "../machine/connect-trial.ts";
import type { ServerPlan } from "../plan/plan-types.ts";
import type { Server } from "../scenario/scenario.ts";
import { holderOf } from "./port-holder.ts";
import type { ServerHandle } from "./target.ts";

const connectTimeoutMs = 5_000;

/**
 * Checks that a server that runs already answers, and finds its process on this machine where it
 * can, for its CPU and memory.
 *
 * @throws (rejects with) UserError where a TCP endpoint does not answer
 */
export async function findExternal(plan: ServerPlan, server: Server): Promise<ServerHandle> {
  const { name, protocol } = server;
  await checkTarget(`server ${name}`, protocol, plan.listen);
  const [first] = plan.listen;
  const holder = first === undefined ? null : await holderOf(protocol, reachable(first));
  return {
    name,
    kind: "external",
    endpoints: plan.listen,
    pids: holder === null ? [] : [holder.pid],
    logFile: null,
    exit: () => null,
    stats: async () => null,
    stop: async () => {},
  };
}

/**
 * Connects once to each TCP endpoint. UDP is not checked: a missing reply would prove nothing.
 *
 * @param what the target's name in the message, "server redis"
 * @throws (rejects with) UserError for the first that does not answer
 */
export async function checkTarget(
  what: string,
  protocol: Protocol,
  endpoints: readonly Endpoint[],
): Promise<void> {
  if (!protocols[protocol].hasConnections) return;
  for (const endpoint of endpoints) {
    const code = await tryConnect(endpoint, connectTimeoutMs);
    if (code === null) continue;
    const place = formatEndpoint(endpoint);
    const why =
      code === "ECONNREFUSED"
        ? `nothing listens on ${place}`
        : `${place} does not answer (${code})`;
    throw new UserError(
      `${what}: ${why}; start it first, correct the address, or let slash8 start it with "builtin" or "command"`,
      exitStatus.usage,
      { code: "target" },
    );
  }
}
