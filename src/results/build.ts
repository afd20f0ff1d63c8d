import { evaluateGate } from "../gates/evaluate.ts";
import { type ResultInput, workloadData } from "./input.ts";
import { metricView } from "./metric-view.ts";
import { judgeRun } from "./outcome.ts";
import { type RunResult, schemaVersion } from "./result.ts";
import { workloadResult } from "./workload-result.ts";

/**
 * Puts the result of a run together and judges it.
 *
 * Cost: about 8 ms per workload and 0.1 ms per second of its timeline; `over` gates merge every window.
 */
export function buildResult(input: ResultInput): RunResult {
  const { tool, plan, host, run, servers, warnings } = input;
  const { scenario } = plan;
  const workloads = workloadData(input);
  const view = metricView(workloads, servers);
  const gates = input.gates.map(({ gate, line }) => ({ ...evaluateGate(gate, view), line }));
  const { name, file, sha256 } = scenario;
  return {
    schemaVersion,
    tool,
    scenario: { name, file, sha256, resolved: scenario },
    host,
    run: {
      id: run.id,
      startedAt: run.startedAt.toISOString(),
      durationMs: run.durationNs / 1e6,
      io: plan.io,
      agents: plan.agents.length,
      workers: plan.workers,
      floor: run.floor,
      clientCpu: run.clientCpu,
      ...judgeRun(input, workloads, gates),
    },
    workloads: Object.fromEntries(workloads.map((data) => [data.plan.name, workloadResult(data)])),
    servers: Object.fromEntries(servers),
    gates,
    warnings,
  };
}
