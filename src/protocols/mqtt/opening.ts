import { writeUint16 } from "../../base/bytes.ts";
import { UserError } from "../../base/errors.ts";
import { ConnectionText } from "../connection-text.ts";
import { longestHead, types, writeLength } from "./packets.ts";

/** Of the options of mqtt, those that say how a connection is opened. */
interface OpeningOptions {
  readonly version: "3.1.1" | "5";
  readonly clientId: string | null;
  readonly user: string | null;
  readonly password: string | null;
  readonly keepAlive: number;
  readonly subscribe: string | null;
  readonly qos: number;
}

/** By a connection's number, what it sends when it opens. */
interface OpeningPackets {
  readonly connect: (connection: number) => Buffer;
  /** Null: nothing is subscribed to. */
  readonly subscribe: ((connection: number) => Buffer) | null;
}

/**
 * @throws UserError where options do not go together
 * @see    MQTT Version 3.1.1 and MQTT Version 5.0 (OASIS), sections 3.1 and 3.8
 */
export function createOpeningPackets(options: OpeningOptions): OpeningPackets {
  const { user, password, keepAlive, qos, subscribe } = options;
  const is5 = options.version === "5";
  if (password !== null && user === null && !is5) {
    throw new UserError("password: MQTT 3.1.1 takes none without a user; give user as well");
  }
  const credentials = [user, password].filter((text) => text !== null).map(checkedText);
  const clientId = new ConnectionText("clientId", checkedText(options.clientId ?? ""));
  const filter = new ConnectionText("subscribe", checkedText(subscribe ?? ""));
  const flags = 2 + (user === null ? 0 : 128) + (password === null ? 0 : 64); // 2: clean start
  const head = Buffer.concat([field("MQTT"), Buffer.of(is5 ? 5 : 4, flags), uint16(keepAlive)]);
  const properties = Buffer.alloc(is5 ? 1 : 0); // none of them
  return {
    connect(connection) {
      const texts = [clientId.of(connection), ...credentials].map(field);
      return packet(types.connect << 4, head, properties, ...texts);
    },
    subscribe:
      subscribe === null
        ? null
        : (connection) => {
            const text = field(filter.of(connection));
            return packet((types.subscribe << 4) | 2, uint16(1), properties, text, Buffer.of(qos));
          },
  };
}

/** A topic to publish to. @throws UserError: it has a wildcard, or is too long */
export function checkedTopic(text: string): string {
  const wildcard = /[+#]/.exec(text);
  if (wildcard === null) return checkedText(text);
  throw new UserError(
    `topic: "${text}" has ${wildcard[0]} in it, with which nothing can be published, only subscribed to (subscribe)`,
  );
}

/** @throws UserError: MQTT has no room for it, with the numbers of connections */
function checkedText(text: string): string {
  if (Buffer.byteLength(text) <= 60_000) return text;
  throw new UserError("a text is over 60,000 bytes");
}

/** @param first type and flags */
function packet(first: number, ...parts: readonly Uint8Array[]): Buffer {
  const rest = Buffer.concat(parts);
  const head = Buffer.alloc(longestHead);
  head[0] = first;
  return Buffer.concat([head.subarray(0, writeLength(head, 1, rest.length)), rest]);
}

/** A text with its length before it. */
function field(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([uint16(bytes.length), bytes]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  writeUint16(bytes, 0, value);
  return bytes;
}
