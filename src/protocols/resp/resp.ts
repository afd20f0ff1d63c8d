import { copyBytes, equalBytes, writeMessage } from "../../base/bytes.ts";
import { UserError } from "../../base/errors.ts";
import { ErrorNames } from "../error-names.ts";
import { defineProtocol, kind, opened, type ProtocolSession, refused } from "../protocol.ts";
import { command, writeCommand } from "./command.ts";
import { createReplies, minus, mostElements, plus, star } from "./replies.ts";

const lineFeed = 10;
const space = 32;

/**
 * Redis and what speaks like it: Valkey, KeyDB, Dragonfly.
 *
 * @see https://redis.io/docs/latest/develop/reference/protocol-spec/ (RESP2)
 */
export const resp = defineProtocol({
  about: "Redis serialization protocol, RESP2",
  over: ["tcp"],
  options: {
    user: {
      type: "text",
      default: null,
      about: "User of AUTH; left out: the server's default user.",
    },
    password: {
      type: "text",
      secret: true,
      default: null,
      about: "Connections send AUTH with it when they open.",
    },
    database: {
      type: "integer",
      least: 0,
      most: mostElements,
      default: null,
      about: "Connections SELECT it when they open.",
    },
    subscribe: {
      type: "text",
      default: null,
      about: "Connections SUBSCRIBE to this channel when they open; its messages are pushes.",
    },
  },
  message: {
    about:
      'A command, as redis-cli takes it: SET "my key" {{number}}. What begins with * is sent as it is.',
    default: "PING",
  },
  create({ options, slots }): ProtocolSession {
    const { user, password, database, subscribe } = options;
    if (user !== null && password === null)
      throw new UserError("user is given, but no password: AUTH takes both");
    const lines: [name: string, ...words: string[]][] = [];
    if (password !== null) lines.push(["AUTH", ...(user === null ? [] : [user]), password]);
    if (database !== null) lines.push(["SELECT", `${database}`]);
    if (subscribe !== null) lines.push(["SUBSCRIBE", subscribe]);
    const commands = lines.map((words) => command(...words));

    /** Of the opening: the command whose reply is awaited. */
    const steps = new Uint8Array(slots);
    const errors = new ErrorNames("REDIS", slots);
    const replies = createReplies(slots);

    return {
      readsMessages: true,
      maxBytes: (payloadBytes) => 4 * payloadBytes + 16,
      write(into, at, _slot, _sequence, payload, start, end) {
        if (payload[start] !== star) return writeCommand(into, at, payload, start, end);
        return copyBytes(payload, start, end, into, at) - at;
      },
      scan: replies.scan,
      classify(slot, bytes, start, end) {
        const first = bytes[start];
        if (first === minus) {
          errors.note(slot, bytes, start + 1, wordEnd(bytes, start + 1, end));
          return kind.error;
        }
        return first === star && subscribe !== null && isMessage(bytes, start, end)
          ? kind.push
          : kind.reply;
      },
      errorCode: (slot) => errors.of(slot),
      ...(commands.length > 0 && {
        opening: {
          maxBytes: Math.max(...commands.map(({ length }) => length)),
          begin(slot, into, at) {
            steps[slot] = 0;
            return send(slot, into, at);
          },
          awaits: (slot) => `the reply to ${lines[steps[slot] as number]?.[0]}`,
          received(slot, bytes, start, end, into, at) {
            if (bytes[start] === minus) {
              errors.note(slot, bytes, start + 1, wordEnd(bytes, start + 1, end));
              return refused;
            }
            // AUTH and SELECT are confirmed with a line, SUBSCRIBE with an array.
            if (bytes[start] !== plus && bytes[start] !== star) {
              errors.noteText(slot, "NOT_CONFIRMED");
              return refused;
            }
            steps[slot] = (steps[slot] as number) + 1;
            return steps[slot] === commands.length ? opened : send(slot, into, at);
          },
        },
      }),
      reset: (slot) => replies.reset(slot),
    };

    function send(slot: number, into: Uint8Array, at: number): number {
      return writeMessage(into, at, commands[steps[slot] as number] as Buffer);
    }
  },
});

/** Where the word at `at` ends: "ERR unknown command" is ERR. */
function wordEnd(bytes: Uint8Array, at: number, end: number): number {
  let stop = at;
  while (stop < end && (bytes[stop] as number) > space) stop++;
  return stop;
}

const messageStart = Buffer.from("$7\r\nmessage\r\n");

/** Whether an array's first element is "message". */
function isMessage(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end && bytes[at] !== lineFeed) at++;
  const { length } = messageStart;
  return at + length < end && equalBytes(bytes, at + 1, messageStart, 0, length);
}
