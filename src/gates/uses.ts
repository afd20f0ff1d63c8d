/**
 * Which workloads have data for a metric. Nothing else could ever be counted for the others: a gate over it would hold,
 * or fail, whatever happens, so it is refused before the run.
 */

/** What a gate must know of a workload. */
export interface WorkloadFacts {
  /** The pattern, and the protocol where it is known, for people: "request over TCP". */
  readonly about: string;
  /** Whether it sends messages at all. */
  readonly sends: boolean;
  /** Whether it waits for replies. */
  readonly replies: boolean;
  /** Whether somebody counts what arrives of what it sends without waiting for replies. */
  readonly delivered: boolean;
  /** Whether it has receivers of its own. */
  readonly receivers: boolean;
  /** Whether it receives what other workloads publish. */
  readonly subscribes: boolean;
  /** TCP: it has connections that can be opened and closed. */
  readonly connects: boolean;
  /** Whether its connections may go through steps before they count as open. */
  readonly opensInSteps: boolean;
  /** Whether it tells replies from other messages of the target. */
  readonly hasAsides: boolean;
  /** Whether its arrivals are sessions of several exchanges. */
  readonly sessions: boolean;
  /** Its connections use TLS. */
  readonly encrypts: boolean;
  readonly isDatagram: boolean;
  /** UDP: it changes its source ports. */
  readonly rotates: boolean;
  /** Whether the kernel's figures of its connections are read. */
  readonly hasTelemetry: boolean;
  /** Whether the kernel's time stamps of its replies are read. */
  readonly hasWireTimes: boolean;
  /** Whether messages can be due that are never sent. */
  readonly skips: boolean;
  readonly restarted: boolean;
  /** Length of steady state; null: not known before. */
  readonly steadyNs: number | null;
}

interface WorkloadUse {
  /** For the reference: the patterns and protocols. */
  readonly text: string;
  readonly has: (facts: WorkloadFacts) => boolean;
  /** Metrics that may be meant instead: the first one of the same kind that the workload has is named. */
  readonly instead: readonly string[];
}

const replies = ({ replies }: WorkloadFacts) => replies;
const arrives = ({ replies, delivered, subscribes }: WorkloadFacts) =>
  replies || delivered || subscribes;

/** By how `Metric.of` of a workload's metric names it. */
export const workloadUses = {
  all: { text: "all", has: () => true, instead: [] },
  sending: {
    text: "all that send",
    has: ({ sends }) => sends,
    instead: ["connections.openAtEnd", "connections.opensPerSecond"],
  },
  replying: {
    text: "request, hold, churn, session",
    has: replies,
    instead: [
      "deliveryLatency",
      "exchanges.lost",
      "exchanges.sent",
      "rate.achievedPerSecond",
      "connections.openAtEnd",
      "connections.opensPerSecond",
    ],
  },
  arriving: {
    text: "request, hold, churn, session, stream to a built-in server, broadcast, subscribe",
    has: arrives,
    instead: ["exchanges.sent", "connections.openAtEnd"],
  },
  oneWay: {
    text: "stream to a built-in server, broadcast, subscribe",
    has: ({ delivered, subscribes }) => delivered || subscribes,
    instead: ["exchanges.timedOut", "exchanges.sent", "connections.openAtEnd"],
  },
  receivers: {
    text: "broadcast",
    has: ({ receivers }) => receivers,
    instead: ["deliveryLatency", "responseTime", "sendLag", "connectTime"],
  },
  delivering: {
    text: "broadcast, subscribe",
    has: ({ receivers, subscribes }) => receivers || subscribes,
    instead: ["responseTime", "sendLag", "connectTime"],
  },
  subscribing: {
    text: "pattern subscribe",
    has: ({ subscribes }) => subscribes,
    instead: ["deliveryLatency", "serviceTime", "responseTime", "sendLag", "connectTime"],
  },
  connecting: {
    text: "TCP",
    has: ({ connects }) => connects,
    instead: ["connections.refused", "responseTime", "sendLag", "errors"],
  },
  opening: {
    text: "workloads with `open` or a protocol",
    has: ({ opensInSteps }) => opensInSteps,
    instead: ["connections.failed", "connectTime"],
  },
  unsolicited: {
    text: "workloads with `unsolicited` or a protocol",
    has: ({ hasAsides }) => hasAsides,
    instead: ["exchanges.unsolicited", "exchanges.received"],
  },
  sessions: {
    text: "session",
    has: ({ sessions }) => sessions,
    instead: ["openTime", "responseTime", "connectTime"],
  },
  encrypted: {
    text: "TCP with TLS",
    has: ({ encrypts }) => encrypts,
    instead: ["connections.opened", "connectTime", "responseTime", "sendLag"],
  },
  telemetry: {
    text: "workloads with `telemetry: tcp`",
    has: ({ hasTelemetry }) => hasTelemetry,
    instead: [],
  },
  timed: {
    text: "workloads with `wireTime: true`",
    has: ({ hasWireTimes }) => hasWireTimes,
    instead: ["serviceTime", "deliveryLatency"],
  },
  datagrams: {
    text: "UDP",
    has: ({ isDatagram }) => isDatagram,
    instead: ["connections.failed"],
  },
  replyingUdp: {
    text: "request, hold, churn, session over UDP, socket: unconnected",
    has: ({ isDatagram, replies }) => isDatagram && replies,
    instead: ["exchanges.timedOut", "exchanges.corrupted", "exchanges.lost", "errors"],
  },
  statuses: {
    text: "request, hold, churn, session with framing: http, or a protocol whose replies have a status",
    has: replies,
    instead: ["exchanges.received"],
  },
  rotating: {
    text: "request over UDP, socket: rotating",
    has: ({ rotates }) => rotates,
    instead: ["connections.opened"],
  },
  offering: {
    text: "all that send, churn, session",
    has: ({ sends, skips }) => sends || skips,
    instead: ["connections.openAtEnd", "connections.opensPerSecond"],
  },
  open: {
    text: "open model, churn, session",
    has: ({ skips }) => skips,
    instead: ["exchanges.timedOut", "exchanges.sent", "connections.failed"],
  },
  restarted: {
    text: "whose server is restarted",
    has: ({ restarted }) => restarted,
    instead: ["connections.closedByTarget", "exchanges.timedOut", "exchanges.lost", "errors"],
  },
  restartedReplying: {
    text: "request, hold, churn, session whose server is restarted",
    has: ({ restarted, replies }) => restarted && replies,
    instead: ["restarts.reset", "exchanges.timedOut", "exchanges.lost", "errors"],
  },
} as const satisfies Record<string, WorkloadUse>;
export type WorkloadUseName = keyof typeof workloadUses;

/** Returns whether a workload with these facts can have data for what has this use. */
export function canHave(use: WorkloadUseName, facts: WorkloadFacts): boolean {
  return workloadUses[use].has(facts);
}
