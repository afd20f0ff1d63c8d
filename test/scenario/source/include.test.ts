// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is what scenarios replace
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { parseScenario } from "../../../src/scenario/parse.ts";
import { ScenarioError } from "../../../src/scenario/source/problem.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

let directory: string;
beforeEach(() => {
  directory = makeTempDir();
});

function write(files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(directory, name, ".."), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return join(directory, "main.yaml");
}

const load = (path: string) =>
  parseScenario(readFileSync(path, "utf8"), path, { env: { DIR: "inc" } });

function problems(path: string) {
  try {
    load(path);
  } catch (error) {
    if (error instanceof ScenarioError) {
      return error.problems.map(({ file, line, column, message }) => {
        return `${file.slice(directory.length + 1)}:${line}:${column}: ${message}`;
      });
    }
    throw error;
  }
  throw new Error("no problem");
}

const base = `servers:
  echo: { builtin: tcp-echo, listen: 127.0.0.1:7000 }
workloads:
  w:
    target: echo
    pattern: request
    stages: [{ duration: 1s, rate: 1/s }, { duration: 2s, rate: 2/s }]
    connections: 5
gates: [total.errors == 0]
`;

describe("include", () => {
  it("lies below: maps merge, lists and single values are replaced", () => {
    const main = write({
      "main.yaml":
        "version: 1\nname: main\ninclude: ${DIR}/base.yaml\nworkloads:\n  w:\n    connections: 9\n    stages: [{ duration: 3s, rate: 3/s }]\n  v: { target: echo, pattern: stream, duration: 1s }\n",
      "inc/base.yaml": base,
    });
    const scenario = load(main);
    expect(scenario.workloads.map(({ name }) => name)).toEqual(["w", "v"]);
    expect(scenario.workloads[0]).toMatchObject({
      connections: 9,
      load: { stages: [{ durationNs: 3e9 }] },
      position: { file: main, line: 5, column: 3 },
    });
    expect(scenario.gates[0]?.position).toEqual({
      file: join(directory, "inc/base.yaml"),
      line: 9,
      column: 9,
    });
    expect(scenario.servers[0]?.listen).toEqual([{ address: "127.0.0.1", port: 7000 }]);
  });

  it("accepts a list, later over earlier, and nested includes relative to their own file", () => {
    const main = write({
      "main.yaml": "version: 1\nname: main\ninclude: [a.yaml, b/b.yaml]\n",
      "a.yaml": `${base}seed: 1\nworkers: 1\n`,
      "b/b.yaml": "include: c.yaml\nseed: 2\n",
      "b/c.yaml":
        "seed: 3\nworkers: 3\nworkloads: { w: { message: { file: m.bin }, framing: echo } }\n",
      "b/m.bin": "\u0000\u0001",
    });
    expect(load(main)).toMatchObject({
      seed: 2,
      workers: 3,
      workloads: [{ message: { kind: "bytes", base64: "AAE=" } }],
    });
  });

  it("points into the included file", () => {
    const main = write({
      "main.yaml": "version: 1\nname: main\ninclude: a.yaml\nfoo: 1\n",
      "a.yaml": `${base}bar: 1\n`,
    });
    expect(problems(main)).toEqual([
      expect.stringMatching(/^main\.yaml:4:1: unknown key "foo"/),
      expect.stringMatching(/^a\.yaml:10:1: unknown key "bar"/),
    ]);
  });

  it.each([
    [{ "main.yaml": "include: main.yaml\n" }, /^main\.yaml:1:10: a circle of includes/],
    [{ "main.yaml": "include: ./x/../main.yaml\n" }, /^main\.yaml:1:10: a circle of includes/],
    [
      { "main.yaml": "include: a.yaml\n", "a.yaml": "include: main.yaml\n" },
      /^a\.yaml:1:10: a circle of includes/,
    ],
    [
      { "main.yaml": "include: gone.yaml\n" },
      /^main\.yaml:1:10: .*gone\.yaml: there is no such file/,
    ],
    [{ "main.yaml": "include: .\n" }, /^main\.yaml:1:10: .*this is a directory/],
    [{ "main.yaml": "include: /dev/zero\n" }, /^main\.yaml:1:10: .*not a regular file/],
    [
      { "main.yaml": "include: a.yaml\n", "a.yaml": "- 5\n" },
      /^main\.yaml:1:10: .*does not contain a map of keys/,
    ],
    [{ "main.yaml": "include: a.yaml\n", "a.yaml": "a: [\n" }, /^a\.yaml:2:1: flow sequence/],
    [
      { "main.yaml": "include: a.yaml\n", "a.yaml": "" },
      /^main\.yaml:1:10: .*does not contain a map of keys/,
    ],
    [{ "main.yaml": "include: a.yaml\n", "a.yaml": "x".repeat(1 << 21) }, /larger than 1048576/],
  ])("%#: is refused at its place", (files, message) => {
    expect(problems(write(files)).join("\n")).toMatch(new RegExp(message, "m"));
  });

  it("has a limited depth and number", () => {
    const chain = Object.fromEntries(
      Array.from({ length: 15 }, (_, index) => [
        `${index === 0 ? "main" : index}.yaml`,
        `include: ${index + 1}.yaml\n`,
      ]),
    );
    expect(problems(write(chain)).join("\n")).toContain("nested more than 10 deep");
    const twice = Object.fromEntries(
      Array.from({ length: 9 }, (_, index) => [
        `${index === 0 ? "main" : index}.yaml`,
        index === 8 ? "seed: 1\n" : `include: [${index + 1}.yaml, ${index + 1}.yaml]\n`,
      ]),
    );
    expect(problems(write(twice)).join("\n")).toContain("more than 50 included files");
  });
});
