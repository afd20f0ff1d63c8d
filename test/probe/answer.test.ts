import { expect, test } from "vitest";
import { compareReply } from "../../src/probe/answer.ts";

test.each([
  ["abc", "abc", "echo"],
  ["", "", "echo"],
  ["abc", "ab", "cut"],
  ["abc", "", "other"],
  ["abc", "abcd", "other"],
  ["abc", "b", "other"],
])("%j answered with %j is %s", (request, reply, kind) => {
  expect(compareReply(Buffer.from(request), Buffer.from(reply))).toBe(kind);
});
