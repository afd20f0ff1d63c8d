import { copyBytes, readUint16, writeUint16 } from "../../base/bytes.ts";
import { UserError } from "../../base/errors.ts";
import { IdNumbers } from "../../base/numbers/id-numbers.ts";
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
import { SizedMessages } from "../sized-messages.ts";
import { reasonName } from "./reasons.ts";

/** Packet types: the upper four bits of a packet's first byte. */
const connack = 2;
const publish = 3;
const puback = 4;
const suback = 9;
const pingresp = 13;
const disconnect = 14;

/** A PINGREQ. */
const ping = Uint8Array.of(0xc0, 0);

/** By packet type, the fewest bytes that follow the fixed header; -1: a server does not send it, or only for QoS 2. */
const fewestBytes = Int8Array.of(-1, -1, 2, 2, 2, -1, -1, -1, -1, 3, -1, -1, -1, 0, 0, -1);

/** The longest packet that is taken in: 16 MiB. */
const longest = 2 ** 24;

/**
 * MQTT: each request publishes a message; messages of a subscription are pushes.
 *
 * A packet is its type and flags (1 byte), the length of the rest (1 to 4 bytes, 7 bits each, the lowest first), the rest.
 *
 * @see MQTT Version 3.1.1 and MQTT Version 5.0 (OASIS), sections 2.1 (fixed header), 3.1 to 3.4, 3.8, 3.9
 */
export const mqtt = defineProtocol({
  about: "MQTT 3.1.1 and 5: publish with QoS 0 or 1, subscribe",
  over: ["tcp"],
  options: {
    version: {
      about: "Protocol version.",
      type: "choice",
      choices: ["3.1.1", "5"],
      default: "3.1.1",
    },
    topic: {
      about: "Topic of the messages; {{connection}} is the connection's number.",
      type: "text",
      default: "slash8",
    },
    qos: {
      about:
        "0: messages are not acknowledged (pattern stream). 1: each is, by PUBACK. Of the subscription too.",
      type: "integer",
      least: 0,
      most: 1,
      default: 0,
    },
    retain: {
      about: "Whether the broker keeps the last message of the topic.",
      type: "boolean",
      default: false,
    },
    subscribe: {
      about: "Topic filter that each connection subscribes to before it counts as open.",
      type: "text",
      default: null,
    },
    clientId: {
      about: "Client identifier; {{connection}} makes it unique. Left out: the broker assigns one.",
      type: "text",
      default: null,
    },
    user: { about: "User name.", type: "text", default: null },
    password: { about: "Password.", type: "text", secret: true, default: null },
    keepAlive: {
      about:
        "Seconds without a packet after which the broker may close (it waits half as long again); a PINGREQ is sent twice in that time. 0: never, and none.",
      type: "integer",
      least: 0,
      most: 65_535,
      default: 0,
    },
  },
  message: { about: "The payload that is published.", default: "" },

  create({ options, slots }) {
    const { qos, keepAlive, user, password } = options;
    const is5 = options.version === "5";
    if (password !== null && user === null && !is5) {
      throw new UserError("password: MQTT 3.1.1 takes none without a user; give user as well");
    }
    const topic = new ConnectionText("topic", options.topic);
    const filter =
      options.subscribe === null ? null : new ConnectionText("subscribe", options.subscribe);
    const clientId = new ConnectionText("clientId", options.clientId ?? "");
    const credentials = [user, password].filter((text) => text !== null);
    for (const text of [options.topic, options.subscribe, options.clientId, ...credentials]) {
      if (Buffer.byteLength(text ?? "") > 60_000)
        throw new UserError("a text is over 60,000 bytes");
    }
    const publishes = (publish << 4) | (qos << 1) | (options.retain ? 1 : 0);
    /** Packet identifiers are 1 to 65,535. A message may be under way while 65,534 later ones are. */
    const ids = new IdNumbers(65_535, false, 0);

    /** Uint32, per slot: the connection's number. */
    const connections = new Uint32Array(slots);
    const packets = new SizedMessages(slots, 5, lengthOf);
    /** Uint8, per slot: the latest packet's type. */
    const types = new Uint8Array(slots);
    /** Uint8, per slot: the latest reason code; 0: a packet that was not expected. */
    const reason = new Uint8Array(slots);

    const session: ProtocolSession = {
      readsMessages: true,
      maxBytes: (payloadBytes) => 5 + 2 + topic.maxBytes + 2 + 1 + payloadBytes,

      write(into, at, slot, sequence, payload, start, end) {
        const connection = connections[slot] as number;
        const topicBytes = topic.bytes(connection);
        const rest = 2 + topicBytes + (qos > 0 ? 2 : 0) + (is5 ? 1 : 0) + end - start;
        into[at] = publishes;
        let to = writeLength(into, at + 1, rest);
        to = topic.write(into, writeUint16(into, to, topicBytes), connection);
        if (qos > 0) to = writeUint16(into, to, ids.of(connection, sequence) + 1);
        if (is5) into[to++] = 0; // no properties
        return copyBytes(payload, start, end, into, to) - at;
      },

      scan: (slot, bytes, start, end) => packets.scan(slot, bytes, start, end),

      classify(slot, bytes, start, end) {
        const type = (bytes[start] as number) >> 4;
        types[slot] = type;
        if (type === publish) return kind.push;
        if (type !== puback && type !== disconnect) return kind.ignore;
        // Version 5 may give a reason; one below 128 is not a failure.
        const at = restAt(bytes, start) + (type === puback ? 2 : 0);
        reason[slot] = at < end ? (bytes[at] as number) : 0;
        if ((reason[slot] as number) >= 128) return kind.error;
        return type === puback ? kind.reply : kind.ignore;
      },

      errorCode(slot) {
        const code = reason[slot] as number;
        if (code === 0) return "MQTT_UNEXPECTED_PACKET";
        if (code === 128 && !is5) return "MQTT_SUBSCRIPTION_REFUSED";
        return `MQTT_${reasonName(code)}`;
      },

      match(slot, bytes, start, _end, next) {
        if (types[slot] !== puback) return -1;
        const id = readUint16(bytes, restAt(bytes, start));
        return id === 0 ? -1 : ids.sequenceOf(connections[slot] as number, id - 1, next);
      },

      closes: (slot) => types[slot] === disconnect,

      ...(keepAlive > 0 && {
        keepAlive: {
          everyMs: keepAlive * 500,
          maxBytes: 2,
          write: (_slot, into, at) => copyBytes(ping, 0, ping.length, into, at) - at,
        },
      }),

      answerBytes: 4,
      answer(_slot, bytes, start, end, into, at) {
        // A message with QoS 1 is acknowledged, by the identifier behind its topic.
        if (((bytes[start] as number) & 0xf6) !== ((publish << 4) | 2)) return 0;
        const topicAt = restAt(bytes, start);
        const idAt = topicAt + 2 + readUint16(bytes, topicAt);
        if (idAt + 2 > end) return 0;
        into[at] = puback << 4;
        into[at + 1] = 2;
        return copyBytes(bytes, idAt, idAt + 2, into, at + 2) - at;
      },

      reset(slot, connection) {
        connections[slot] = connection;
        packets.reset(slot);
      },

      opening: {
        maxBytes: [
          clientId.maxBytes,
          filter?.maxBytes ?? 0,
          ...credentials.map((text) => Buffer.byteLength(text)),
        ]
          .map((bytes) => bytes + 2)
          .reduce((sum, bytes) => sum + bytes, 5 + 11),

        begin(slot, into, at) {
          const connection = connections[slot] as number;
          const idBytes = clientId.bytes(connection);
          const texts = credentials.map((text) => Buffer.from(text));
          const rest = texts.reduce((sum, { length }) => sum + 2 + length, 12 + idBytes);
          into[at] = 0x10;
          let to = writeLength(into, at + 1, is5 ? rest + 1 : rest);
          const flags = 2 + (user === null ? 0 : 128) + (password === null ? 0 : 64);
          into.set([0, 4, 77, 81, 84, 84, is5 ? 5 : 4, flags], to); // "MQTT", its version, clean start
          to = writeUint16(into, to + 8, keepAlive);
          if (is5) into[to++] = 0; // no properties
          to = clientId.write(into, writeUint16(into, to, idBytes), connection);
          for (const text of texts) {
            to = copyBytes(text, 0, text.length, into, writeUint16(into, to, text.length));
          }
          return to - at;
        },

        received(slot, bytes, start, end, into, at) {
          const type = (bytes[start] as number) >> 4;
          // A message may come before the subscription is acknowledged.
          if (type === publish) return session.answer?.(slot, bytes, start, end, into, at) ?? 0;
          if (type === connack) {
            reason[slot] = bytes[restAt(bytes, start) + 1] as number;
            if (reason[slot] !== 0) return refused;
            return filter === null ? opened : writeSubscribe(filter, slot, into, at);
          }
          if (type === suback) {
            reason[slot] = bytes[end - 1] as number;
            return (reason[slot] as number) < 128 ? opened : refused;
          }
          reason[slot] = type === disconnect && end - start > 2 ? (bytes[start + 2] as number) : 0;
          return type === pingresp ? 0 : refused;
        },
      },
    };
    return session;

    function writeSubscribe(
      text: ConnectionText,
      slot: number,
      into: Uint8Array,
      at: number,
    ): number {
      const connection = connections[slot] as number;
      const filterBytes = text.bytes(connection);
      into[at] = 0x82;
      let to = writeLength(into, at + 1, 2 + (is5 ? 1 : 0) + 2 + filterBytes + 1);
      to = writeUint16(into, to, 1);
      if (is5) into[to++] = 0; // no properties
      to = text.write(into, writeUint16(into, to, filterBytes), connection);
      into[to++] = qos;
      return to - at;
    }
  },
});

/** Length of the packet that begins at `start`. */
function lengthOf(bytes: Uint8Array, start: number, end: number): number {
  const fewest = fewestBytes[(bytes[start] as number) >> 4] as number;
  if (fewest < 0) return malformed;
  let rest = 0;
  let shift = 0;
  for (let at = start + 1; at < end; at++, shift += 7) {
    const byte = bytes[at] as number;
    rest |= (byte & 127) << shift;
    if (byte < 128) return rest < fewest || rest > longest ? malformed : at + 1 - start + rest;
    if (shift === 21) return malformed;
  }
  return incomplete;
}

/** Where a packet's rest begins, behind its length. */
function restAt(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while ((bytes[at] as number) > 127) at++;
  return at + 1;
}

/** Writes the length of a packet's rest, below 2^28. @returns the index after it */
function writeLength(into: Uint8Array, at: number, length: number): number {
  let to = at;
  let rest = length;
  for (; rest > 127; rest >>>= 7) into[to++] = (rest & 127) | 128;
  into[to++] = rest;
  return to;
}
