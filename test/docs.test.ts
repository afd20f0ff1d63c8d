import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, test } from "vitest";
import { parseGate } from "../src/gates/parse.ts";
import { readResult } from "../src/results/files/read.ts";
import type { Finding } from "../src/results/findings/finding.ts";
import { parseScenario } from "../src/scenario/parse.ts";
import { anchorsOf, checkLinks, checkPaths } from "./support/structure/documents.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Files under a folder of the repository, from its root, "/" between their parts. */
function filesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length).split(sep).join("/"));
}

const atTop = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ name }) => name);
const folders = [
  "src",
  "test",
  "scripts",
  "scenarios",
  "schema",
  "docs",
  "examples",
  "packaging",
  "results",
  ".github",
];
const files = [...atTop, ...folders.flatMap(filesUnder)];
const read = (file: string) => readFileSync(join(root, file), "utf8");
const documents = new Map(
  [
    ...atTop,
    ...filesUnder("docs"),
    ...filesUnder("examples"),
    ...filesUnder("packaging"),
    ...filesUnder(".github"),
    "results/README.md",
  ]
    .filter((file) => file.endsWith(".md"))
    .map((file) => [file, read(file)]),
);

describe("the documents", () => {
  it("link to what is there", () => {
    expect(checkLinks(documents, files)).toEqual([]);
  });

  it("name files that are there", () => {
    // The changelog also names what was there once.
    const present = [...documents].filter(([file]) => file !== "CHANGELOG.md");
    expect(checkPaths(new Map(present), files)).toEqual([]);
  });

  it.each([
    ["README.md", 12 * 1024],
    ["ARCHITECTURE.md", 10 * 1024],
  ])("keep %s short: at most %i bytes", (file, most) => {
    expect(Buffer.byteLength(read(file))).toBeLessThanOrEqual(most);
  });

  it("cite no figure of a result that was severely disturbed", () => {
    const cited = ["README.md", "docs/measured.md", "docs/udp.md"].flatMap((page) => [
      ...read(page).matchAll(/results\/reference\/[a-z\d-]+\.json/g),
    ]);
    expect(cited.length).toBeGreaterThan(5);
    for (const [file] of cited) {
      const findings: readonly Finding[] = readResult(join(root, file)).run.findings ?? [];
      expect(
        findings.filter(({ severity }) => severity === "severe"),
        file,
      ).toEqual([]);
    }
  });

  it("are all in the index of their folder", () => {
    for (const folder of ["docs", "docs/internals", "docs/decisions"]) {
      const index = read(`${folder}/README.md`);
      const pages = readdirSync(join(root, folder)).filter((name) => /\.md$/.test(name));
      expect(pages.filter((name) => name !== "README.md" && !index.includes(`(${name})`))).toEqual(
        [],
      );
    }
  });

  it("list every shipped scenario, and no other", () => {
    const listed = [...read("docs/scenarios.md").matchAll(/`([a-z\d-]+)`/g)].map(
      ([, name]) => name,
    );
    const shipped = readdirSync(join(root, "scenarios"))
      .filter((name) => name.endsWith(".yaml"))
      .map((name) => name.replace(".yaml", ""));
    expect([...new Set(listed)].sort()).toEqual(shipped.sort());
  });
});

describe("examples", () => {
  it("of whole scenarios are scenarios", () => {
    const blocks = [...documents].flatMap(([file, text]) =>
      [...text.matchAll(/```yaml\n([\s\S]*?)```/g)]
        .map(([, block]) => ({ file, block: block as string }))
        .filter(({ block }) => block.includes("version: 1\n")),
    );
    expect(blocks.map(({ file }) => file)).toContain("README.md");
    for (const { file, block } of blocks) {
      const { gates } = parseScenario(block, file, { env: {} });
      expect(gates.length, file).toBeGreaterThan(0);
    }
  });

  it("of gates are gates", () => {
    const names = {
      workloads: ["chatter", "idle", "new", "old", "feed"],
      servers: ["echo"],
      parts: new Map([["chatter", ["get"]]]),
    };
    const rows = [...read("docs/gates.md").matchAll(/^\| `([^`]+)` \|/gm)];
    expect(rows.length).toBeGreaterThan(5);
    for (const [, text] of rows) expect(() => parseGate(text as string, names), text).not.toThrow();
  });
});

describe("decisions", () => {
  const names = readdirSync(join(root, "docs/decisions"))
    .filter((name) => name !== "README.md")
    .sort();

  it("are numbered from 1 without a gap", () => {
    expect(names.map((name) => Number(name.slice(0, 4)))).toEqual(names.map((_, n) => n + 1));
  });

  it("each have a number, a date, a context, a decision, a measurement, and when to look again", () => {
    for (const name of names) {
      const text = read(`docs/decisions/${name}`);
      expect(text.startsWith(`# ${name.slice(0, 4)}: `), name).toBe(true);
      expect(text, name).toMatch(/^Date: 20\d\d-\d\d-\d\d$/m);
      expect(
        [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading),
        name,
      ).toEqual(["Context", "Decision", "Measurement", "When to look at it again"]);
    }
  });

  it("are in the index by their titles", () => {
    const index = read("docs/decisions/README.md");
    for (const name of names) {
      const title = /^# \d{4}: (.+)$/m.exec(read(`docs/decisions/${name}`))?.[1];
      expect(index).toContain(`[${name.slice(0, 4)}](${name}) |`);
      expect(index).toContain(`| ${title} |`);
    }
  });
});

describe("the check of the documents", () => {
  const there = [
    "README.md",
    "docs/a.md",
    "docs/deep/b.md",
    "src/io/io.ts",
    "src/io/uring/ring.ts",
  ];
  const links = (text: string, file = "docs/a.md") =>
    checkLinks(
      new Map([
        [file, text],
        ["docs/deep/b.md", "# One title\n\n## `--io`, and [more](../a.md): yes"],
      ]),
      there,
    );
  const paths = (text: string) => checkPaths(new Map([["docs/a.md", text]]), there);

  test.each([
    ["a file", "[x](deep/b.md)"],
    ["a folder", "[x](deep/) and [y](../docs)"],
    ["the root", "[x](../README.md)"],
    ["a heading", "[x](deep/b.md#one-title)"],
    ["a heading with code and a link", "[x](deep/b.md#--io-and-more-yes)"],
    ["other hosts", "[x](https://example.org/none.md) [y](mailto:a@example.org)"],
    ["code", "`[x](gone.md)`"],
  ])("takes links to %s", (_, text) => {
    expect(links(text)).toEqual([]);
  });

  test.each([
    ["a file", "\n[x](gone.md)", "docs/a.md:2 links to gone.md: there is no docs/gone.md"],
    [
      "a heading",
      "[x](deep/b.md#two)",
      "docs/a.md:1 links to deep/b.md#two: docs/deep/b.md has no such heading",
    ],
    ["an own heading", "[x](#two)", "docs/a.md:1 links to #two: docs/a.md has no such heading"],
    ["a picture", '<img src="p.png">', "docs/a.md:1 links to p.png: there is no docs/p.png"],
    ["what is above", "[x](../../a.md)", "docs/a.md:1 links to ../../a.md: there is no ../a.md"],
  ])("sees links to %s that is not there", (_, text, problem) => {
    expect(links(text)).toEqual([problem]);
  });

  test.each([
    ["a file", "see `src/io/io.ts`, or src/io/uring/ring.ts."],
    ["a folder", "`src/io/uring/` and `docs/deep`"],
    ["code of a room", "`io/io.ts`"],
    ["code by its name", "`ring.ts`"],
    ["a folder of a room", "`io/uring/`, `uring/`"],
    [
      "placeholders",
      "`src/*/x.ts`, `results/reference/NAME.json`, `scenarios/<name>.yaml`, `docs/{a,z}.md`",
    ],
    ["what is elsewhere", "`/etc/src/x.conf`, `../docs/x`, `results/chat.json`"],
  ])("takes the name of %s", (_, text) => {
    expect(paths(text)).toEqual([]);
  });

  test.each([
    ["a file", "`src/io/gone.ts`", "docs/a.md:1 names src/io/gone.ts, which is not there"],
    [
      "a scenario",
      "run scenarios/gone.yaml.",
      "docs/a.md:1 names scenarios/gone.yaml, which is not there",
    ],
    [
      "code of a room",
      "`coordinator/run.ts`",
      "docs/a.md:1 names coordinator/run.ts: no such code",
    ],
    ["code", "`gone.ts`", "docs/a.md:1 names gone.ts: no such code"],
    ["a folder", "`coordinator/`", "docs/a.md:1 names coordinator/: no such folder"],
  ])("sees the name of %s that is not there", (_, text, problem) => {
    expect(paths(text)).toEqual([problem]);
  });

  test("knows GitHub's fragments", () => {
    expect([...anchorsOf("# A b\n\n## What is `x.y`?\n")]).toEqual(["a-b", "what-is-xy"]);
    expect([...anchorsOf("## gate\n\n## Gate\n")]).toEqual(["gate", "gate-1"]);
  });
});
