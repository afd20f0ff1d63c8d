import type { ChildProcess } from "node:child_process";
import cluster from "node:cluster";
import type { Endpoint } from "../../address/flow.ts";
import { type Protocol, protocols } from "../../address/protocol.ts";
import { backends, portableIo } from "../../io/backends.ts";
import { builtinProtocols } from "../../scenario/builtins.ts";
import type { ServeRequest } from "../protocol.ts";
import type { RunningServer } from "./running-server.ts";
import { startServerProcess } from "./server-process.ts";
import { sumStats } from "./sum-stats.ts";

/**
 * Starts a server in several processes that share its addresses.
 *
 * TCP: so that it holds more connections than the open files of one process allow; over Node's sockets,
 * as handles that cluster shares cannot be used by other io. The cluster gives the same listening socket
 * to all; each accepts for itself (SCHED_NONE) until it is full. UDP: each has its own socket on the same
 * address (SO_REUSEPORT). The children run this process's own program, and exit with it.
 *
 * @param startNs from when pauses are counted: the same for all processes
 * @returns       once all processes listen
 * @throws        (rejects with) ServerFailure, with all processes ended
 */
export async function startServerGroup(
  request: ServeRequest,
  startNs: number,
): Promise<RunningServer> {
  const protocol = builtinProtocols[request.builtin];
  const { sharesListeners } = backends[request.io].capabilities;
  const io = protocols[protocol].hasConnections && !sharesListeners ? portableIo : request.io;
  const listen = await resolvePorts(request.listen, protocol);
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  cluster.setupPrimary({ serialization: "advanced" });
  const children = Array.from({ length: request.processes }, () => cluster.fork().process);
  const endAll = () => {
    for (const child of children) child.kill("SIGKILL");
  };
  process.once("exit", endAll);
  const servers = await Promise.all(
    children.map(async (child) => {
      await readyOrGone(child);
      return startServerProcess(child, { ...request, listen, processes: 1, io }, startNs);
    }),
  ).catch((error: unknown) => {
    endAll();
    throw error;
  });
  return {
    endpoints: listen,
    pids: [process.pid, ...servers.flatMap((server) => server.pids)],
    lost: Promise.race(servers.map((server) => server.lost)),
    planSteady(plan) {
      for (const server of servers) server.planSteady(plan);
    },
    async stats() {
      return sumStats(await Promise.all(servers.map((server) => server.stats())));
    },
    async stop() {
      return sumStats(await Promise.all(servers.map((server) => server.stop())));
    },
  };
}

/** A child of cluster loses messages that arrive before its program has started to receive them. */
function readyOrGone(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once("message", () => resolve());
    child.once("exit", () => resolve());
  });
}

/**
 * Resolves every port 0 to a free port: children could not agree on one, and must find the same again
 * when they stop listening and go on.
 */
async function resolvePorts(
  endpoints: readonly Endpoint[],
  protocol: Protocol,
): Promise<readonly Endpoint[]> {
  if (endpoints.every(({ port }) => port > 0)) return endpoints;
  const io = await backends[portableIo].create();
  const ignore = () => {};
  const transport = io.transport({
    protocol,
    slots: endpoints.length,
    events: {
      opened: ignore,
      accepted: ignore,
      received: ignore,
      receivedFrom: ignore,
      drained: ignore,
      errored: ignore,
      closed: ignore,
    },
  });
  try {
    const resolved = [];
    for (const [slot, endpoint] of endpoints.entries()) {
      resolved.push(
        protocols[protocol].hasConnections
          ? (await transport.listen(endpoint)).endpoint
          : await transport.bind(slot, endpoint),
      );
    }
    return resolved;
  } finally {
    await io.end();
  }
}
