import { copyBytes, writeLineEnd } from "../../base/bytes.ts";
import { UserError } from "../../base/errors.ts";
import { maxDecimalBytes, writeDecimal } from "../../base/numbers/digits.ts";
import { ConnectionText } from "../connection-text.ts";
import {
  defineProtocol,
  incomplete,
  kind,
  malformed,
  opened,
  type ProtocolSession,
  refused,
} from "../protocol.ts";
import {
  digit0,
  errorName,
  isDigit,
  isFirst,
  isPing,
  letterH,
  letterI,
  letterM,
  letterP,
  lineFeed,
  minus,
  plus,
  readInfo,
  space,
  statusOf,
  withDigit,
  wordAt,
} from "./lines.ts";

const dot = 46;

/** A line is at most so long. */
const longestLine = 2 ** 16;

/** Ids of subscriptions: what `subscribe` names, and the inbox. One digit, which `classify` reads. */
const subscriptionId = 1;
const inboxId = 2;

/** Of `left`: the line is not over yet. */
const inLine = -1;

const publishes = Buffer.from("PUB ");
const subscribes = Buffer.from("SUB ");
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
    const subscribe =
      options.subscribe === null ? null : new ConnectionText("subscribe", options.subscribe);
    const connect = Buffer.from(
      `CONNECT ${JSON.stringify({
        verbose,
        pedantic: false,
        tls_required: false,
        name: "slash8",
        lang: "slash8",
        version: "1",
        protocol: 1,
        headers: true,
        no_responders: request,
        ...(options.user === null ? {} : { user: options.user }),
        ...(options.password === null ? {} : { pass: options.password }),
        ...(options.token === null ? {} : { auth_token: options.token }),
      })}\r\n`,
    );

    /** Float64, per slot: the connection's number. */
    const connections = new Float64Array(slots);
    /** Int32, per slot: bytes of the payload and its line end to come, or `inLine`. */
    const left = new Int32Array(slots).fill(inLine);
    /** Uint32, per slot: bytes taken of the line. */
    const taken = new Uint32Array(slots);
    /** Uint8, per slot: the line's first byte, which says what it is. */
    const first = new Uint8Array(slots);
    /** Int32, per slot: the number that the line's last word is, so far; -1: it is not one, or is too high. */
    const lastWord = new Int32Array(slots);
    /** Uint8, per slot: whether the server's greeting was answered. */
    const isGreeted = new Uint8Array(slots);
    /** Of requests, by slot: where its inbox begins: "_INBOX.server.client."; the server has no other client of that name. */
    const inboxes: Buffer[] = [];
    /** By slot: why the latest error is one. */
    const codes: string[] = [];

    /** Of requests: the number at the end of the inbox that a reply came to. */
    const match: NonNullable<ProtocolSession["match"]> = (_slot, bytes, start, _end, next) => {
      if (bytes[start] === minus) return -1;
      let at = wordAt(bytes, start, 2) - 2;
      let sequence = 0;
      let place = 1;
      for (; isDigit(bytes[at] as number); at--, place *= 10) {
        sequence += ((bytes[at] as number) - digit0) * place;
      }
      return place > 1 && bytes[at] === dot && sequence < next ? sequence : -1;
    };

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

      scan(slot, bytes, start, end) {
        let at = start;
        if (left[slot] === inLine) {
          if (taken[slot] === 0) {
            if (!isFirst(bytes[at] as number)) return malformed;
            first[slot] = bytes[at] as number;
          }
          let word = lastWord[slot] as number;
          let byte = 0;
          while (at < end && byte !== lineFeed) {
            byte = bytes[at++] as number;
            if (byte === space) word = 0;
            else if (byte > space) word = withDigit(word, byte);
          }
          taken[slot] = (taken[slot] as number) + at - start;
          lastWord[slot] = word;
          if ((taken[slot] as number) > longestLine) return malformed;
          if (byte !== lineFeed) return incomplete;
          taken[slot] = 0;
          lastWord[slot] = 0;
          if (first[slot] !== letterM && first[slot] !== letterH) return at;
          if (word < 0) return malformed;
          left[slot] = word + 2;
        }
        const step = Math.min(left[slot] as number, end - at);
        at += step;
        left[slot] = (left[slot] as number) - step;
        if ((left[slot] as number) > 0) return incomplete;
        left[slot] = inLine;
        return bytes[at - 1] === lineFeed ? at : malformed;
      },

      classify(slot, bytes, start, end) {
        const is = bytes[start] as number;
        if (is === letterM || is === letterH) {
          const id = (bytes[wordAt(bytes, start, 2)] as number) - digit0;
          if (id === subscriptionId) return kind.push;
          if (id !== inboxId) return kind.ignore;
          const status = is === letterH ? statusOf(bytes, start, end) : 0;
          codes[slot] = status === 503 ? "NATS_NO_RESPONDERS" : `NATS_STATUS_${status}`;
          return status === 0 ? kind.reply : kind.error;
        }
        if (is === plus) return verbose ? kind.reply : kind.ignore;
        if (is !== minus) return kind.ignore;
        codes[slot] = errorName(bytes, start, end);
        return kind.error;
      },

      errorCode: (slot) => codes[slot] ?? "NATS_ERROR",

      ...(request ? { match } : {}),

      // The server ends connections, but for what one message was not allowed to do.
      closes: (slot) => first[slot] === minus && !/PERMISSIONS|SUBJECT/.test(codes[slot] ?? ""),

      ...(options.ping > 0 && {
        keepAlive: {
          everyMs: options.ping * 1000,
          maxBytes: ping.length,
          write: (_slot, into, at) => copyBytes(ping, 0, ping.length, into, at) - at,
        },
      }),

      answerBytes: pong.length,
      answer(_slot, bytes, start, _end, into, at) {
        if (!isPing(bytes, start)) return 0;
        return copyBytes(pong, 0, pong.length, into, at) - at;
      },

      reset(slot, connection) {
        connections[slot] = connection;
        left[slot] = inLine;
        taken[slot] = 0;
        lastWord[slot] = 0;
        isGreeted[slot] = 0;
      },

      opening: {
        maxBytes: connect.length + (subscribe?.maxBytes ?? 0) + 1000 + (queue?.length ?? 0) * 3,

        begin: () => 0, // the server speaks first

        received(slot, bytes, start, end, into, at) {
          const is = bytes[start];
          if (is === minus) {
            codes[slot] = errorName(bytes, start, end);
            return refused;
          }
          if (is === letterP) {
            return isPing(bytes, start) ? copyBytes(pong, 0, pong.length, into, at) - at : opened;
          }
          // Later ones say that something of the server's has changed.
          if (is !== letterI || isGreeted[slot] === 1) return 0;
          const info = readInfo(bytes, start, end);
          if (info === null || info.needsTls) {
            codes[slot] = info === null ? "NATS_UNUSABLE_INFO" : "NATS_TLS_REQUIRED";
            return refused;
          }
          const { inbox } = info;
          isGreeted[slot] = 1;
          if (request) inboxes[slot] = Buffer.from(inbox);
          let to = copyBytes(connect, 0, connect.length, into, at);
          if (subscribe !== null) {
            to = copyBytes(subscribes, 0, subscribes.length, into, to);
            to = subscribe.write(into, to, connections[slot] as number);
            const rest = Buffer.from(`${queue === null ? "" : ` ${queue}`} ${subscriptionId}\r\n`);
            to = copyBytes(rest, 0, rest.length, into, to);
          }
          // All before it is done when the server answers the ping.
          const rest = Buffer.from(`${request ? `SUB ${inbox}* ${inboxId}\r\n` : ""}PING\r\n`);
          return copyBytes(rest, 0, rest.length, into, to) - at;
        },
      },
    };
    return session;
  },
});
