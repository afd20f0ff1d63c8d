import { scopeText, type Unit } from "../../gates/metric.ts";
import type { RunResult } from "../result.ts";
import { defaultMetrics, namedMetrics } from "../series/main-metrics.ts";
import { resultValues } from "../series/result-values.ts";

/** One of the figures that services keep over time, commit by commit. */
export interface TrendFigure {
  /** "chat", "chat.get", "servers.echo" */
  readonly scope: string;
  /** "responseTime.p99" */
  readonly name: string;
  readonly unit: Unit;
  readonly better: "lower" | "higher";
  readonly value: number;
}

/**
 * Returns the figures of a run that are followed over time: those that `slash8 compare` compares, and what each server
 * used. What was not measured is left out.
 */
export function trendFigures(result: RunResult): TrendFigure[] {
  const values = resultValues(result);
  const ofServers = Object.keys(result.servers).flatMap((name) =>
    ["rssBytesPeak", "cpuSeconds"].map((metric) => `servers.${name}.${metric}`),
  );
  const metrics = [...defaultMetrics([result]), ...namedMetrics(ofServers, [result])];
  return metrics.flatMap(({ scope, name, ref, unit, better }) => {
    const value = values.value(ref);
    if (value === null || !Number.isFinite(value)) return [];
    const whole = `${scope}.${name}`;
    const ofPart = ref.of === "server" ? scope : scopeText(ref);
    return [{ scope: ofPart, name: whole.slice(ofPart.length + 1), unit, better, value }];
  });
}

/**
 * Why a run has no figures that may stand beside those of others: they would not be the server's, or of another
 * length. Null where it has.
 */
export function whyNoTrend({ run }: RunResult): string | null {
  if (run.outcome === "invalid" || run.outcome === "interrupted")
    return `the run is ${run.outcome}`;
  // Results of earlier versions do not have it.
  const early = run.abortedBy ?? null;
  return early === null ? null : `gate ${early.gate} ended the run early`;
}
