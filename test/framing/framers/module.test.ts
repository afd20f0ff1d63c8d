import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../../../src/base/errors.ts";
import { loadFramer } from "../../../src/framing/framers/module.ts";
import { readInChunks } from "../streams.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "slash8-framing-"));
});
afterAll(() => rm(directory, { recursive: true }));

let files = 0;
async function load(source: string, extension = "mjs") {
  const path = join(directory, `framer-${files++}.${extension}`);
  await writeFile(path, source);
  return loadFramer(path, 3);
}

async function failure(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).message;
}

const pairs = `(slots) => {
  const odd = new Uint8Array(slots);
  return {
    scan(slot, bytes, start, end) {
      if (bytes[start] === 0) return -2;
      if (end - start === 1 && !odd[slot]) { odd[slot] = 1; return -1; }
      const next = start + (odd[slot] ? 1 : 2);
      odd[slot] = 0;
      return next;
    },
    reset(slot) { odd[slot] = 0; },
  };
}`;

describe("loadFramer", () => {
  it.each([
    ["mjs", `export default ${pairs}`],
    ["cjs", `exports.__esModule = true; exports.default = ${pairs}`],
    ["cjs", `module.exports = ${pairs}`],
  ])("takes a framer out of a .%s file", async (extension, source) => {
    const framer = await load(source, extension);
    const reading = readInChunks(framer, Buffer.from([1, 2, 3, 4, 5, 6, 7]), [1, 4], 2);
    expect(reading).toEqual({ ends: [2, 4, 6], malformed: false });
    framer.reset(2);
    expect(readInChunks(framer, Buffer.from([1, 2, 0]), [], 2)).toEqual({
      ends: [2],
      malformed: true,
    });
  });

  it("says when there is no such file, or it does not load", async () => {
    const missing = join(directory, "missing.mjs");
    expect(await failure(loadFramer(missing, 1))).toContain(`${missing} does not load`);
    expect(await failure(load("export default ("))).toContain("does not load");
    expect(await failure(load("throw new Error('on purpose')"))).toContain("on purpose");
  });

  it("says when the default export is not a function", async () => {
    for (const source of ["export const framer = 1", "export default { scan() {} }"]) {
      expect(await failure(load(source))).toContain("no function as its default export");
    }
    expect(await failure(load("module.exports = null", "cjs"))).toContain("no function");
  });

  it("says what the object lacks", async () => {
    expect(await failure(load("export default () => ({ scan() {} })"))).toContain("with reset()");
    expect(await failure(load("export default () => {}"))).toContain("with scan() and reset()");
    expect(await failure(load("export default async () => ({ scan() {}, reset() {} })"))).toContain(
      "with scan() and reset()",
    );
    expect(await failure(load("export default () => { throw new Error('why') }"))).toContain("why");
  });

  it.each(["undefined", "start", "end + 1", "1.5", "-3", "'2'"])(
    "refuses %s as the answer of scan",
    async (answer) => {
      const framer = await load(
        `export default () => ({ scan: (slot, bytes, start, end) => ${answer}, reset() {} })`,
      );
      expect(() => framer.scan(0, Buffer.alloc(10), 0, 4)).toThrow(
        /scan\(slot, bytes, 0, 4\) returned .*return the index after the message \(1 to 4\)/,
      );
    },
  );
});
