import type { Scenario, Server, Workload } from "../../src/scenario/scenario.ts";
import { server, workload } from "../support/scenario-parts.ts";

/** A scenario with the server "echo" unless servers are given; workloads stand at lines 10, 20, ... */
export function scenario(
  workloads: readonly Partial<Workload>[],
  servers: readonly Server[] = [server()],
): Scenario {
  return {
    version: 1,
    name: "test",
    description: null,
    file: "/scenarios/test.yaml",
    sha256: "0".repeat(64),
    seed: 1,
    workers: null,
    io: "auto",
    repeat: 1,
    baseline: [],
    data: [],
    servers,
    hosts: [],
    workloads: workloads.map((changes, index) =>
      workload({
        name: `w${index}`,
        sources: ["127.16.0.0/24"],
        position: { file: "test.yaml", line: 10 * (index + 1), column: 3 },
        ...changes,
      }),
    ),
    capture: null,
    gates: [],
    at: [],
    notices: [],
  };
}
