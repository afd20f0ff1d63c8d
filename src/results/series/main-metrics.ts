/** The metrics by which results are compared and followed over time, and which direction is better. */
import { UserError } from "../../base/errors.ts";
import { GateError } from "../../gates/gate.ts";
import { kindOf, type MetricRef, type Unit, unitOf } from "../../gates/metric.ts";
import { resolveMetric } from "../../gates/metric-name.ts";
import { factsOf } from "../../scenario/patterns.ts";
import type { RunResult, WorkloadResult } from "../result.ts";

/** A metric that is compared, as comparisons name it. */
export interface NamedMetric {
  /** A workload, or "servers.<name>". */
  readonly scope: string;
  /** "responseTime.p99" */
  readonly name: string;
  readonly unit: Unit;
  /** Which direction is better. */
  readonly better: "lower" | "higher";
}

export interface ComparedMetric extends NamedMetric {
  readonly ref: MetricRef;
}

/**
 * Returns the metrics that are compared where none are named: for each workload that all results have, response
 * times and the rate of replies, or the equivalents of its pattern, and the response times of its parts.
 */
export function defaultMetrics(results: readonly RunResult[]): ComparedMetric[] {
  return commonWorkloads(results).flatMap((scope) => {
    const [first] = results;
    const workload = first?.workloads[scope];
    if (workload === undefined) return [];
    const ofParts = commonParts(results, scope).flatMap((part) => {
      const isReplying = (workload.parts?.[part]?.responseTime.count ?? 0) > 0;
      return isReplying ? namesOfPart.map((name) => `${part}.${name}`) : [];
    });
    return [...defaultNames(workload), ...ofParts].map((name) =>
      comparedMetric(scope, name, results),
    );
  });
}

/** Fewer than of a workload: the more metrics are tested, the more runs each of them needs. */
const namesOfPart = ["responseTime.p50", "responseTime.p99"];

/**
 * Returns the metrics that `--metrics` names: of every workload ("responseTime.p99.9"), of every one that has a part of
 * that name ("get.responseTime.p99"), or of a server ("servers.echo.rssBytesPeak").
 *
 * @throws UserError for one that is unknown, or for which neither lower nor higher is better
 */
export function namedMetrics(
  names: readonly string[],
  results: readonly RunResult[],
): ComparedMetric[] {
  const scopes = commonWorkloads(results);
  const metrics = names.flatMap((name) => {
    const server = /^(servers\.[^.]+)\.(.+)$/.exec(name);
    if (server !== null) {
      return [comparedMetric(server[1] as string, server[2] as string, results)];
    }
    const having = scopes.filter((scope) => partIn(name, commonParts(results, scope)) !== null);
    return (having.length > 0 ? having : scopes).map((scope) =>
      comparedMetric(scope, name, results),
    );
  });
  return [...new Map(metrics.map((metric) => [`${metric.scope}.${metric.name}`, metric])).values()];
}

/** Returns the names of the workloads that every result has, in the order of the first one. */
function commonWorkloads(results: readonly RunResult[]): string[] {
  const names = Object.keys(results[0]?.workloads ?? {});
  return names.filter((name) => results.every(({ workloads }) => Object.hasOwn(workloads, name)));
}

/** Returns the names of the parts that a workload has in every result. */
function commonParts(results: readonly RunResult[], workload: string): string[] {
  const [first, ...others] = results.map(({ workloads }) => workloads[workload]?.parts ?? {});
  return Object.keys(first ?? {}).filter((part) => others.every((one) => Object.hasOwn(one, part)));
}

/** The part that a metric's name begins with; null: none. */
function partIn(name: string, parts: readonly string[]): string | null {
  return parts.find((part) => name.startsWith(`${part}.`)) ?? null;
}

function defaultNames(workload: WorkloadResult): string[] {
  const percentiles = (timing: string) => ["p50", "p90", "p99"].map((p) => `${timing}.${p}`);
  const { deliveryLatency, subscription, pattern, responseTime } = workload;
  // Another version may have written the result.
  const facts = factsOf(pattern);
  const opens = facts?.opensUpFront === false ? ["connections.opensPerSecond"] : [];
  if (responseTime.count > 0) {
    const sessions = workload.sessionTime.count > 0 ? percentiles("sessionTime") : [];
    return [...percentiles("responseTime"), ...sessions, "rate.receivedPerSecond", ...opens];
  }
  if (subscription !== null) return [...percentiles("deliveryLatency"), "rate.receivedPerSecond"];
  if (deliveryLatency !== null) return [...percentiles("deliveryLatency"), "deliverySpread.p99"];
  if (facts?.oneWay === true && !facts.bringsReceivers) return ["rate.achievedPerSecond"];
  const opening = workload.openTime.count > 0 ? percentiles("openTime") : [];
  return [...percentiles("connectTime"), ...opening, ...opens];
}

function comparedMetric(
  scope: string,
  name: string,
  results: readonly RunResult[],
): ComparedMetric {
  const workloads = commonWorkloads(results);
  const names = {
    workloads,
    parts: new Map(workloads.map((workload) => [workload, commonParts(results, workload)])),
    servers: Object.keys(results[0]?.servers ?? {}),
  };
  try {
    const ref = resolveMetric(`${scope}.${name}`, 0, names);
    return { scope, name, ref, unit: unitOf[kindOf(ref)], better: betterOf(ref, name) };
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    throw new UserError(`--metrics ${name}: ${error.message}`);
  }
}

const serverMetrics = new Set(["rssBytesPeak", "cpuSeconds", "memoryBytesPerConnection"]);

/** @throws GateError where neither direction is better */
export function betterOf(ref: MetricRef, name: string): "lower" | "higher" {
  const kind = kindOf(ref);
  if (kind === "rate") return "higher";
  if (ref.of === "timing" && kind === "duration") return "lower";
  if (ref.of === "server" && serverMetrics.has(ref.metric)) return "lower";
  throw new GateError(
    `${name} cannot be compared, as neither direction is better; use durations and rates of workloads, or servers.<name>.${[...serverMetrics].join(", ")}`,
    0,
  );
}
