import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { checkFloors, parseFloors, readSources } from "./support/structure/floors.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

test("src keeps to the floors of ARCHITECTURE.md", () => {
  const floors = parseFloors(readFileSync(`${root}ARCHITECTURE.md`, "utf8"));
  expect(checkFloors(readSources(`${root}src`), floors)).toEqual([]);
});

describe("sizes", () => {
  const folders = ["src", "test"].map((name) => `${root}${name}`);

  test("no folder has more files than can be looked through", () => {
    const counts = new Map<string, number>();
    for (const folder of folders) {
      for (const file of readSources(folder).keys()) {
        const place = dirname(join(folder, file)).slice(root.length);
        counts.set(place, (counts.get(place) ?? 0) + 1);
      }
    }
    expect([...counts].filter(([, count]) => count > 20)).toEqual([]);
  });

  test("no file of src has more than 550 lines, but two state machines, and what is generated", () => {
    const whole = ["io/uring/ring.ts", "io/uring/socket-transport.ts", "scenario/input.ts"];
    const long = [...readSources(`${root}src`)]
      .filter(([file, text]) => text.split("\n").length > 551 && !whole.includes(file))
      .map(([file]) => file);
    expect(long).toEqual([]);
  });
});

describe("the table", () => {
  const table = (lines: string) => `# A\n\n## The floors\n\nText.\n\n    src/\n${lines}\n## Next\n`;

  test("is read from its own section only", () => {
    const text = `${table("      base/   0  errors\n      io/     2  sockets: node/\n    test/   mirrors")}      late/  9  no\n`;
    expect([...parseFloors(text)]).toEqual([
      ["base", 0],
      ["io", 2],
    ]);
  });

  test("may be the last section", () => {
    expect([...parseFloors("## The floors\n\n    base/  0  errors")]).toEqual([["base", 0]]);
  });

  test("must be there, hold a room, and hold it once", () => {
    expect(() => parseFloors("# A\n")).toThrow('no section "## The floors"');
    expect(() => parseFloors(table("      base is on the ground"))).toThrow("no room");
    expect(() => parseFloors(table("      a/  0  x\n      a/  1  y"))).toThrow("a/ stands twice");
  });
});

describe("the check", () => {
  const floors = new Map([
    ["base", 0],
    ["left", 1],
    ["right", 1],
    ["top", 2],
  ]);
  const ground = {
    "base/clock.ts": "export const now = 0;",
    "left/left.ts": "",
    "right/right.ts": "",
    "top/top.ts": "",
  };
  const check = (files: Record<string, string>) =>
    checkFloors(new Map(Object.entries({ ...ground, ...files })), floors);

  test("lets down, own room and packages pass", () => {
    expect(
      check({
        "left/a.ts": 'import { now } from "../base/clock.ts";\nimport "./left.ts";\nimport "yaml";',
        "top/deep/b.ts": 'import "../top.ts"; import "../../left/a.ts"; import "node:fs";',
      }),
    ).toEqual([]);
  });

  const upward = "imports upward: base/ (floor 0) -> top/top.ts (floor 2)";
  test.each([
    ["import", 'import "../top/top.ts";'],
    ["import with names", 'import { a, type b } from "../top/top.ts";'],
    ["import type", 'import type { A } from "../top/top.ts";'],
    ["export from", 'export { a } from "../top/top.ts";'],
    ["export type from", 'export type { A } from "../top/top.ts";'],
    ["export star", 'export * from "../top/top.ts";'],
    ["export star as", 'export * as top from "../top/top.ts";'],
    ["dynamic import", 'export const a = () => import("../top/top.ts");'],
    ["dynamic import of a template", "export const a = () => import(`../top/top.ts`);"],
    ["import of a type in place", 'export let a: import("../top/top.ts").A;'],
    ["typeof import", 'export let a: typeof import("../top/top.ts");'],
    ["import assignment", 'import a = require("../top/top.ts");'],
    ["require", 'const a = require("../top/top.ts");'],
    ["module augmentation", 'declare module "../top/top.ts" { const a: 1; }'],
    ["reference path", '/// <reference path="../top/top.ts" />'],
    ["a detour in the path", 'import "../top/top.ts";'],
  ])("sees %s", (_, text) => {
    expect(check({ "base/a.ts": text })).toEqual([`base/a.ts:1 ${upward}`]);
  });

  test("gives the line", () => {
    expect(check({ "base/a.ts": '// a\n\nimport {\n  a,\n} from "../top/top.ts";' })).toEqual([
      `base/a.ts:3 ${upward}`,
    ]);
  });

  test("sees sideways", () => {
    expect(check({ "left/a.ts": 'import type { R } from "../right/right.ts";' })).toEqual([
      "left/a.ts:1 imports sideways: left/ (floor 1) -> right/right.ts (floor 1)",
    ]);
  });

  test("sees circles of files, type imports included, each with its way", () => {
    expect(
      check({
        "left/a.ts": 'import { b } from "./b.ts";',
        "left/b.ts": 'import type { C } from "./deep/c.ts";',
        "left/deep/c.ts": 'export * from "../a.ts";',
        "right/self.ts": 'import "./self.ts";',
      }),
    ).toEqual([
      "circle: left/a.ts -> left/b.ts -> left/deep/c.ts -> left/a.ts",
      "circle: right/self.ts -> right/self.ts",
    ]);
  });

  test("takes two ways to one file for no circle", () => {
    expect(
      check({
        "left/a.ts": 'import "./b.ts"; import "./c.ts";',
        "left/b.ts": 'import "./c.ts";',
        "left/c.ts": "",
      }),
    ).toEqual([]);
  });

  test("sees what is in no room, and rooms without a file", () => {
    expect(
      checkFloors(
        new Map([
          ["main.ts", ""],
          ["attic/a.ts", ""],
          ["base/a.ts", ""],
        ]),
        new Map([
          ["base", 0],
          ["gone", 1],
        ]),
      ),
    ).toEqual([
      "the floors table names gone/, but src has no file in it",
      "main.ts is in no room of the floors table: add its room, or move it",
      "attic/a.ts is in no room of the floors table: add its room, or move it",
    ]);
  });

  test("sees imports that it cannot follow", () => {
    expect(
      check({
        "base/a.ts": 'import "./gone.ts"; import "../../package.json"; import "slash8/dist/a.js";',
        "base/b.ts": 'import "#top"; import "/top/top.ts";',
      }),
    ).toEqual([
      'base/a.ts:1 imports "./gone.ts", but there is no src/base/gone.ts',
      'base/a.ts:1 imports "../../package.json", which lies outside src',
      'base/a.ts:1 imports "slash8/dist/a.js": inside the house, only relative paths can be followed',
      'base/b.ts:1 imports "#top": inside the house, only relative paths can be followed',
      'base/b.ts:1 imports "/top/top.ts": inside the house, only relative paths can be followed',
    ]);
  });

  test("takes neither comments nor strings for imports", () => {
    expect(
      check({
        "base/a.ts":
          '// import "../top/top.ts"\n/* export * from "../top/top.ts" */\nexport const a = `import "../top/top.ts"`;',
      }),
    ).toEqual([]);
  });

  test("refuses a file that is not TypeScript", () => {
    expect(() => check({ "base/a.ts": "import {" })).toThrow();
  });
});
