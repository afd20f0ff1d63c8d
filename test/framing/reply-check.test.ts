import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.ts";
import type { ExpectSpec } from "../../src/framing/reply-check.ts";
import { createReplyCheck, statusesByDefault } from "../../src/framing/reply-check.ts";

const base64 = (text: string) => Buffer.from(text, "latin1").toString("base64");

/** Checks a reply that lies somewhere in a larger array. */
function check(spec: ExpectSpec, reply: string, request: string | null = null): boolean {
  const code = codeOf(spec, reply, request);
  expect([null, "UNEXPECTED"]).toContain(code);
  return code === null;
}

/** As `check`; returns the code of the error, null without one. */
function codeOf(
  spec: ExpectSpec,
  reply: string,
  request: string | null = null,
  status = 0,
): string | null {
  const bytes = new Uint8Array(Buffer.from(`abc${reply}xyz`, "latin1"));
  const sent = request === null ? null : new Uint8Array(Buffer.from(`${request}junk`, "latin1"));
  const { length } = request ?? "";
  return createReplyCheck(spec).check(bytes, 3, 3 + reply.length, sent, length, status);
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

  it("regex: sees only the reply's bytes, as latin1 characters, independent of earlier calls", () => {
    expect(check({ kind: "regex", source: "^\\xffok$", flags: "i" }, "\xffOK")).toBe(true);
    expect(check({ kind: "regex", source: "abc|xyz", flags: "" }, "none")).toBe(false);
    for (const flags of ["", "g", "y", "gy"]) {
      const { check: again } = createReplyCheck({ kind: "regex", source: "ok", flags });
      const reply = Buffer.from("ok");
      for (let i = 0; i < 3; i++) expect(again(reply, 0, 2, null, 0, 0)).toBe(null);
    }
  });

  it("regex: says when it is none", () => {
    const create = () => createReplyCheck({ kind: "regex", source: "(", flags: "" });
    expect(create).toThrow(UserError);
    expect(create).toThrow(/^not a regular expression: Invalid regular expression/);
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
    expect(createReplyCheck(spec).check(Buffer.alloc(0), 0, 3, null, 0, 0)).toBe(null);
  });

  it("statuses: takes those in a range, ends included, and says which it got instead", () => {
    const statuses = [
      [200, 299],
      [404, 404],
    ] as const;
    const spec: ExpectSpec = { kind: "any", statuses };
    for (const status of [200, 204, 299, 404]) expect(codeOf(spec, "", null, status)).toBe(null);
    for (const status of [101, 199, 300, 403, 405, 500, 999]) {
      expect(codeOf(spec, "", null, status)).toBe(`HTTP_${status}`);
    }
    // A reply without a status has none that could be wrong.
    expect(codeOf(spec, "", null, 0)).toBe(null);
    expect(codeOf({ kind: "any", statuses: [] }, "", null, 200)).toBe("HTTP_200");
  });

  it("statuses: neither 4xx nor 5xx by default", () => {
    const { check: checked } = createReplyCheck({ kind: "any", statuses: statusesByDefault });
    const none = Buffer.alloc(0);
    for (const status of [101, 200, 304, 399]) {
      expect(checked(none, 0, 0, null, 0, status)).toBe(null);
    }
    for (const status of [400, 404, 503, 999]) {
      expect(checked(none, 0, 0, null, 0, status)).toBe(`HTTP_${status}`);
    }
  });

  it("statuses: does not look at a status unless they are given", () => {
    expect(codeOf({ kind: "any" }, "", null, 500)).toBe(null);
  });

  it("statuses: takes only what is as expected in its bytes as well", () => {
    const spec: ExpectSpec = { kind: "regex", source: "ok$", flags: "", statuses: [[200, 200]] };
    expect(codeOf(spec, "it is ok", null, 200)).toBe(null);
    expect(codeOf(spec, "it is not", null, 200)).toBe("UNEXPECTED");
    expect(codeOf(spec, "it is ok", null, 500)).toBe("HTTP_500");
    expect(codeOf(spec, "it is not", null, 500)).toBe("HTTP_500");
  });

  it("says what it must be given", () => {
    const needs = (spec: ExpectSpec) => {
      const { needsRequest, needsReply } = createReplyCheck(spec);
      return [needsRequest, needsReply];
    };
    expect(needs({ kind: "any" })).toEqual([false, false]);
    expect(needs({ kind: "any", statuses: [[200, 200]] })).toEqual([false, false]);
    expect(needs({ kind: "echo", statuses: [[200, 200]] })).toEqual([true, true]);
    expect(needs({ kind: "size", minBytes: 0, maxBytes: 1 })).toEqual([false, false]);
    expect(needs({ kind: "echo" })).toEqual([true, true]);
    expect(needs({ kind: "bytes", base64: "" })).toEqual([false, true]);
    expect(needs({ kind: "prefix", base64: "" })).toEqual([false, true]);
    expect(needs({ kind: "regex", source: "", flags: "" })).toEqual([false, true]);
  });
});
