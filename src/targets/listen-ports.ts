import type { Endpoint } from "../address/flow.ts";
import type { Protocol } from "../address/protocol.ts";
import type { Leases } from "../machine/leases.ts";
import type { Scenario, Server, Workload } from "../scenario/scenario.ts";
import { copyOfScenario } from "../scenario/source/problem.ts";
import { type HeldPort, holdPort, listenError } from "./listen-trial.ts";

/**
 * Returns the scenario with every listen port 0, and that of a broadcast, replaced by a port that is free now.
 *
 * All ports are held at once while they are chosen, so that no two endpoints are the same. A server on
 * several addresses has one port on all of them if possible.
 *
 * @param leases where each port is taken, so that no run that begins meanwhile chooses it as well; left out: nowhere
 * @returns the same object when there is nothing to choose; otherwise a new one, frozen
 * @throws  (rejects with) UserError where nothing can listen on the address
 */
export async function resolvePorts(scenario: Scenario, leases?: Leases): Promise<Scenario> {
  const everywhere = [
    ...scenario.servers.flatMap(({ listen }) => listen),
    ...scenario.workloads.flatMap(({ endpoints }) => endpoints),
  ];
  if (everywhere.every(({ port }) => port !== 0)) return scenario;
  const held = new HeldPorts(leases);
  try {
    const servers: Server[] = [];
    for (const server of scenario.servers) servers.push(await resolveServer(server, held));
    const workloads: Workload[] = [];
    for (const workload of scenario.workloads) workloads.push(await resolveTarget(workload, held));
    const copy = {
      ...scenario,
      servers: Object.freeze(servers),
      workloads: Object.freeze(workloads),
    };
    return copyOfScenario(scenario, Object.freeze(copy));
  } finally {
    await held.close();
  }
}

async function resolveServer(server: Server, held: HeldPorts): Promise<Server> {
  const listen: Endpoint[] = [];
  let port = 0;
  for (const endpoint of server.listen) {
    if (endpoint.port !== 0) {
      listen.push(endpoint);
      continue;
    }
    try {
      port = await held.take(server.protocol, endpoint, port);
      listen.push(Object.freeze({ address: endpoint.address, port }));
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw await listenError(server, endpoint, code ?? message);
    }
  }
  return Object.freeze({ ...server, listen: Object.freeze(listen) });
}

/** Ports that are held until all are chosen. */
class HeldPorts {
  readonly #leases: Leases | undefined;
  readonly #held: HeldPort[] = [];

  constructor(leases: Leases | undefined) {
    this.#leases = leases;
  }

  /**
   * Holds a free port, the wanted one if possible.
   *
   * @param wanted which the server already has on other addresses; 0: none
   */
  async take(protocol: Protocol, { address }: Endpoint, wanted = 0): Promise<number> {
    if (wanted !== 0 && (await this.#hold(protocol, { address, port: wanted }))) return wanted;
    for (;;) {
      const free = await holdPort(protocol, { address, port: 0 });
      // Not closed before all are chosen: the kernel would only give it out again.
      this.#held.push(free);
      const answer = await this.#leases?.takePort(protocol, free.port);
      if (answer !== "held") return free.port;
    }
  }

  async #hold(protocol: Protocol, endpoint: Endpoint): Promise<boolean> {
    try {
      this.#held.push(await holdPort(protocol, endpoint));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      return false;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#held.map((port) => port.close()));
  }
}

/** Receivers of a broadcast share one port, whatever address they are bound to: one that is free on all. */
async function resolveTarget(workload: Workload, held: HeldPorts): Promise<Workload> {
  if (workload.endpoints.every(({ port }) => port !== 0)) return workload;
  const endpoints: Endpoint[] = [];
  for (const { address } of workload.endpoints) {
    const port = await held.take("udp", { address: "0.0.0.0", port: 0 });
    endpoints.push(Object.freeze({ address, port }));
  }
  return Object.freeze({ ...workload, endpoints: Object.freeze(endpoints) });
}
