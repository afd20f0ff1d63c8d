import { emptyFlow, formatEndpoint } from "../../address/flow.ts";
import { createFlowSpace } from "../../address/flow-space.ts";
import type { RecordedTiming } from "../../gates/metric.ts";
import type { SubscriptionsMeasured } from "../../metrics/broadcast/subscriptions.ts";
import { type SparseCounts, timing } from "../../metrics/snapshot.ts";
import { noCounts } from "../../metrics/sparse-counts.ts";
import type { WorkloadPlan } from "../../plan/plan-types.ts";
import { patterns } from "../../scenario/patterns.ts";
import type { SubscriptionResult } from "../receiver-result.ts";
import type { WorkloadData } from "./input.ts";

/** Where recorders keep what subscribers measure, which have neither responses nor services. */
const keptAs = {
  deliveryLatency: timing.responseTime,
  transitTime: timing.serviceTime,
} as const;

/**
 * The samples of a histogram among those of a workload.
 *
 * @param counts by Timing
 */
export function samplesOf(
  { workload }: Pick<WorkloadData, "workload">,
  counts: readonly SparseCounts[],
  name: RecordedTiming,
): SparseCounts {
  const which = timingOf(workload, name);
  return which === null ? noCounts : (counts[which] ?? noCounts);
}

/** The timing that a workload's samples of a histogram are kept as; null: it has none. */
export function timingOf(
  { pattern }: WorkloadData["workload"],
  name: RecordedTiming,
): number | null {
  const isDelivery = name === "deliveryLatency" || name === "transitTime";
  if (!patterns[pattern].subscribes) return isDelivery ? null : timing[name];
  if (isDelivery) return keptAs[name];
  return name === "responseTime" || name === "serviceTime" ? null : timing[name];
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
