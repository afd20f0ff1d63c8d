import { expect, test } from "vitest";
import { readHex, readTarget } from "../../../src/cli/probe/probe.ts";

test.each([
  ["udp://127.0.0.1:7000", "127.0.0.1", 7000],
  ["127.0.0.9:53", "127.0.0.9", 53],
  ["udp://[::1]:53", "::1", 53],
])("%s is queried at %s, port %d", (text, address, port) => {
  expect(readTarget(text, false)).toEqual({ address, port });
});

test.each([
  ["tcp://127.0.0.1:80", "probe is for UDP servers"],
  ["udp://127.0.0.1", "is not an address and a port"],
  ["udp://127.0.0.1:0", "a target needs a port from 1"],
  ["udp://0.0.0.0:53", "name an address to query"],
  ["udp://127.0.0.1-127.0.0.9:53", "name one address"],
  ["udp://192.0.2.1:53", "only with --allow-remote"],
])("%s is refused: %s", (text, message) => {
  expect(() => readTarget(text, text.includes("0.0.0.0"))).toThrow(message);
});

test("a payload is bytes in hexadecimal", () => {
  expect(readHex("50 49:4e47")).toEqual(Buffer.from("PING"));
  for (const text of ["5", "xx", "PING"]) {
    expect(() => readHex(text)).toThrow("two digits each");
  }
});
