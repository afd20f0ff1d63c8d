import { hidden, withoutSecretOptions } from "../protocols/spec.ts";
import type { Scenario } from "./scenario.ts";

/**
 * A scenario for others: results and plans are passed on, so they hold only the names of a command's environment variables,
 * and of the options of a protocol that are secret.
 */
export function withoutSecrets(scenario: Scenario): Scenario {
  const servers = scenario.servers.map((server) => {
    if (server.command === null) return server;
    const env = Object.fromEntries(Object.keys(server.command.env).map((name) => [name, hidden]));
    return { ...server, command: { ...server.command, env } };
  });
  const workloads = scenario.workloads.map((workload) => {
    const { applicationProtocol: spec } = workload;
    return spec === null
      ? workload
      : { ...workload, applicationProtocol: withoutSecretOptions(spec) };
  });
  return { ...scenario, servers, workloads };
}
