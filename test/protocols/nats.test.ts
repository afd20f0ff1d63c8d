import { describe, expect, it } from "vitest";
import { nats } from "../../src/protocols/nats/nats.ts";
import {
  expectMessages,
  expectOpening,
  messageOf,
  openWith,
  sessionOf,
  written,
} from "./chunks.ts";

const info = Buffer.from('INFO {"server_id":"NAB-C","client_id":12,"headers":true}\r\n');
const pong = Buffer.from("PONG\r\n");

const text = (lines: string) => Buffer.from(lines.replaceAll("|", "\r\n"));

/** A session whose connection is open. */
async function openSession(options: Record<string, unknown>) {
  const session = await sessionOf(nats, options);
  expect(openWith(session, [info, pong]).result).toBe("opened");
  return session;
}

describe("a publish of nats", () => {
  it("has subject and payload", async () => {
    const session = await openSession({ subject: "u.{{connection}}" });
    expect(written(session, 3, "hello").toString()).toBe("PUB u.42 5\r\nhello\r\n");
    expect(written(session, 3, "").toString()).toBe("PUB u.42 0\r\n\r\n");
  });

  it("has an inbox where it is a request, which ends in its number", async () => {
    const session = await openSession({ request: true, subject: "help" });
    expect(written(session, 1234, "hi").toString()).toBe(
      "PUB help _INBOX.NABC.12.1234 2\r\nhi\r\n",
    );
  });
});

describe("what comes over nats", () => {
  it("is answered by nothing that is sent to keep a connection alive", async () => {
    expect((await sessionOf(nats)).keepAlive).toBeUndefined();
    const session = await sessionOf(nats, { ping: 2 });
    const into = Buffer.alloc(8, 0xee);
    expect(session.keepAlive?.write(1, into, 1)).toBe(6);
    expect(into.subarray(1, 7)).toEqual(text("PING|"));
    expect(session.keepAlive?.everyMs).toBe(2000);
    await expectMessages(async () => session, pong, [{ end: 6, kind: "ignore" }]);
  });

  it("is a push, a ping that is answered, or to be ignored", async () => {
    const lines = ["MSG a.b 1 5|hello|", "PING|", "PONG|", "INFO {}|", "+OK|", "MSG a 1 x.y 0||"];
    const ends = lines.map((_, i) => text(lines.slice(0, i + 1).join("")).length);
    const [message, ping, ...others] = ends as [number, number, number, number, number, number];
    await expectMessages(() => sessionOf(nats), text(lines.join("")), [
      { end: message, kind: "push" },
      { end: ping, kind: "ignore", answer: text("PONG|") },
      ...others.map((end, i) => ({ end, kind: i < 3 ? ("ignore" as const) : ("push" as const) })),
    ]);
  });

  it("is a confirmation where those are wanted", async () => {
    await expectMessages(() => sessionOf(nats, { verbose: true }), text("+OK|+OK|"), [
      { end: 5, kind: "reply" },
      { end: 10, kind: "reply" },
    ]);
  });

  it("is the reply to the request whose inbox it came to", async () => {
    const make = () => sessionOf(nats, { request: true });
    const stream = text(
      "MSG _INBOX.NABC.12.99 2 3|a||MSG _INBOX.NABC.12.100 2 0||MSG _INBOX.x 2 0||",
    );
    await expectMessages(make, stream, [
      { end: 32, kind: "reply", match: 99 },
      { end: 62, kind: "reply", match: -1 },
      { end: 82, kind: "reply", match: -1 },
    ]);
  });

  it("answers no request where it came to the inbox of another connection", async () => {
    const session = await openSession({ request: true });
    const lines = [
      "_INBOX.NABC.12.5",
      "_INBOX.NABC.13.5",
      "_INBOX.NABD.12.5",
      "x._INBOX.NABC.12.5",
    ];
    const matches = lines.map((inbox) => {
      const bytes = text(`MSG ${inbox} 2 0||`);
      return messageOf(session, bytes, 0, 6);
    });
    expect(matches.map(({ match }) => match)).toEqual([5, -1, -1, -1]);
  });

  it("is that nobody answers, or another status", async () => {
    const make = () => sessionOf(nats, { request: true });
    const none = "HMSG _INBOX.A.1.7 2 16 16|NATS/1.0 503|||";
    const full = "HMSG _INBOX.A.1.8 2 16 16|NATS/1.0 429|||";
    const fine = "HMSG _INBOX.A.1.9 2 18 20|NATS/1.0|A: b||hi|";
    await expectMessages(make, text(none + full + fine), [
      { end: 45, kind: "error", code: "NATS_NO_RESPONDERS", match: 7 },
      { end: 90, kind: "error", code: "NATS_STATUS_429", match: 8 },
      { end: 90 + text(fine).length, kind: "reply", match: 9 },
    ]);
  });

  it("is an error by name, after which the server may close", async () => {
    const refused = `-ERR 'Permissions Violation for Publish to "a.b"'|`;
    const ended = "-ERR 'Stale Connection'|-ERR 'Maximum Payload Violation'|-ERR|";
    await expectMessages(() => sessionOf(nats), text(refused + ended), [
      { end: 51, kind: "error", code: "NATS_PERMISSIONS_VIOLATION" },
      { end: 76, kind: "error", code: "NATS_STALE_CONNECTION", closes: true },
      { end: 110, kind: "error", code: "NATS_MAXIMUM_PAYLOAD_VIOLATION", closes: true },
      { end: 116, kind: "error", code: "NATS_ERROR", closes: true },
    ]);
  });

  it.each([
    ["another protocol", "220 smtp.example|"],
    ["a message without a length", "MSG|"],
    ["a length that is not a number", "MSG a 1 12x|"],
    ["a length of more than 64 MiB", "MSG a 1 67108865|"],
    ["a payload that is longer than said", "MSG a 1 2|hello|"],
  ])("is malformed: %s", async (_, lines) => {
    await expectMessages(() => sessionOf(nats), text(`PING|${lines}`), [
      { end: 6, kind: "ignore", answer: text("PONG|") },
      "malformed",
    ]);
  });

  it("is malformed: a line of more than 64 KiB", async () => {
    const session = await sessionOf(nats);
    const line = Buffer.from(`INFO ${"x".repeat(70_000)}`);
    expect(session.scan?.(1, line, 0, line.length)).toBe(-2);
  });
});

describe("the opening of nats", () => {
  const connect = (more = "") =>
    'CONNECT {"verbose":false,"pedantic":false,"tls_required":false,"name":"slash8",' +
    `"lang":"slash8","version":"1","protocol":1,"headers":true,"no_responders":false${more}}\r\n`;

  it("waits for the greeting, connects, and is open when all is confirmed", async () => {
    expectOpening(await sessionOf(nats), [info, pong], {
      sent: [`${connect()}PING\r\n`],
      result: "opened",
    });
    const user = await sessionOf(nats, { user: "me", password: 'p"w' });
    expect(openWith(user, [info]).sent).toEqual([
      `${connect(',"user":"me","pass":"p\\"w"')}PING\r\n`,
    ]);
    const token = await sessionOf(nats, { token: "t" });
    expect(openWith(token, [info]).sent).toEqual([`${connect(',"auth_token":"t"')}PING\r\n`]);
  });

  it("subscribes, to a queue group too, and to an inbox", async () => {
    const group = await sessionOf(nats, { subscribe: "a.{{connection}}.>", queue: "workers" });
    expectOpening(group, [info, text("MSG a.42.b 1 0||"), text("PING|"), pong], {
      sent: [`${connect()}SUB a.42.> workers 1\r\nPING\r\n`, "PONG\r\n"],
      result: "opened",
    });
    const asking = await sessionOf(nats, { request: true });
    const [said] = openWith(asking, [info, info, pong]).sent;
    expect(said).toContain('"no_responders":true');
    expect(said).toMatch(/\r\nSUB _INBOX\.NABC\.12\.\* 2\r\nPING\r\n$/);
  });

  it("passes over confirmations", async () => {
    const session = await sessionOf(nats, { verbose: true, subscribe: "a" });
    expect(openWith(session, [info, text("+OK|+OK|"), pong]).result).toBe("opened");
    expect(openWith(session, [info, text("+OK|+OK|")]).result).toBe("waits");
  });

  it("is refused by name", async () => {
    const session = await sessionOf(nats);
    const refusal = text("-ERR 'Authorization Violation'|");
    expect(openWith(session, [info, refusal]).result).toBe("NATS_AUTHORIZATION_VIOLATION");
    for (const [answer, result] of [
      ["INFO nonsense|", "NATS_UNUSABLE_INFO"],
      ['INFO {"server_id":"A","client_id":1,"tls_required":true}|', "NATS_TLS_REQUIRED"],
      ["220 smtp.example|", "malformed"],
    ] as const) {
      expect(openWith(session, [text(answer)]).result).toBe(result);
    }
  });

  it.each([
    [{ request: true, verbose: true }, "verbose: a request's reply comes to its inbox"],
    [{ queue: "q" }, "queue: goes with subscribe"],
    [{ subject: "a b" }, "subject: 1 to 500 characters without spaces will do"],
    [{ subscribe: "" }, "subscribe: 1 to 500 characters"],
  ])("refuses the options %j", async (options, message) => {
    await expect(sessionOf(nats, options)).rejects.toThrow(message);
  });
});
