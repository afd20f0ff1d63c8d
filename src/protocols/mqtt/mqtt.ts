import { copyBytes, readUint16, writeMessage, writeUint16 } from "../../base/bytes.ts";
import { IdNumbers } from "../../base/numbers/id-numbers.ts";
import { ConnectionText } from "../connection-text.ts";
import { defineProtocol, kind, opened, type ProtocolSession, refused } from "../protocol.ts";
import { SizedMessages } from "../sized-messages.ts";
import { checkedTopic, createOpeningPackets } from "./opening.ts";
import { lengthOf, longestHead, ping, restAt, types, writeLength } from "./packets.ts";
import { reasonName } from "./reasons.ts";

/** The number of a connection with the most digits. */
const longest = Number.MAX_SAFE_INTEGER;

/**
 * MQTT: each request publishes a message; messages of a subscription are pushes.
 *
 * @see MQTT Version 3.1.1 and MQTT Version 5.0 (OASIS), sections 3.1 to 3.4, 3.8, 3.9, 3.14
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
    const { qos, keepAlive } = options;
    const is5 = options.version === "5";
    const { connect, subscribe } = createOpeningPackets(options);
    const topic = new ConnectionText("topic", checkedTopic(options.topic));
    const publishes = (types.publish << 4) | (qos << 1) | (options.retain ? 1 : 0);
    /** Packet identifiers are 1 to 65,535. A message may be under way while 65,534 later ones are. */
    const ids = new IdNumbers(65_535, false, 0);

    /** Uint32, per slot: the connection's number. */
    const connections = new Uint32Array(slots);
    const packets = new SizedMessages(slots, longestHead, lengthOf);
    /** Uint8, per slot: the latest packet's type. */
    const latest = new Uint8Array(slots);
    /** Uint8, per slot: the latest reason code; 0: a packet that was not expected. */
    const reason = new Uint8Array(slots);
    /** Uint8, per slot: whether CONNACK has come. */
    const isAccepted = new Uint8Array(slots);

    const session: ProtocolSession = {
      readsMessages: true,
      ...(qos === 0 ? { unanswered: "qos: 1" } : {}),
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
        latest[slot] = type;
        if (type === types.publish) return kind.push;
        const isReply = type === types.puback;
        if (!isReply && type !== types.disconnect) return kind.ignore;
        // Version 5 may give a reason; one below 128 is not a failure.
        reason[slot] = reasonAt(bytes, restAt(bytes, start) + (isReply ? 2 : 0), end);
        if ((reason[slot] as number) >= 128) return kind.error;
        return isReply ? kind.reply : kind.ignore;
      },

      errorCode(slot) {
        const code = reason[slot] as number;
        if (code === 0) return "MQTT_UNEXPECTED_PACKET";
        if (code === 128 && !is5) return "MQTT_SUBSCRIPTION_REFUSED";
        return `MQTT_${reasonName(code)}`;
      },

      match(slot, bytes, start, _end, next) {
        if (latest[slot] !== types.puback) return -1;
        const id = readUint16(bytes, restAt(bytes, start));
        return id === 0 ? -1 : ids.sequenceOf(connections[slot] as number, id - 1, next);
      },

      closes: (slot) => latest[slot] === types.disconnect,

      ...(keepAlive > 0 && {
        keepAlive: {
          everyMs: keepAlive * 500,
          maxBytes: 2,
          write: (_slot, into, at) => writeMessage(into, at, ping),
        },
      }),

      answerBytes: 4,
      answer(_slot, bytes, start, end, into, at) {
        // A message with QoS 1 is acknowledged, by the identifier behind its topic.
        if (((bytes[start] as number) & 0xf6) !== ((types.publish << 4) | 2)) return 0;
        const topicAt = restAt(bytes, start);
        const idAt = topicAt + 2 + readUint16(bytes, topicAt);
        if (idAt + 2 > end) return 0;
        into[at] = types.puback << 4;
        into[at + 1] = 2;
        return copyBytes(bytes, idAt, idAt + 2, into, at + 2) - at;
      },

      reset(slot, connection) {
        connections[slot] = connection;
        isAccepted[slot] = 0;
        packets.reset(slot);
      },

      opening: {
        maxBytes: Math.max(...[connect, subscribe].map((packet) => packet?.(longest).length ?? 0)),

        begin: (slot, into, at) => writeMessage(into, at, connect(connections[slot] as number)),

        awaits: (slot) => (isAccepted[slot] === 1 ? "SUBACK" : "CONNACK"),

        received(slot, bytes, start, end, into, at) {
          const type = (bytes[start] as number) >> 4;
          // A message may come before the subscription is acknowledged.
          if (type === types.publish)
            return session.answer?.(slot, bytes, start, end, into, at) ?? 0;
          if (type === types.connack) {
            reason[slot] = bytes[restAt(bytes, start) + 1] as number;
            if (reason[slot] !== 0) return refused;
            isAccepted[slot] = 1;
            return subscribe === null
              ? opened
              : writeMessage(into, at, subscribe(connections[slot] as number));
          }
          if (type === types.suback) {
            reason[slot] = bytes[end - 1] as number;
            return (reason[slot] as number) < 128 ? opened : refused;
          }
          reason[slot] = type === types.disconnect ? reasonAt(bytes, restAt(bytes, start), end) : 0;
          return type === types.pingresp ? 0 : refused;
        },
      },
    };
    return session;
  },
});

/** A reason code; 0 where the packet has none. */
function reasonAt(bytes: Uint8Array, at: number, end: number): number {
  return at < end ? (bytes[at] as number) : 0;
}
