/**
 * What the rest of the program knows about a traffic pattern: facts, used instead of its name. The pattern's
 * implementation is a file of traffic/, which traffic/create-traffic.ts finds by the same name.
 */
export type PatternName =
  | "request"
  | "hold"
  | "churn"
  | "stream"
  | "broadcast"
  | "subscribe"
  | "session";

export interface PatternFacts {
  /** What it does, for people. */
  readonly about: string;
  /** Messages get no reply: a message is not an exchange, and the receiver counts it. */
  readonly oneWay: boolean;
  /** All connections are opened before the load begins, and stay; else each arrival opens one, which is closed again. */
  readonly opensUpFront: boolean;
  /** It keeps moving to other 4-tuples: it uses all there are, not as many as it has connections. */
  readonly walksTuples: boolean;
  /**
   * Messages (or connections) arrive at a rate, or one after the other. Without arrivals it has its own clock, which
   * may have nothing to send, and it lasts as long as the other workloads where no duration is given.
   */
  readonly hasArrivals: boolean;
  /** It sends to receivers that slash8 starts for it, at an address that they share. */
  readonly bringsReceivers: boolean;
  /** It sends nothing, and receives what other workloads publish (`publishes`). */
  readonly subscribes: boolean;
  /** The number of connections is its purpose, and has no default. */
  readonly needsConnections: boolean;
  /**
   * An arrival is a user's session: a connection with several exchanges, each due after a pause. Else an arrival is a
   * message, or a connection with all of its exchanges.
   */
  readonly sessions: boolean;
  /** Default of `reconnect`. */
  readonly reconnects: boolean;
  /** Fields of a workload that it takes and another pattern does not. */
  readonly fields: readonly PatternField[];
}

const arrivals = ["rate", "startRate", "stages", "arrivals"] as const;
const asides = ["framing", "unsolicited"] as const;
const replies = [...asides, "expect", "id"] as const;
const opening = ["open", "protocol"] as const;
const reconnecting = ["reconnect", "reconnectDelay"] as const;
const mixing = ["messages"] as const;
const publishing = ["publishes"] as const;
const conversing = ["steps"] as const;
const thinking = ["think"] as const;
const requests = ["exchanges", "inFlight", "rotateEvery", "wireTime"] as const;
const holding = ["verify", "keepAlive", "keepAliveConnections", "expectClose", "wireTime"] as const;
const churning = ["exchangesPerConnection", "close", "totalConnections"] as const;
const receiving = [
  "receivers",
  "receiverProcesses",
  "receiverThreads",
  "membership",
  "contrast",
] as const;

/** A field that only some patterns take; all patterns take all others. */
export type PatternField =
  | "connectRate"
  | (typeof arrivals)[number]
  | (typeof replies)[number]
  | (typeof opening)[number]
  | (typeof mixing)[number]
  | (typeof reconnecting)[number]
  | (typeof publishing)[number]
  | (typeof conversing)[number]
  | (typeof thinking)[number]
  | (typeof requests)[number]
  | (typeof holding)[number]
  | (typeof churning)[number]
  | (typeof receiving)[number];

/** In the order in which messages list them. */
export const patterns: Readonly<Record<PatternName, PatternFacts>> = {
  request: {
    about: "messages and their replies",
    oneWay: false,
    opensUpFront: true,
    walksTuples: false,
    hasArrivals: true,
    bringsReceivers: false,
    subscribes: false,
    needsConnections: false,
    sessions: false,
    // HTTP servers close connections after a number of requests: clients connect again.
    reconnects: true,
    fields: [
      "connectRate",
      ...opening,
      ...mixing,
      ...arrivals,
      ...replies,
      ...publishing,
      ...conversing,
      ...reconnecting,
      ...thinking,
      ...requests,
    ],
  },
  hold: {
    about: "open connections and keep them",
    oneWay: false,
    opensUpFront: true,
    walksTuples: false,
    hasArrivals: false,
    bringsReceivers: false,
    subscribes: false,
    needsConnections: true,
    sessions: false,
    // A user who holds connections wants to see which of them end.
    reconnects: false,
    fields: ["connectRate", ...opening, ...replies, ...reconnecting, ...holding],
  },
  churn: {
    about: "connect, exchange, close, again and again",
    oneWay: false,
    opensUpFront: false,
    walksTuples: true,
    hasArrivals: true,
    bringsReceivers: false,
    subscribes: false,
    needsConnections: false,
    sessions: false,
    reconnects: false,
    fields: [...opening, ...mixing, ...arrivals, ...replies, ...conversing, ...churning],
  },
  stream: {
    about: "send without waiting for replies",
    oneWay: true,
    opensUpFront: true,
    walksTuples: false,
    hasArrivals: true,
    bringsReceivers: false,
    subscribes: false,
    needsConnections: false,
    sessions: false,
    reconnects: false,
    fields: [
      "connectRate",
      ...opening,
      ...mixing,
      ...arrivals,
      ...asides,
      ...publishing,
      ...reconnecting,
    ],
  },
  broadcast: {
    about: "send to many receivers at once, which slash8 starts, over UDP",
    oneWay: true,
    opensUpFront: true,
    walksTuples: false,
    hasArrivals: true,
    bringsReceivers: true,
    subscribes: false,
    needsConnections: false,
    sessions: false,
    reconnects: false,
    fields: ["connectRate", ...arrivals, ...receiving],
  },
  subscribe: {
    about: "open connections and receive what other workloads publish",
    oneWay: false,
    opensUpFront: true,
    walksTuples: false,
    hasArrivals: false,
    bringsReceivers: false,
    subscribes: true,
    needsConnections: true,
    sessions: false,
    // As with hold: a user wants to see which of them end.
    reconnects: false,
    fields: ["connectRate", ...opening, ...asides, ...reconnecting, "expectClose"],
  },
  session: {
    about: "users who come at a rate: connect, exchanges with pauses between them, close",
    oneWay: false,
    opensUpFront: false,
    walksTuples: true,
    hasArrivals: true,
    bringsReceivers: false,
    subscribes: false,
    // Where they are too few, users wait.
    needsConnections: true,
    sessions: true,
    reconnects: false,
    fields: [...opening, ...arrivals, ...replies, ...conversing, ...thinking, ...churning],
  },
};

export const patternNames = Object.keys(patterns) as PatternName[];

/** Exchanges that a connection remembers for each that may be in flight, to know late replies, at most. */
export const mostRemembered = 16;

/** The facts of a pattern; null where there is none of that name, as in an invalid scenario. */
export function factsOf(name: unknown): PatternFacts | null {
  return typeof name === "string" && Object.hasOwn(patterns, name)
    ? patterns[name as PatternName]
    : null;
}

/** The patterns that take a field; null: all do. */
export function patternsWith(field: string): readonly PatternName[] | null {
  const takers = patternNames.filter((name) =>
    (patterns[name].fields as readonly string[]).includes(field),
  );
  return takers.length === 0 ? null : takers;
}

/** Whether a workload lasts as long as the others do. */
export function isEndless(workload: {
  readonly pattern: PatternName;
  readonly durationNs: number | null;
}): boolean {
  return !patterns[workload.pattern].hasArrivals && workload.durationNs === null;
}

/** The workloads that publish to one of pattern subscribe. */
export function publishersOf<W extends { readonly publishes: readonly string[] }>(
  subscribers: string,
  workloads: readonly W[],
): W[] {
  return workloads.filter(({ publishes }) => publishes.includes(subscribers));
}

/** Whether a workload opens and closes connections and sends nothing on them. */
export function isSilent(workload: {
  readonly pattern: PatternName;
  readonly verify: boolean;
  readonly keepAliveNs: number | null;
  readonly exchangesPerConnection: number;
}): boolean {
  const { opensUpFront, hasArrivals } = patterns[workload.pattern];
  if (!opensUpFront) return workload.exchangesPerConnection === 0;
  return !hasArrivals && !workload.verify && workload.keepAliveNs === null;
}
