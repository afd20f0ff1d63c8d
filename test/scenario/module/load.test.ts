import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readModule } from "../../../src/scenario/module/load.ts";
import { loadScenario } from "../../../src/scenario/parse.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

function write(files: Readonly<Record<string, string>>): string {
  const directory = makeTempDir();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(directory, name, ".."), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return directory;
}

const fields = `version: 1,
  name: "chat",
  workloads: {
    chat: {
      target: "tcp://127.0.0.1:7000",
      pattern: "request",
      message: { file: "data/ping.bin" },
      framing: "echo",
      rate: rate(5),
      duration: "1s",
    },
  },`;

const typed = `import { defineScenario, type ScenarioInput } from "slash8";
import { rate } from "./lib/rates.ts";

const more: Partial<ScenarioInput> = { seed: 7 };
export default defineScenario({
  ${fields}
  ...more,
});
setInterval(() => {}, 1000);
`;

const beside = {
  "lib/rates.ts": "export const rate = (perSecond: number): string => perSecond + '/s';\n",
  "data/ping.bin": "ping",
};

describe("a scenario as a module", () => {
  test("in TypeScript imports what it needs, and paths in it are relative to it", async () => {
    const directory = write({ ...beside, "chat.ts": typed });
    const scenario = await loadScenario(join(directory, "chat.ts"));
    expect(scenario).toMatchObject({ name: "chat", seed: 7, file: join(directory, "chat.ts") });
    expect(scenario.workloads[0]?.load).toMatchObject({ startRatePerSecond: 5 });
    expect(scenario.workloads[0]?.message).toMatchObject({ base64: btoa("ping") });
  });

  test.each([
    ["chat.mjs", `const rate = (n) => n + "/s";\nexport default { ${fields} };\n`],
    ["chat.js", `const rate = (n) => n + "/s";\nexport default { ${fields} };\n`],
    ["chat.cjs", `const rate = (n) => n + "/s";\nmodule.exports = { ${fields} };\n`],
    [
      "chat.mts",
      `const rate = (n: number) => n + "/s";\nexport default Promise.resolve({ ${fields} });\n`,
    ],
  ])("%s, as a plain object", async (name, text) => {
    const directory = write({ ...beside, [name]: text, "package.json": '{ "type": "module" }' });
    expect(await loadScenario(join(directory, name))).toMatchObject({ name: "chat" });
  });

  test("builds on YAML files, and no YAML file includes it", async () => {
    const directory = write({
      "base.yaml": "seed: 9\nworkers: 2\n",
      "chat.ts": `const rate = (n: number) => n + "/s";\nexport default { include: "base.yaml", seed: 8, ${fields} };\n`,
      "wrong.yaml": "include: chat.ts\n",
      "data/ping.bin": "ping",
    });
    const scenario = await loadScenario(join(directory, "chat.ts"));
    expect(scenario).toMatchObject({ seed: 8, workers: 2 });
    await expect(loadScenario(join(directory, "wrong.yaml"))).rejects.toThrow(
      "is a module: only YAML files can be included",
    );
  });

  test.each([
    ["throws", 'const a = 1;\nthrow new Error("not today");\n', "2:7: Error: not today"],
    ["throws no error", 'throw "not today";\n', '1:1: it threw "not today"'],
    ["has a syntax error", "const a: number = ;\n", "1:19: Expression expected"],
    [
      "has what are no types",
      "\nenum A { b }\nexport default {};\n",
      "2:1: TypeScript enum is not",
    ],
    ["imports nothing", 'import "./gone.ts";\nexport default {};\n', "1:9: Cannot find module"],
    ["exports nothing", "export const a = 1;\n", "1:1: the module exports nothing by default"],
    ["exports nonsense", "const a = 1;\nexport default 5;\n", "2:1: the module exports 5 by"],
    ["exports a function", "export default () => ({});\n", "1:1: the module exports a function"],
    ["exports a list", "export default [];\n", "1:1: the module exports a list"],
    [
      "ends",
      "process.exit(0);\n",
      "1:1: the module ended before it had exported a scenario: does it call process.exit, or wait for what never comes?",
    ],
    ["never settles", "await new Promise(() => {});\n", "1:1: the module ended before it"],
    [
      "has wrong fields",
      'export default { version: 1, name: "x y" };\n',
      " name: name takes letters",
    ],
  ])("that %s is named, with its line", async (_, text, message) => {
    const path = join(write({ "chat.ts": text }), "chat.ts");
    await expect(loadScenario(path)).rejects.toThrow(`${path}:${message}`);
  });

  test("that fails in a file it imports names that one", async () => {
    const directory = write({
      "chat.ts": 'import { f } from "./lib.ts";\nexport default f();\n',
      "lib.ts": "export function f(): object {\n  throw new TypeError('deep');\n}\n",
    });
    const loading = loadScenario(join(directory, "chat.ts"));
    await expect(loading).rejects.toThrow(/lib\.ts:2:9: TypeError: deep\n.*throw new TypeError/);
  });

  test("that loops is ended, and where it loops is named, however often and however many at once", async () => {
    // It sleeps between its turns: that it takes a CPU meanwhile is nothing to this test.
    const cell = "const cell = new Int32Array(new SharedArrayBuffer(4));";
    const text = `${cell}\nexport default {};\nfor (;;) {\n  Atomics.wait(cell, 0, 0, 5);\n}\n`;
    const path = join(write({ "chat.mjs": text }), "chat.mjs");
    const read = async () => {
      const { tree, problems } = await readModule(path, text, 1000);
      expect(tree).toBeNull();
      const [problem] = problems;
      expect(problem?.message).toMatch(/^the module has not exported a scenario within 1 s/);
      // Where it was interrupted; where the machine was too busy to say that, the file alone.
      expect([1, 3, 4]).toContain(problem?.line);
    };
    await read();
    await Promise.all([read(), read()]);
  });
});
