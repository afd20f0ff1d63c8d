import { z } from "zod";
import { aloneFramings, mapFramings } from "../../framing/framings.ts";
import { expectSchema, framingSchema, messageSchema } from "./message.ts";
import {
  count,
  duration,
  line,
  map,
  oneOrMany,
  positiveDuration,
  positiveRate,
  rate,
} from "./values.ts";

const stageSchema = map("a stage", {
  duration: positiveDuration.describe("Length of the stage."),
  rate: rate.describe("Rate at the end of the stage, reached linearly."),
});

export const workloadSchema = map("a workload", {
  target: oneOrMany(
    line,
    "a server's name, or tcp://ADDRESS:PORT or udp://ADDRESS:PORT, or a list of those",
  ).describe(
    'A name under servers, or where something listens: "tcp://127.0.0.1:6379", "udp://127.0.0.1:53"; ranges ' +
      "of addresses and lists as in listen.",
  ),
  pattern: z
    .enum(["request", "hold", "churn", "stream", "broadcast"])
    .describe(
      "request: messages and their replies; hold: open connections and keep them; churn: connect, exchange, " +
        "close, again and again; stream: send without waiting for replies; broadcast: send to many receivers " +
        "at once, which slash8 starts, over UDP.",
    ),
  sources: oneOrMany(line, "an address, a range, a CIDR, or a list of those")
    .optional()
    .describe(
      'Source addresses: "127.16.0.9", "127.16.0.1-127.16.0.99", "127.16.0.0/16", or a list; "!" before one ' +
        "excludes it. Default: chosen by slash8.",
    ),
  ports: oneOrMany(
    z.union([line, count(1, 65_535)], { error: "expected a port or a range" }),
    'a port, a range "1024-65535", or a list of those',
  )
    .optional()
    .describe(
      'Source ports: "1024-65535", 5000, or a list. Default: 1024 up, outside the kernel\'s ephemeral range, ' +
        "less what listens and what is reserved.",
    ),
  connections: count(1, 16_000_000)
    .optional()
    .describe("Connections (UDP: sockets) open at once. hold: required; else default 1."),
  connectionsPerSource: count(1, 64_512)
    .optional()
    .describe(
      "Connections that share one source address; 1 gives each its own. Default: as they fit.",
    ),
  connectRate: positiveRate
    .optional()
    .describe(
      "Not for churn: connections opened per second, over all workers. Default: as fast as they complete.",
    ),
  connectTimeout: positiveDuration
    .optional()
    .describe("TCP: an attempt to connect fails after that long. Default: 10s."),
  startTime: duration.optional().describe("Delay before the workload begins. Default: 0."),
  warmUp: duration
    .optional()
    .describe("Time under load that is recorded apart and that gates do not see. Default: 0."),
  duration: positiveDuration
    .optional()
    .describe(
      "Length of the steady state, after connecting and warm-up. Left out with stages (it is their sum less " +
        "warmUp) and where exchanges or totalConnections end the workload; hold without it lasts as long as the others.",
    ),
  rate: positiveRate
    .optional()
    .describe(
      "Open model: messages per second (churn: connections per second), sent by the clock whatever the " +
        "target does. Without rate and stages: closed model.",
    ),
  startRate: rate
    .optional()
    .describe("With stages: the rate at the begin of the first stage. Default: 0."),
  stages: z
    .array(stageSchema)
    .min(1)
    .max(1000)
    .optional()
    .describe("Open model with changing rates: each stage moves linearly to its rate."),
  arrivals: z
    .enum(["constant", "poisson"])
    .optional()
    .describe(
      "Open model: evenly spaced, or at random as independent users come. Default: constant.",
    ),
  think: duration
    .optional()
    .describe("Closed model: pause between a reply and the next message. Default: 0."),
  exchanges: count(1, Number.MAX_SAFE_INTEGER)
    .optional()
    .describe(
      "Closed model: exchanges in all, over all connections. Default: as many as the duration has room for.",
    ),
  timeout: positiveDuration
    .optional()
    .describe(
      "An exchange without a reply for that long has timed out; also the longest drain. Default: 5s.",
    ),
  inFlight: count(1, 65_536)
    .optional()
    .describe("request: exchanges at most in flight on one connection. Default: 1."),
  message: messageSchema
    .optional()
    .describe(
      'What is sent: a text such as "PING\\r\\n", or one of { size | text | hex | base64 | file }. Default for ' +
        "builtin servers: { size: 64 } (tcp-http and framing http: a GET request).",
    ),
  framing: framingSchema
    .optional()
    .describe(
      `TCP: where a reply ends: ${aloneFramings.map(({ example }) => example).join(", ")}, or one of ` +
        `{ ${mapFramings.map(({ name }) => name).join(" | ")} }. Default for tcp-echo: echo; for tcp-http: http.`,
    ),
  expect: expectSchema
    .optional()
    .describe(
      "What a reply must be, else it counts as corrupted: any, echo, or one of { text | hex | base64 | prefix " +
        "| regex | size }. Default: any.",
    ),
  reconnect: z
    .boolean()
    .optional()
    .describe(
      "Open a connection again, with the same 4-tuple, when the target closes it. Default: true for " +
        "request, else false.",
    ),
  reconnectDelay: duration.optional().describe("Wait before that. Default: 100ms."),
  verify: z
    .boolean()
    .optional()
    .describe(
      "hold: send one message on every connection when all are open; each must be answered. Default: false.",
    ),
  keepAlive: positiveDuration
    .optional()
    .describe("hold: send a message on every connection every so often. Default: never."),
  keepAliveConnections: count(1, 16_000_000)
    .optional()
    .describe("hold: connections that keepAlive is for, a sample of them. Default: all."),
  exchangesPerConnection: count(0, 1_000_000_000)
    .optional()
    .describe(
      "churn: exchanges on a connection before it is closed; 0: connect and close alone. Default: 1.",
    ),
  close: z
    .enum(["fin", "reset"])
    .optional()
    .describe("churn over TCP: how a connection is closed. Default: fin."),
  totalConnections: count(1, Number.MAX_SAFE_INTEGER)
    .optional()
    .describe("churn: connections in all. Default: as many as the duration has room for."),
  socket: z
    .enum(["connected", "unconnected", "rotating"])
    .optional()
    .describe(
      "UDP: connected sockets hear ICMP errors and take datagrams from the target alone; unconnected ones " +
        "count replies from elsewhere; rotating ones are connected, and take a fresh source port after every " +
        "rotateEvery exchanges, as DNS clients do. Default: connected.",
    ),
  rotateEvery: count(1, 1_000_000_000)
    .optional()
    .describe(
      "socket: rotating: exchanges after which a flow disconnects its association and takes another of the " +
        "workload's source ports, which its peer cannot foretell. Default: 1.",
    ),
  receivers: count(1, 4096)
    .optional()
    .describe("broadcast: receivers that share the target's address and port. Required."),
  receiverProcesses: count(1, 64)
    .optional()
    .describe("broadcast: processes that the receivers are spread over. Default: 1."),
  receiverThreads: count(1, 64)
    .optional()
    .describe("broadcast: threads of each of those processes. Default: 1."),
  membership: map("a membership", {
    receivers: count(1, 4095).describe("How many of the receivers; at least one other stays."),
    joined: duration.describe("How long one stays before it leaves; at least 100ms."),
    left: duration.describe("How long it is away before it joins again."),
  })
    .optional()
    .describe(
      "broadcast: some receivers leave and join again, all the time, not all at once. Default: all stay.",
    ),
  contrast: z
    .boolean()
    .optional()
    .describe(
      "broadcast: the target is any other address of 127.0.0.0/8, and the run fails unless one single " +
        "receiver gets everything. Default: false.",
    ),
  receiveErrors: z
    .boolean()
    .optional()
    .describe(
      "socket: unconnected: hear ICMP errors as well (IP_RECVERR), so that a port where nothing listens is not " +
        "silent; over io uring alone. Default: false.",
    ),
  noDelay: z.boolean().optional().describe("TCP: TCP_NODELAY. Default: true."),
});

export type WorkloadInput = z.output<typeof workloadSchema>;
