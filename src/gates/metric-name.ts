import { parseStatusRange, type StatusRange } from "../base/http-status.ts";
import { hintFor } from "../base/suggestion.ts";
import { timings } from "../metrics/snapshot.ts";
import { GateError } from "./gate.ts";
import {
  deliveryTimings,
  type HistogramName,
  type MetricRef,
  type ServerMetric,
  type Statistic,
  serverMetrics,
  statistics,
  statusMetric,
  type WorkloadMetric,
  workloadMetrics,
} from "./metric.ts";

/** The names that a scenario defines. */
export interface Names {
  readonly workloads: readonly string[];
  readonly servers: readonly string[];
}

/**
 * Resolves a metric's full name: `<workload>.<metric>`, `total.<metric>`, `servers.<name>.<metric>`.
 *
 * @param offset of the name in its gate
 * @throws       GateError at the part of the name that is unknown
 */
export function resolveMetric(name: string, offset: number, names: Names): MetricRef {
  if (name.startsWith("servers.")) return serverMetric(name, offset, names.servers);
  const scope = scopeOf(name, ["total", ...names.workloads]);
  if (scope === null) {
    const wrong = name.split(".")[0] as string;
    const hint = hintFor(wrong, [...names.workloads, "total", "servers"], "half");
    throw new GateError(`there is no workload "${wrong}"${hint}`, offset);
  }
  const workload = scope === "total" ? null : scope;
  const rest = name.slice(scope.length + 1);
  const at = offset + scope.length + 1;
  if (isKey(rest, workloadMetrics)) {
    return { of: "workload", workload, metric: rest as WorkloadMetric };
  }
  if (`${rest}.`.startsWith(statusMetric.prefix)) {
    const range = statusRange(rest.slice(statusMetric.prefix.length), offset, name);
    return { of: "status", workload, metric: rest, range };
  }
  const [timing, ...more] = rest.split(".") as [string, ...string[]];
  const histograms: readonly HistogramName[] = [...timings, ...deliveryTimings];
  if (!histograms.includes(timing as HistogramName)) {
    const fitting = histograms.map((metric) => [metric, ...more].join("."));
    const counts = [...Object.keys(workloadMetrics), `${statusMetric.prefix}500`];
    const hint = hintFor(rest, [...counts, ...fitting], "half");
    throw new GateError(`there is no metric "${rest}"${hint}`, Math.min(at, offset + name.length));
  }
  const statistic = parseStatistic(more.join("."), timing, at + timing.length + 1);
  return { of: "timing", workload, metric: timing as HistogramName, statistic };
}

function statusRange(text: string, offset: number, name: string): StatusRange {
  const range = parseStatusRange(text);
  if (range !== null) return range;
  throw new GateError(
    "exchanges.status needs an HTTP status, as in exchanges.status.500, or a class, as in exchanges.status.5xx",
    offset + name.length - text.length,
  );
}

function serverMetric(name: string, offset: number, servers: readonly string[]): MetricRef {
  const rest = name.slice("servers.".length);
  const at = offset + "servers.".length;
  const server = scopeOf(rest, servers);
  if (server === null) {
    const wrong = rest.split(".")[0] as string;
    const hint = servers.length === 0 ? ": the scenario has none" : hintFor(wrong, servers, "half");
    throw new GateError(`there is no server "${wrong}"${hint}`, at);
  }
  const metric = rest.slice(server.length + 1);
  if (isKey(metric, serverMetrics)) return { of: "server", server, metric: metric as ServerMetric };
  const known = Object.keys(serverMetrics);
  // The user may know a counter's own name without its full path.
  const last = known.find((full) => full.endsWith(`.${metric.split(".").at(-1)}`));
  const hint = last === undefined ? hintFor(metric, known, "half") : `; did you mean "${last}"?`;
  throw new GateError(`a server has no metric "${metric}"${hint}`, at + server.length + 1);
}

/** Returns the longest known scope that the name starts with: names may contain dots. */
function scopeOf(name: string, scopes: readonly string[]): string | null {
  const fitting = scopes.filter((scope) => name === scope || name.startsWith(`${scope}.`));
  return fitting.sort((a, b) => b.length - a.length)[0] ?? null;
}

function parseStatistic(text: string, timing: string, offset: number): Statistic {
  if ((statistics as readonly string[]).includes(text)) return text as (typeof statistics)[number];
  const digits = /^p(\d{1,3}(?:\.\d{1,6})?)$/.exec(text)?.[1];
  const percentile = Number(digits);
  if (digits !== undefined && percentile > 0 && percentile <= 100) return { percentile };
  const known = ["p50", "p90", "p95", "p99", "p99.9", "p99.99", ...statistics];
  if (text === "") {
    throw new GateError(`${timing} needs a statistic: ${timing}.p99, for example`, offset - 1);
  }
  throw new GateError(
    `${timing} has no statistic "${text}"${hintFor(text, known, "half")}`,
    offset,
  );
}

function isKey(name: string, table: object): boolean {
  return Object.hasOwn(table, name);
}
