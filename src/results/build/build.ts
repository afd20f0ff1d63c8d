import { isLoopback } from "../../address/ip.ts";
import { couldStillHold } from "../../gates/abort.ts";
import { evaluateGate, type GateResult } from "../../gates/evaluate.ts";
import type { Gate } from "../../gates/gate.ts";
import { withoutSecrets } from "../../scenario/without-secrets.ts";
import { findingsOf } from "../findings/findings.ts";
import { measuresOf } from "../findings/measures.ts";
import { type PauseResult, type RunResult, schemaVersion } from "../result.ts";
import { endedByTarget } from "./figures.ts";
import { hostResults } from "./hosts/host-results.ts";
import { type ResultInput, workloadData } from "./input.ts";
import { metricView } from "./metric-view.ts";
import { intendedFailures } from "./outcome/intended-failures.ts";
import { judgeRun } from "./outcome/outcome.ts";
import { pauserOf } from "./pausers.ts";
import { percentilesOf } from "./percentiles-of.ts";
import { longestSilence, undisturbedMeasures } from "./undisturbed-measures.ts";
import { workloadResult } from "./workload-result.ts";

/**
 * Builds the result of a run and judges it.
 *
 * Cost: about 8 ms per workload and 0.3 ms per second of its timeline; `over` gates merge every window.
 */
export function buildResult(input: ResultInput): RunResult {
  const { tool, plan, host, run, servers, warnings } = input;
  const { scenario } = plan;
  const workloads = workloadData(input);
  const view = metricView(workloads, servers, run.disturbances);
  const earlier = input.baseline.map(({ values }) => values);
  const gates = input.gates.map(({ gate, line, judged }, index) => ({
    ...ofEarlyEnd(evaluateGate(gate, view, earlier, judged), gate, index, run.earlyEnd),
    line,
  }));
  const held = input.gates.filter((_, index) => gates[index]?.verdict === "pass");
  const meantToFail = intendedFailures(
    held.map(({ gate }) => gate),
    view,
  );
  const { name, file, sha256 } = scenario;
  const results = workloads.map((data) => [data, workloadResult(data, run.disturbances)] as const);
  const pauses = pauseResults(input);
  const hosts = hostResults(input, workloads);
  const measures = measuresOf(
    host,
    run.attempt,
    { ...run, workers: plan.workers, io: plan.io, pauses },
    new Map(
      results.map(([data, result]) => {
        const { server, load } = data.workload;
        const undisturbed = undisturbedMeasures(data, run.disturbances);
        const silence = longestSilence(data, run.disturbances);
        const allEnded = result.connections.opened === 0 || endedByTarget(data)?.left === 0;
        return [
          data.plan.name,
          {
            server,
            model: load.model,
            result,
            allEnded,
            undisturbed,
            silence,
            oneWay: data.oneWay,
            isLoopback: data.plan.endpoints.every(({ address }) => isLoopback(address)),
          },
        ];
      }),
    ),
    servers,
    input.gates.flatMap(({ gate, judged }) => percentilesOf(gate, view, judged)),
    hosts,
  );
  return {
    schemaVersion,
    tool,
    scenario: { name, file, sha256, resolved: withoutSecrets(scenario) },
    host,
    hosts,
    run: {
      id: run.id,
      startedAt: run.startedAt.toISOString(),
      durationMs: run.durationNs / 1e6,
      io: plan.io,
      ioObstacle: run.ioObstacle,
      agents: plan.agents.length,
      workers: plan.workers,
      harnessLatency: run.harnessLatency,
      generator: run.generator,
      pauses,
      pausesTotal: pausesTotal(input),
      machine: run.machine,
      kernel: run.kernel,
      sharedEventLoop: run.sharedEventLoop,
      ...judgeRun(input, workloads, gates, meantToFail),
      abortedBy: abortedBy(input),
      findings: findingsOf(measures),
      // Known when everything has been closed: run.ts.
      logFolder: null,
    },
    workloads: Object.fromEntries(results.map(([data, result]) => [data.plan.name, result])),
    servers: Object.fromEntries(servers),
    capture: input.capture,
    gates,
    commands: input.commands,
    baseline: input.baseline.map(({ path }) => path),
    warnings,
  };
}

/**
 * What became of a gate in a run that a gate ended early: that one has failed, whatever the last replies changed, and
 * what could still have been reached has no verdict.
 */
function ofEarlyEnd(
  found: GateResult,
  gate: Gate,
  index: number,
  earlyEnd: ResultInput["run"]["earlyEnd"],
): GateResult {
  if (earlyEnd === null) return found;
  if (index === earlyEnd.gate) return found.verdict === "fail" ? found : earlyEnd.result;
  return couldStillHold(gate, found) ? { ...found, verdict: "noData" } : found;
}

function abortedBy({ run, gates }: ResultInput): RunResult["run"]["abortedBy"] {
  if (run.earlyEnd === null) return null;
  const { result, gate, atNs } = run.earlyEnd;
  const atMs = (atNs - run.startNs) / 1e6;
  return { gate: result.expression, line: gates[gate]?.line ?? 0, atMs };
}

function pausesTotal({ run }: ResultInput): RunResult["run"]["pausesTotal"] {
  const { count, ns } = run.disturbances.pauses.total;
  return { count, durationMs: ns / 1e6 };
}

function pauseResults({ plan, run: { disturbances, startNs } }: ResultInput): PauseResult[] {
  return disturbances.pauses.longest.map(({ worker, fromNs, toNs, cause }) => ({
    ...pauserOf(plan, worker),
    atMs: (fromNs - startNs) / 1e6,
    durationMs: (toNs - fromNs) / 1e6,
    cause,
  }));
}
