import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createFramer } from "../../../src/framing/framers/create-framer.ts";
import type { FramingSpec } from "../../../src/framing/specs.ts";
import { readInChunks } from "../streams.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");

it.each<[FramingSpec, string, number[]]>([
  [{ kind: "fixed", bytes: 3 }, "abcdefg", [3, 6]],
  [{ kind: "delimiter", base64: base64("\r\n"), maxBytes: 9 }, "a\r\nbc\r\nd", [3, 7]],
  [
    {
      kind: "lengthPrefix",
      bytes: 1,
      byteOrder: "big",
      offset: 0,
      includesHeader: false,
      maxBytes: 99,
    },
    "\u0001a\u0000\u0002",
    [2, 3],
  ],
  [{ kind: "http", maxBytes: 99 }, "HTTP/1.1 204 x\r\n\r\nHTTP", [18]],
  [{ kind: "echo" }, "abcdef", [4]],
])("makes a framer of %o", async (spec, text, ends) => {
  const framer = await createFramer(spec, 1, { requestLength: () => 4 });
  expect(readInChunks(framer, Buffer.from(text), [1])).toEqual({ ends, malformed: false });
});

it("makes a framer of a user's module", async () => {
  const directory = await mkdtemp(join(tmpdir(), "slash8-framing-"));
  const path = join(directory, "own.mjs");
  await writeFile(
    path,
    "export default () => ({ scan: (slot, bytes, start) => start + 1, reset() {} })",
  );
  try {
    const framer = await createFramer({ kind: "module", path }, 1, { requestLength: () => 0 });
    expect(readInChunks(framer, Buffer.from("ab"), []).ends).toEqual([1, 2]);
  } finally {
    await rm(directory, { recursive: true });
  }
});
