import { describe, expect, test } from "vitest";
import {
  nameFrom,
  readMessage,
  readName,
  readOut,
  readProtocol,
  readReply,
  readTarget,
} from "../../../src/cli/init/readers.ts";

describe("a target", () => {
  const unknown = { transport: null, protocol: null, isTls: null, path: null };

  test.each([
    ["127.0.0.1:7000", { ...unknown, listen: "127.0.0.1:7000", port: 7000 }],
    ["7000", { ...unknown, listen: "127.0.0.1:7000", port: 7000 }],
    [":7000", { ...unknown, listen: "127.0.0.1:7000", port: 7000 }],
    ["[::1]:7000", { ...unknown, listen: "[::1]:7000", port: 7000 }],
    ["localhost:7000", { ...unknown, listen: "localhost:7000", port: 7000 }],
    ["udp://127.9.9.9:53", { ...unknown, listen: "127.9.9.9:53", port: 53, transport: "udp" }],
    ["tcp://127.0.0.1:1/", { ...unknown, listen: "127.0.0.1:1", port: 1, transport: "tcp" }],
    [
      "redis://127.0.0.1",
      { ...unknown, listen: "127.0.0.1:6379", port: 6379, protocol: "resp", isTls: false },
    ],
    [
      "rediss://[::1]",
      { ...unknown, listen: "[::1]:6379", port: 6379, protocol: "resp", isTls: true },
    ],
    [
      "https://127.0.0.1/a?b",
      {
        ...unknown,
        listen: "127.0.0.1:443",
        port: 443,
        protocol: "http",
        isTls: true,
        path: "/a?b",
      },
    ],
    [
      "http://127.0.0.1:8080",
      { ...unknown, listen: "127.0.0.1:8080", port: 8080, protocol: "http", isTls: false },
    ],
  ])("%s", async (text, target) => {
    expect(await readTarget(text)).toEqual(target);
  });

  test.each([
    ["nonsense", /"nonsense" is not an address and a port/],
    ["", /not an address and a port/],
    ["127.0.0.1:0", /name a port from 1/],
    ["127.0.0.1:70000", /a port is 1 to 65535/],
    ["127.0.0.0/24:7000", /leave out \/24:7000/],
    ["127.0.0.1-127.0.0.9:7000", /name one address/],
    ["192.0.2.1:7000", /name a loopback address, such as 127\.0\.0\.1:7000: .*writing-scenarios/],
    ["redsi://127.0.0.1", /no protocol for redsi:\/\/; did you mean "redis"\?/],
    ["redis://:secret@127.0.0.1", /leave user and password out.*--option/],
    ["redis://127.0.0.1/3", /leave out \/3/],
  ])("%j is refused", async (text, message) => {
    await expect(readTarget(text)).rejects.toThrow(message);
  });
});

test("a protocol has to run over the transport", () => {
  expect(readProtocol("dns", "udp")).toBe("dns");
  expect(readProtocol("message", "udp")).toBe("message");
  expect(() => readProtocol("resp", "udp")).toThrow("resp runs over TCP, not over UDP");
  expect(() => readProtocol("rsep", null)).toThrow('no protocol "rsep"; did you mean "resp"?');
  expect(() => readProtocol("constructor", null)).toThrow("no protocol");
});

test.each([
  ["hello", "hello"],
  [String.raw`a\r\n\t\0\\b`, "a\r\n\t\0\\b"],
  [String.raw`\x00\x7f\x41`, "\0\x7fA"],
])("the message %j", (text, bytes) => {
  expect(readMessage(text)).toBe(bytes);
});

test.each([String.raw`\q`, String.raw`\x80`, String.raw`\x4`, "end\\"])(
  "the message %j is refused",
  (text) => {
    expect(() => readMessage(text)).toThrow("message: { hex: ... }");
  },
);

test("ends of replies", () => {
  expect(readReply("crlf", "tcp")).toBe("crlf");
  expect(readReply("12", "tcp")).toBe(12);
  expect(readReply("datagram", "udp")).toBe("datagram");
  expect(() => readReply("line", "udp")).toThrow(
    '"line" is not an end of a reply over UDP: datagram',
  );
  expect(() => readReply("0", "tcp")).toThrow("line, crlf, echo, none, or its length in bytes");
});

test("names and files", () => {
  expect(readName("a.b-c_1")).toBe("a.b-c_1");
  expect(() => readName("a b")).toThrow('"a b" is not a name');
  expect(readOut("x/y.yml")).toBe("x/y.yml");
  expect(() => readOut("x.json")).toThrow(".yaml or .yml");
  expect(nameFrom("my server (2)")).toBe("my-server-2-");
  expect(nameFrom("@scope")).toBe("scope");
  expect(nameFrom("---")).toBe("load");
});
