import { emptyFlow, formatEndpoint } from "../../address/flow.ts";
import { createFlowSpace } from "../../address/flow-space.ts";
import type { RecordedTiming } from "../../gates/metric.ts";
import type { SubscriptionsMeasured } from "../../metrics/broadcast/subscriptions.ts";
import { type SparseCounts, timing } from "../../metrics/snapshot.ts";
import { noCounts } from "../../metrics/sparse-counts.ts";
import type { WorkloadPlan } from "../../plan/plan-types.ts";
import { patterns } from "../../scenario/patterns.ts";
import type { SubscriptionResult } from "../receiver-result.ts";
import { keptAs, showsClocks } from "./hosts/one-way.ts";
import type { WorkloadData } from "./input.ts";

/**
 * The samples of a histogram among those of a workload; none of one that would show the error of clocks.
 *
 * @param counts by Timing
 */
export function samplesOf(
  { workload, oneWay }: Pick<WorkloadData, "workload" | "oneWay">,
  counts: readonly SparseCounts[],
  name: RecordedTiming,
): SparseCounts {
  const which = timingOf(workload, name);
  if (isOneWay(name) && showsClocks(oneWay, name)) return noCounts;
  return which === null ? noCounts : (counts[which] ?? noCounts);
}

/** The timing that a workload's samples of a histogram are kept as; null: it has none. */
export function timingOf(
  { pattern }: WorkloadData["workload"],
  name: RecordedTiming,
): number | null {
  if (!patterns[pattern].subscribes) return isOneWay(name) ? null : timing[name];
  if (isOneWay(name)) return keptAs[name];
  return name === "responseTime" || name === "serviceTime" ? null : timing[name];
}

function isOneWay(name: RecordedTiming): name is keyof typeof keptAs {
  return name === "deliveryLatency" || name === "transitTime";
}

/** @param publishers names of the workloads that publish */
export function subscriptionResult(
  measured: SubscriptionsMeasured,
  { space }: WorkloadPlan,
  publishers: readonly string[],
): SubscriptionResult {
  const flows = createFlowSpace(space);
  const flow = emptyFlow();
  return {
    publishers,
    published: measured.published,
    due: measured.due,
    received: measured.received,
    subscribers: measured.subscribers,
    throughout: measured.throughout,
    complete: measured.complete,
    foreign: measured.foreign,
    incomplete: measured.incomplete.map(({ worker: _, ...counts }) => {
      flows.at(counts.subscriber, flow);
      const { sourceAddress: address, sourcePort: port } = flow;
      return { ...counts, source: formatEndpoint({ address, port }) };
    }),
  };
}
