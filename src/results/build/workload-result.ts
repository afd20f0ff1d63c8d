import { formatEndpoint } from "../../address/flow.ts";
import type { WorkloadMetric } from "../../gates/metric.ts";
import type { Interval } from "../../metrics/accumulator.ts";
import type { Disturbances } from "../../metrics/disturbance/disturbances.ts";
import { encodeHistogram, withHdrHistogram } from "../../metrics/hdr-encoding.ts";
import { histogramOf } from "../../metrics/histogram.ts";
import {
  counters,
  type ErrorCount,
  inPhase,
  overPhases,
  type Phase,
  type PhaseName,
  phase,
  phases,
  type Snapshot,
  type SparseCounts,
  timing,
  type WrongSource,
} from "../../metrics/snapshot.ts";
import { mergeCounts, noCounts, percentileOf } from "../../metrics/sparse-counts.ts";
import { patterns } from "../../scenario/patterns.ts";
import { anatomyResults } from "../anatomy-result.ts";
import type {
  PartResult,
  SlowResult,
  TimelineEntry,
  UndisturbedResult,
  WorkloadResult,
} from "../result.ts";
import { contrastOf, deliveryLatency, receiverResults } from "./broadcast-result.ts";
import { clientsResult } from "./clients.ts";
import { undisturbedFigures, wholeDisturbed } from "./disturbed-figures.ts";
import { openFailed, wrongReplies } from "./examples.ts";
import { wholeCounted, wholeRun } from "./figures.ts";
import { showsClocks } from "./hosts/one-way.ts";
import { partsOf, type WorkloadData } from "./input.ts";
import { workloadNotes } from "./notes/workload.ts";
import { allRestartFlows } from "./restarts/flows.ts";
import { statusesOf } from "./statuses.ts";
import { samplesOf, subscriptionResult } from "./subscription-result.ts";
import { tcpResult } from "./tcp-result.ts";

/** Builds the result of one workload. */
export function workloadResult(data: WorkloadData, disturbances: Disturbances): WorkloadResult {
  const { accumulator, plan, workload } = data;
  const { total } = accumulator;
  const figures = wholeRun(data);
  // Only parts of a run have null, where a server counted.
  const count = (metric: WorkloadMetric) => figures[metric] ?? 0;
  const steady = (which: number, censored = 0) =>
    histogramOf(total.steady[which] ?? noCounts, censored);
  const outside = (which: number, censored = 0) =>
    histogramOf(total.outside[which] ?? noCounts, censored);
  const timedOut = inPhase(total.counters, phase.steady, "timedOut");
  return {
    protocol: workload.protocol,
    pattern: workload.pattern,
    slow: slowResult(workload),
    sources: {
      ranges: plan.space.sources.map(([from, to]) => (from === to ? from : `${from}-${to}`)),
      addressesUsed: plan.addressesUsed,
      leased: plan.leased,
      displayFilter: plan.displayFilter,
      captureFilter: plan.captureFilter,
    },
    connections: {
      planned: count("connections.planned"),
      opened: count("connections.opened"),
      failed: count("connections.failed"),
      ...openFailed(data),
      peak: count("connections.peak"),
      closedByTarget: count("connections.closedByTarget"),
      openAtEnd: count("connections.openAtEnd"),
      refused: count("connections.refused"),
      rotated: count("connections.rotated"),
      tlsResumed: count("connections.tlsResumed"),
      portsTaken: count("connections.portsTaken"),
      reopened: {
        timeout: count("connections.reopened.timeout"),
        malformed: count("connections.reopened.malformed"),
        unsolicited: count("connections.reopened.unsolicited"),
        unexpected: count("connections.reopened.unexpected"),
        closedByTarget: count("connections.reopened.closedByTarget"),
      },
      opensPerSecond: figures["connections.opensPerSecond"],
    },
    exchanges: {
      countedBy: data.delivered === null ? "client" : "server",
      offered: count("exchanges.offered"),
      sent: count("exchanges.sent"),
      received: count("exchanges.received"),
      status: statusesOf(workload, total.statuses),
      lost: figures["exchanges.lost"],
      timedOut: count("exchanges.timedOut"),
      late: count("exchanges.late"),
      duplicated: count("exchanges.duplicated"),
      reordered: count("exchanges.reordered"),
      corrupted: count("exchanges.corrupted"),
      truncated: count("exchanges.truncated"),
      wrongSource: count("exchanges.wrongSource"),
      failed: count("exchanges.failed"),
      unsolicited: count("exchanges.unsolicited"),
      unsent: count("exchanges.unsent"),
    },
    asides: {
      pushed: count("asides.pushed"),
      ignored: count("asides.ignored"),
      answersSent: count("asides.answersSent"),
      keepAlivesSent: count("asides.keepAlivesSent"),
    },
    rate: {
      offeredPerSecond: figures["rate.offeredPerSecond"],
      achievedPerSecond: figures["rate.achievedPerSecond"],
      receivedPerSecond: figures["rate.receivedPerSecond"],
    },
    bytes: { sent: count("bytes.sent"), received: count("bytes.received") },
    errors: total.errors.toSorted((a, b) => b.count - a.count),
    fragmentation: {
      datagrams: accumulator.count("fragmented"),
      fragments: accumulator.count("fragments"),
    },
    wrongReplies: wrongReplies(data),
    wrongSources: total.wrongSources.map(wrongSourceResult),
    clients: clientsResult(data),
    notes: workloadNotes(data),
    anatomy: anatomyResults(total),
    responseTime: histogramOf(samplesOf(data, total.steady, "responseTime"), timedOut),
    serviceTime: histogramOf(samplesOf(data, total.steady, "serviceTime"), timedOut),
    wireTime: steady(timing.wireTime),
    connectTime: steady(timing.connectTime),
    openTime: steady(timing.openTime),
    sessionTime: steady(timing.sessionTime),
    tlsTime: steady(timing.tlsTime),
    sendLag: steady(timing.sendLag),
    connectionWait: steady(timing.connectionWait),
    generatorLag: steady(timing.generatorLag),
    undisturbed: undisturbedResult(data, disturbances),
    ...partResults(data, disturbances),
    ...broadcastParts(data),
    ...subscriptionParts(data),
    clockErrorNs: data.oneWay?.errorNs ?? null,
    tcp: tcpResult(data.tcp),
    outsideSteady: {
      responseTime: outside(timing.responseTime, accumulator.count("timedOut") - timedOut),
      serviceTime: outside(timing.serviceTime, accumulator.count("timedOut") - timedOut),
      sendLag: outside(timing.sendLag),
    },
    phases: countersByPhase(total),
    steady: steadyMs(data),
    restarts: allRestartFlows(data),
    timeline: timelineOf(data),
  };
}

function partResults(
  data: WorkloadData,
  disturbances: Disturbances,
): Pick<WorkloadResult, "parts"> {
  const parts = partsOf(data);
  if (parts.length === 0) return {};
  return {
    parts: Object.fromEntries(
      parts.map((part) => [part.part ?? "", partResult(part, disturbances)]),
    ),
  };
}

function partResult(data: WorkloadData, disturbances: Disturbances): PartResult {
  const { accumulator, workload } = data;
  const { total } = accumulator;
  const figures = wholeRun(data);
  const count = (metric: WorkloadMetric) => figures[metric] ?? 0;
  const steady = (which: number, censored = 0) =>
    histogramOf(total.steady[which] ?? noCounts, censored);
  const timedOut = inPhase(total.counters, phase.steady, "timedOut");
  return {
    exchanges: {
      sent: count("exchanges.sent"),
      received: figures["exchanges.received"],
      status: statusesOf(workload, total.statuses),
      timedOut: count("exchanges.timedOut"),
      late: count("exchanges.late"),
      duplicated: count("exchanges.duplicated"),
      reordered: count("exchanges.reordered"),
      corrupted: count("exchanges.corrupted"),
      truncated: count("exchanges.truncated"),
      failed: count("exchanges.failed"),
    },
    rate: {
      achievedPerSecond: figures["rate.achievedPerSecond"],
      receivedPerSecond: figures["rate.receivedPerSecond"],
    },
    bytes: { sent: count("bytes.sent"), received: figures["bytes.received"] },
    errors: total.errors.toSorted((a, b) => b.count - a.count),
    responseTime: steady(timing.responseTime, timedOut),
    serviceTime: steady(timing.serviceTime, timedOut),
    wireTime: steady(timing.wireTime),
    sendLag: steady(timing.sendLag),
    connectionWait: steady(timing.connectionWait),
    generatorLag: steady(timing.generatorLag),
    undisturbed: undisturbedResult(data, disturbances),
    timeline: timelineOf(data).map(({ offered, open, opened, ...entry }) => entry),
  };
}

function undisturbedResult(data: WorkloadData, disturbances: Disturbances): UndisturbedResult {
  const all = data.accumulator.total.steady[timing.responseTime] ?? noCounts;
  const disturbed = wholeDisturbed(data, disturbances);
  const counts = disturbed.part.undisturbed(all, timing.responseTime);
  const figures = undisturbedFigures(data, wholeCounted(data), disturbed);
  const timedOut = inPhase(data.accumulator.total.counters, phase.steady, "timedOut");
  return {
    count: counts.count,
    ratio: all.count === 0 ? 1 : counts.count / all.count,
    responseTime: histogramOf(
      counts,
      Math.min(counts.count, Math.max(0, timedOut - disturbed.part.censored)),
    ),
    receivedPerSecond: figures["rate.receivedPerSecond"],
  };
}

function slowResult({ slow }: WorkloadData["workload"]): SlowResult | null {
  if (slow === null) return null;
  const { stallNs, ...rates } = slow;
  return { ...rates, stallMs: stallNs === 0 ? null : stallNs / 1e6 };
}

function wrongSourceResult(pair: WrongSource): WorkloadResult["wrongSources"][number] {
  return {
    destination: formatEndpoint({ address: pair.destinationAddress, port: pair.destinationPort }),
    from: formatEndpoint({ address: pair.fromAddress, port: pair.fromPort }),
    count: pair.count,
  };
}

function broadcastParts({
  accumulator,
  broadcast,
  plan,
  workload,
}: WorkloadData): Pick<
  WorkloadResult,
  "receivers" | "deliveryLatency" | "deliverySpread" | "contrast"
> {
  if (broadcast === null || workload.broadcast === null) {
    return { receivers: null, deliveryLatency: null, deliverySpread: null, contrast: null };
  }
  const sent = accumulator.count("sent");
  const address = plan.endpoints[0]?.address ?? "";
  return {
    receivers: receiverResults(workload.broadcast, broadcast, sent),
    deliveryLatency: histogramOf(deliveryLatency(broadcast)),
    deliverySpread: histogramOf(broadcast.spread),
    contrast: contrastOf(workload.broadcast, broadcast, address, sent),
  };
}

/** What stands in the place of a broadcast's, and what it has not. */
function subscriptionParts(
  data: WorkloadData,
): Pick<WorkloadResult, "transitTime" | "subscription"> &
  Partial<Pick<WorkloadResult, "deliveryLatency">> {
  const { accumulator, subscription, publishers, workload, plan } = data;
  if (!patterns[workload.pattern].subscribes) return { transitTime: null, subscription: null };
  const histogram = (name: "deliveryLatency" | "transitTime") =>
    histogramOf(samplesOf(data, accumulator.total.steady, name));
  return {
    deliveryLatency: histogram("deliveryLatency"),
    transitTime: histogram("transitTime"),
    subscription: subscription === null ? null : subscriptionResult(subscription, plan, publishers),
  };
}

function countersByPhase(total: Snapshot): Record<PhaseName, Record<string, number>> {
  const row = (phase: number) =>
    Object.fromEntries(
      counters
        .map((name) => [name, inPhase(total.counters, phase as Phase, name)] as const)
        .filter(([, count]) => count !== 0),
    );
  return Object.fromEntries(phases.map((name, phase) => [name, row(phase)])) as Record<
    PhaseName,
    Record<string, number>
  >;
}

function steadyMs({ accumulator, times }: WorkloadData): WorkloadResult["steady"] {
  if (times.steadyNs === null || times.endNs === null) return null;
  return {
    fromMs: (times.steadyNs - accumulator.startNs) / 1e6,
    toMs: (times.endNs - accumulator.startNs) / 1e6,
  };
}

function timelineOf({ accumulator, oneWay }: WorkloadData): TimelineEntry[] {
  const all = accumulator.intervals.map((interval) => {
    const known = entries.get(interval);
    if (known !== undefined) return known;
    const entry = entryOf(interval);
    entries.set(interval, entry);
    return entry;
  });
  if (!showsClocks(oneWay, "deliveryLatency")) return all;
  return all.map((entry) => ({
    ...entry,
    responseTime: { p50: null, p99: null, max: null, hdr: null },
  }));
}

/**
 * Cache of timeline entries: a result may be built many times while a run goes on. A second that
 * receives another snapshot is a new object.
 */
const entries = new WeakMap<Interval, TimelineEntry>();

function entryOf({ atNs, seconds, sum, open }: Interval): TimelineEntry {
  const { counters: rows, errors, steady, outside } = sum;
  const allPhases = (which: number) =>
    mergeCounts([steady[which] ?? noCounts, outside[which] ?? noCounts]);
  const responseTime = allPhases(timing.responseTime);
  const sendLag = allPhases(timing.sendLag);
  return {
    atMs: atNs / 1e6,
    seconds,
    offered: overPhases(rows, "offered"),
    sent: overPhases(rows, "sent"),
    received: arrivedIn(rows),
    open,
    opened: overPhases(rows, "opened"),
    errors: errorCount(errors),
    responseTime: {
      p50: percentileOf(responseTime, 50),
      p99: percentileOf(responseTime, 99),
      max: maximumOf(responseTime),
      hdr: responseTime.count === 0 ? null : withHdrHistogram(responseTime, encodeHistogram),
    },
    sendLag: { p99: percentileOf(sendLag, 99), max: maximumOf(sendLag) },
  };
}

/** Replies that arrived in a second, whenever their requests were due. */
function arrivedIn(rows: Float64Array): number {
  const elsewhere = overPhases(rows, "arrivedLater") - overPhases(rows, "arrivedOfEarlier");
  return overPhases(rows, "received") - elsewhere;
}

function maximumOf({ count, max }: SparseCounts): number | null {
  return count === 0 ? null : max;
}

function errorCount(errors: readonly ErrorCount[]): number {
  return errors.reduce((sum, { count }) => sum + count, 0);
}
