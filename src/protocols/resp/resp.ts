import { copyBytes, equalBytes, writeMessage } from "../../base/bytes.ts";
import { UserError } from "../../base/errors.ts";
import { ErrorNames } from "../error-names.ts";
import {
  defineProtocol,
  incomplete,
  kind,
  malformed,
  opened,
  type ProtocolSession,
  refused,
} from "../protocol.ts";
import { command, writeCommand } from "./command.ts";

const carriageReturn = 13;
const lineFeed = 10;
const space = 32;
const plus = 43; // a line
const minus = 45; // an error; also the sign of a number
const colon = 58; // a number
const dollar = 36; // bytes, with their length before them
const star = 42; // an array, with the number of its elements before them

// Where the next byte of a reply stands.
const atType = 0;
const inLine = 1; // up to its end
const inNumber = 2; // digits, a sign before them
const atLineFeed = 3; // behind a line or a number
const inBytes = 4; // bytes and the CRLF behind them

/** Redis refuses longer ones, unless it is configured to take them. */
const mostBytes = 512 * 1024 * 1024;
const mostElements = 2 ** 31 - 1;

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
    const commands: Buffer[] = [];
    if (password !== null)
      commands.push(command("AUTH", ...(user === null ? [] : [user]), password));
    if (database !== null) commands.push(command("SELECT", `${database}`));
    if (subscribe !== null) commands.push(command("SUBSCRIBE", subscribe));

    /** Of the opening: the command whose reply is awaited. */
    const steps = new Uint8Array(slots);
    const errors = new ErrorNames("REDIS", slots);
    const states = new Uint8Array(slots);
    /** Type of the line that is coming in, and its number. */
    const types = new Uint8Array(slots);
    const numbers = new Float64Array(slots);
    /** Digits taken of the number; its sign makes it 128 more. */
    const digits = new Uint8Array(slots);
    /** Bytes of a text still to come, and values still to come: an array adds its elements, so that nothing is nested. */
    const left = new Float64Array(slots);
    const values = new Float64Array(slots);

    return {
      readsMessages: true,
      maxBytes: (payloadBytes) => 4 * payloadBytes + 16,
      write(into, at, _slot, _sequence, payload, start, end) {
        if (payload[start] !== star) return writeCommand(into, at, payload, start, end);
        return copyBytes(payload, start, end, into, at) - at;
      },
      scan,
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
      reset(slot) {
        states[slot] = atType;
        values[slot] = 0;
      },
    };

    function send(slot: number, into: Uint8Array, at: number): number {
      return writeMessage(into, at, commands[steps[slot] as number] as Buffer);
    }

    function scan(slot: number, bytes: Uint8Array, start: number, end: number): number {
      for (let at = start; at < end; ) {
        const byte = bytes[at] as number;
        switch (states[slot]) {
          case atType:
            if (values[slot] === 0) values[slot] = 1;
            types[slot] = byte;
            numbers[slot] = 0;
            digits[slot] = 0;
            if (byte === plus || byte === minus) states[slot] = inLine;
            else if (byte === colon || byte === dollar || byte === star) states[slot] = inNumber;
            else return malformed;
            at++;
            break;

          case inLine:
            at++;
            if (byte === carriageReturn) states[slot] = atLineFeed;
            else if (byte === lineFeed) return malformed;
            break;

          case inNumber:
            at++;
            if (byte >= 48 && byte <= 57) {
              numbers[slot] = (numbers[slot] as number) * 10 + byte - 48;
              digits[slot] = (digits[slot] as number) + 1;
              if (((digits[slot] as number) & 127) > 19) return malformed;
            } else if (byte === carriageReturn && ((digits[slot] as number) & 127) > 0) {
              states[slot] = atLineFeed;
            } else if ((byte === minus || byte === plus) && digits[slot] === 0) {
              if (byte === minus) digits[slot] = 128;
            } else return malformed;
            break;

          case atLineFeed: {
            at++;
            const type = types[slot];
            const length = numbers[slot] as number;
            const isNull = (digits[slot] as number) >= 128;
            if (byte !== lineFeed) return malformed;
            if (type !== dollar && type !== star) {
              if (isComplete(slot)) return at;
            } else if (isNull && length === 1) {
              if (isComplete(slot)) return at;
            } else if (isNull) return malformed;
            else if (type === dollar) {
              if (length > mostBytes) return malformed;
              left[slot] = length + 2;
              states[slot] = inBytes;
            } else {
              if (length > mostElements) return malformed;
              values[slot] = (values[slot] as number) + length;
              if (isComplete(slot)) return at;
            }
            break;
          }

          default: {
            const step = Math.min(left[slot] as number, end - at);
            at += step;
            left[slot] = (left[slot] as number) - step;
            if (left[slot] !== 0) break;
            if (bytes[at - 1] !== lineFeed) return malformed;
            if (isComplete(slot)) return at;
          }
        }
      }
      return incomplete;
    }

    /** A value has ended. @returns whether it is the last of its reply */
    function isComplete(slot: number): boolean {
      states[slot] = atType;
      values[slot] = (values[slot] as number) - 1;
      return values[slot] === 0;
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
