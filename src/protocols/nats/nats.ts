import { copyBytes, writeLineEnd, writeMessage } from "../../base/bytes.ts";
import { UserError } from "../../base/errors.ts";
import { maxDecimalBytes, writeDecimal } from "../../base/numbers/digits.ts";
import { ConnectionText } from "../connection-text.ts";
import { defineProtocol, kind, opened, type ProtocolSession, refused } from "../protocol.ts";
import { createGreeting, inboxId, longestInbox, readInfo, subscriptionId } from "./greeting.ts";
import {
  begins,
  digit0,
  errorName,
  inboxNumber,
  isPing,
  Lines,
  space,
  statusOf,
  wordAt,
} from "./lines.ts";

const publishes = Buffer.from("PUB ");
const ping = Buffer.from("PING\r\n");
const pong = Buffer.from("PONG\r\n");

/**
 * NATS: each request publishes a message. It is one-way, or its reply comes to an inbox of the connection, or (`verbose`)
 * the server's `+OK` is its reply. Messages of a subscription are pushes.
 *
 *     PUB subject [reply-to] bytes CRLF payload CRLF      MSG subject id [reply-to] bytes CRLF payload CRLF
 *
 * @see https://docs.nats.io/reference/reference-protocols/nats-protocol
 */
export const nats = defineProtocol({
  about: "NATS: publish, request and reply, subscribe",
  over: ["tcp"],
  options: {
    subject: {
      about: "Subject of the messages; {{connection}} is the connection's number.",
      type: "text",
      default: "slash8",
    },
    request: {
      about:
        "Whether a subscriber answers each message: its reply comes to an inbox of the connection.",
      type: "boolean",
      default: false,
    },
    verbose: {
      about: "Whether the server confirms each message (+OK), which is then the reply.",
      type: "boolean",
      default: false,
    },
    subscribe: {
      about: "Subject that each connection subscribes to before it counts as open.",
      type: "text",
      default: null,
    },
    queue: { about: "Queue group of the subscription.", type: "text", default: null },
    ping: {
      about: "Seconds between two PINGs of a connection, which keep it alive; 0: none.",
      type: "integer",
      least: 0,
      most: 65_535,
      default: 0,
    },
    user: { about: "User name.", type: "text", default: null },
    password: { about: "Password.", type: "text", secret: true, default: null },
    token: {
      about: "Token, in place of user and password.",
      type: "text",
      secret: true,
      default: null,
    },
  },
  message: { about: "The payload that is published.", default: "" },

  create({ options, slots }) {
    const { request, verbose, queue } = options;
    if (request && verbose)
      throw new UserError("verbose: a request's reply comes to its inbox; leave one out");
    if (queue !== null && options.subscribe === null)
      throw new UserError("queue: goes with subscribe");
    for (const name of ["subject", "subscribe", "queue"] as const) {
      if (!/^[^\s]{1,500}$/.test(options[name] ?? "-")) {
        throw new UserError(`${name}: 1 to 500 characters without spaces will do`);
      }
    }
    const subject = new ConnectionText("subject", options.subject);
    const greeting = createGreeting(options);

    /** Float64, per slot: the connection's number. */
    const connections = new Float64Array(slots);
    const lines = new Lines(slots);
    /** Uint8, per slot: whether the server's greeting was answered. */
    const isGreeted = new Uint8Array(slots);
    /** Of requests, by slot: where its inbox begins: "_INBOX.server.client."; the server has no other client of that name. */
    const inboxes: Buffer[] = [];
    /** By slot: why the latest error is one. */
    const codes: string[] = [];

    const session: ProtocolSession = {
      maxBytes: (payloadBytes) =>
        publishes.length + subject.maxBytes + 1 + 200 + 2 * maxDecimalBytes + 5 + payloadBytes,

      write(into, at, slot, sequence, payload, start, end) {
        let to = copyBytes(publishes, 0, publishes.length, into, at);
        to = subject.write(into, to, connections[slot] as number);
        into[to++] = space;
        const inbox = inboxes[slot];
        if (inbox !== undefined) {
          to = copyBytes(inbox, 0, inbox.length, into, to);
          to += writeDecimal(into, to, sequence);
          into[to++] = space;
        }
        to += writeDecimal(into, to, end - start);
        to = writeLineEnd(into, to);
        return writeLineEnd(into, copyBytes(payload, start, end, into, to)) - at;
      },

      scan: (slot, bytes, start, end) => lines.scan(slot, bytes, start, end),

      classify(slot, bytes, start, end) {
        const is = bytes[start] as number;
        if (is === begins.message || is === begins.withHeaders) {
          const id = (bytes[wordAt(bytes, start, 2)] as number) - digit0;
          if (id === subscriptionId) return kind.push;
          if (id !== inboxId) return kind.ignore;
          const status = is === begins.withHeaders ? statusOf(bytes, start, end) : 0;
          codes[slot] = status === 503 ? "NATS_NO_RESPONDERS" : `NATS_STATUS_${status}`;
          return status === 0 ? kind.reply : kind.error;
        }
        if (is === begins.ok) return verbose ? kind.reply : kind.ignore;
        if (is !== begins.error) return kind.ignore;
        codes[slot] = errorName(bytes, start, end);
        return kind.error;
      },

      errorCode: (slot) => codes[slot] ?? "NATS_ERROR",

      ...(request && {
        match: (slot, bytes, start, _end, next) => inboxNumber(inboxes[slot], bytes, start, next),
      }),
      ...(request || verbose ? {} : { unanswered: "request: true or verbose: true" }),

      // The server ends connections, but for what one message was not allowed to do.
      closes: (slot) =>
        lines.first(slot) === begins.error && !/PERMISSIONS|SUBJECT/.test(codes[slot] ?? ""),

      ...(options.ping > 0 && {
        keepAlive: {
          everyMs: options.ping * 1000,
          maxBytes: ping.length,
          write: (_slot, into, at) => writeMessage(into, at, ping),
        },
      }),

      answerBytes: pong.length,
      answer(_slot, bytes, start, _end, into, at) {
        return isPing(bytes, start) ? writeMessage(into, at, pong) : 0;
      },

      reset(slot, connection) {
        connections[slot] = connection;
        lines.reset(slot);
        isGreeted[slot] = 0;
      },

      opening: {
        maxBytes: greeting(Number.MAX_SAFE_INTEGER, longestInbox).length,

        begin: () => 0, // the server speaks first

        awaits: (slot) => (isGreeted[slot] === 1 ? "PONG" : "INFO"),

        received(slot, bytes, start, end, into, at) {
          const is = bytes[start];
          if (is === begins.error) {
            codes[slot] = errorName(bytes, start, end);
            return refused;
          }
          if (is === begins.ping) {
            return isPing(bytes, start) ? writeMessage(into, at, pong) : opened;
          }
          // Later ones say that something of the server's has changed.
          if (is !== begins.info || isGreeted[slot] === 1) return 0;
          const info = readInfo(bytes, start, end);
          if (info === null || info.needsTls) {
            codes[slot] = info === null ? "NATS_UNUSABLE_INFO" : "NATS_TLS_REQUIRED";
            return refused;
          }
          isGreeted[slot] = 1;
          if (request) inboxes[slot] = Buffer.from(info.inbox);
          return writeMessage(into, at, greeting(connections[slot] as number, info.inbox));
        },
      },
    };
    return session;
  },
});
