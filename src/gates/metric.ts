import type { TimingName } from "../metrics/snapshot.ts";

/** What a gate compares; two sides must be of one kind. Durations are ns, rates 1/s. */
export type Kind = "duration" | "rate" | "size" | "count" | "ratio";

/** The unit of a kind as the result states it. */
export const unitOf = {
  duration: "ns",
  rate: "perSecond",
  size: "bytes",
  count: "count",
  ratio: "ratio",
} as const satisfies Record<Kind, string>;
export type Unit = (typeof unitOf)[Kind];

/** How to write a limit of a kind, for messages. */
export const exampleOf = {
  duration: "a duration such as 5ms",
  rate: "a rate such as 20000/s",
  size: "a size such as 64KiB",
  count: "a plain number",
  ratio: "a ratio such as 1% or 0.01",
} as const satisfies Record<Kind, string>;

interface Metric {
  readonly kind: Kind;
  /** Whether it can be taken of a part of steady state, so that `over` makes sense. */
  readonly windows: boolean;
}

const count: Metric = { kind: "count", windows: true };
const size: Metric = { kind: "size", windows: true };
const rate: Metric = { kind: "rate", windows: true };
const whole = (kind: Kind): Metric => ({ kind, windows: false });

/** Metrics of a workload, or of `total`, by name; those of the result with the same meaning. */
export const workloadMetrics = {
  "connections.planned": whole("count"),
  "connections.opened": count,
  "connections.failed": count,
  "connections.peak": count,
  "connections.closedByTarget": count,
  "connections.refused": count,
  "connections.rotated": count,
  "connections.opensPerSecond": whole("rate"),
  "exchanges.offered": count,
  "exchanges.sent": count,
  "exchanges.received": count,
  "exchanges.lost": whole("count"),
  "exchanges.timedOut": count,
  "exchanges.late": count,
  "exchanges.duplicated": count,
  "exchanges.reordered": count,
  "exchanges.corrupted": count,
  "exchanges.truncated": count,
  "exchanges.wrongSource": count,
  "exchanges.aborted": count,
  "exchanges.unsent": count,
  "rate.offeredPerSecond": rate,
  "rate.achievedPerSecond": rate,
  "rate.receivedPerSecond": rate,
  "bytes.sent": size,
  "bytes.received": size,
  errors: count,
  "errors.target": count,
  "errors.generator": count,
  "restarts.old": whole("count"),
  "restarts.kept": whole("count"),
  "restarts.reset": whole("count"),
  "restarts.opened": whole("count"),
  "restarts.failed": whole("count"),
  "restarts.lost": whole("count"),
  "restarts.longestGapMs": whole("duration"),
} as const satisfies Record<string, Metric>;
export type WorkloadMetric = keyof typeof workloadMetrics;

/** Metrics of a server process. */
export const serverMetrics = {
  rssBytesPeak: whole("size"),
  cpuSeconds: whole("duration"),
  openFilesPeak: whole("count"),
  memoryBytesPerConnection: whole("size"),
  "counts.accepted": whole("count"),
  "counts.received": whole("count"),
  "counts.replied": whole("count"),
  "counts.bytesReceived": whole("size"),
  "counts.bytesSent": whole("size"),
  "counts.udp.handedOver": whole("count"),
  "counts.udp.handedBack": whole("count"),
  "counts.udp.withoutSocket": whole("count"),
  "counts.udp.refused": whole("count"),
  "counts.udp.remote": whole("count"),
  "counts.udp.own": whole("count"),
  "restarts.count": whole("count"),
  "restarts.killed": whole("count"),
  "restarts.drainMs": whole("duration"),
  "restarts.old": whole("count"),
  "restarts.kept": whole("count"),
  "restarts.reset": whole("count"),
  "restarts.opened": whole("count"),
  "restarts.failed": whole("count"),
  "restarts.lost": whole("count"),
  "restarts.misrouted": whole("count"),
  "restarts.longestGapMs": whole("duration"),
} as const satisfies Record<string, Metric>;
export type ServerMetric = keyof typeof serverMetrics;

/** Histograms of a broadcast's receivers, of the whole of steady state. */
export const deliveryTimings = ["deliveryLatency", "deliverySpread"] as const;
type DeliveryTiming = (typeof deliveryTimings)[number];
export type HistogramName = TimingName | DeliveryTiming;

/** Statistics of a histogram (`<workload>.responseTime.<statistic>`) beside its percentiles (p50, p99.9, ...). */
export const statistics = ["min", "max", "mean", "stdDev", "count"] as const;
export type Statistic = (typeof statistics)[number] | { readonly percentile: number };

/** One number of a run, named. */
export type MetricRef =
  /** `workload` null: `total`. */
  | {
      readonly of: "workload";
      readonly workload: string | null;
      readonly metric: WorkloadMetric;
    }
  | {
      readonly of: "timing";
      readonly workload: string | null;
      readonly metric: HistogramName;
      readonly statistic: Statistic;
    }
  | { readonly of: "server"; readonly server: string; readonly metric: ServerMetric };

/** Kind of a metric's values: what they can be compared with, and the unit they are written in. */
export function kindOf(ref: MetricRef): Kind {
  if (ref.of === "timing") return ref.statistic === "count" ? "count" : "duration";
  return ref.of === "server" ? serverMetrics[ref.metric].kind : workloadMetrics[ref.metric].kind;
}

/** Whether a gate may ask for it `over` windows: it must be known second by second. */
export function hasWindows(ref: MetricRef): boolean {
  if (ref.of === "timing") return !isDeliveryTiming(ref.metric);
  return ref.of === "workload" && workloadMetrics[ref.metric].windows;
}

function isDeliveryTiming(name: HistogramName): name is DeliveryTiming {
  return (deliveryTimings as readonly string[]).includes(name);
}
