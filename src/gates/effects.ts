/** What a disturbance does to a metric: a generator that pauses, or a machine that is busy with others. */
import { abandonedCode, isConnectTimeOut, isTimeOut } from "../metrics/snapshot.ts";
import type { Gate, Operand } from "./gate.ts";
import type { MetricRef, ServerMetric, WorkloadMetric } from "./metric.ts";

type Effect = "raises" | "lowers";

/**
 * Disturbance adds latency, takes away rate, and lets exchanges and attempts to connect time out that a client or a server
 * was too late for, for which connections are given up, and what else is in flight on them. It neither corrupts nor
 * refuses: what is not named here it leaves as it is. Of `errors` it explains time-outs, and what was given up for them.
 */
const ofWorkloads: Partial<Record<WorkloadMetric, Effect>> = {
  "connections.opened": "lowers",
  "connections.failed": "raises",
  "connections.peak": "lowers",
  "connections.openAtEnd": "lowers",
  "connections.opensPerSecond": "lowers",
  "connections.reopened": "raises",
  "connections.reopened.timeout": "raises",
  "exchanges.sent": "lowers",
  "exchanges.received": "lowers",
  "exchanges.lost": "raises",
  "exchanges.timedOut": "raises",
  "exchanges.late": "raises",
  "exchanges.failed": "raises",
  "exchanges.unsent": "raises",
  "rate.achievedPerSecond": "lowers",
  "rate.receivedPerSecond": "lowers",
  "bytes.sent": "lowers",
  "bytes.received": "lowers",
  errors: "raises",
  "errors.target": "raises",
  "restarts.failed": "raises",
  "restarts.lost": "raises",
  "restarts.longestGapMs": "raises",
};

const ofServers: Partial<Record<ServerMetric, Effect>> = {
  "restarts.failed": "raises",
  "restarts.lost": "raises",
  "restarts.longestGapMs": "raises",
};

function effectOn(metric: MetricRef): Effect | null {
  if (metric.of === "timing") return metric.statistic === "count" ? "lowers" : "raises";
  if (metric.of === "server") return ofServers[metric.metric] ?? null;
  if (metric.of === "status") return "lowers";
  if (metric.of === "error") return isOfDisturbance(metric.code) ? "raises" : null;
  return ofWorkloads[metric.metric] ?? null;
}

function isOfDisturbance(code: string): boolean {
  return isTimeOut(code) || isConnectTimeOut(code) || code === abandonedCode;
}

/** A quotient's divisor says how much there was: less of it leaves the quotient as it is. */
function effectOnOperand({ metric, dividedBy }: Operand): readonly Effect[] {
  const effect = effectOn(metric);
  const opposite = dividedBy === null || metric.of !== "timing" ? null : effectOn(dividedBy);
  return [effect, opposite === null ? null : reversed(opposite)].filter((one) => one !== null);
}

function reversed(effect: Effect): Effect {
  return effect === "raises" ? "lowers" : "raises";
}

/** Returns whether a disturbance may be why a gate fails. One that holds in spite of it passes. */
export function mayFailByDisturbance({ left, operator, right }: Gate): boolean {
  const effects = new Set([
    ...effectOnOperand(left),
    ...("operand" in right ? effectOnOperand(right.operand).map(reversed) : []),
  ]);
  switch (operator) {
    case "<":
    case "<=":
      return effects.has("raises");
    case ">":
    case ">=":
      return effects.has("lowers");
    case "==":
    case "!=":
      return effects.size > 0;
  }
}
