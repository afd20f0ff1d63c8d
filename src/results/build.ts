import { evaluateGate } from "../gates/evaluate.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { type ResultInput, workloadData } from "./input.ts";
import { metricView } from "./metric-view.ts";
import { judgeRun } from "./outcome.ts";
import { type RunResult, schemaVersion } from "./result.ts";
import { waitNotice } from "./waiting.ts";
import { workloadResult } from "./workload-result.ts";

/**
 * Puts the result of a run together and judges it.
 *
 * Cost: about 8 ms per workload and 0.3 ms per second of its timeline; `over` gates merge every window.
 */
export function buildResult(input: ResultInput): RunResult {
  const { tool, plan, host, run, servers, warnings } = input;
  const { scenario } = plan;
  const workloads = workloadData(input);
  const view = metricView(workloads, servers);
  const gates = input.gates.map(({ gate, line }) => ({ ...evaluateGate(gate, view), line }));
  const { name, file, sha256 } = scenario;
  const waited = waitNotice(run.clientCpu, plan.workers);
  return {
    schemaVersion,
    tool,
    scenario: { name, file, sha256, resolved: withoutSecrets(scenario) },
    host,
    run: {
      id: run.id,
      startedAt: run.startedAt.toISOString(),
      durationMs: run.durationNs / 1e6,
      io: plan.io,
      ioObstacle: run.ioObstacle,
      agents: plan.agents.length,
      workers: plan.workers,
      floor: run.floor,
      clientCpu: run.clientCpu,
      kernel: run.kernel,
      ...judgeRun(input, workloads, gates),
    },
    workloads: Object.fromEntries(workloads.map((data) => [data.plan.name, workloadResult(data)])),
    servers: Object.fromEntries(servers),
    capture: input.capture,
    gates,
    warnings: waited === null ? warnings : [...warnings, waited],
  };
}

/** A result is passed on: of the environment given to commands only the names stand in it. */
function withoutSecrets(scenario: Scenario): Scenario {
  const servers = scenario.servers.map((server) => {
    if (server.command === null) return server;
    const env = Object.fromEntries(Object.keys(server.command.env).map((name) => [name, hidden]));
    return { ...server, command: { ...server.command, env } };
  });
  return { ...scenario, servers };
}

const hidden = "(not written)";
