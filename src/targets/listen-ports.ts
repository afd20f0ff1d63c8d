import type { Endpoint } from "../address/flow.ts";
import type { Protocol } from "../address/protocol.ts";
import type { Scenario, Server, Workload } from "../scenario/scenario.ts";
import { type HeldPort, holdPort, listenError } from "./listen-trial.ts";

/**
 * Returns the scenario with every listen port 0, and that of a broadcast, replaced by a port that is free now.
 *
 * All ports are held at once while they are chosen, so that no two endpoints are the same. A server on
 * several addresses has one port on all of them if possible.
 *
 * @returns the same object when there is nothing to choose; otherwise a new one, frozen
 * @throws  (rejects with) UserError where nothing can listen on the address
 */
export async function resolvePorts(scenario: Scenario): Promise<Scenario> {
  const everywhere = [
    ...scenario.servers.flatMap(({ listen }) => listen),
    ...scenario.workloads.flatMap(({ endpoints }) => endpoints),
  ];
  if (everywhere.every(({ port }) => port !== 0)) return scenario;
  const held: HeldPort[] = [];
  try {
    const servers: Server[] = [];
    for (const server of scenario.servers) servers.push(await resolveServer(server, held));
    const workloads: Workload[] = [];
    for (const workload of scenario.workloads) workloads.push(await resolveTarget(workload, held));
    return Object.freeze({
      ...scenario,
      servers: Object.freeze(servers),
      workloads: Object.freeze(workloads),
    });
  } finally {
    await Promise.all(held.map((port) => port.close()));
  }
}

async function resolveServer(server: Server, held: HeldPort[]): Promise<Server> {
  const listen: Endpoint[] = [];
  let port = 0;
  for (const endpoint of server.listen) {
    if (endpoint.port !== 0) {
      listen.push(endpoint);
      continue;
    }
    try {
      const free = await holdSame(server.protocol, endpoint, port);
      held.push(free);
      port = free.port;
      listen.push(Object.freeze({ address: endpoint.address, port }));
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw await listenError(server, endpoint, code ?? message);
    }
  }
  return Object.freeze({ ...server, listen: Object.freeze(listen) });
}

/** Holds the port that the server already has on other addresses; another one if it is taken here. */
async function holdSame(protocol: Protocol, endpoint: Endpoint, port: number): Promise<HeldPort> {
  if (port === 0) return holdPort(protocol, endpoint);
  try {
    return await holdPort(protocol, { address: endpoint.address, port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    return holdPort(protocol, endpoint);
  }
}

/** Receivers of a broadcast share one port, whatever address they are bound to: one that is free on all. */
async function resolveTarget(workload: Workload, held: HeldPort[]): Promise<Workload> {
  if (workload.endpoints.every(({ port }) => port !== 0)) return workload;
  const endpoints: Endpoint[] = [];
  for (const { address } of workload.endpoints) {
    const free = await holdPort("udp", { address: "0.0.0.0", port: 0 });
    held.push(free);
    endpoints.push(Object.freeze({ address, port: free.port }));
  }
  return Object.freeze({ ...workload, endpoints: Object.freeze(endpoints) });
}
