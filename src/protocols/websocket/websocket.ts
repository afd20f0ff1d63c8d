import { equalBytes, readUint16, writeUint16, writeUint32 } from "../../base/bytes.ts";
import { UserError } from "../../base/errors.ts";
import { writeBytes } from "../../base/numbers/digits.ts";
import { mix } from "../../base/random.ts";
import {
  defineProtocol,
  incomplete,
  kind,
  malformed,
  opened,
  type ProtocolSession,
  refused,
} from "../protocol.ts";
import { createUpgrade } from "./upgrade.ts";

/** Bits of a frame's first byte: whether it is its message's last; that of no extension; what it is. */
const isLast = 128;
const reserved = 64 + 32 + 16;
const opcodes = 15;

const continuation = 0;
const text = 1;
const binary = 2;
/** This and those above are control frames: short, whole, and allowed between the frames of a message. */
const close = 8;
const ping = 9;
const pong = 10;

/** Close codes that refuse nothing: done, going away, none, restarting. */
const partings = new Set([1000, 1001, 1005, 1012]);

const headerBytes = 2 + 8 + 4;
const longestControl = 125;
/** The longest message that is taken in: 16 MiB. */
const longest = 2 ** 24;

/**
 * WebSocket: an HTTP upgrade, then messages in frames; those of the client are masked.
 *
 *     | offset | size      | content                                                  |
 *     | ------ | --------- | -------------------------------------------------------- |
 *     | 0      | 1         | last of its message 128; reserved 112; opcode 15         |
 *     | 1      | 1         | masked 128; length, or 126: 2 bytes, 127: 8 bytes follow |
 *     | 2      | 0, 2 or 8 | length                                                   |
 *     |        | 0 or 4    | mask                                                     |
 *
 * @see RFC 6455, sections 4 (upgrade), 5.2 (frames), 5.3 (masks), 5.5 (control frames), 7.4 (close codes)
 */
export const websocket = defineProtocol({
  about: "WebSocket (RFC 6455): text or binary messages",
  over: ["tcp"],
  options: {
    path: {
      about: "What is asked for, with its query; {{connection}} is the connection's number.",
      type: "text",
      default: "/",
    },
    host: { about: "The header Host.", type: "text", default: "localhost" },
    headers: { about: 'More headers of the upgrade: "Name: value".', type: "list", default: [] },
    subprotocol: {
      about: "Subprotocol that is asked for, and that the server has to choose.",
      type: "text",
      default: null,
    },
    frames: {
      about: "What messages are sent as.",
      type: "choice",
      choices: ["text", "binary"],
      default: "text",
    },
    first: {
      about: "A message for after the upgrade: a login, a subscription. It is not counted.",
      type: "text",
      default: null,
    },
    firstReply: {
      about: "Whether a connection counts as open only when a message has answered `first`.",
      type: "boolean",
      default: false,
    },
    ping: {
      about: "Seconds between two pings of a connection, which keep it alive; 0: none.",
      type: "integer",
      least: 0,
      most: 65_535,
      default: 0,
    },
    pushes: {
      about:
        'How messages of the server begin that answer no request; "": none does. Left out: each answers one.',
      type: "text",
      default: null,
    },
  },
  message: { about: "The message that is sent.", default: "message {{sequence}}" },

  create({ options, slots, seed }) {
    const first = options.first === null ? null : Buffer.from(options.first);
    if (first === null && options.firstReply) throw new UserError("firstReply: goes with first");
    const pushes = options.pushes === null ? null : Buffer.from(options.pushes);
    const opcode = isLast | (options.frames === "text" ? text : binary);
    const upgrade = createUpgrade(options, slots, seed);
    const maskSeed = mix(seed);

    /** Float64, per slot: the connection's number. */
    const connections = new Float64Array(slots);
    /** Uint8, per slot: bytes taken of the frame's header, and how many it has. */
    const taken = new Uint8Array(slots);
    const header = new Uint8Array(slots).fill(2);
    /** Uint8, per slot: first byte of the frame. */
    const frame = new Uint8Array(slots);
    /** Float64, per slot: payload of the frame to come; once the frame is there, that of a control frame. */
    const left = new Float64Array(slots);
    const controlBytes = new Uint8Array(slots);
    /** Uint8, per slot: whether a message has begun and not ended. */
    const isInside = new Uint8Array(slots);
    /** Float64, per slot: payload of that message so far. */
    const messageBytes = new Float64Array(slots);
    /** Uint8, per slot: whether the server has said that it closes, behind which there is nothing. */
    const isClosing = new Uint8Array(slots);
    /** Uint16, per slot: why the server closes. */
    const closeCode = new Uint16Array(slots);
    /** Uint8, per slot: whether `first` was sent. */
    const isFirstSent = new Uint8Array(slots);

    const session: ProtocolSession = {
      maxBytes: (payloadBytes) => headerBytes + payloadBytes,

      write(into, at, slot, sequence, payload, start, end) {
        const mask = mix(mix((connections[slot] as number) + maskSeed) + sequence);
        return writeFrame(into, at, opcode, mask, payload, start, end) - at;
      },

      scan(slot, bytes, start, end) {
        let at = start;
        // A frame for each turn: until a message ends, or a control frame, which may be within one.
        for (;;) {
          while ((taken[slot] as number) < (header[slot] as number)) {
            if (at === end) return incomplete;
            if (!takeHeader(slot, bytes[at++] as number)) return malformed;
          }
          const step = Math.min(left[slot] as number, end - at);
          left[slot] = (left[slot] as number) - step;
          at += step;
          if ((left[slot] as number) > 0) return incomplete;
          taken[slot] = 0;
          header[slot] = 2;
          const is = frame[slot] as number;
          if ((is & opcodes) === close) isClosing[slot] = 1;
          if ((is & opcodes) >= close) return at;
          isInside[slot] = is < isLast ? 1 : 0;
          if (is >= isLast) {
            messageBytes[slot] = 0;
            return at;
          }
        }
      },

      classify(slot, bytes, start, end) {
        const is = (frame[slot] as number) & opcodes;
        if (is === close) {
          // Without a code it is 1005, which is never sent.
          const hasCode = (controlBytes[slot] as number) >= 2;
          closeCode[slot] = hasCode
            ? readUint16(bytes, end - (controlBytes[slot] as number))
            : 1005;
          return partings.has(closeCode[slot] as number) ? kind.ignore : kind.error;
        }
        if (is > close) return kind.ignore;
        if (pushes === null) return kind.reply;
        const at = payloadAt(bytes, start);
        const isPush = end - at >= pushes.length && equalBytes(bytes, at, pushes, 0, pushes.length);
        return isPush ? kind.push : kind.reply;
      },

      errorCode: (slot) => upgrade.errorCode(slot) ?? `WEBSOCKET_CLOSE_${closeCode[slot]}`,

      closes: (slot) => ((frame[slot] as number) & opcodes) === close,

      ...(options.ping > 0 && {
        keepAlive: {
          everyMs: options.ping * 1000,
          maxBytes: headerBytes,
          write(slot, into, at) {
            const mask = mix((connections[slot] as number) + maskSeed);
            return writeFrame(into, at, isLast | ping, mask, into, at, at) - at;
          },
        },
      }),

      answerBytes: headerBytes + longestControl,
      answer(slot, bytes, _start, end, into, at) {
        const is = (frame[slot] as number) & opcodes;
        if (is !== ping && is !== close) return 0;
        const mask = mix((connections[slot] as number) + maskSeed);
        const from = end - (controlBytes[slot] as number);
        // A close is answered by its code, and the server ends the connection.
        const to = is === close ? Math.min(from + 2, end) : end;
        return (
          writeFrame(into, at, isLast | (is === ping ? pong : close), mask, bytes, from, to) - at
        );
      },

      reset(slot, connection) {
        connections[slot] = connection;
        taken[slot] = 0;
        header[slot] = 2;
        frame[slot] = 0;
        left[slot] = 0;
        isInside[slot] = 0;
        messageBytes[slot] = 0;
        isClosing[slot] = 0;
        isFirstSent[slot] = 0;
        upgrade.reset(slot);
      },

      opening: {
        maxBytes: Math.max(upgrade.maxBytes, headerBytes + (first?.length ?? 0), headerBytes + 125),

        begin: (slot, into, at) => upgrade.write(slot, connections[slot] as number, into, at),

        scan: (slot, bytes, start, end) =>
          (upgrade.isDone(slot) ? session : upgrade).scan?.(slot, bytes, start, end) ?? malformed,

        received(slot, bytes, start, end, into, at) {
          if (upgrade.isDone(slot)) {
            const is = session.classify?.(slot, bytes, start, end);
            if (is === kind.reply || is === kind.push) return opened;
            if (is === kind.error || session.closes?.(slot)) return refused;
            return session.answer?.(slot, bytes, start, end, into, at) ?? 0;
          }
          const response = Buffer.from(bytes.subarray(start, end)).toString("latin1");
          if (!upgrade.accepts(slot, connections[slot] as number, response)) return refused;
          if (first === null) return opened;
          isFirstSent[slot] = 1;
          const mask = mix((connections[slot] as number) + maskSeed);
          return writeFrame(into, at, opcode, mask, first, 0, first.length) - at;
        },

        last: (slot) => isFirstSent[slot] === 1 && !options.firstReply,
      },
    };
    return session;

    /** @returns whether a byte of a frame's header is one that a server may send */
    function takeHeader(slot: number, byte: number): boolean {
      const have = (taken[slot] as number)++;
      if (have === 0) {
        frame[slot] = byte;
        const is = byte & opcodes;
        if (isClosing[slot] === 1) return false;
        if ((byte & reserved) !== 0 || (is > binary && is < close) || is > pong) return false;
        if (is >= close) return byte >= isLast;
        return (is === continuation) === (isInside[slot] === 1);
      }
      const isControl = ((frame[slot] as number) & opcodes) >= close;
      if (have === 1) {
        // A server masks nothing.
        if (byte > 127 || (isControl && byte > longestControl)) return false;
        // The reason of a close stands behind its code, which has two bytes.
        if (byte === 1 && ((frame[slot] as number) & opcodes) === close) return false;
        header[slot] = byte < 126 ? 2 : byte === 126 ? 4 : 10;
        left[slot] = byte < 126 ? byte : 0;
        if (isControl) controlBytes[slot] = byte;
      } else left[slot] = (left[slot] as number) * 256 + byte;
      if ((taken[slot] as number) < (header[slot] as number) || isControl) return true;
      if ((left[slot] as number) < leastLength(header[slot] as number)) return false;
      messageBytes[slot] = (messageBytes[slot] as number) + (left[slot] as number);
      return (messageBytes[slot] as number) <= longest;
    }
  },
});

/** The shortest payload whose length needs a header of so many bytes: lengths are written as short as they can be. */
function leastLength(header: number): number {
  if (header === 2) return 0;
  return header === 4 ? 126 : 65_536;
}

/** Where the payload of a frame begins that is not masked. */
function payloadAt(bytes: Uint8Array, start: number): number {
  const length = bytes[start + 1] as number;
  if (length < 126) return start + 2;
  return length === 126 ? start + 4 : start + 10;
}

/** Writes a masked frame. @returns the index after it */
function writeFrame(
  into: Uint8Array,
  at: number,
  first: number,
  mask: number,
  payload: Uint8Array,
  start: number,
  end: number,
): number {
  const length = end - start;
  into[at] = first;
  into[at + 1] = 128 | (length < 126 ? length : length < 65_536 ? 126 : 127);
  let to = at + 2;
  if (length >= 65_536) to = writeBytes(into, to, length, 8, false);
  else if (length >= 126) to = writeUint16(into, to, length);
  to = writeUint32(into, to, mask);
  for (let i = 0; i < length; i++) {
    into[to + i] = (payload[start + i] as number) ^ (mask >>> (24 - 8 * (i & 3)));
  }
  return to + length;
}
