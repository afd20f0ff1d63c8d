import { equalBytes, readUint16, readUint32, writeUint16, writeUint32 } from "../../base/bytes.ts";
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
import { SizedMessages } from "../sized-messages.ts";
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
    const framing = new SizedMessages(slots, 10, frameLength);
    /** Uint8, per slot: first byte of the frame. */
    const frame = new Uint8Array(slots);
    /** Uint8, per slot: payload of the latest control frame, bytes. */
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
        // A frame for each turn: until a message ends, or a control frame, which may be within one.
        for (let at = start; at < end; ) {
          at = framing.scan(slot, bytes, at, end);
          if (at < 0) return at;
          const is = frame[slot] as number;
          if ((is & opcodes) === close) isClosing[slot] = 1;
          if ((is & opcodes) >= close) return at;
          isInside[slot] = is < isLast ? 1 : 0;
          if (is >= isLast) {
            messageBytes[slot] = 0;
            return at;
          }
        }
        return incomplete;
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
        framing.reset(slot);
        frame[slot] = 0;
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

    /** The length of the frame that begins at `start`, if a server may send it. */
    function frameLength(bytes: Uint8Array, start: number, end: number, slot: number): number {
      if (isClosing[slot] === 1) return malformed;
      const first = bytes[start] as number;
      const opcode = first & opcodes;
      const isControl = opcode >= close;
      if ((first & reserved) !== 0 || (opcode > binary && !isControl) || opcode > pong) {
        return malformed;
      }
      if (isControl ? first < isLast : (opcode === continuation) !== (isInside[slot] === 1)) {
        return malformed;
      }
      if (end - start < 2) return incomplete;
      // A server masks nothing.
      const short = bytes[start + 1] as number;
      if (short > 127 || (isControl && short > longestControl)) return malformed;
      // The reason of a close stands behind its code, which has two bytes.
      if (opcode === close && short === 1) return malformed;
      const head = headOf(short);
      if (end - start < head) return incomplete;
      let payload = short;
      if (head === 4) payload = readUint16(bytes, start + 2);
      if (head === 10)
        payload = readUint32(bytes, start + 2) * 2 ** 32 + readUint32(bytes, start + 6);
      if (payload < leastLength(head)) return malformed;
      frame[slot] = first;
      if (isControl) controlBytes[slot] = payload;
      else messageBytes[slot] = (messageBytes[slot] as number) + payload;
      return (messageBytes[slot] as number) > longest ? malformed : head + payload;
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
  return start + headOf(bytes[start + 1] as number);
}

/** How long the head of a frame is that is not masked, by its second byte. */
function headOf(short: number): number {
  if (short < 126) return 2;
  return short === 126 ? 4 : 10;
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
