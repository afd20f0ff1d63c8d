import { median } from "simple-statistics";
import { mayFailByDisturbance } from "./effects.ts";
import { type Gate, metricsOf, type Operand, type Operator } from "./gate.ts";
import { type MetricRef, type Unit, unitOf } from "./metric.ts";

/** Measured values, as gates query them. */
export interface MetricValues {
  /** Returns the value in its kind's unit (ns, 1/s, bytes, number); null where there is no data. */
  value(metric: MetricRef): number | null;
}

/** Values of a run or a part of it, and what they would be without what disturbed it. */
export interface JudgedValues extends MetricValues {
  /** Over what nothing disturbed, and which ratio of all that is; left out: nothing can have been disturbed. */
  readonly undisturbed?: MetricValues & { ratio(metric: MetricRef): number };
  /** Over all, less what disturbance can have added to each exchange, or taken from each rate, at most. */
  readonly credited?: MetricValues;
}

/** A part of steady state. */
export interface MetricWindow extends JudgedValues {
  /**
   * Returns whether there was nothing to measure: the schedule of the metric's workload had a pause. A value that is
   * null then is not missing.
   */
  isPause(metric: MetricRef): boolean;
}

/** A run's measurements, of the whole steady state and of windows in it. */
export interface MetricView extends JudgedValues {
  /**
   * Returns every window of that length that lies within the steady state of all the metrics' workloads, a second
   * apart.
   *
   * @param lengthNs a whole number of seconds
   * @param first    the first one; left out: all
   */
  windows(lengthNs: number, metrics: readonly MetricRef[], first?: number): readonly MetricWindow[];
}

/** A gate's first windows, judged while the run goes on: seconds are not kept one by one until the end of a long one. */
export interface JudgedWindows {
  /** The first that has not been judged. */
  readonly next: number;
  /** The one farthest from passing; null: none counts. */
  readonly worst: JudgedSides | null;
  /** By the gate's metrics, the fewest samples of a window that has any; Infinity: none has. */
  readonly fewest: readonly number[];
}

/** Inconclusive: a disturbance may have brought about what was measured. */
export type Verdict = "pass" | "fail" | "inconclusive" | "noData";

export interface GateResult {
  readonly expression: string;
  /** Left and right side; with windows, those of the window farthest from passing. */
  readonly actual: number | null;
  readonly limit: number | null;
  readonly unit: Unit;
  readonly verdict: Verdict;
  /**
   * Where disturbance may have brought about what was measured: the left side over what nothing disturbed, and which
   * ratio of all that is. Null elsewhere; left out by versions before.
   */
  readonly undisturbed?: { readonly actual: number | null; readonly ratio: number } | null;
}

/** Over less than that of all nothing is judged. */
const leastUndisturbed = 0.5;

/**
 * Judges a gate. Without data on either side the verdict is noData, never pass. With windows it is noData if a
 * window has no data, unless another one fails. A window without data in a pause of the schedule does not count,
 * unless no other is left.
 *
 * A gate that holds in spite of a disturbance passes. One that fails, and may have failed because of it, is judged
 * again. It has failed if it fails over what nothing disturbed, too, and that is half of all or more; or if it fails
 * when each exchange is given back what disturbance can have cost it at most. Otherwise it is inconclusive.
 *
 * @param baseline earlier results; a limit of `baseline` is their median, and has no data where
 *                 there are none or one of them lacks the metric
 * @param before   what was judged of its windows before; left out: nothing
 */
export function evaluateGate(
  gate: Gate,
  view: MetricView,
  baseline: readonly MetricValues[] = [],
  before: JudgedWindows = noWindows,
): GateResult {
  const worst =
    gate.windowNs === null
      ? judge(gate, view, baseline)
      : worstWindow(
          gate,
          view.windows(gate.windowNs, metricsOf(gate), before.next),
          baseline,
          before.worst,
        );
  return {
    expression: gate.expression,
    actual: worst?.actual ?? null,
    limit: worst?.limit ?? ("value" in gate.right ? gate.right.value : null),
    unit: unitOf[gate.kind],
    verdict: worst?.verdict ?? "noData",
    undisturbed: worst?.undisturbed ?? null,
  };
}

export const noWindows: JudgedWindows = { next: 0, worst: null, fewest: [] };

/** Both sides of a gate, and what it is judged by. */
export interface JudgedSides {
  readonly actual: number | null;
  readonly limit: number | null;
  readonly verdict: Verdict;
  /** How far the left side is on the wrong side of the limit; negative on the right side. */
  readonly excess: number;
  readonly undisturbed: GateResult["undisturbed"];
}

/** Judges the next windows of a gate. @returns the window farthest from passing, of these and those before */
export function worstWindow(
  gate: Gate,
  windows: readonly MetricWindow[],
  baseline: readonly MetricValues[],
  before: JudgedSides | null,
): JudgedSides | null {
  return windows.reduce((worst, window) => {
    const sides = judge(gate, window, baseline);
    const isPause = () => metricsOf(gate).some((metric) => window.isPause(metric));
    if (sides.verdict === "noData" && isPause()) return worst;
    return worst === null || isWorse(sides, worst) ? sides : worst;
  }, before);
}

function judge(gate: Gate, values: JudgedValues, baseline: readonly MetricValues[]): JudgedSides {
  const sides = sidesOf(gate, values, baseline);
  const { verdict } = sides;
  const { undisturbed, credited } = values;
  if (verdict !== "fail" || !mayFailByDisturbance(gate)) return sides;
  if (undisturbed === undefined || credited === undefined) return sides;
  const ratio = Math.min(...metricsOf(gate).map((metric) => undisturbed.ratio(metric)));
  if (ratio >= 1 && sidesOf(gate, credited, baseline).verdict === verdict) return sides;
  const rest = sidesOf(gate, undisturbed, baseline);
  const stands =
    (ratio >= leastUndisturbed && rest.verdict === verdict) ||
    sidesOf(gate, credited, baseline).verdict === verdict;
  return {
    ...sides,
    verdict: stands ? verdict : "inconclusive",
    undisturbed: { actual: rest.actual, ratio },
  };
}

function sidesOf(
  { left, operator, right }: Gate,
  values: MetricValues,
  baseline: readonly MetricValues[],
): JudgedSides {
  const actual = operandValue(left, values);
  const limit = limitOf(left, right, values, baseline);
  if (actual === null || limit === null) {
    return {
      actual,
      limit,
      verdict: "noData",
      excess: Number.NEGATIVE_INFINITY,
      undisturbed: null,
    };
  }
  const verdict = holds(actual, operator, limit) ? "pass" : "fail";
  return { actual, limit, verdict, excess: excessOf(actual, operator, limit), undisturbed: null };
}

const badness = { fail: 3, inconclusive: 2, noData: 1, pass: 0 } as const satisfies Record<
  Verdict,
  number
>;

function isWorse(a: JudgedSides, b: JudgedSides): boolean {
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
