import { median } from "simple-statistics";
import { type Gate, metricsOf, type Operand, type Operator } from "./gate.ts";
import { type MetricRef, type Unit, unitOf } from "./metric.ts";

/** Measured values, as gates query them. */
export interface MetricValues {
  /** Returns the value in its kind's unit (ns, 1/s, bytes, number); null where there is no data. */
  value(metric: MetricRef): number | null;
}

/** A part of steady state. */
export interface MetricWindow extends MetricValues {
  /**
   * Returns whether there was nothing to measure: the schedule of the metric's workload had a pause. A value that is
   * null then is not missing.
   */
  isPause(metric: MetricRef): boolean;
}

/** A run's measurements, of the whole steady state and of windows in it. */
export interface MetricView extends MetricValues {
  /**
   * Returns every window of that length that lies within the steady state of all the metrics' workloads, a second
   * apart.
   *
   * @param lengthNs a whole number of seconds
   */
  windows(lengthNs: number, metrics: readonly MetricRef[]): readonly MetricWindow[];
}

export type Verdict = "pass" | "fail" | "noData";

export interface GateResult {
  readonly expression: string;
  /** Left and right side; with windows, those of the window farthest from passing. */
  readonly actual: number | null;
  readonly limit: number | null;
  readonly unit: Unit;
  readonly verdict: Verdict;
}

/**
 * Judges a gate. Without data on either side the verdict is noData, never pass. With windows it is noData if a
 * window has no data, unless another one fails. A window without data in a pause of the schedule does not count,
 * unless no other is left.
 *
 * @param baseline earlier results; a limit of `baseline` is their median, and has no data where
 *                 there are none or one of them lacks the metric
 */
export function evaluateGate(
  gate: Gate,
  view: MetricView,
  baseline: readonly MetricValues[] = [],
): GateResult {
  const sides =
    gate.windowNs === null
      ? [judge(gate, view, baseline)]
      : judgeWindows(gate, view.windows(gate.windowNs, metricsOf(gate)), baseline);
  const worst = sides.reduce<Sides | null>(
    (found, next) => (found === null || isWorse(next, found) ? next : found),
    null,
  );
  return {
    expression: gate.expression,
    actual: worst?.actual ?? null,
    limit: worst?.limit ?? ("value" in gate.right ? gate.right.value : null),
    unit: unitOf[gate.kind],
    verdict: worst?.verdict ?? "noData",
  };
}

interface Sides {
  readonly actual: number | null;
  readonly limit: number | null;
  readonly verdict: Verdict;
  /** How far the left side is on the wrong side of the limit; negative on the right side. */
  readonly excess: number;
}

/** The windows that count. */
function judgeWindows(
  gate: Gate,
  windows: readonly MetricWindow[],
  baseline: readonly MetricValues[],
): Sides[] {
  return windows.flatMap((window) => {
    const sides = judge(gate, window, baseline);
    const isPause = () => metricsOf(gate).some((metric) => window.isPause(metric));
    return sides.verdict === "noData" && isPause() ? [] : [sides];
  });
}

function judge(
  { left, operator, right }: Gate,
  values: MetricValues,
  baseline: readonly MetricValues[],
): Sides {
  const actual = operandValue(left, values);
  const limit = limitOf(left, right, values, baseline);
  if (actual === null || limit === null) {
    return { actual, limit, verdict: "noData", excess: Number.NEGATIVE_INFINITY };
  }
  const verdict = holds(actual, operator, limit) ? "pass" : "fail";
  return { actual, limit, verdict, excess: excessOf(actual, operator, limit) };
}

const badness = { fail: 2, noData: 1, pass: 0 } as const satisfies Record<Verdict, number>;

function isWorse(a: Sides, b: Sides): boolean {
  const difference = badness[a.verdict] - badness[b.verdict];
  return difference > 0 || (difference === 0 && a.excess > b.excess);
}

function operandValue({ metric, dividedBy }: Operand, values: MetricValues): number | null {
  const value = values.value(metric);
  if (dividedBy === null) return value;
  const divisor = values.value(dividedBy);
  // 0 divided by 0 is no data: 0 timeouts of 0 messages prove nothing.
  return value === null || divisor === null || divisor === 0 ? null : value / divisor;
}

function limitOf(
  left: Operand,
  right: Gate["right"],
  values: MetricValues,
  baseline: readonly MetricValues[],
): number | null {
  if ("value" in right) return right.value;
  const value = "operand" in right ? operandValue(right.operand, values) : medianOf(left, baseline);
  return value === null ? null : right.factor * value;
}

/** Returns the median of a gate's left side over several results; null where one of them has no data. */
function medianOf(operand: Operand, results: readonly MetricValues[]): number | null {
  const known = results.map((values) => operandValue(operand, values)).filter((v) => v !== null);
  return known.length === 0 || known.length < results.length ? null : median(known);
}

function holds(actual: number, operator: Operator, limit: number): boolean {
  switch (operator) {
    case "<":
      return actual < limit;
    case "<=":
      return actual <= limit;
    case ">":
      return actual > limit;
    case ">=":
      return actual >= limit;
    case "==":
      return actual === limit;
    case "!=":
      return actual !== limit;
  }
}

function excessOf(actual: number, operator: Operator, limit: number): number {
  switch (operator) {
    case "<":
    case "<=":
      return actual - limit;
    case ">":
    case ">=":
      return limit - actual;
    case "==":
      return Math.abs(actual - limit);
    case "!=":
      return -Math.abs(actual - limit);
  }
}
