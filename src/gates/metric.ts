import type { StatusRange } from "../base/http-status.ts";
import type { TimingName } from "../metrics/snapshot.ts";
import type { WorkloadUseName } from "./uses.ts";

/** The kinds of values that a gate compares; both sides must be of one kind. Durations are ns, rates 1/s. */
export type Kind = "duration" | "rate" | "byte rate" | "size" | "count" | "ratio";

/** The unit of a kind, as it is written in the result. */
export const unitOf = {
  duration: "ns",
  rate: "perSecond",
  "byte rate": "bytesPerSecond",
  size: "bytes",
  count: "count",
  ratio: "ratio",
} as const satisfies Record<Kind, string>;
export type Unit = (typeof unitOf)[Kind];

/** Examples of limits of each kind, for messages. */
export const exampleOf = {
  duration: "a duration such as 5ms",
  rate: "a rate such as 20000/s",
  "byte rate": "a byte rate such as 1MiB/h",
  size: "a size such as 64KiB",
  count: "a plain number",
  ratio: "a ratio such as 1% or 0.01",
} as const satisfies Record<Kind, string>;

interface Metric<Of extends string = string> {
  readonly kind: Kind;
  /** Whether it is known for parts of steady state, as `over` requires. */
  readonly windows: boolean;
  /** For the reference, docs/reference/metrics.md. */
  readonly meaning: string;
  /** Which workloads have it (uses.ts); of a server's metrics, which servers, for the reference. */
  readonly of: Of;
}

const ofWindows =
  (kind: Kind) =>
  <Of extends string>(of: Of, meaning: string): Metric<Of> => ({
    kind,
    windows: true,
    of,
    meaning,
  });
const count = ofWindows("count");
const size = ofWindows("size");
const rate = ofWindows("rate");
const whole = <Of extends string>(kind: Kind, of: Of, meaning: string): Metric<Of> => ({
  kind,
  windows: false,
  of,
  meaning,
});

const replying = "replying";
const arriving = "arriving";
const oneWay = "oneWay";
const restarted = "restarted";
const telemetry = "telemetry";

/** Metrics of a workload, or of `total`, by name; the same names as in the result. */
export const workloadMetrics = {
  "connections.planned": whole(
    "count",
    "all",
    "Connections (UDP: sockets) that are to be open at once.",
  ),
  "connections.opened": count("all", "Connections opened, in all phases."),
  "connections.failed": count(
    "all",
    "Attempts to connect that failed, with those of which an opening step failed, in all phases.",
  ),
  "connections.openFailed": count(
    "opening",
    "Of those: connections of which an opening step failed (`open`).",
  ),
  "connections.peak": count(
    "all",
    "Most connections open at once. `total` adds the peaks of the workloads.",
  ),
  "connections.closedByTarget": count(
    "connecting",
    "Connections that the target closed, in all phases.",
  ),
  "connections.openAtEnd": whole(
    "count",
    "all",
    "Connections open when steady state ended, before slash8 closed them.",
  ),
  "connections.refused": count(
    "datagrams",
    "Flows refused by ICMP, as nothing listens; each counted once.",
  ),
  "connections.tlsResumed": count(
    "encrypted",
    "Of `connections.opened`: connections that resumed a TLS session.",
  ),
  "connections.rotated": count("rotating", "Fresh source ports taken, in all phases."),
  "connections.portsTaken": count(
    "all",
    "Source ports that were passed over, as another program had taken them after the plan was made, in all phases.",
  ),
  "connections.reopened": count(
    replying,
    "Connections that were closed and opened again from another port, for any of the causes below, in all phases.",
  ),
  "connections.reopened.timeout": count(
    replying,
    "Those of which an exchange timed out, after which nobody knows which reply comes next.",
  ),
  "connections.reopened.malformed": count(replying, "Those whose bytes broke the framing."),
  "connections.reopened.unsolicited": count(
    replying,
    "Those on which something came that nobody had requested.",
  ),
  "connections.reopened.unexpected": count(
    replying,
    "Those of which an exchange of several messages (`steps`) got a reply that it could not go on after.",
  ),
  "connections.reopened.closedByTarget": count(
    replying,
    "Those that the target had ended, or said it would end, between two exchanges.",
  ),
  "connections.opensPerSecond": whole(
    "rate",
    "all",
    "Connections opened per second: of churn and session in steady state, of others while connecting.",
  ),
  "exchanges.offered": count(
    "offering",
    "Messages whose intended send time came (open model), or exchanges begun (closed model).",
  ),
  "exchanges.sent": count("sending", "Messages sent."),
  "exchanges.received": count(
    arriving,
    "Replies received; of subscribers, deliveries; one-way, what the server or the receivers got, in the whole run, or in a window.",
  ),
  "exchanges.lost": whole(
    "count",
    oneWay,
    "Messages sent that never arrived, of the whole run; of subscribers, deliveries that were due. For replies see `exchanges.timedOut`.",
  ),
  "exchanges.timedOut": count(replying, "Exchanges without a reply within `timeout`."),
  "exchanges.late": count(replying, "Replies that came after their exchange had timed out."),
  "exchanges.duplicated": count(arriving, "Messages that came more than once."),
  "exchanges.reordered": count(arriving, "Messages that came after one that was sent later."),
  "exchanges.corrupted": count(replying, "Replies that `expect` or `framing` refused."),
  "exchanges.truncated": count(
    replying,
    "Of `corrupted`: replies cut short, where all of the message was expected (`expect: echo`).",
  ),
  "exchanges.wrongSource": count(
    "replyingUdp",
    "Datagrams from another address or port than the request went to.",
  ),
  "exchanges.failed": count(
    replying,
    "Exchanges that ended with neither a reply nor a time-out: their connection failed, their datagram was refused (ICMP), or their reply was malformed.",
  ),
  "exchanges.unsolicited": count(
    replying,
    "What came that nobody had requested, in every phase: before the first request, or left over after a reply.",
  ),
  "asides.pushed": count(
    "unsolicited",
    "Messages of the target that were subscribed to, as its protocol says, in all phases.",
  ),
  "asides.ignored": count(
    "unsolicited",
    "Messages of the target that `unsolicited` says are neither replies nor errors, in all phases.",
  ),
  "asides.answersSent": count(
    "unsolicited",
    "Answers sent to them (`unsolicited: { answer }`), in all phases.",
  ),
  "asides.keepAlivesSent": count(
    "unsolicited",
    "Messages that a protocol sent to keep connections alive, as MQTT's PINGREQ, in all phases.",
  ),
  "exchanges.unsent": count(
    "open",
    "Messages that were never sent, because every connection was waiting for the target, or had been closed by it.",
  ),
  "rate.offeredPerSecond": rate("offering", "`exchanges.offered` per second of steady state."),
  "rate.achievedPerSecond": rate(
    "sending",
    "Messages sent per second of steady state: whether the generator kept up.",
  ),
  "rate.receivedPerSecond": rate(
    arriving,
    "What arrived in steady state, per second of it, whenever it was sent: replies; one-way, what the server or the receivers got.",
  ),
  "bytes.sent": size("sending", "Bytes of the messages sent."),
  "bytes.received": size(
    "all",
    "Bytes received; of a stream to a built-in server, what that received.",
  ),
  errors: count("all", "Errors of every phase but warm-up, of both sides."),
  "errors.target": count("all", "Of those: errors that the target or the network caused."),
  "errors.generator": count(
    "all",
    "Of those: errors that slash8, or a limit of its machine, caused.",
  ),
  "restarts.old": whole(
    "count",
    restarted,
    "Flows that were open when a restart began, over all restarts.",
  ),
  "restarts.kept": whole(
    "count",
    restarted,
    "Of those: flows that went on, or that their clients ended.",
  ),
  "restarts.reset": whole(
    "count",
    restarted,
    "Of those: flows that the target ended (TCP), or on which it refused a datagram (UDP).",
  ),
  "restarts.opened": whole(
    "count",
    restarted,
    "Flows opened between a restart and the next one, or the end.",
  ),
  "restarts.failed": whole("count", restarted, "Attempts to connect that failed in that time."),
  "restarts.lost": whole("count", "restartedReplying", "Exchanges without a reply in that time."),
  "restarts.longestGapMs": whole(
    "duration",
    restarted,
    "Longest time without anything received in that time, while the workload sent.",
  ),
  "tcp.retransmits": whole(
    "count",
    telemetry,
    "Segments that the clients' kernel sent again, SYNs among them, in all phases.",
  ),
  "tcp.segmentsSent": whole(
    "count",
    telemetry,
    "Segments that it sent, with acknowledgements and those sent again, in all phases.",
  ),
  "tcp.busyMs": whole(
    "duration",
    telemetry,
    "Time in which a connection had data that was not acknowledged, summed over the connections.",
  ),
  "tcp.receiveWindowLimitedMs": whole(
    "duration",
    telemetry,
    "Of `tcp.busyMs`: the target's receive window kept the client from sending.",
  ),
  "tcp.sendBufferLimitedMs": whole(
    "duration",
    telemetry,
    "Of `tcp.busyMs`: the client's send buffer kept it from sending.",
  ),
} as const satisfies Record<string, Metric<WorkloadUseName>>;
export type WorkloadMetric = keyof typeof workloadMetrics;

/** Replies by HTTP status, `exchanges.status.<status>`: of one status, or of a class. */
export const statusMetric = {
  prefix: "exchanges.status.",
  name: "exchanges.status.<status>",
  ...count(
    "statuses",
    "Of `received`: replies with that HTTP status (`exchanges.status.503`), of that class (`exchanges.status.5xx`), or with what the protocol calls it (dns: `exchanges.status.NXDOMAIN`).",
  ),
} as const;

/** Errors by code, `errors.<code>`. Which there are is not known before: protocols have codes of their own. */
export const errorMetric = {
  prefix: "errors.",
  name: "errors.<CODE>",
  /** Codes of named steps have the step's name in them, as it is written. */
  form: /^([A-Z][A-Z0-9_]*|STEP_.+_[A-Z]+)$/,
  ...count(
    "all",
    "Of `errors`: those with that code, as results have it (`errors.TIMEOUT`, `errors.DNS_REFUSED`); 0 where none had it.",
  ),
} as const;

const started = "builtin, command";
const builtin = "builtin";
const builtinUdp = "builtin over UDP";
const withRestart = "with `restart`";

/** Metrics of a server process. */
export const serverMetrics = {
  rssBytesPeak: whole("size", started, "Largest resident memory of its processes."),
  "rssBytes.slope": whole(
    "byte rate",
    started,
    "How fast the resident memory of its processes grows in steady state, of a minute or more: the median over all pairs of moments (Theil and Sen). Also written `rssBytes slope`.",
  ),
  "openFiles.slope": whole(
    "rate",
    started,
    "The same of the files that its processes have open. Also written `openFiles slope`.",
  ),
  cpuSeconds: whole(
    "duration",
    started,
    "CPU time of its processes, user and system, over the run.",
  ),
  openFilesPeak: whole("count", started, "Most files that its processes had open."),
  memoryBytesPerConnection: whole(
    "size",
    started,
    "Growth of its own memory and the kernel's (both ends) while connections were opened, per connection. Linux.",
  ),
  "counts.accepted": whole(
    "count",
    builtin,
    "Connections accepted; over UDP, flows that got a socket of their own.",
  ),
  "counts.received": whole("count", builtin, "Requests (tcp-sink: chunks) received."),
  "counts.replied": whole("count", builtin, "Replies sent."),
  "counts.bytesReceived": whole("size", builtin, "Bytes received."),
  "counts.bytesSent": whole("size", builtin, "Bytes sent."),
  "counts.udp.handedOver": whole(
    "count",
    builtinUdp,
    "Datagrams that came by the unconnected socket and were served as those of a flow with its own.",
  ),
  "counts.udp.handedBack": whole(
    "count",
    builtinUdp,
    "Datagrams that came by a socket that was being connected, from another peer than its own.",
  ),
  "counts.udp.withoutSocket": whole(
    "count",
    builtinUdp,
    "Datagrams served by the unconnected socket, because no other could be made.",
  ),
  "counts.udp.refused": whole(
    "count",
    builtinUdp,
    "Datagrams dropped as their peers were more new ones than `newPeers` allows.",
  ),
  "counts.udp.remote": whole(
    "count",
    builtinUdp,
    "Datagrams dropped as they came from beyond this machine, without `--allow-remote`.",
  ),
  "counts.udp.own": whole(
    "count",
    builtinUdp,
    "Datagrams dropped as they claimed to come from the server's own address.",
  ),
  "restarts.count": whole("count", "all", "Restarts made; 0 without `restart`."),
  "restarts.killed": whole(
    "count",
    "all",
    "Old instances that did not drain in time and were killed.",
  ),
  "restarts.drainMs": whole(
    "duration",
    withRestart,
    "Longest time that an old instance took to drain.",
  ),
  "restarts.old": whole("count", withRestart, "As of a workload, over all its workloads."),
  "restarts.kept": whole("count", withRestart, "As of a workload, over all its workloads."),
  "restarts.reset": whole("count", withRestart, "As of a workload, over all its workloads."),
  "restarts.opened": whole("count", withRestart, "As of a workload, over all its workloads."),
  "restarts.failed": whole("count", withRestart, "As of a workload, over all its workloads."),
  "restarts.lost": whole("count", withRestart, "As of a workload, over all its workloads."),
  "restarts.misrouted": whole(
    "count",
    `${builtinUdp}, ${withRestart}`,
    "Flows of the old instance that came to the new one without having been idle.",
  ),
  "restarts.longestGapMs": whole(
    "duration",
    withRestart,
    "Longest time without anything received by any of its workloads, while they sent.",
  ),
} as const satisfies Record<string, Metric>;
export type ServerMetric = keyof typeof serverMetrics;

/** Histograms of a broadcast's receivers, over the whole steady state, and of subscribers. */
export const deliveryTimings = ["deliveryLatency", "deliverySpread", "transitTime"] as const;
/** Histograms of what the kernel knows of connections. */
export const tcpTimings = ["tcp.rtt", "tcp.rttVariation"] as const;
export type TcpTiming = (typeof tcpTimings)[number];
export type HistogramName = TimingName | (typeof deliveryTimings)[number] | TcpTiming;

/** Those that workers record. */
export type RecordedTiming = Exclude<HistogramName, "deliverySpread" | TcpTiming>;

export function isTcpTiming(name: HistogramName): name is TcpTiming {
  return (tcpTimings as readonly string[]).includes(name);
}

/** What the histograms are of, and which patterns have them, for the reference. */
export const histograms = {
  responseTime: {
    of: replying,
    meaning: "From the intended send time to the reply: queueing delay is included.",
  },
  serviceTime: { of: replying, meaning: "From the actual send time to the reply." },
  wireTime: {
    of: "timed",
    meaning: "From when the kernel was given the message to when it had received the reply.",
  },
  connectTime: {
    of: "connecting",
    meaning: "From the attempt to connect to the connection; of all phases.",
  },
  openTime: {
    of: "opening",
    meaning: "From the attempt to connect to the last opening step (`open`); of all phases.",
  },
  sessionTime: {
    of: "sessions",
    meaning:
      "Of a session that had all of its exchanges: from its intended time to its last reply, with connecting, pauses, and waiting for a connection.",
  },
  tlsTime: {
    of: "encrypted",
    meaning: "The TLS handshake, from the TCP connection on; of all phases.",
  },
  sendLag: {
    of: "all",
    meaning: "From the intended send time to the actual one, all of it.",
  },
  connectionWait: {
    of: "all",
    meaning: "The part of `sendLag` that was spent waiting for a free connection.",
  },
  generatorLag: {
    of: "all",
    meaning: "The rest of `sendLag`: the delay that slash8 itself caused.",
  },
  deliveryLatency: {
    of: "delivering",
    meaning:
      "From the intended send time to each receiver, or each subscriber. Of a broadcast it is known for the whole run only.",
  },
  deliverySpread: { of: "receivers", meaning: "Between a datagram's first receiver and its last." },
  transitTime: { of: "subscribing", meaning: "From the actual send time to each subscriber." },
  "tcp.rtt": {
    of: telemetry,
    meaning:
      "The kernel's smoothed round-trip time, of each connection at each look; an acknowledgement that comes with a reply has the server's time in it.",
  },
  "tcp.rttVariation": {
    of: telemetry,
    meaning: "Its mean deviation, of each connection at each look.",
  },
} as const satisfies Record<HistogramName, Pick<Metric<WorkloadUseName>, "of" | "meaning">>;

/** Statistics of a histogram (`<workload>.responseTime.<statistic>`) beside its percentiles (p50, p99.9, ...). */
export const statistics = ["min", "max", "mean", "stdDev", "count"] as const;
export type Statistic = (typeof statistics)[number] | { readonly percentile: number };

/** Whose a metric of workloads is. */
export interface WorkloadScope {
  /** Null: `total`. */
  readonly workload: string | null;
  /** Of the workload; left out: the whole of it. */
  readonly part?: string;
}

/** A reference to one number of a run. */
export type MetricRef =
  | (WorkloadScope & {
      readonly of: "workload";
      readonly metric: WorkloadMetric;
    })
  | (WorkloadScope & {
      readonly of: "timing";
      readonly metric: HistogramName;
      readonly statistic: Statistic;
    })
  | (WorkloadScope & {
      readonly of: "status";
      /** As it is written: "exchanges.status.5xx". */
      readonly metric: string;
      /** Of HTTP statuses, or a name that a protocol has for one. */
      readonly range: StatusRange | string;
    })
  | (WorkloadScope & {
      readonly of: "error";
      /** As it is written: "errors.TIMEOUT". */
      readonly metric: string;
      readonly code: string;
    })
  | { readonly of: "server"; readonly server: string; readonly metric: ServerMetric };

/**
 * What is known of a part of a workload: of exchanges that are its own. Connections are the workload's, and so is what
 * never became an exchange, or came without one.
 */
export const metricsOfParts: ReadonlySet<string> = new Set<WorkloadMetric | HistogramName>([
  "exchanges.sent",
  "exchanges.received",
  "exchanges.timedOut",
  "exchanges.late",
  "exchanges.duplicated",
  "exchanges.reordered",
  "exchanges.corrupted",
  "exchanges.truncated",
  "exchanges.failed",
  "rate.achievedPerSecond",
  "rate.receivedPerSecond",
  "bytes.sent",
  "bytes.received",
  "errors",
  "errors.target",
  "errors.generator",
  "responseTime",
  "serviceTime",
  "wireTime",
  "sendLag",
  "connectionWait",
  "generatorLag",
]);

/** Returns whether a part of a workload has the metric for itself. */
export function isOfParts(ref: MetricRef): boolean {
  return (
    ref.of === "status" ||
    ref.of === "error" ||
    (ref.of !== "server" && metricsOfParts.has(ref.metric))
  );
}

/** Returns how the workload, or the part of it, that a metric is of is written: "chat", "chat.get", "total". */
export function scopeText({ workload, part }: WorkloadScope): string {
  return [workload ?? "total", ...(part === undefined ? [] : [part])].join(".");
}

/** Returns the kind of a metric's values: what they can be compared with, and the unit they are written in. */
export function kindOf(ref: MetricRef): Kind {
  if (ref.of === "timing") return ref.statistic === "count" ? "count" : "duration";
  if (ref.of === "status") return statusMetric.kind;
  if (ref.of === "error") return errorMetric.kind;
  return ref.of === "server" ? serverMetrics[ref.metric].kind : workloadMetrics[ref.metric].kind;
}

/** Returns whether a gate may use the metric `over` windows: it must be known second by second. */
export function hasWindows(ref: MetricRef): boolean {
  if (ref.of === "timing") return ref.metric !== "deliverySpread" && !isTcpTiming(ref.metric);
  if (ref.of === "status") return statusMetric.windows;
  if (ref.of === "error") return errorMetric.windows;
  return ref.of === "workload" && workloadMetrics[ref.metric].windows;
}
