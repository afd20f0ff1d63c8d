import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.ts";
import type { ExpectSpec } from "../../src/framing/reply-check.ts";
import { createReplyCheck } from "../../src/framing/reply-check.ts";

const base64 = (text: string) => Buffer.from(text, "latin1").toString("base64");

/** Checks a reply that lies somewhere in a larger array. */
function check(spec: ExpectSpec, reply: string, request: string | null = null): boolean {
  const bytes = new Uint8Array(Buffer.from(`abc${reply}xyz`, "latin1"));
  const sent = request === null ? null : new Uint8Array(Buffer.from(`${request}junk`, "latin1"));
  const { length } = request ?? "";
  return createReplyCheck(spec).check(bytes, 3, 3 + reply.length, sent, length);
}

describe("createReplyCheck", () => {
  it("any: takes everything", () => {
    expect(check({ kind: "any" }, "")).toBe(true);
    expect(check({ kind: "any" }, "x")).toBe(true);
  });

  it("echo: takes what was sent", () => {
    expect(check({ kind: "echo" }, "hello", "hello")).toBe(true);
    expect(check({ kind: "echo" }, "hellO", "hello")).toBe(false);
    expect(check({ kind: "echo" }, "hell", "hello")).toBe(false);
    expect(check({ kind: "echo" }, "hellox", "hello")).toBe(false);
    expect(check({ kind: "echo" }, "", "")).toBe(true);
    expect(check({ kind: "echo" }, "hello", null)).toBe(false);
    expect(check({ kind: "echo" }, "y".repeat(9000), "y".repeat(9000))).toBe(true);
    expect(check({ kind: "echo" }, `${"y".repeat(8999)}z`, "y".repeat(9000))).toBe(false);
  });

  it("bytes: takes exactly those", () => {
    const spec: ExpectSpec = { kind: "bytes", base64: base64("+OK\r\n\xff") };
    expect(check(spec, "+OK\r\n\xff")).toBe(true);
    for (const other of ["+OK\r\n", "+OK\r\n\xff!", "-OK\r\n\xff", ""]) {
      expect(check(spec, other)).toBe(false);
    }
  });

  it("prefix: takes what begins with them", () => {
    const spec: ExpectSpec = { kind: "prefix", base64: base64("HTTP/1.1 2") };
    expect(check(spec, "HTTP/1.1 2")).toBe(true);
    expect(check(spec, "HTTP/1.1 200 OK")).toBe(true);
    expect(check(spec, "HTTP/1.1 500")).toBe(false);
    expect(check(spec, "HTTP/1.1 ")).toBe(false);
  });

  it("regex: sees bytes as latin1 characters, the reply's alone, at every call afresh", () => {
    expect(check({ kind: "regex", source: "^\\xffok$", flags: "i" }, "\xffOK")).toBe(true);
    expect(check({ kind: "regex", source: "abc|xyz", flags: "" }, "none")).toBe(false);
    for (const flags of ["", "g", "y", "gy"]) {
      const { check: again } = createReplyCheck({ kind: "regex", source: "ok", flags });
      const reply = Buffer.from("ok");
      for (let i = 0; i < 3; i++) expect(again(reply, 0, 2, null, 0)).toBe(true);
    }
  });

  it("regex: says when it is none", () => {
    const create = () => createReplyCheck({ kind: "regex", source: "(", flags: "" });
    expect(create).toThrow(UserError);
    expect(create).toThrow(/^expect: Invalid regular expression/);
  });

  it("size: takes lengths in the range, and needs no bytes for that", () => {
    const spec: ExpectSpec = { kind: "size", minBytes: 2, maxBytes: 4 };
    expect(["", "a", "ab", "abc", "abcd", "abcde"].map((reply) => check(spec, reply))).toEqual([
      false,
      false,
      true,
      true,
      true,
      false,
    ]);
    expect(createReplyCheck(spec).check(Buffer.alloc(0), 0, 3, null, 0)).toBe(true);
  });

  it("says what it must be given", () => {
    const needs = (spec: ExpectSpec) => {
      const { needsRequest, needsReply } = createReplyCheck(spec);
      return [needsRequest, needsReply];
    };
    expect(needs({ kind: "any" })).toEqual([false, false]);
    expect(needs({ kind: "size", minBytes: 0, maxBytes: 1 })).toEqual([false, false]);
    expect(needs({ kind: "echo" })).toEqual([true, true]);
    expect(needs({ kind: "bytes", base64: "" })).toEqual([false, true]);
    expect(needs({ kind: "prefix", base64: "" })).toEqual([false, true]);
    expect(needs({ kind: "regex", source: "", flags: "" })).toEqual([false, true]);
  });
});
