/** Gates that end the run: when one cannot hold any more, whatever is still to come. */
import { mayFailByDisturbance } from "./effects.ts";
import type { GateResult } from "./evaluate.ts";
import { comparesWithBaseline, type Gate, GateError, metricsOf, type Operator } from "./gate.ts";
import {
  hasWindows,
  type MetricRef,
  type ServerMetric,
  type WorkloadMetric,
  workloadMetrics,
} from "./metric.ts";

/**
 * How a gate is found to be broken:
 *
 *     | by      | broken when                                                    | such as                    |
 *     | ------- | -------------------------------------------------------------- | -------------------------- |
 *     | bound   | what only grows is above its limit, what only falls is below   | errors == 0, max < 1s      |
 *     | windows | a window that is over has failed                               | p99 < 50ms over 5s         |
 *     | so far  | it does not hold over what was measured so far                 | p99 < 5ms, a ratio, a rate |
 */
export interface AbortRule {
  readonly by: "bound" | "windows" | "soFar";
  /** Whether disturbance may break it: what was measured is waited for until that can be told. */
  readonly isDisturbable: boolean;
  /** Length of steady state before it is judged. */
  readonly afterNs: number;
  /**
   * Whether an exchange that still waits for its reply can make the gate hold again: what is judged ends a time-out
   * earlier then.
   */
  readonly awaitsReplies: boolean;
}

/** So much steady state makes a percentile or a rate, where the scenario does not say how much. */
const soFarNs = 10e9;

/** How a metric goes on; "end": it is known at the end only. */
type Course = "grows" | "falls" | "moves" | "end";

const knownAtEnd: ReadonlySet<WorkloadMetric> = new Set<WorkloadMetric>([
  "connections.openAtEnd",
  "exchanges.lost",
  "restarts.old",
  "restarts.kept",
  "restarts.reset",
  "restarts.opened",
  "restarts.failed",
  "restarts.lost",
  "restarts.longestGapMs",
]);

const sampledServer: ReadonlySet<ServerMetric> = new Set<ServerMetric>([
  "rssBytesPeak",
  "cpuSeconds",
  "openFilesPeak",
]);

/**
 * How a gate with `abort` is judged during the run.
 *
 * @param afterNs   as the scenario gives it; null: as the gate needs it
 * @param settledNs how old what is judged is at least, where disturbance matters
 * @throws          GateError where the gate can only be judged at the end
 */
export function abortRuleOf(gate: Gate, afterNs: number | null, settledNs: number): AbortRule {
  if (comparesWithBaseline(gate)) {
    throw refusal(gate, "what compares with a baseline is judged over the whole run");
  }
  const late = metricsOf(gate).find((ref) => courseOf(ref) === "end");
  if (late !== undefined) throw refusal(gate, `${late.metric} is known at the end of the run only`);
  const by = waysOf(gate);
  return {
    by,
    isDisturbable: mayFailByDisturbance(gate),
    afterNs: afterNs ?? (by === "soFar" ? soFarNs : 0),
    awaitsReplies: by !== "bound" && !growsWithLateReplies(gate, settledNs),
  };
}

/** Whether a gate that is judged so far needs seconds: what is counted of an exchange in the second it was due in. */
export function isBySeconds(gate: Gate, rule: AbortRule): boolean {
  return rule.awaitsReplies && metricsOf(gate).every(hasWindows);
}

/** Whether a failed gate is broken for good: one with == may not have reached its limit yet. */
export function isBroken({ left, operator }: Gate, rule: AbortRule, found: GateResult): boolean {
  const { actual, limit, verdict } = found;
  if (verdict !== "fail") return false;
  if (rule.by !== "bound" || operator !== "==" || actual === null || limit === null) return true;
  return courseOf(left.metric) === "falls" ? actual < limit : actual > limit;
}

/**
 * Whether a gate that does not hold over a run that ended early could still have held: what grows had not reached its limit
 * yet.
 */
export function couldStillHold({ left, operator }: Gate, found: GateResult): boolean {
  const { actual, limit, verdict } = found;
  if (verdict !== "fail" && verdict !== "inconclusive") return false;
  if (actual === null || limit === null) return false;
  if (left.dividedBy !== null) return false;
  // What is known at the end only is counted as well: restarts, and what a server received.
  const known = courseOf(left.metric);
  const course = known === "end" ? "grows" : known;
  if (course === "moves" || isTowards(operator, course)) return false;
  return course === "grows" ? actual <= limit : actual >= limit;
}

function waysOf(gate: Gate): AbortRule["by"] {
  const { left, operator, right, windowNs } = gate;
  if (windowNs !== null) return "windows";
  if (left.dividedBy !== null || !("value" in right)) return "soFar";
  const course = courseOf(left.metric);
  if (course !== "grows" && course !== "falls") return "soFar";
  if (operator === "==" || isTowards(operator, course)) return "bound";
  throw refusal(
    gate,
    `${left.metric.metric} only ${course}, so the gate can come to hold until the end of the run`,
  );
}

/** Whether what goes on like that goes towards the limit that must not be passed. */
function isTowards(operator: Operator, course: "grows" | "falls"): boolean {
  return course === "grows"
    ? operator === "<" || operator === "<="
    : operator === ">" || operator === ">=";
}

function courseOf(ref: MetricRef): Course {
  switch (ref.of) {
    case "timing":
      if (ref.metric === "deliverySpread") return "end";
      if (ref.statistic === "max" || ref.statistic === "count") return "grows";
      return ref.statistic === "min" ? "falls" : "moves";
    case "status":
    case "error":
      return "grows";
    case "server":
      return sampledServer.has(ref.metric) ? "grows" : "end";
    case "workload": {
      if (knownAtEnd.has(ref.metric)) return "end";
      const { kind, windows, of } = workloadMetrics[ref.metric];
      return (windows || of === "telemetry") && kind !== "rate" ? "grows" : "moves";
    }
  }
}

/**
 * Whether replies that are still missing can only make it worse: they have taken longer by now than the limit allows.
 */
function growsWithLateReplies({ left, operator, right }: Gate, settledNs: number): boolean {
  const { metric, dividedBy } = left;
  if (metric.of !== "timing" || dividedBy !== null || !("value" in right)) return false;
  if (operator !== "<" && operator !== "<=") return false;
  const isOfTimes = typeof metric.statistic === "object" || metric.statistic === "mean";
  return (isOfTimes || metric.statistic === "max") && right.value < settledNs;
}

function refusal(gate: Gate, why: string): GateError {
  return new GateError(`abort cannot end the run by "${gate.expression}": ${why}; remove abort`, 0);
}
