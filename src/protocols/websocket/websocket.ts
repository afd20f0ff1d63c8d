import { equalBytes, readUint16 } from "../../base/bytes.ts";
import { UserError } from "../../base/errors.ts";
import { mix } from "../../base/random.ts";
import { ConnectionText } from "../connection-text.ts";
import {
  defineProtocol,
  kind,
  malformed,
  opened,
  type ProtocolSession,
  refused,
} from "../protocol.ts";
import { Frames, headBytes, longestControl, opcode, payloadAt, writeFrame } from "./frames.ts";
import { createUpgrade } from "./upgrade.ts";

/** Close codes that refuse nothing: done, going away, none, restarting. */
const partings = new Set([1000, 1001, 1005, 1012]);

/**
 * WebSocket: an HTTP upgrade, then messages in frames.
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
      about:
        "A message for after the upgrade: a login, a subscription; {{connection}} is the connection's number. It is not counted.",
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
    const first = options.first === null ? null : new ConnectionText("first", options.first);
    const firstPayload = new Uint8Array(first?.maxBytes ?? 0);
    if (first === null && options.firstReply) throw new UserError("firstReply: goes with first");
    const pushes = options.pushes === null ? null : Buffer.from(options.pushes);
    const type = options.frames === "text" ? opcode.text : opcode.binary;
    const upgrade = createUpgrade(options, slots, seed);
    const maskSeed = mix(seed);

    /** Float64, per slot: the connection's number. */
    const connections = new Float64Array(slots);
    const frames = new Frames(slots);
    /** Uint16, per slot: why the server closes. */
    const closeCode = new Uint16Array(slots);
    /** Uint8, per slot: whether `first` was sent. */
    const isFirstSent = new Uint8Array(slots);

    const session: ProtocolSession = {
      maxBytes: (payloadBytes) => headBytes + payloadBytes,

      write(into, at, slot, sequence, payload, start, end) {
        const mask = mix(maskOf(slot) + sequence);
        return writeFrame(into, at, type, mask, payload, start, end) - at;
      },

      scan: (slot, bytes, start, end) => frames.scan(slot, bytes, start, end),

      classify(slot, bytes, start, end) {
        const is = frames.opcode(slot);
        if (is === opcode.close) {
          // Without a code it is 1005, which is never sent.
          const length = frames.controlBytes(slot);
          closeCode[slot] = length >= 2 ? readUint16(bytes, end - length) : 1005;
          return partings.has(closeCode[slot] as number) ? kind.ignore : kind.error;
        }
        if (is > opcode.close) return kind.ignore;
        if (pushes === null) return kind.reply;
        const at = payloadAt(bytes, start);
        const isPush = end - at >= pushes.length && equalBytes(bytes, at, pushes, 0, pushes.length);
        return isPush ? kind.push : kind.reply;
      },

      errorCode: (slot) => upgrade.errorCode(slot) ?? `WEBSOCKET_CLOSE_${closeCode[slot]}`,

      closes: (slot) => frames.opcode(slot) === opcode.close,

      ...(options.ping > 0 && {
        keepAlive: {
          everyMs: options.ping * 1000,
          maxBytes: headBytes,
          write: (slot, into, at) =>
            writeFrame(into, at, opcode.ping, maskOf(slot), into, at, at) - at,
        },
      }),

      answerBytes: headBytes + longestControl,
      answer(slot, bytes, _start, end, into, at) {
        const is = frames.opcode(slot);
        const isPing = is === opcode.ping;
        if (!isPing && is !== opcode.close) return 0;
        const from = end - frames.controlBytes(slot);
        // A close is answered by its code, and the server ends the connection.
        const to = isPing ? end : Math.min(from + 2, end);
        const type = isPing ? opcode.pong : opcode.close;
        return writeFrame(into, at, type, maskOf(slot), bytes, from, to) - at;
      },

      reset(slot, connection) {
        connections[slot] = connection;
        frames.reset(slot);
        isFirstSent[slot] = 0;
        upgrade.reset(slot);
      },

      opening: {
        maxBytes: Math.max(
          upgrade.maxBytes,
          headBytes + Math.max(firstPayload.length, longestControl),
        ),

        begin: (slot, into, at) => upgrade.write(slot, connections[slot] as number, into, at),

        awaits: (slot) =>
          upgrade.isDone(slot) ? "the reply to the first message" : "the response to the upgrade",

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
          const length = first.write(firstPayload, 0, connections[slot] as number);
          return writeFrame(into, at, type, maskOf(slot), firstPayload, 0, length) - at;
        },

        last: (slot) => isFirstSent[slot] === 1 && !options.firstReply,
      },
    };
    return session;

    function maskOf(slot: number): number {
      return mix((connections[slot] as number) + maskSeed);
    }
  },
});
