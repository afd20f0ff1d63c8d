import { describe, expect, it } from "vitest";
import { memcached } from "../../src/protocols/memcached/memcached.ts";
import { classified, read, requestOf, sessionOf } from "./sessions.ts";

describe("text", async () => {
  const session = await sessionOf(memcached);

  it.each([
    ["get k1", "get k1\r\n"],
    ["get a b c", "get a b c\r\n"],
    ["set k1 some value", "set k1 0 0 10\r\nsome value\r\n"],
    ["set k1 ", "set k1 0 0 0\r\n\r\n"],
    ["append k1 \r\n", "append k1 0 0 2\r\n\r\n\r\n"],
    ["incr n 5", "incr n 5\r\n"],
    ["version", "version\r\n"],
    ["settle this", "settle this\r\n"],
  ])("writes %j", (message, bytes) => {
    expect(requestOf(session, message)).toBe(bytes);
  });

  it("stores for as long as is wanted", async () => {
    const brief = await sessionOf(memcached, { expiry: 60 });
    expect(requestOf(brief, "add k é")).toBe("add k 0 60 2\r\n\xc3\xa9\r\n");
  });

  const replies = [
    "STORED\r\n",
    "END\r\n",
    "VALUE k1 0 5\r\nhello\r\nEND\r\n",
    "VALUE k1 12 7 99\r\nEND\r\n\r\n\r\nVALUE k2 0 0\r\n\r\nEND\r\n",
    "VERSION 1.6.18\r\n",
    "5\r\n",
    "1234567\r\n",
    "DELETED\r\n",
    "TOUCHED\r\n",
    "OK\r\n",
    "STAT pid 7\r\nSTAT time 1\r\nEND\r\n",
  ];
  it.each(replies)("reads %j", (reply) => {
    expect(read(session, reply)).toEqual([["reply", reply]]);
  });

  it("reads replies one behind the other", () => {
    expect(read(session, replies.join(""))).toEqual(replies.map((reply) => ["reply", reply]));
  });

  it.each([
    ["ERROR\r\n", "ERROR"],
    ["CLIENT_ERROR bad data chunk\r\n", "CLIENT_ERROR"],
    ["SERVER_ERROR out of memory storing object\r\n", "SERVER_ERROR"],
    ["NOT_STORED\r\n", "NOT_STORED"],
    ["EXISTS\r\n", "EXISTS"],
    ["NOT_FOUND\r\n", "NOT_FOUND"],
  ])("%j is an error", (reply, name) => {
    expect(read(session, `END\r\n${reply}5\r\n`)).toEqual([
      ["reply", "END\r\n"],
      [`MEMCACHED_${name}`, reply],
      ["reply", "5\r\n"],
    ]);
  });

  it.each([
    ["VALUE k 0 1\r\nx\r\nSERVER_ERROR out of memory writing get response\r\n", "SERVER_ERROR"],
    ["VALUE k 0 1\r\nx\r\nVALUE l 0 0\r\n\r\nCLIENT_ERROR no\r\n", "CLIENT_ERROR"],
    ["STAT pid 7\r\nERROR\r\n", "ERROR"],
    ["VALUE k 0 1\r\nx\r\nSTORED\r\n", "NO_END"],
  ])("values that do not end with END are an error: %j", (reply, name) => {
    const whole = "VALUE k 0 1\r\nx\r\nEND\r\n";
    expect(read(session, `${whole}${reply}${whole}`)).toEqual([
      ["reply", whole],
      [`MEMCACHED_${name}`, reply],
      ["reply", whole],
    ]);
  });

  it.each([
    ["get k", "STORED\r\n", "MEMCACHED_WRONG_REPLY"],
    ["get k", "VERSION 1\r\n", "MEMCACHED_WRONG_REPLY"],
    ["get k", "END\r\n", "reply"],
    ["get k", "ERROR\r\n", "MEMCACHED_ERROR"],
    ["set k v", "END\r\n", "MEMCACHED_WRONG_REPLY"],
    ["set k v", "NOT_STORED\r\n", "MEMCACHED_NOT_STORED"],
    ["append k v", "STORED\r\n", "reply"],
    ["delete k", "STORED\r\n", "MEMCACHED_WRONG_REPLY"],
    ["incr k 1", "7\r\n", "reply"],
    ["incr k 1", "STORED\r\n", "MEMCACHED_WRONG_REPLY"],
    ["touch k 1", "TOUCHED\r\n", "reply"],
    ["version", "VERSION 1\r\n", "reply"],
    ["stats", "STAT a 1\r\nEND\r\n", "reply"],
  ])("%j answered by %j is %s", async (message, answer, is) => {
    const fresh = await sessionOf(memcached);
    const bytes = Buffer.from(answer);
    const send = (text: string, sequence: number) => {
      const payload = Buffer.from(text);
      fresh.write(Buffer.alloc(100), 0, 2, sequence, payload, 0, payload.length);
    };
    // A connection goes on where the one before it was.
    for (const [sequence, text] of ["get a", message, "get b"].entries()) send(text, 40 + sequence);
    const end = Buffer.from("END\r\n");
    expect(classified(fresh, end)).toBe("reply");
    fresh.scan(2, bytes, 0, bytes.length);
    expect(classified(fresh, bytes)).toBe(is);
    expect(classified(fresh, end)).toBe("reply");
    // Of what nobody has asked for nothing is known.
    expect(classified(fresh, Buffer.from("STORED\r\n"))).toBe("reply");
    fresh.reset(2, 9);
    expect(classified(fresh, Buffer.from("STORED\r\n"))).toBe("reply");
  });

  it("compares nothing with a request that is not kept any more", async () => {
    const fresh = await sessionOf(memcached);
    const payload = Buffer.from("get k");
    for (let i = 0; i < 17; i++) fresh.write(Buffer.alloc(100), 0, 2, i, payload, 0, 5);
    expect(classified(fresh, Buffer.from("STORED\r\n"))).toBe("reply");
    expect(classified(fresh, Buffer.from("STORED\r\n"))).toBe("MEMCACHED_WRONG_REPLY");
  });

  it("a miss is one where that is wanted", async () => {
    const strict = await sessionOf(memcached, { miss: "error" });
    expect(read(strict, "END\r\nVALUE k 0 5\r\nEND\r\n\r\nEND\r\n")).toEqual([
      ["MEMCACHED_MISS", "END\r\n"],
      ["reply", "VALUE k 0 5\r\nEND\r\n\r\nEND\r\n"],
    ]);
  });

  it.each([
    "\x81\0\0\0",
    "\r\n",
    "VALUE k 0\r\n",
    "VALUE k 0 x\r\n",
    "VALUE k 0 2000000000\r\n",
    "VALUE k 0 1\r\nabc",
  ])("%j is malformed", (bytes) => {
    expect(read(session, bytes)).toEqual([["malformed", ""]]);
  });

  it("a line without an end is malformed", () => {
    const bytes = Buffer.from("VERSION ".padEnd(70_000, "x"));
    session.reset(2, 0);
    expect(session.scan(2, bytes, 0, bytes.length)).toBe(-2);
  });
});

/** A binary reply. */
function reply(opcode: number, status: number, opaque: number, body = ""): Buffer {
  const head = Buffer.alloc(24);
  head[0] = 0x81;
  head[1] = opcode;
  head.writeUInt16BE(status, 6);
  head.writeUInt32BE(body.length, 8);
  head.writeUInt32BE(opaque, 12);
  return Buffer.concat([head, Buffer.from(body, "latin1")]);
}

describe("binary", async () => {
  const session = await sessionOf(memcached, { encoding: "binary", expiry: 3600 });
  const hex = (message: string, sequence?: number) =>
    Buffer.from(requestOf(session, message, sequence), "latin1").toString("hex");

  it.each([
    // The examples of the protocol's description, with our opaque.
    ["get Hello", `80000005000000000000000500000007${"0".repeat(16)}48656c6c6f`],
    [
      "add Hello World",
      `80020005080000000000001200000007${"0".repeat(16)}0000000000000e1048656c6c6f576f726c64`,
    ],
    ["delete Hello", `80040005000000000000000500000007${"0".repeat(16)}48656c6c6f`],
    [
      "incr counter 1",
      `80050007140000000000001b00000007${"0".repeat(16)}00000000000000010000000000000000ffffffff636f756e746572`,
    ],
    [
      "decr n 4294967298",
      `80060001140000000000001500000007${"0".repeat(16)}00000001000000020000000000000000ffffffff6e`,
    ],
    ["touch k 5", `801c0001040000000000000500000007${"0".repeat(16)}000000056b`],
    ["append Hello !", `800e0005000000000000000600000007${"0".repeat(16)}48656c6c6f21`],
    ["version", `800b0000000000000000000000000007${"0".repeat(16)}`],
    ["gets a", `80ff0000000000000000000000000007${"0".repeat(16)}`],
  ])("writes %j", (message, bytes) => {
    expect(hex(message, 7)).toBe(bytes);
  });

  const noKey = reply(0, 1, 3, "Not found");
  it("reads replies", async () => {
    const found = reply(0, 0, 1, "\0\0\0\0World");
    const stored = reply(1, 0, 2);
    const stream = Buffer.concat([found, stored, noKey]);
    const texts = [found, stored, noKey].map((bytes) => bytes.toString("latin1"));
    expect(read(session, stream)).toEqual(texts.map((text) => ["reply", text]));
    const strict = await sessionOf(memcached, { encoding: "binary", miss: "error" });
    expect(read(strict, stream).map(([is]) => is)).toEqual(["reply", "reply", "MEMCACHED_MISS"]);
  });

  it.each([
    [4, 1, "NOT_FOUND"],
    [2, 2, "EXISTS"],
    [1, 3, "TOO_LARGE"],
    [14, 5, "NOT_STORED"],
    [5, 6, "NON_NUMERIC"],
    [255, 0x81, "UNKNOWN_COMMAND"],
    [1, 0x77, "119"],
  ])("opcode %i, status %i is %s", (opcode, status, name) => {
    expect(read(session, reply(opcode, status, 0, "x"))[0]?.[0]).toBe(`MEMCACHED_${name}`);
  });

  it("says which request a reply answers", () => {
    const match = (opaque: number, next: number) => {
      const bytes = reply(0, 0, opaque);
      return session.match(2, bytes, 0, bytes.length, next);
    };
    expect(match(4, 9)).toBe(4);
    expect(match(8, 9)).toBe(8);
    expect(match(9, 9)).toBe(-1);
    expect(match(0, 0)).toBe(-1);
    expect(match(2, 2 ** 32 + 3)).toBe(2 ** 32 + 2);
    expect(match(7, 2 ** 32 + 3)).toBe(7);
  });

  it("is an error where it is of another command than its request", async () => {
    const fresh = await sessionOf(memcached, { encoding: "binary" });
    const payload = Buffer.from("get k");
    fresh.write(Buffer.alloc(100), 0, 2, 7, payload, 0, payload.length);
    expect(classified(fresh, reply(1, 0, 7))).toBe("MEMCACHED_WRONG_REPLY");
    expect(classified(fresh, reply(0, 0, 7))).toBe("reply");
    expect(classified(fresh, reply(1, 0, 8))).toBe("reply");
    fresh.reset(2, 1);
    expect(classified(fresh, reply(1, 0, 7))).toBe("reply");
  });

  it("other bytes are malformed", () => {
    expect(read(session, "ERROR\r\n")).toEqual([["malformed", ""]]);
    const endless = reply(0, 0, 0);
    endless.writeUInt32BE(2 ** 31, 8);
    expect(read(session, endless)).toEqual([["malformed", ""]]);
    const tooLongKey = reply(0, 0, 0, "12345");
    tooLongKey.writeUInt16BE(2, 2);
    tooLongKey[4] = 4;
    expect(read(session, tooLongKey)).toEqual([["malformed", ""]]);
  });
});

describe("UDP", async () => {
  const frame = (id: number, nth: number, of: number) =>
    Buffer.from([id >> 8, id, 0, nth, 0, of, 0, 0]);
  const datagram = (head: Buffer, text: string | Buffer) =>
    Buffer.concat([head, Buffer.from(text)]);

  it("has a header before each command, with its number", async () => {
    const session = await sessionOf(memcached, {}, false);
    expect(session.scan).toBeUndefined();
    expect(requestOf(session, "get k", 0x12345)).toBe("\x23\x45\0\0\0\x01\0\0get k\r\n");
  });

  it("tells replies by their number", async () => {
    const session = await sessionOf(memcached, { miss: "error" }, false);
    const found = datagram(frame(0x2345, 0, 1), "VALUE k 0 1\r\nx\r\nEND\r\n");
    expect(classified(session, found)).toBe("reply");
    expect(session.match(2, found, 0, found.length, 0x12350)).toBe(0x12345);
    expect(session.match(2, found, 0, found.length, 0x100)).toBe(-1);
    expect(classified(session, datagram(frame(1, 0, 1), "END\r\n"))).toBe("MEMCACHED_MISS");
    expect(classified(session, datagram(frame(1, 0, 1), "ERROR\r\n"))).toBe("MEMCACHED_ERROR");
    expect(classified(session, datagram(frame(1, 1, 2), "ERROR\r\n"))).toBe("ignore");
    expect(classified(session, frame(1, 0, 1))).toBe("ignore");
    expect(session.match(2, frame(1, 0, 1), 0, 8, 5)).toBe(-1);
  });

  it("takes the number of binary replies from their opaque", async () => {
    const session = await sessionOf(memcached, { encoding: "binary" }, false);
    expect(requestOf(session, "version", 3)).toBe(
      `\0\x03\0\0\0\x01\0\0\x80\x0b${"\0".repeat(13)}\x03${"\0".repeat(8)}`,
    );
    const bytes = datagram(frame(3, 0, 1), reply(11, 0, 0x10003, "1.6"));
    expect(classified(session, bytes)).toBe("reply");
    expect(session.match(2, bytes, 0, bytes.length, 0x10004)).toBe(0x10003);
    expect(classified(session, datagram(frame(3, 0, 1), "ERROR\r\n"))).toBe("ignore");
  });
});
