/** The figure by which `bisect` compares runs. */
import { UserError } from "../../base/errors.ts";
import { GateError } from "../../gates/gate.ts";
import type { MetricRef } from "../../gates/metric.ts";
import { resolveMetric } from "../../gates/metric-name.ts";
import type { RunResult } from "../../results/result.ts";
import { betterOf } from "../../results/series/main-metrics.ts";
import { resultValues } from "../../results/series/result-values.ts";
import { gateNames } from "../../run/check-scenario.ts";
import type { Scenario } from "../../scenario/scenario.ts";

export interface BisectMetric {
  /** As the user would write it. */
  readonly name: string;
  /** The logarithm of a run's figure, more is worse; null: the run has none, or too little of it was undisturbed. */
  readonly figureOf: (result: RunResult) => number | null;
}

const perExchange = "cpuPerExchange";

/** Of less of a run than this, what was not disturbed stands for nothing. */
const leastUndisturbed = 0.2;

/** @throws UserError for a metric that there is not, or of which neither direction is better */
export function readMetric(name: string, scenario: Scenario): BisectMetric {
  const own = new RegExp(`^servers\\.(.+)\\.${perExchange}$`).exec(name)?.[1];
  if (own !== undefined && scenario.servers.some((server) => server.name === own)) {
    return cpuPerExchange(own, scenario);
  }
  try {
    const ref = resolveMetric(name, 0, gateNames(scenario));
    const sign = betterOf(ref, name) === "lower" ? 1 : -1;
    return { name, figureOf: (result) => signed(sign, measuredValue(result, ref)) };
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    throw new UserError(`--metric ${name}: ${error.message}`);
  }
}

/** CPU time of a server in steady state for each reply of the workloads that talk to it. */
export function cpuPerExchange(server: string, scenario: Scenario): BisectMetric {
  const workloads = scenario.workloads.filter((workload) => workload.server === server);
  return {
    name: `servers.${server}.${perExchange}`,
    figureOf({ servers, workloads: results }) {
      const cpu = servers[server]?.steadyCpu ?? null;
      const perSecond = workloads.reduce(
        (sum, { name }) => sum + (results[name]?.rate.receivedPerSecond ?? 0),
        0,
      );
      if (cpu === null || cpu.overSeconds <= 0 || perSecond <= 0) return null;
      return signed(1, cpu.cpuSeconds / cpu.overSeconds / perSecond);
    },
  };
}

/** Where a server's CPU time is not known: half of all response times are below it, whatever disturbs the rest. */
export function responseTimeOf(scenario: Scenario, server: string): BisectMetric | null {
  const workload = scenario.workloads.find((workload) => workload.server === server);
  return workload === undefined ? null : readMetric(`${workload.name}.responseTime.p50`, scenario);
}

function measuredValue(result: RunResult, ref: MetricRef): number | null {
  if (ref.of !== "timing" || ref.metric !== "responseTime" || ref.workload === null) {
    return resultValues(result).value(ref);
  }
  const workload = result.workloads[ref.workload];
  if (workload === undefined || ref.part !== undefined) return resultValues(result).value(ref);
  const { ratio, responseTime } = workload.undisturbed;
  if (ratio < leastUndisturbed) return null;
  const undisturbed = { ...workload, responseTime };
  const workloads = { ...result.workloads, [ref.workload]: undisturbed };
  return resultValues({ ...result, workloads }).value(ref);
}

function signed(sign: 1 | -1, value: number | null): number | null {
  return value === null || !(value > 0) ? null : sign * Math.log(value);
}
