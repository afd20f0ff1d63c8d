import { isStatusName, parseStatusRange, type StatusRange } from "../base/http-status.ts";
import { closestName, hintFor } from "../base/suggestion.ts";
import { timings } from "../metrics/snapshot.ts";
import { GateError } from "./gate.ts";
import {
  deliveryTimings,
  errorMetric,
  type HistogramName,
  isOfParts,
  type MetricRef,
  metricsOfParts,
  type ServerMetric,
  type Statistic,
  serverMetrics,
  statistics,
  statusMetric,
  tcpTimings,
  type WorkloadMetric,
  type WorkloadScope,
  workloadMetrics,
} from "./metric.ts";

/** The names that a scenario defines. */
export interface Names {
  readonly workloads: readonly string[];
  readonly servers: readonly string[];
  /** Of workloads that have parts, by the workload's name; left out: none has. */
  readonly parts?: ReadonlyMap<string, readonly string[]>;
}

/**
 * Resolves a metric's full name: `<workload>.<metric>`, `<workload>.<part>.<metric>`, `total.<metric>`,
 * `servers.<name>.<metric>`.
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
  const parts = names.parts?.get(scope) ?? [];
  const part = scopeOf(name.slice(scope.length + 1), parts);
  const scoped = part === null ? scope : `${scope}.${part}`;
  const of = part === null ? { workload } : { workload, part };
  const rest = name.slice(scoped.length + 1);
  const at = offset + Math.min(scoped.length + 1, name.length);
  const ref = metricOf(rest, of, at);
  if (ref === null) throw unknownMetric(rest, scope, part === null ? parts : null, at);
  if (part !== null && !isOfParts(ref)) {
    throw new GateError(
      `${part} is a part of workload ${scope}, which has ${ref.metric} as a whole only: write ${scope}.${rest}`,
      at,
    );
  }
  return ref;
}

/** Null where there is no such metric. @param at offset of the text in its gate */
function metricOf(
  text: string,
  scope: WorkloadScope,
  at: number,
): Exclude<MetricRef, { of: "server" }> | null {
  if (isKey(text, workloadMetrics)) {
    return { of: "workload", ...scope, metric: text as WorkloadMetric };
  }
  if (`${text}.`.startsWith(statusMetric.prefix)) {
    const length = Math.min(statusMetric.prefix.length, text.length);
    const range = statusRange(text.slice(length), at + length);
    return { of: "status", ...scope, metric: text, range };
  }
  if (text.startsWith(errorMetric.prefix)) {
    const code = text.slice(errorMetric.prefix.length);
    if (errorMetric.form.test(code)) return { of: "error", ...scope, metric: text, code };
    if (code !== "" && closestName(code, ["target", "generator"], "half") === null) {
      throw notACode(code, at + errorMetric.prefix.length);
    }
  }
  const timing = histogramNames.find((name) => text === name || text.startsWith(`${name}.`));
  if (timing === undefined) return null;
  const statistic = parseStatistic(text.slice(timing.length + 1), timing, at + timing.length + 1);
  return { of: "timing", ...scope, metric: timing, statistic };
}

function isKnownMetric(text: string): boolean {
  try {
    return metricOf(text, { workload: null }, 0) !== null;
  } catch (error) {
    if (error instanceof GateError) return false;
    throw error;
  }
}

function notACode(text: string, offset: number): GateError {
  const upper = text.toUpperCase();
  const hint = errorMetric.form.test(upper)
    ? `; did you mean "${errorMetric.prefix}${upper}"?`
    : "";
  return new GateError(
    `"${text}" is not the code of an error: a code has capital letters, digits and _, as in errors.TIMEOUT${hint}`,
    offset,
  );
}

const histogramNames: readonly HistogramName[] = [...timings, ...deliveryTimings, ...tcpTimings];

/** @param parts that may be meant by the first word; null: a part stands before it */
function unknownMetric(
  text: string,
  workload: string,
  parts: readonly string[] | null,
  at: number,
): GateError {
  const [first, ...more] = text.split(".") as [string, ...string[]];
  const isKnown = (name: string) => parts !== null || metricsOfParts.has(name);
  if (
    parts !== null &&
    parts.length > 0 &&
    metricOf(more.join("."), { workload }, at + first.length + 1) !== null
  ) {
    const hint = hintFor(first, parts, "half");
    return new GateError(`workload ${workload} has no part "${first}"${hint}`, at);
  }
  if (parts?.length === 0 && isKnownMetric(more.join("."))) {
    return new GateError(`there is no metric "${text}"; did you mean "${more.join(".")}"?`, at);
  }
  const known = [
    ...Object.keys(workloadMetrics).filter(isKnown),
    `${statusMetric.prefix}500`,
    ...histogramNames.filter(isKnown).map((metric) => [metric, ...more].join(".")),
    ...(parts ?? []).map((part) => [part, ...more].join(".")),
  ];
  return new GateError(`there is no metric "${text}"${hintFor(text, known, "half")}`, at);
}

function statusRange(text: string, offset: number): StatusRange | string {
  const range = parseStatusRange(text);
  if (range !== null) return range;
  if (isStatusName(text)) return text;
  throw new GateError(
    "exchanges.status needs an HTTP status, as in exchanges.status.500, a class, as in exchanges.status.5xx, or a protocol's name of one, as in exchanges.status.NXDOMAIN",
    offset,
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
