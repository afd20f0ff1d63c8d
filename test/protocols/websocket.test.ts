import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { websocket } from "../../src/protocols/websocket/websocket.ts";
import {
  expectMessages,
  expectOpening,
  messageOf,
  openWith,
  sessionOf,
  slot,
  written,
} from "./chunks.ts";

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

/** The payload of a client's frame, unmasked, and what stands before it. */
function unmask(frame: Buffer): { head: string; payload: Buffer } {
  const length = (frame[1] as number) & 127;
  const at = length === 126 ? 4 : length === 127 ? 10 : 2;
  const mask = frame.subarray(at, at + 4);
  const payload = frame.subarray(at + 4).map((byte, i) => byte ^ (mask[i & 3] as number));
  return { head: frame.toString("hex", 0, at), payload: Buffer.from(payload) };
}

describe("a message of websocket", () => {
  it.each([
    [0, "8180"],
    [125, "81fd"],
    [126, "81fe007e"],
    [65_535, "81feffff"],
    [65_536, "81ff0000000000010000"],
  ])("of %i bytes is one masked frame", async (length, head) => {
    const session = await sessionOf(websocket);
    const message = Array.from({ length }, (_, i) => String.fromCharCode(97 + (i % 26))).join("");
    const { head: found, payload } = unmask(written(session, 3, message));
    expect(found).toBe(head);
    expect(payload.equals(Buffer.from(message))).toBe(true);
  });

  it("has a mask of its own, and can be binary", async () => {
    const session = await sessionOf(websocket, { frames: "binary" });
    const masks = [0, 1, 2].map((sequence) =>
      written(session, sequence, "hi").toString("hex", 2, 6),
    );
    expect(new Set(masks).size).toBe(3);
    const { head, payload } = unmask(written(session, 0, "hi"));
    expect([head, payload.toString()]).toEqual(["8282", "hi"]);
  });
});

describe("what comes over websocket", () => {
  const hello = hex("8105 48656c6c6f"); // RFC 6455, section 5.7
  const fragments = hex("0103 48656c 8002 6c6f");

  it("is a reply, of one frame or several", async () => {
    const stream = Buffer.concat([hello, fragments, hex("8200"), hex("0100 0000 8000")]);
    await expectMessages(() => sessionOf(websocket), stream, [
      { end: 7, kind: "reply" },
      { end: 16, kind: "reply" },
      { end: 18, kind: "reply" },
      { end: 24, kind: "reply" },
    ]);
  });

  it("is long, with a length of two or eight bytes", async () => {
    const long = Buffer.concat([hex("827e 0100"), Buffer.alloc(256)]);
    await expectMessages(() => sessionOf(websocket), Buffer.concat([long, hello]), [
      { end: 260, kind: "reply" },
      { end: 267, kind: "reply" },
    ]);
    const session = await sessionOf(websocket);
    const longer = Buffer.concat([hex("827f 00000000 00010000"), Buffer.alloc(65_536)]);
    for (let at = 0; at < 12; at++) expect(session.scan?.(slot, longer, at, at + 1)).toBe(-1);
    expect(session.scan?.(slot, longer, 12, longer.length)).toBe(65_546);
  });

  it("is a pong, where a connection is kept alive by pings", async () => {
    expect((await sessionOf(websocket)).keepAlive).toBeUndefined();
    const { keepAlive } = await sessionOf(websocket, { ping: 2 });
    const into = Buffer.alloc(keepAlive?.maxBytes ?? 0);
    expect(keepAlive?.write(1, into, 0)).toBe(6);
    expect(into.subarray(0, 2)).toEqual(hex("8980"));
    expect(keepAlive?.everyMs).toBe(2000);
  });

  it("is a ping, which is answered by a pong with its bytes, even within a message", async () => {
    const make = () => sessionOf(websocket);
    const ping = hex("8903 616263");
    const session = await make();
    const answer = expect.any(Buffer);
    await expectMessages(make, Buffer.concat([ping, hex("8a00"), hello]), [
      { end: 5, kind: "ignore", answer },
      { end: 7, kind: "ignore" },
      { end: 14, kind: "reply" },
    ]);
    const cut = Buffer.concat([fragments.subarray(0, 5), ping, fragments.subarray(5), hello]);
    await expectMessages(make, cut, [
      { end: 10, kind: "ignore", answer },
      { end: 14, kind: "reply" },
      { end: 21, kind: "reply" },
    ]);
    const into = Buffer.alloc(20);
    expect(session.scan?.(1, ping, 0, 5)).toBe(5);
    const length = session.answer?.(1, ping, 0, 5, into, 2) ?? 0;
    const { head, payload } = unmask(into.subarray(2, 2 + length));
    expect([head, payload.toString()]).toEqual(["8a83", "abc"]);
  });

  it("is a push where it begins so", async () => {
    const stream = Buffer.concat([hello, hex("8103 486579"), hex("8102 4865"), fragments]);
    const all = ["push", "push", "push", "push"] as const;
    for (const [pushes, kinds] of [
      [null, ["reply", "reply", "reply", "reply"]],
      ["", all],
      ["Hel", ["push", "reply", "reply", "push"]],
      ["Hello", ["push", "reply", "reply", "reply"]],
    ] as const) {
      const ends = [7, 12, 16, 25];
      const expected = kinds.map((kind, i) => ({ end: ends[i] as number, kind }));
      await expectMessages(() => sessionOf(websocket, { pushes }), stream, expected);
    }
  });

  it("is a close, which is an error with its code", async () => {
    await expectMessages(
      () => sessionOf(websocket),
      Buffer.concat([hello, hex("8805 03f3 627965")]),
      [
        { end: 7, kind: "reply" },
        { end: 14, kind: "error", code: "WEBSOCKET_CLOSE_1011", closes: true },
      ],
    );
  });

  it.each([
    ["8805 03e9 627965", "8882", "03e9"],
    ["8802 03e8", "8882", "03e8"],
    ["8800", "8880", ""],
  ])("is a parting, which is answered: %s", async (bytes, head, code) => {
    const close = hex(bytes);
    const answer = expect.any(Buffer);
    const expected = { end: close.length, kind: "ignore" as const, answer };
    await expectMessages(() => sessionOf(websocket), close, [expected]);
    const session = await sessionOf(websocket);
    session.scan?.(slot, close, 0, close.length);
    const { answer: sent } = messageOf(session, close, 0, 1);
    const found = unmask(sent ?? Buffer.alloc(2));
    expect([found.head, found.payload.toString("hex")]).toEqual([head, code]);
  });

  it.each([
    ["a mask", "8185 01020304 4865"],
    ["a reserved bit", "c105 48656c6c6f"],
    ["an unknown opcode", "8300"],
    ["an unknown control frame", "8b00"],
    ["a control frame in parts", "0900"],
    ["a control frame that is too long", "897e 0080"],
    ["a continuation of nothing", "8000"],
    ["a message within another", "0101 61 8100"],
    ["a length that is longer than it has to be", "817e 0002 6869"],
    ["a length of eight bytes that two could hold", "817f 00000000 0000ffff"],
    ["half a close code", "8801 03"],
    ["more than 16 MiB", "827f 00000000 01000001"],
    ["more than a length can be", "827f ffffffff ffffffff"],
  ])("is malformed: %s", async (_, bytes) => {
    await expectMessages(() => sessionOf(websocket), Buffer.concat([hello, hex(bytes)]), [
      { end: 7, kind: "reply" },
      "malformed",
    ]);
  });

  it.each(["8800 8102 6869", "8802 03e8 8900"])(
    "is malformed: what comes behind a close, %s",
    async (bytes) => {
      const close = { end: bytes.startsWith("8800") ? 2 : 4, kind: "ignore" as const };
      const messages = [{ ...close, answer: expect.any(Buffer) }, "malformed" as const];
      await expectMessages(() => sessionOf(websocket), hex(bytes), messages);
    },
  );

  it("is malformed: more than 16 MiB in parts", async () => {
    const session = await sessionOf(websocket);
    const part = Buffer.concat([hex("027f 00000000 00ffffff"), Buffer.alloc(2 ** 24 - 1)]);
    expect(session.scan?.(1, part, 0, part.length)).toBe(-1);
    expect(session.scan?.(1, hex("0001 61"), 0, 3)).toBe(-1);
    expect(session.scan?.(1, hex("8001 61"), 0, 3)).toBe(-2);
  });
});

describe("the opening of websocket", () => {
  const head = (more = "") =>
    `GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
    `Sec-WebSocket-Version: 13\r\n${more}Sec-WebSocket-Key: `;

  async function keyOf(options: Record<string, unknown> = {}): Promise<string> {
    const [request = ""] = openWith(await sessionOf(websocket, options), []).sent;
    return /Sec-WebSocket-Key: (.*)\r\n/.exec(request)?.[1] ?? "";
  }

  function accepting(key: string, more = ""): Buffer {
    const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
    return Buffer.from(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nConnection: Upgrade\r\n` +
        `sec-websocket-accept: ${accept.digest("base64")}\r\n${more}\r\n`,
    );
  }

  it("upgrades, with a key that the seed decides", async () => {
    const key = await keyOf();
    expect(Buffer.from(key, "base64").length).toBe(16);
    expect(await keyOf()).toBe(key);
    expectOpening(await sessionOf(websocket), [accepting(key)], {
      sent: [`${head()}${key}\r\n\r\n`],
      result: "opened",
    });
    const other = openWith(await sessionOf(websocket, {}, { seed: 8 }), []).sent[0];
    expect(other).not.toContain(key);
  });

  it("asks for a path, headers and a subprotocol", async () => {
    const options = {
      path: "/chat?room={{connection}}",
      host: "chat.example",
      headers: ["Authorization: Bearer x", "Origin: http://localhost"],
      subprotocol: "v2.chat",
    };
    const session = await sessionOf(websocket, options);
    const key = await keyOf(options);
    const { sent, result } = openWith(session, [
      accepting(key, "Sec-WebSocket-Protocol: v2.chat\r\n"),
    ]);
    expect(result).toBe("opened");
    expect(sent[0]).toMatch(/^GET \/chat\?room=42 HTTP\/1\.1\r\nHost: chat\.example\r\n/);
    expect(sent[0]).toContain("\r\nAuthorization: Bearer x\r\nOrigin: http://localhost\r\n");
    expect(sent[0]).toContain("\r\nSec-WebSocket-Protocol: v2.chat\r\n");
  });

  it("sends a first message, and waits for its reply where it is to", async () => {
    const key = await keyOf();
    const session = await sessionOf(websocket, { first: "login" });
    const { sent, result } = openWith(session, [accepting(key)]);
    expect(result).toBe("opened");
    const { head: frame, payload } = unmask(Buffer.from(sent[1] ?? "", "latin1"));
    expect([frame, payload.toString()]).toEqual(["8185", "login"]);

    const numbered = await sessionOf(websocket, { first: '{"user":"u{{connection}}"}' });
    const login = openWith(numbered, [accepting(key)]).sent[1] ?? "";
    expect(unmask(Buffer.from(login, "latin1")).payload.toString()).toBe('{"user":"u42"}');
    await expect(sessionOf(websocket, { first: "{{token}}" })).rejects.toThrow("{{token}} is not");

    const waiting = await sessionOf(websocket, { first: "login", firstReply: true });
    expect(openWith(waiting, [accepting(key)]).result).toBe("waits");
    const answers = [accepting(key), hex("8900"), hex("0101 6f 8001 6b")];
    expectOpening(waiting, answers, {
      sent: [expect.any(String), sent[1] as string, expect.any(String)],
      result: "opened",
    });
    for (const [code, number] of [
      ["03f0", 1008],
      ["03e8", 1000],
    ] as const) {
      const refusal = openWith(waiting, [accepting(key), hex(`8802 ${code}`)]);
      expect(refusal.result).toBe(`WEBSOCKET_CLOSE_${number}`);
    }
  });

  it("is refused by name", async () => {
    const key = await keyOf();
    const refusals: [string | Buffer, string][] = [
      ["HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno", "WEBSOCKET_HTTP_401"],
      ["HTTP/1.1 404 Not Found\r\n\r\n", "WEBSOCKET_HTTP_404"],
      ["220 smtp.example\r\n\r\n", "WEBSOCKET_NOT_HTTP"],
      ["HTTP/1.1 101 Switching Protocols\r\n\r\n", "WEBSOCKET_WRONG_ACCEPT"],
      [accepting("another"), "WEBSOCKET_WRONG_ACCEPT"],
      [accepting(key, "Sec-WebSocket-Protocol: x\r\n"), "WEBSOCKET_WRONG_SUBPROTOCOL"],
      [
        accepting(key, "Sec-WebSocket-Extensions: permessage-deflate\r\n"),
        "WEBSOCKET_WRONG_EXTENSION",
      ],
      [Buffer.alloc(70_000, 97), "malformed"],
    ];
    const session = await sessionOf(websocket);
    for (const [answer, result] of refusals) {
      expect(openWith(session, [Buffer.from(answer)]).result).toBe(result);
    }
    const wanting = await sessionOf(websocket, { subprotocol: "x" });
    expect(openWith(wanting, [accepting(key)]).result).toBe("WEBSOCKET_WRONG_SUBPROTOCOL");
  });

  it.each([
    [{ path: "chat" }, 'path: "/" and printable ASCII'],
    [{ headers: ["Origin"] }, 'headers: "Origin" is not a header; "Name: value" will do'],
    [{ headers: ["A: b\r\nC: d"] }, "is not a header"],
    [{ firstReply: true }, "firstReply: goes with first"],
  ])("refuses the options %j", async (options, message) => {
    await expect(sessionOf(websocket, options)).rejects.toThrow(message);
  });
});
