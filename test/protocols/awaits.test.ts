import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { mqtt } from "../../src/protocols/mqtt/mqtt.ts";
import { shippedProtocols } from "../../src/protocols/shipped.ts";
import { websocket } from "../../src/protocols/websocket/websocket.ts";
import { sessionOf } from "./sessions.ts";

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");
const info = Buffer.from('INFO {"server_id":"NABC","client_id":12}\r\n');

/** With these options, and when the peer has sent these messages. */
const awaited: readonly (readonly [
  protocol: keyof typeof shippedProtocols,
  options: Record<string, unknown>,
  messages: readonly Buffer[],
  what: string,
])[] = [
  ["mqtt", { subscribe: "a" }, [], "CONNACK"],
  ["mqtt", { subscribe: "a" }, [hex("2002 0000")], "SUBACK"],
  ["nats", {}, [], "INFO"],
  ["nats", {}, [info], "PONG"],
  ["kafka", { topic: "t" }, [], "the response to ApiVersions"],
  ["websocket", {}, [], "the response to the upgrade"],
  ["resp", { password: "x", database: 1 }, [], "the reply to AUTH"],
  ["resp", { password: "x", database: 1 }, [Buffer.from("+OK\r\n")], "the reply to SELECT"],
  ["postgres", {}, [], "AuthenticationOk"],
  ["postgres", {}, [hex("52 00000008 00000000")], "ReadyForQuery"],
];

it.each(awaited)("the opening of %s with %o, after %o, waits for %s", async (...row) => {
  const [protocol, options, messages, what] = row;
  const { opening } = await sessionOf(shippedProtocols[protocol] as never, options);
  const into = Buffer.alloc(opening.maxBytes);
  opening.begin(1, into, 0);
  for (const message of messages) opening.received(1, message, 0, message.length, into, 0);
  expect(opening.awaits?.(1)).toBe(what);
});

it("the opening of a slot's next connection waits for its first message again", async () => {
  const session = await sessionOf(mqtt, { subscribe: "a" });
  const { opening } = session;
  const into = Buffer.alloc(opening.maxBytes);
  opening.begin(1, into, 0);
  opening.received(1, hex("2002 0000"), 0, 4, into, 0);
  session.reset(1, 7);
  opening.begin(1, into, 0);
  expect(opening.awaits?.(1)).toBe("CONNACK");
});

it("the opening of a websocket waits for the reply to its first message", async () => {
  const session = await sessionOf(websocket, { first: "hi", firstReply: true });
  const { opening } = session;
  const into = Buffer.alloc(opening.maxBytes);
  const request = into.toString("latin1", 0, opening.begin(1, into, 0));
  const key = /Sec-WebSocket-Key: (.*)\r\n/.exec(request)?.[1];
  const accept = createHash("sha1")
    .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest("base64");
  const head = Buffer.from(`HTTP/1.1 101 OK\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  expect(opening.received(1, head, 0, head.length, into, 0)).toBeGreaterThan(0);
  expect(opening.awaits?.(1)).toBe("the reply to the first message");
});
