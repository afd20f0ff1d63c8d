/** Results that nobody vouches for: refused at their place, or read without harm. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/base/errors.ts";
import { buildPageModel } from "../../../src/report/build-model.ts";
import { buildResult } from "../../../src/results/build/build.ts";
import { renderAnnotations } from "../../../src/results/exports/annotations.ts";
import { exportFiles, exportFormats } from "../../../src/results/exports/export-files.ts";
import { reading, resultOf } from "../../../src/results/files/read.ts";
import type { RunResult } from "../../../src/results/result.ts";
import { renderSummary } from "../../../src/results/text/summary.ts";
import { rounds } from "../../support/fuzz.ts";
import { resultInput } from "../fixture.ts";

type Json = Record<string, unknown>;

const good = JSON.stringify(
  buildResult(resultInput({ gates: ["chat.responseTime.p99 < 1ms"], warnings: ["careful"] })),
);

/** All that is made of a result for people, and for other programs. */
function allTexts(result: RunResult): string[] {
  return [
    ...exportFormats.flatMap((format) =>
      exportFiles(result, format, "out").map(({ text }) => text),
    ),
    ...renderAnnotations(result),
    renderSummary(result, { color: false, width: 80, unicode: true }),
    JSON.stringify(buildPageModel([{ label: "one", result }])),
  ];
}

function changed(change: (result: Json) => void): unknown {
  const result = JSON.parse(good) as Json;
  change(result);
  return result;
}

const read = (value: unknown) => () => resultOf("some.json", value);

/** The object at a path. */
function at(value: unknown, ...path: readonly (string | number)[]): Json {
  return path.reduce<unknown>((found, key) => (found as Json)[key], value) as Json;
}

describe("a result with wrong parts is refused at its place", () => {
  it.each<[string, (result: Json) => void, RegExp]>([
    [
      "a text for a count",
      (result) => Object.assign(at(result, "workloads", "chat", "exchanges"), { sent: "many" }),
      /^some\.json: workloads\.chat\.exchanges\.sent: .*expected number, received string/,
    ],
    [
      "a list for a map",
      (result) => Object.assign(at(result, "workloads", "chat"), { rate: [] }),
      /workloads\.chat\.rate: /,
    ],
    [
      "no timeline",
      (result) => Object.assign(at(result, "workloads", "chat"), { timeline: null }),
      /workloads\.chat\.timeline: /,
    ],
    [
      "a year that has 10^300 s",
      (result) => Object.assign(at(result, "workloads", "chat", "timeline", 0), { atMs: 1e300 }),
      /workloads\.chat\.timeline\[0\]\.atMs: /,
    ],
    [
      "an outcome of another program",
      (result) => Object.assign(at(result, "run"), { outcome: "green" }),
      /run\.outcome: /,
    ],
    [
      "a time that is none",
      (result) => Object.assign(at(result, "run"), { startedAt: "soon" }),
      /run\.startedAt: not a time/,
    ],
    ["gates that are texts", (result) => Object.assign(result, { gates: ["x"] }), /gates\[0\]: /],
    [
      "another number of samples",
      (result) => Object.assign(at(result, "workloads", "chat", "responseTime"), { count: 12345 }),
      /workloads\.chat\.responseTime\.hdr: has \d+ samples/,
    ],
    [
      "no histogram",
      (result) => Object.assign(at(result, "workloads", "chat", "responseTime"), { hdr: "AAAA" }),
      /responseTime\.hdr: not an HdrHistogram/,
    ],
    [
      "an escape sequence for a name",
      (result) => Object.assign(at(result, "workloads"), { "\x1b[2Jchat": 1 }),
      /workloads\.chat: /,
    ],
  ])("%s", (_, change, message) => {
    let error: unknown = null;
    try {
      read(changed(change))();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).toMatch(/the file is damaged, or another program wrote it$/);
  });

  it("a histogram that grows to gigabytes", () => {
    const inner = deflateSync(Buffer.alloc(4 << 20));
    const outer = Buffer.alloc(8);
    outer.writeInt32BE(0x1c849314, 0);
    outer.writeInt32BE(inner.length, 4);
    const hdr = Buffer.concat([outer, inner]).toString("base64");
    const value = changed((result) =>
      Object.assign(at(result, "workloads", "chat", "responseTime"), { hdr }),
    );
    expect(read(value)).toThrow(/responseTime\.hdr: not an HdrHistogram: .*larger than/);
  });
});

it("escape sequences in a result reach no text that is made of it", () => {
  const sequence = "\x1b]0;owned\x07\x1b[2J\x9b31m";
  const value = changed((result) => {
    at(result, "scenario").name = `${sequence}name`;
    at(result, "run").reasons = [`${sequence}reason`];
    result.warnings = [`${sequence}warning`];
    at(result, "workloads", "chat").notes = [`${sequence}note`];
    at(result, "workloads", "chat").errors = [
      { code: `${sequence}CODE`, side: "target", phase: "steady", count: 1 },
    ];
    at(result, "gates", 0).expression = `${sequence}gate`;
    at(result, "workloads")[`${sequence}other`] = at(result, "workloads", "chat");
  });
  const texts = allTexts(resultOf("some.json", value));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  for (const text of texts) expect(text).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
  const all = texts.join("\n");
  for (const word of ["name", "reason", "warning", "note", "CODE", "gate", "other"]) {
    expect(all).toContain(word);
  }
});

it("with any part replaced by anything, a result is refused or shown", () => {
  const anything = fc.constantFrom<unknown>(
    null,
    true,
    -1,
    0.5,
    1e308,
    "",
    "x",
    "\x1b[2J",
    [],
    {},
    [null],
    { x: 1 },
    undefined,
  );
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 6, maxLength: 6 }), anything, (steps, value) => {
      const result = JSON.parse(good) as Json;
      let [parent, key]: [Json, string] = [result, ""];
      for (const step of steps) {
        const keys = Object.keys(key === "" ? parent : (parent[key] as Json));
        if (keys.length === 0) break;
        if (key !== "") parent = parent[key] as Json;
        key = keys[step % keys.length] as string;
        if (typeof parent[key] !== "object" || parent[key] === null) break;
      }
      if (value === undefined) delete parent[key];
      else parent[key] = value;
      let texts: string[] = [];
      try {
        texts = reading(["some.json"], () => allTexts(resultOf("some.json", result)));
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
        expect((error as Error).message).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
      }
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
      for (const text of texts) expect(text).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
    }),
    { numRuns: rounds(50, 20_000) },
  );
});

const reference = fileURLToPath(new URL("../../../results/reference/", import.meta.url));

it.each(readdirSync(reference).filter((name) => name.endsWith(".json")))(
  "the reference result %s is shown in every way",
  (name) => {
    const result = resultOf(name, JSON.parse(readFileSync(`${reference}${name}`, "utf8")));
    const rows = exportFiles(result, "csv", "out")[0]?.text.trimEnd().split("\n") ?? [];
    const seconds = Object.values(result.workloads).flatMap(({ timeline }) => timeline);
    expect(rows).toHaveLength(1 + seconds.length);
    for (const text of allTexts(result)) expect(text).not.toMatch(/undefined|NaN/);
  },
);
