import { describe, expect, it } from "vitest";
import { dns } from "../../src/protocols/dns.ts";
import { connection, expectMessages, messageOf, sessionOf, slot, written } from "./chunks.ts";

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

/** example.com, and the question for its A record. */
const name = "07 6578616d706c65 03 636f6d 00";
const question = `${name} 0001 0001`;

describe("a query of dns", () => {
  it("asks for a name, with EDNS", async () => {
    const session = await sessionOf(dns, {}, { isStream: false });
    const query = written(session, 0, "example.com");
    expect(query.subarray(2)).toEqual(
      hex(`0100 0001 0000 0000 0001 ${question} 00 0029 04d0 00000000 0000`),
    );
    expect(written(session, 0, "example.com.")).toEqual(query);
  });

  it("has its length in front over TCP, another type, and neither EDNS nor recursion", async () => {
    const options = { type: "AAAA", edns: 0, recursion: false };
    const query = written(await sessionOf(dns, options), 0, "example.com");
    expect(query.readUInt16BE(0)).toBe(query.length - 2);
    expect(query.subarray(4)).toEqual(hex(`0000 0001 0000 0000 0000 ${name} 001c 0001`));
  });

  it.each([
    [".", "00"],
    ["", "00"],
    ["a", "01 61 00"],
    ["a..b", "01 61 00 01 62 00"],
  ])('asks for "%s"', async (asked, labels) => {
    const query = written(await sessionOf(dns, { edns: 0 }, { isStream: false }), 0, asked);
    expect(query.subarray(12)).toEqual(hex(`${labels} 0001 0001`));
  });

  it("has an id that looks random, none twice among 65,536", async () => {
    const session = await sessionOf(dns, {}, { isStream: false });
    const into = Buffer.alloc(100);
    const ids = Array.from({ length: 65_536 }, (_, sequence) => {
      session.write?.(into, 0, slot, sequence, Buffer.from("a"), 0, 1);
      return into.readUInt16BE(0);
    });
    expect(new Set(ids).size).toBe(65_536);
    session.reset(slot, connection + 1);
    session.write?.(into, 0, slot, 0, Buffer.from("a"), 0, 1);
    expect(into.readUInt16BE(0)).not.toBe(ids[0]);
  });
});

describe("what comes over dns", () => {
  /** A reply to query `sequence`, over UDP. */
  async function reply(sequence: number, flags: string, options = {}) {
    const session = await sessionOf(dns, options, { isStream: false });
    const id = written(session, sequence, "example.com").subarray(0, 2);
    const bytes = Buffer.concat([id, hex(`${flags} 0001 0000 0000 0000 ${question}`)]);
    return { session, bytes };
  }

  /** A reply or an error with that result: its status is called that, and an error's code ends in it. */
  const is = (kind: "reply" | "error", result: string) => {
    const [status] =
      Object.entries(dns.statusNames ?? {}).find(([, name]) => name === result) ?? [];
    return { kind, ...(kind === "error" && { code: `DNS_${result}` }), status: Number(status) };
  };

  it.each([
    ["8180", {}, "reply", "NOERROR"],
    ["8183", {}, "error", "NXDOMAIN"],
    ["8183", { accept: ["nxdomain"] }, "reply", "NXDOMAIN"],
    ["8182", { accept: ["NXDOMAIN"] }, "error", "SERVFAIL"],
    ["8185", {}, "error", "REFUSED"],
    ["818f", {}, "error", "RCODE_15"],
    ["8380", {}, "error", "TRUNCATED"],
    ["8380", { accept: ["TRUNCATED"] }, "reply", "TRUNCATED"],
  ] as const)(
    "is the answer to its query: flags %s, options %j",
    async (flags, options, kind, result) => {
      const { session, bytes } = await reply(70_000, flags, options);
      const found = { end: 0, ...is(kind, result) };
      expect(messageOf(session, bytes, 0, 70_001)).toEqual({ ...found, match: 70_000 });
      expect(messageOf(session, bytes, 0, 70_000)).toEqual({ ...found, match: 70_000 - 65_536 });
    },
  );

  it("answers none where it is a query or too short, or no query had its id yet", async () => {
    const { session, bytes } = await reply(5, "0100");
    expect(messageOf(session, bytes, 0, 6)).toMatchObject({ match: -1 });
    expect(messageOf(session, bytes.subarray(0, 11), 0, 6)).toEqual({
      ...{ end: 0, ...is("reply", "NOERROR"), match: -1 },
    });
    const early = await reply(5, "8180");
    expect(messageOf(early.session, early.bytes, 0, 5)).toMatchObject({ match: -1 });
  });

  it.each([
    [
      "with another name",
      "8180 0001 0001 0000 0000 07 6578616d706c66 03 636f6d 00 0001 0001",
      "WRONG_QUESTION",
    ],
    ["of another type", `8180 0001 0001 0000 0000 ${name} 001c 0001`, "WRONG_QUESTION"],
    ["that is cut", `8183 0001 0000 0000 0000 07 6578`, "WRONG_QUESTION"],
    ["with neither question nor records", "8180 0000 0000 0000 0000", "NO_QUESTION"],
    ["without a question where the query is refused", "8181 0000 0000 0000 0000", "FORMERR"],
    ["without a question, and with an answer", "8180 0000 0001 0000 0000", undefined],
    [
      "whose name is in capitals",
      "8180 0001 0001 0000 0000 07 4558414d504c45 03 434f4d 00 0001 0001",
      undefined,
    ],
  ])("compares questions: a reply %s", async (_, rest, fault) => {
    const session = await sessionOf(dns, { accept: ["NXDOMAIN"] }, { isStream: false });
    const id = written(session, 3, "example.com").subarray(0, 2);
    const bytes = Buffer.concat([id, hex(rest)]);
    const kind = fault === undefined ? is("reply", "NOERROR") : is("error", fault);
    expect(messageOf(session, bytes, 0, 4)).toEqual({ end: 0, ...kind, match: 3 });
  });

  it("does not compare questions that had to make room", async () => {
    const session = await sessionOf(dns, {}, { isStream: false });
    const into = Buffer.alloc(100);
    const id = written(session, 0, "example.com").subarray(0, 2);
    const other = Buffer.from("other.com");
    for (let sequence = 0; sequence < 65_536; sequence++) {
      session.write?.(into, 0, slot + 1, sequence, other, 0, other.length);
    }
    const bytes = Buffer.concat([id, hex("8180 0001 0000 0000 0000 05 6f74686572 00 0001 0001")]);
    expect(messageOf(session, bytes, 0, 1)).toEqual({
      ...{ end: 0, ...is("reply", "NOERROR"), match: 0 },
    });
  });

  it("is found in a stream by its length", async () => {
    const session = await sessionOf(dns);
    const answers = [0, 1].map((sequence) => {
      const id = written(session, sequence, "a").subarray(2, 4);
      const bytes = Buffer.concat([id, hex("8180 0001 0000 0000 0000 00 0001 0001")]);
      return Buffer.concat([hex("0011"), bytes]);
    });
    await expectMessages(
      () => sessionOf(dns),
      Buffer.concat([...answers.reverse(), hex("000b 00")]),
      [
        { end: 19, ...is("reply", "NOERROR"), match: 1 },
        { end: 38, ...is("reply", "NOERROR"), match: 0 },
        "malformed",
      ],
    );
  });

  it("refuses a result that is not one", async () => {
    await expect(sessionOf(dns, { accept: ["NXDOMIAN"] })).rejects.toThrow(
      'accept: "NXDOMIAN" is not a result; known: NOERROR, FORMERR, SERVFAIL, NXDOMAIN',
    );
  });
});
