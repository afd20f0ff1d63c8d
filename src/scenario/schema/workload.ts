import { z } from "zod";
import { aloneFramings, mapFramings } from "../../framing/framings.ts";
import { patternNames, patterns } from "../patterns.ts";
import { mostSteps } from "../scenario.ts";
import {
  exchangeStepSchema,
  expectSchema,
  framingSchema,
  idSchema,
  messageSchema,
  mixedMessageSchema,
  mostMixed,
  openStepSchema,
  protocolSchema,
  unsolicitedSchema,
} from "./message.ts";
import { telemetrySchema } from "./telemetry.ts";
import { workloadTlsSchema } from "./tls.ts";
import {
  byteRate,
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
  rate: rate.describe(
    "Rate at the end of the stage; the rate changes linearly from the one before.",
  ),
});

export const workloadSchema = map("a workload", {
  target: oneOrMany(
    line,
    "a server's name, or tcp://ADDRESS:PORT or udp://ADDRESS:PORT, or a list of those",
  ).describe(
    'A name under servers, or an address that is listened on: "tcp://127.0.0.1:6379", "udp://127.0.0.1:53", ' +
      '"tcp://localhost:7000"; ranges of addresses and lists as in listen.',
  ),
  pattern: z
    .enum(patternNames)
    .describe(`${patternNames.map((name) => `${name}: ${patterns[name].about}`).join("; ")}.`),
  sources: oneOrMany(line, "an address, a range, a CIDR, or a list of those")
    .optional()
    .meta({
      description:
        'Source addresses: "127.16.0.9", "127.16.0.1-127.16.0.99", "127.16.0.0/16", or a list; "!" before ' +
        "one excludes it.",
      byDefault:
        "a block of 127.0.0.0/8 that no other run on this machine has (Linux; elsewhere 127.0.0.1)",
    }),
  hosts: oneOrMany(line, "a host's name, or a list of those").optional().meta({
    description: "Names under hosts, on which this workload's clients are.",
    byDefault: "all hosts of the run",
  }),
  ports: oneOrMany(
    z.union([line, count(1, 65_535)], { error: "expected a port or a range" }),
    'a port, a range "1024-65535", or a list of those',
  )
    .optional()
    .meta({
      description: 'Source ports: "1024-65535", 5000, or a list.',
      byDefault:
        "1024 up, outside the kernel's ephemeral range, without ports that are listened on or reserved",
    }),
  connections: count(1, 16_000_000).optional().meta({
    description:
      "Connections (UDP: sockets) that are open at once; session: sessions at once, at most. Required for hold and session.",
    byDefault: "1",
  }),
  connectionsPerSource: count(1, 64_512).optional().meta({
    description:
      "Connections that share one source address; 1 gives each connection its own address.",
    byDefault: "as they fit",
  }),
  connectRate: positiveRate.optional().meta({
    description: "Connections opened per second, over all workers.",
    byDefault: "as fast as they complete",
  }),
  connectTimeout: positiveDuration
    .optional()
    .meta({ description: "An attempt to connect fails after this time.", byDefault: "10s" }),
  startTime: duration
    .optional()
    .meta({ description: "Delay before the workload starts.", byDefault: "0" }),
  warmUp: duration.optional().meta({
    description: "Time under load before steady state; recorded separately, not used by gates.",
    byDefault: "0",
  }),
  duration: positiveDuration.optional().meta({
    description:
      "Length of steady state, after connecting and warm-up. Left out with stages (it is their sum less " +
      "warmUp) and where exchanges or totalConnections end the workload; hold without it lasts as long as " +
      "the others.",
    byDefault: "none",
  }),
  rate: positiveRate.optional().meta({
    description:
      "Open model: messages per second (churn: connections, session: sessions per second), sent by the clock, whatever the " +
      "target does.",
    byDefault: "none: closed model, unless there are stages",
  }),
  startRate: rate.optional().meta({
    description: "With stages: the rate at the start of the first stage.",
    byDefault: "0",
  }),
  stages: z.array(stageSchema).min(1).max(1000).optional().meta({
    description:
      "Open model with changing rates: in each stage the rate changes linearly to the stage's rate.",
    byDefault: "none",
  }),
  arrivals: z.enum(["constant", "poisson"]).optional().meta({
    description:
      "Open model: constant (evenly spaced) or poisson (at random, as independent users arrive).",
    byDefault: "constant",
  }),
  think: duration.optional().meta({
    description:
      "Closed model: pause between a reply and the next message on that connection. session: pause between the " +
      "exchanges of a session, in either model.",
    byDefault: "0",
  }),
  exchanges: count(1, Number.MAX_SAFE_INTEGER).optional().meta({
    description: "Closed model: exchanges in total, over all connections.",
    byDefault: "as many as fit in the duration",
  }),
  timeout: positiveDuration.optional().meta({
    description:
      "An exchange without a reply for this long has timed out; with steps, each reply has that long. Also the longest " +
      "drain.",
    byDefault: "5s",
  }),
  inFlight: count(1, 65_536).optional().meta({
    description: "Exchanges that may be in flight on one connection at once.",
    byDefault: "1",
  }),
  message: messageSchema.optional().meta({
    description:
      'What is sent: a text such as "PING\\r\\n", or one of { size | text | hex | base64 | file }. Required ' +
      "unless the server is a builtin, the framing is http or the pattern is broadcast.",
    byDefault: "{ size: 64 }; tcp-http and framing http: a GET request",
  }),
  protocol: protocolSchema.optional().meta({
    description:
      "What is spoken: a protocol that ships, or the path of a module of your own, relative to the scenario's file; " +
      "with options as { NAME: { option: value } }. It opens the connections, makes requests of the messages, finds the " +
      "replies and says which of them are errors. See docs/protocols.md.",
    byDefault: "none: messages are sent as they are, and framing finds the replies",
  }),
  id: idSchema.optional().meta({
    description:
      "A number in each message that its reply has as well, so that replies are found in any order: inFlight over 1 " +
      "works on one UDP socket, late and repeated replies are counted as such, and a TCP connection is used further " +
      "after a time-out. Written into the message: by place, { offset, bytes }, or by text, { after, digits }.",
    byDefault:
      "none: replies are found by their order, by the stamp of a size message, or by expect: echo",
  }),
  framing: framingSchema.optional().meta({
    description:
      `Where a reply ends: ${aloneFramings.map(({ example }) => example).join(", ")}, or one of ` +
      `{ ${mapFramings.map(({ name }) => name).join(" | ")} }. Required unless the server is a builtin, or expect is echo.`,
    byDefault: "tcp-echo and expect echo: echo; tcp-http: http",
  }),
  expect: expectSchema.optional().meta({
    description:
      "What a reply must be, or else it counts as corrupted: any, echo (equal to the message), or one of { " +
      "text | hex | base64 | prefix | regex | size }; with framing http also { status }, alone or with one of these.",
    byDefault: "any; framing http: a status below 400",
  }),
  messages: z
    .array(mixedMessageSchema)
    .min(1)
    .max(mostMixed)
    .optional()
    .meta({
      description:
        "In place of message: several, by name and weight, each with figures of its own beside the workload's. Which one a " +
        "message is follows from the seed, the connection and the sequence. See docs/messages.md.",
      byDefault: "none",
    }),
  unsolicited: unsolicitedSchema.optional().meta({
    description:
      "Messages of the target that are no replies, and are not errors: { ignore, answer }. They are counted apart, and " +
      "disturb no exchange. See docs/unsolicited.md.",
    byDefault: "none: what nobody requested is an error",
  }),
  publishes: oneOrMany(line, "the name of a workload of pattern subscribe, or a list of those")
    .optional()
    .meta({
      description:
        "Workloads of pattern subscribe that the target passes these messages on to: what they receive is counted and " +
        "timed. Messages say who sent them and when: { size: 32 } or more, or {{stamp}} in a text. See docs/subscribing.md.",
      byDefault: "none",
    }),
  open: z
    .array(openStepSchema)
    .min(1)
    .max(mostSteps)
    .optional()
    .meta({
      description:
        "Steps that each connection goes through before it counts as open, in order: { send, receive, expect }. " +
        "See docs/opening.md.",
      byDefault: "none",
    }),
  steps: z
    .array(exchangeStepSchema)
    .min(1)
    .max(mostSteps)
    .optional()
    .meta({
      description:
        "In place of message: the messages of an exchange that has several, in order, each with its reply: " +
        "{ name, send, receive, expect, capture, think }. See docs/conversations.md.",
      byDefault: "none",
    }),
  reconnect: z.boolean().optional().meta({
    description: "Open a connection again, with the same 4-tuple, when the target closes it.",
    byDefault: "true for request, else false",
  }),
  reconnectDelay: duration
    .optional()
    .meta({ description: "Wait before a connection is opened again.", byDefault: "100ms" }),
  verify: z.boolean().optional().meta({
    description: "Send one message on every connection when all are open; each must be answered.",
    byDefault: "false",
  }),
  keepAlive: positiveDuration.optional().meta({
    description: "Send a message on every connection at this interval.",
    byDefault: "never",
  }),
  keepAliveConnections: count(1, 16_000_000).optional().meta({
    description: "Connections that keepAlive applies to, a sample of all.",
    byDefault: "all",
  }),
  expectClose: z
    .boolean()
    .optional()
    .meta({
      description:
        "The target may close connections in order. Without it each one that it closes is an error " +
        "(CLOSED_BY_TARGET). A reset is an error in any case.",
      byDefault: "false",
    }),
  exchangesPerConnection: count(0, 1_000_000_000).optional().meta({
    description: "Exchanges on a connection before it is closed; 0: only connect and close.",
    byDefault: "1",
  }),
  close: z
    .enum(["fin", "reset"])
    .optional()
    .meta({ description: "How a connection is closed: by FIN or by RST.", byDefault: "fin" }),
  totalConnections: count(1, Number.MAX_SAFE_INTEGER).optional().meta({
    description: "Connections opened in total.",
    byDefault: "as many as fit in the duration",
  }),
  socket: z
    .enum(["connected", "unconnected", "rotating"])
    .optional()
    .meta({
      description:
        "connected: the socket receives ICMP errors and accepts datagrams only from the target. unconnected: " +
        "replies from elsewhere are counted. rotating (request only): connected, with a fresh source port " +
        "after every rotateEvery exchanges, as DNS clients do.",
      byDefault: "connected",
    }),
  rotateEvery: count(1, 1_000_000_000)
    .optional()
    .meta({
      description:
        "With socket: rotating, exchanges after which a flow disconnects (AF_UNSPEC) and uses another of " +
        "the workload's source ports, which its peer cannot predict.",
      byDefault: "1",
    }),
  receivers: count(1, 4096)
    .optional()
    .describe("Receivers that share the target's address and port. Required for broadcast."),
  receiverProcesses: count(1, 64)
    .optional()
    .meta({ description: "Processes that the receivers are spread over.", byDefault: "1" }),
  receiverThreads: count(1, 64)
    .optional()
    .meta({ description: "Threads of each of those processes.", byDefault: "1" }),
  membership: map("a membership", {
    receivers: count(1, 4095).describe(
      "Number of receivers that leave and join; at least one other stays.",
    ),
    joined: duration.describe("How long one is joined before it leaves; at least 100ms."),
    left: duration.describe("How long it stays out before it joins again."),
  })
    .optional()
    .meta({
      description: "Some receivers leave and join again, repeatedly, not all at once.",
      byDefault: "all stay",
    }),
  contrast: z
    .boolean()
    .optional()
    .meta({
      description:
        "The target is any other address of 127.0.0.0/8, and the run fails unless exactly one receiver gets " +
        "everything.",
      byDefault: "false",
    }),
  receiveErrors: z
    .boolean()
    .optional()
    .meta({
      description:
        "With socket: unconnected, receive ICMP errors as well (IP_RECVERR), so that a port where nothing " +
        "listens is not silent. Needs io uring.",
      byDefault: "false",
    }),
  tls: workloadTlsSchema.optional().meta({
    description:
      "Encrypt the connections with TLS: true, or how. A connection is open when its handshake is complete; the " +
      "handshake's time is tlsTime. See docs/tls.md.",
    byDefault: "false; true for a builtin with tls",
  }),
  read: byteRate.optional().meta({
    description:
      "Slow clients: a connection reads no faster than that, however much there is to read. See docs/slow-clients.md.",
    byDefault: "as fast as it comes",
  }),
  write: byteRate.optional().meta({
    description: "Slow clients: a connection sends its messages no faster than that, in pieces.",
    byDefault: "as fast as they go",
  }),
  stall: positiveDuration.optional().meta({
    description:
      "Slow clients: a connection sends the first half of each message, then sends and reads nothing for that long, " +
      "then sends the rest.",
    byDefault: "0",
  }),
  telemetry: telemetrySchema.optional().meta({
    description:
      "tcp: read the kernel's figures of the connections during the run: round-trip time, retransmits, congestion window, " +
      "and the time limited by the receive window, without root. Linux. See docs/telemetry.md.",
    byDefault: "none",
  }),
  wireTime: z
    .boolean()
    .optional()
    .meta({
      description:
        "Measure for each exchange the time from when the kernel was given the message to when it had received the reply, " +
        "by its own time stamps: the response time without this machine's wake-ups. Needs io uring. See docs/wire-time.md.",
      byDefault: "false",
    }),
  noDelay: z.boolean().optional().meta({ description: "Set TCP_NODELAY.", byDefault: "true" }),
});

export type WorkloadInput = z.output<typeof workloadSchema>;
