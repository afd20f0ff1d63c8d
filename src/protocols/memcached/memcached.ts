import { readUint16, writeUint16 } from "../../base/bytes.ts";
import { IdNumbers } from "../../base/numbers/id-numbers.ts";
import { defineProtocol, kind, type ProtocolSession } from "../protocol.ts";
import { createBinary } from "./binary.ts";
import type { Encoding } from "./encoding.ts";
import { createText } from "./text.ts";

/** memcached, in its text or its binary protocol, over TCP or UDP. */
export const memcached = defineProtocol({
  about: "memcached, text or binary",
  over: ["tcp", "udp"],
  options: {
    encoding: {
      type: "choice",
      choices: ["text", "binary"],
      default: "text",
      about: "Which of its protocols is spoken. Binary replies name their requests.",
    },
    expiry: {
      type: "integer",
      least: 0,
      most: 2 ** 31 - 1,
      default: 0,
      about: "Seconds that set, add and replace store for; 0: until room is needed.",
    },
    miss: {
      type: "choice",
      choices: ["reply", "error"],
      default: "reply",
      about: "What a get is that finds nothing; error: it counts as MEMCACHED_MISS.",
    },
  },
  message: {
    about:
      "A command: get KEY, set KEY VALUE, incr KEY 1. The value is what is left of the message.",
    default: "version",
  },
  create({ options, slots, isStream }): ProtocolSession {
    const { encoding, expiry, miss } = options;
    const create = encoding === "text" ? createText : createBinary;
    const session = create({ slots, isStream, expiry, missIsError: miss === "error" });
    return { readsMessages: true, ...(isStream ? session : inFrames(session)) };
  },
});

const frameBytes = 8;

/**
 * Datagrams: a frame header, and a command or reply behind it. Numbers are in network byte order.
 *
 *     | offset | size | field                                                              |
 *     | ------ | ---- | ------------------------------------------------------------------ |
 *     | 0      | 2    | request id, which the reply's datagrams repeat                     |
 *     | 2      | 2    | number of the datagram in its reply                                |
 *     | 4      | 2    | number of datagrams in the reply                                   |
 *     | 6      | 2    | 0                                                                  |
 *
 * A reply is there with its first datagram; those that follow it are ignored.
 *
 * @see https://github.com/memcached/memcached/blob/master/doc/protocol.txt ("UDP protocol")
 */
function inFrames(session: Encoding): Omit<Encoding, "scan"> {
  const ids = new IdNumbers(65536, false, 0);
  return {
    errorCode: session.errorCode,
    reset: session.reset,
    maxBytes: (payloadBytes) => frameBytes + session.maxBytes(payloadBytes),
    write(into, at, slot, sequence, payload, start, end) {
      into.fill(0, at, at + frameBytes);
      writeUint16(into, at, sequence);
      into[at + 5] = 1;
      const behind = at + frameBytes;
      return frameBytes + session.write(into, behind, slot, sequence, payload, start, end);
    },
    classify(slot, bytes, start, end) {
      const isFirst = end - start > frameBytes && bytes[start + 2] === 0 && bytes[start + 3] === 0;
      return isFirst ? session.classify(slot, bytes, start + frameBytes, end) : kind.ignore;
    },
    match(slot, bytes, start, end, next) {
      if (end - start <= frameBytes) return -1;
      if (session.match !== undefined) {
        return session.match(slot, bytes, start + frameBytes, end, next);
      }
      return ids.sequenceOf(slot, readUint16(bytes, start), next);
    },
  };
}
