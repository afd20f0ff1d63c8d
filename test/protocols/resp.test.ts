import { describe, expect, it } from "vitest";
import { resp } from "../../src/protocols/resp/resp.ts";
import { open, read, requestOf, sessionOf } from "./sessions.ts";

describe("requests", async () => {
  const session = await sessionOf(resp);
  it.each([
    ["PING", "*1\r\n$4\r\nPING\r\n"],
    [" SET  k1 v ", "*3\r\n$3\r\nSET\r\n$2\r\nk1\r\n$1\r\nv\r\n"],
    ["a b c d e f g h i j", `*10\r\n${[..."abcdefghij"].map((x) => `$1\r\n${x}\r\n`).join("")}`],
    [
      'SET "my key" "a\\r\\n\\"\\x00\\xfF\\q"',
      '*3\r\n$3\r\nSET\r\n$6\r\nmy key\r\n$7\r\na\r\n"\0\xffq\r\n',
    ],
    ["SET '' 'it\\'s \\n'", "*3\r\n$3\r\nSET\r\n$0\r\n\r\n$7\r\nit's \\n\r\n"],
    ['ECHO "open', "*2\r\n$4\r\nECHO\r\n$4\r\nopen\r\n"],
    ["GET é", "*2\r\n$3\r\nGET\r\n$2\r\n\xc3\xa9\r\n"],
    ["*1\r\n$4\r\nPING\r\n", "*1\r\n$4\r\nPING\r\n"],
    ["", "*0\r\n"],
  ])("%j", (message, bytes) => {
    expect(requestOf(session, message)).toBe(bytes);
  });

  it("of many words have their number", () => {
    const words = Array.from({ length: 123 }, (_, i) => `w${i}`);
    const texts = words.map((word) => `$${word.length}\r\n${word}\r\n`);
    expect(requestOf(session, words.join(" "))).toBe(`*123\r\n${texts.join("")}`);
  });

  it("of long values have their lengths", () => {
    const value = "x".repeat(12345);
    expect(requestOf(session, `SET k ${value}`)).toBe(
      `*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$12345\r\n${value}\r\n`,
    );
  });
});

describe("replies", async () => {
  const session = await sessionOf(resp);
  const replies = [
    "+OK\r\n",
    ":0\r\n",
    ":-12\r\n",
    "$-1\r\n",
    "$0\r\n\r\n",
    "$5\r\na\r\nb\n\r\n",
    "*0\r\n",
    "*-1\r\n",
    "*2\r\n*2\r\n:1\r\n$1\r\nx\r\n*0\r\n",
    "*3\r\n+a\r\n-ERR within\r\n*1\r\n*-1\r\n",
    "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n",
  ];
  it.each(replies)("%j", (reply) => {
    expect(read(session, reply)).toEqual([["reply", reply]]);
  });

  it("one behind the other", () => {
    expect(read(session, replies.join(""))).toEqual(replies.map((reply) => ["reply", reply]));
  });

  it.each([
    ["-ERR unknown command 'x'\r\n", "REDIS_ERR"],
    ["-WRONGTYPE Operation against a key\r\n", "REDIS_WRONGTYPE"],
    ["-OOM\r\n", "REDIS_OOM"],
    ["-\r\n", "REDIS_OTHER"],
  ])("%j is an error", (reply, code) => {
    expect(read(session, `+OK\r\n${reply}+OK\r\n`)).toEqual([
      ["reply", "+OK\r\n"],
      [code, reply],
      ["reply", "+OK\r\n"],
    ]);
  });

  it.each([
    "HTTP/1.1 400\r\n",
    "$x\r\n",
    ":\r\n",
    ":1-\r\n",
    ":1\rx",
    "$-2\r\n",
    "*-2\r\n",
    "$1\r\nabc",
    "$600000000\r\n",
    "*99999999999\r\n",
    `:${"1".repeat(20)}\r\n`,
    "+OK\n",
    "-ERR a\rb\r\n",
  ])("%j is malformed", (bytes) => {
    expect(read(session, bytes)).toEqual([["malformed", ""]]);
  });
});

describe("opening", () => {
  it("is nothing without options", async () => {
    expect((await sessionOf(resp)).opening).toBeUndefined();
  });

  it("logs in, selects and subscribes", async () => {
    const options = { user: "me", password: "p w", database: 3, subscribe: "news" };
    const session = await sessionOf(resp, options);
    const sent: string[] = [];
    const replies = ["+OK\r\n", "+OK\r\n", "*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n"];
    expect(open(session, (_, nth) => replies[nth] as string, sent)).toBe("opened");
    expect(sent).toEqual([
      "*3\r\n$4\r\nAUTH\r\n$2\r\nme\r\n$3\r\np w\r\n",
      "*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n",
      "*2\r\n$9\r\nSUBSCRIBE\r\n$4\r\nnews\r\n",
    ]);
  });

  it("is refused by name", async () => {
    const session = await sessionOf(resp, { password: "x" });
    expect(open(session, () => "-WRONGPASS invalid username-password pair\r\n")).toBe(
      "REDIS_WRONGPASS",
    );
  });

  it.each(["$-1\r\n", ":1\r\n"])("is refused where %j confirms nothing", async (reply) => {
    const session = await sessionOf(resp, { password: "x" });
    expect(open(session, () => reply)).toBe("REDIS_NOT_CONFIRMED");
  });

  it("needs the password of a user", async () => {
    await expect(sessionOf(resp, { user: "me" })).rejects.toThrow("no password");
  });
});

it("messages of a channel are pushes, other arrays are replies", async () => {
  const session = await sessionOf(resp, { subscribe: "c" });
  const push = "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n";
  const reply = "*2\r\n$4\r\npong\r\n$0\r\n\r\n";
  expect(read(session, push + reply)).toEqual([
    ["push", push],
    ["reply", reply],
  ]);
});
