import { describe, expect, it } from "vitest";
import { stun } from "../../src/protocols/stun.ts";
import { connection, expectMessages, messageOf, sessionOf, slot, written } from "./chunks.ts";

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");
const address = "0020 0008 0001 a147 e112a643";

const session = await sessionOf(stun, {}, { isStream: false });

/** A message of the server with the transaction id of request `sequence`. */
function answer(sequence: number, type: string, attributes: string): Buffer {
  const value = hex(attributes);
  const length = Buffer.of(value.length >> 8, value.length & 255);
  return Buffer.concat([hex(type), length, written(session, sequence, "").subarray(4), value]);
}

describe("a request of stun", () => {
  it("is a binding request, with an id of its own", () => {
    const requests = [0, 1, 2 ** 32, 2 ** 40].map((sequence) => written(session, sequence, ""));
    for (const request of requests) expect(request.toString("hex", 0, 8)).toBe("000100002112a442");
    expect(new Set(requests.map((request) => request.toString("hex", 8))).size).toBe(4);
  });

  it("says who asks", async () => {
    const named = await sessionOf(stun, { software: "slash" });
    expect(written(named, 0, "").toString("hex", 20)).toBe("80220005736c617368000000");
    expect(written(named, 0, "").readUInt16BE(2)).toBe(12);
    await expect(sessionOf(stun, { software: "x".repeat(600) })).rejects.toThrow("at most 500");
  });
});

describe("what comes over stun", () => {
  it.each([0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 45 + 3])("answers request %i by its id", (sequence) => {
    const bytes = answer(sequence, "0101", `8022 0003 616263 00 ${address}`);
    const found = { end: 0, kind: "reply" };
    expect(messageOf(session, bytes, 0, sequence + 1)).toEqual({ ...found, match: sequence });
    expect(messageOf(session, bytes, 0, sequence)).toEqual({ ...found, match: -1 });
  });

  it("answers no request with another id, of another connection, or without the cookie", () => {
    const bytes = answer(7, "0101", address);
    for (let at = 4; at < 20; at++) {
      const other = Buffer.from(bytes);
      other[at] = (other[at] as number) ^ 1;
      const { match } = messageOf(session, other, 0, 2 ** 50);
      expect(match, `byte ${at}`).toBe(-1);
    }
    session.reset(slot, connection + 1);
    expect(messageOf(session, bytes, 0, 8)).toMatchObject({ match: -1 });
    session.reset(slot, connection);
    expect(messageOf(session, bytes.subarray(0, 19), 0, 8)).toMatchObject({ match: -1 });
  });

  it.each([
    ["0101", "", "STUN_NO_MAPPED_ADDRESS"],
    ["0101", "0020 0008 0003 a147 e112a643", "STUN_BAD_MAPPED_ADDRESS"],
    ["0101", "0020 0004 0001 a147", "STUN_BAD_MAPPED_ADDRESS"],
    ["0101", "0020 0008 0001 a147", "STUN_BAD_ATTRIBUTES"],
    ["0101", "0020 00", "STUN_BAD_ATTRIBUTES"],
    ["0111", "0009 0004 0000 0401", "STUN_401"],
    ["0111", "0009 0010 0000 0314 54727920416c7465726e61746500 0000", "STUN_320"],
    ["0111", "0006 0001 61 000000 0009 0004 0000 0500", "STUN_500"],
    ["0111", "", "STUN_NO_ERROR_CODE"],
    ["0001", "", "STUN_NOT_A_RESPONSE"],
  ])("is an error by name: type %s, attributes %s", (type, attributes, code) => {
    const bytes = answer(3, type, attributes);
    expect(messageOf(session, bytes, 0, 4)).toEqual({ end: 0, kind: "error", code, match: 3 });
  });

  it("is a reply with an IPv6 address, or to be ignored as an indication", () => {
    const sixth = answer(0, "0101", `0020 0014 0002 a147 ${"00".repeat(16)}`);
    expect(messageOf(session, sixth, 0, 1)).toMatchObject({ kind: "reply" });
    expect(messageOf(session, answer(0, "0011", ""), 0, 1)).toMatchObject({ kind: "ignore" });
  });

  it("is found in a stream by its length", async () => {
    const stream = Buffer.concat([
      ...[answer(0, "0101", address), answer(1, "0111", "0009 0004 0000 0401")],
    ]);
    const expected = [
      { end: 32, kind: "reply", match: 0 },
      { end: 60, kind: "error", code: "STUN_401", match: 1 },
    ] as const;
    const make = () => sessionOf(stun);
    await expectMessages(make, stream, expected);
    for (const broken of ["40010000", "01010003"]) {
      const whole = Buffer.concat([stream, hex(broken)]);
      await expectMessages(make, whole, [...expected, "malformed"]);
    }
  });
});
