import { formatDuration } from "../base/units.ts";
import { buildPageModel } from "../report/build-model.ts";
import type { PageModel } from "../report/model.ts";
import type { RunResult } from "../results/result.ts";
import type { RunView } from "../run/run-view.ts";

/** Seconds that the page shows during a run; at the end it shows all. */
export const secondsShown = 300;

/**
 * Returns the page of a run in progress: the figures so far, and charts of the last minutes, so that a longer
 * run needs no more work.
 *
 * @param result the result if the run ended now; null while there is none
 */
export function pageOfRunning(view: RunView, result: RunResult | null): PageModel {
  const label = view.scenario;
  const model = buildPageModel(result === null ? [] : [{ label, result: recent(result) }]);
  const { state, elapsedNs, remainingNs } = view.progress;
  const whole = (ns: number) => formatDuration(Math.round(ns / 1e9) * 1e9);
  const about = [
    state,
    ...(elapsedNs > 0 ? [whole(elapsedNs)] : []),
    ...(remainingNs === null ? [] : [`${whole(remainingNs)} left`]),
    ...(view.io === null ? [] : [`io ${view.io}`]),
  ].join(" · ");
  const { gates } = model;
  return {
    ...model,
    title: view.scenario,
    tool: `${view.tool.name} ${view.tool.version}`,
    runs: [
      {
        label,
        outcome: "running",
        about,
        reasons: [],
        findings: [],
        warnings: result?.warnings ?? [],
      },
    ],
    gates: gates === null ? null : { ...gates, note: "so far; gates are judged at the end" },
  };
}

/** Returns the page of a run that has ended: its result, as `slash8 report` shows it. */
export function pageOfEnded(view: RunView, result: RunResult): PageModel {
  return buildPageModel([{ label: view.scenario, result }]);
}

function recent(result: RunResult): RunResult {
  const { workloads, servers } = result;
  return {
    ...result,
    workloads: shortened(workloads, withShortParts),
    servers: shortened(servers),
  };
}

function withShortParts(workload: RunResult["workloads"][string]): typeof workload {
  return workload.parts === undefined
    ? workload
    : { ...workload, parts: shortened(workload.parts) };
}

function shortened<Part extends { readonly timeline: readonly unknown[] }>(
  parts: Readonly<Record<string, Part>>,
  inner = (part: Part) => part,
): Record<string, Part> {
  // No prototype: a workload may be called __proto__.
  const short: Record<string, Part> = Object.create(null);
  for (const [name, part] of Object.entries(parts)) {
    short[name] = { ...inner(part), timeline: part.timeline.slice(-secondsShown) };
  }
  return short;
}
