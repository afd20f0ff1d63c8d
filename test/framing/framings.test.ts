import { describe, expect, it } from "vitest";
import type { FramingSpec } from "../../src/framing/framers/specs.ts";
import {
  aloneFramings,
  createFramer,
  framings,
  listFramings,
  mapFramings,
} from "../../src/framing/framings.ts";
import { parseScenario } from "../../src/scenario/parse.ts";
import { readInChunks } from "./streams.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const context = (length: number, request = "") => ({
  requestLength: () => length,
  requestStart: Buffer.from(request),
});

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
  [{ kind: "smtp", maxBytes: 99 }, "250-a\r\n250 b\r\n250", [14]],
  [{ kind: "echo" }, "abcdef", [4]],
])("makes a framer of %o", async (spec, text, ends) => {
  const framer = createFramer(spec, 1, context(4));
  expect(readInChunks(framer, Buffer.from(text), [1])).toEqual({ ends, malformed: false });
});

it("tells the http framer what it answers", async () => {
  const head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
  const spec: FramingSpec = { kind: "http", maxBytes: 1000 };
  for (const [request, ends] of [
    ["HEAD / HTTP/1.1\r\n\r\n", [head.length, 2 * head.length]],
    ["GET / HTTP/1.1\r\n\r\n", []],
    ["", []],
  ] as const) {
    const framer = createFramer(spec, 1, context(0, request));
    const stream = Buffer.from(head + (ends.length > 0 ? head : ""));
    expect(readInChunks(framer, stream, [20]).ends).toEqual(ends);
  }
});

describe("every framing has all parts", () => {
  function specOf(framing: string) {
    const text = `version: 1
name: framing
workloads:
  w:
    target: tcp://127.0.0.1:7000
    pattern: request
    message: "GET / HTTP/1.1\\r\\n\\r\\n"
    framing: ${framing}
    connections: 1
    duration: 1s
`;
    return parseScenario(text, "scenario.yaml").workloads[0]?.framing;
  }

  it.each(Object.entries(framings))("%s", async (name, { example, form, alone, inMap }) => {
    const given = example.replace(/ \(.*\)$/, "");
    const spec = specOf(given);
    if (spec === null || spec === undefined) throw new Error(`${given} is a framing`);
    expect(spec.kind).toBe(name);
    // Plain data: it travels to the workers.
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
    const framer = createFramer(spec, 1, context(4));
    expect(framer).toMatchObject({ scan: expect.any(Function), reset: expect.any(Function) });
    if (alone !== null) expect(specOf(name)).toEqual(alone);
    expect([alone, inMap]).not.toEqual([null, null]);
    for (const list of ["form", "example"] as const) {
      expect(listFramings(list)).toContain(list === "form" ? form : example);
    }
  });

  it("is given by its name, in a map, or either way", () => {
    expect(aloneFramings.map(({ name }) => name)).toEqual(["echo", "http", "smtp"]);
    expect(mapFramings.map(({ name }) => name)).toEqual([
      "fixed",
      "delimiter",
      "lengthPrefix",
      "http",
      "smtp",
    ]);
    expect(() => specOf("{ echo: 1 }")).toThrow('unknown key "echo" in a framing');
    expect(() => specOf("fixed")).toThrow(listFramings("form"));
  });
});
