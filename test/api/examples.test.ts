/** The projects under examples/, and the examples of the documents, with the package as it is published. */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { summariseSeries } from "../../src/compare/series.ts";
import type { RunResult } from "../../src/results/result.ts";
import { invalid, made, side } from "../assert/results.ts";
import { asserted, codeBlocks, examplesOf } from "../support/code-blocks.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { installInto } from "./installed.ts";

const examples = fileURLToPath(new URL("../../examples/", import.meta.url));

/** Until others that have the turn of this machine give it back. */
const timeout = 600_000;

/** Fails whatever the machine does: a closed model has no rate to fall short of, and nothing corrupts a reply but the server. */
const failing = `import { createServer } from "node:net";
import { loadTest } from "slash8/vitest";
import { expect } from "vitest";

loadTest("replies are corrupted", {
  version: 1,
  name: "closed",
  workloads: {
    closed: {
      target: createServer((socket) => socket.on("error", () => {}).pipe(socket)),
      pattern: "request",
      message: "hello",
      framing: "echo",
      duration: "1s",
    },
  },
  gates: (run) => [run.closed.exchanges.corrupted.above(0)],
});

const made = (port: number) =>
  ({
    version: 1,
    name: "made",
    servers: { web: { port } },
    workloads: { chat: { target: "web", pattern: "request", message: "hello", framing: "echo" } },
  }) as const;

loadTest.skip("an object", made(7000), (result) => {
  expect(result.workloads.chat.responseTime.p99).toBeGreaterThan(0);
  // @ts-expect-error: there is no such workload
  expect(result.workloads.chta.responseTime.p99).toBeGreaterThan(0);
  // @ts-expect-error: there is no such server
  expect(result.servers.wbe.cpuSeconds).toBeGreaterThan(0);
});
loadTest.skip("a function", async () => made(7000), { repeat: 2 }, (result, { results }) => {
  expect(result.workloads.chat.responseTime.p99).toBe(results[0]?.workloads.chat.responseTime.p99);
  // @ts-expect-error: there is no such workload
  expect(result.workloads.chta.responseTime.p99).toBeGreaterThan(0);
});
loadTest.skip("a path", "chat.yaml", { out: "results" }, (result) => {
  expect(result.workloads.chat?.responseTime.p99).toBeGreaterThan(0);
});
loadTest.skip("a function of a path", () => "chat.yaml");
// @ts-expect-error: it is the name of a metric that is wrong
loadTest.skip("a metric", made(7000), (result) => result.workloads.chat.responseTme);
loadTest.skip("a value", made(7000), (result) => {
  // @ts-expect-error: a tolerance is not a flag
  expect(result).toMatchBaseline({ by: true });
});
`;

const docs = fileURLToPath(new URL("../../docs/", import.meta.url));

/** What the examples of the documents have beside them. */
const scenarioOf = (...workloads: readonly string[]) => `version: 1
name: chat
workloads:
${workloads.map((fields, index) => `  chat${index || ""}: { ${fields} }\n`).join("")}gates: [total.errors == 0]
`;

/** Of the reference: each is imported by a test, but for those that declare tests themselves. */
function writeReference(project: string, port: number): void {
  const folder = join(project, "reference");
  mkdirSync(folder);
  mkdirSync(join(project, "results"));
  const target = `target: "tcp://127.0.0.1:${port}"`;
  const chat = `${target}, pattern: request, message: hello, framing: echo, duration: 200ms`;
  writeFileSync(join(project, "chat.yaml"), scenarioOf(chat));
  writeFileSync(join(project, "broken.yaml"), scenarioOf(`${chat}, rat: 5/s`));
  // More than a TiB of memory, so that nothing is ever started.
  const million = Array.from(
    { length: 8 },
    (_, index) =>
      `${target}, pattern: hold, connections: 16000000, sources: 127.${100 + index}.0.0/16, duration: 200ms`,
  );
  writeFileSync(join(project, "million-connections.yaml"), scenarioOf(...million));
  const write = (name: string, result: object) =>
    writeFileSync(join(project, "results", name), JSON.stringify(result));
  write("chat.json", made({ gates: ["chat.responseTime.p99 < 5ms"] }));
  write("invalid.json", invalid());
  for (const name of ["base", "new"]) {
    const runs = side(1e6).map((result, number) => {
      const file = `${name}-${number}.json`;
      write(file, result);
      return { file, result: JSON.parse(JSON.stringify(result)) as RunResult };
    });
    const series = { runs, repeat: runs.length, interrupted: false, gates: [], baseline: [] };
    write(`${name}-summary.json`, summariseSeries(series));
  }
  const declaring: string[] = [];
  const tested: string[] = [];
  for (const page of readdirSync(join(docs, "reference/api")).filter((name) =>
    /\.md$/.test(name),
  )) {
    const text = readFileSync(join(docs, "reference/api", page), "utf8");
    for (const [name, code] of examplesOf(text)) {
      const file = `${page.replace(".md", "")}-${name}.ts`;
      const here = code
        .replaceAll("127.0.0.1:7000", `127.0.0.1:${port}`)
        .replaceAll("port: 7000", `port: ${port}`)
        .replaceAll("repeat: 5", "repeat: 1");
      writeFileSync(join(folder, file), asserted(here));
      (code.includes("loadTest(") ? declaring : tested).push(file);
    }
  }
  expect(Math.min(declaring.length, tested.length)).toBeGreaterThan(1);
  const lines = [
    'import { test } from "vitest";',
    ...declaring.map((file) => `import "./${file}";`),
    "const skip = (error: Error, context: { skip(reason: string): never }) => {",
    '  if (error.name === "NoVerdictError") context.skip(error.message);',
    "  throw error;",
    "};",
    ...tested.map(
      (file) =>
        `test("${file}", (context) => import("./${file}").catch((error: Error) => skip(error, context)));`,
    ),
  ];
  writeFileSync(join(folder, "reference.test.ts"), `${lines.join("\n")}\n`);
}

/** Of the other pages: they are compiled alone. */
function writeDocuments(project: string): void {
  const folder = join(project, "docs");
  mkdirSync(folder);
  for (const page of ["library", "vitest", "assert", "protocols"]) {
    const blocks = codeBlocks(readFileSync(join(docs, `${page}.md`), "utf8"));
    expect(blocks.length, page).toBeGreaterThan(1);
    for (const [index, code] of blocks.entries()) {
      const name = code.includes("export default") ? "chat.mts" : `${page}-${index}.ts`;
      writeFileSync(join(folder, name), code);
    }
  }
  writeFileSync(join(folder, "server.ts"), 'export { createServer } from "node:net";\n');
  const globals = `declare function it(name: string, test: (this: { timeout(ms: number): void; skip(): void }) => unknown): void;
declare function test(name: string, test: () => unknown, ms: number): void;
`;
  writeFileSync(join(folder, "runners.d.ts"), globals);
}

const compilerOptions = {
  target: "es2023",
  module: "nodenext",
  strict: true,
  noUncheckedIndexedAccess: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  noEmit: true,
  types: ["node"],
};

interface Ended {
  readonly status: number | null;
  readonly output: string;
}

function node(cwd: string, ...args: string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const { VITEST: _, VITEST_WORKER_ID: __, NODE_TEST_CONTEXT: ___, ...env } = process.env;
    const child = spawn(process.execPath, args, { cwd, env: { ...env, NO_COLOR: "1" } });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, output }));
  });
}

describe("with the published package", () => {
  const project = makeTempDir();
  const server = createServer((socket) => socket.on("error", () => {}).pipe(socket));
  afterAll(() => server.close());

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    await installInto(project, ["vitest", "typescript", "@types/node"]);
    writeReference(project, (server.address() as AddressInfo).port);
    writeDocuments(project);
    for (const name of [
      "vitest/echo.test.ts",
      "vitest/compare.test.ts",
      "node-test/echo.test.js",
    ]) {
      cpSync(join(examples, name), join(project, name));
    }
    writeFileSync(join(project, "vitest/failing.test.ts"), failing);
    writeFileSync(join(project, "package.json"), '{ "type": "module" }');
    writeFileSync(
      join(project, "tsconfig.json"),
      JSON.stringify({ compilerOptions, include: ["vitest", "reference", "docs"] }),
    );
  });

  test("tests of vitest and the examples of the reference pass or are skipped, and tests fail with the figures", {
    timeout,
  }, async () => {
    const vitest = join(project, "node_modules/vitest/vitest.mjs");
    // With --update baselines that are missing are written, in CI as well.
    const report = ["--update", "--reporter=json", "--testTimeout=120000"];
    const files = ["vitest/echo", "vitest/failing", "reference/reference"];
    const { output } = await node(
      project,
      vitest,
      "run",
      ...report,
      "--outputFile=all.json",
      ...files,
    );
    const all = JSON.parse(readFileSync(join(project, "all.json"), "utf8")) as {
      readonly testResults: readonly {
        readonly name: string;
        readonly assertionResults: readonly {
          readonly title: string;
          readonly status: string;
          readonly failureMessages: readonly string[];
          readonly meta: { readonly slash8?: { readonly outcome: string } };
        }[];
      }[];
    };
    const tests = all.testResults.flatMap(({ assertionResults }) => assertionResults);
    const named = (name: string) => tests.find(({ title }) => title === name);
    const echo = named("500 requests/s are answered within 50 ms");
    expect(echo, output).toBeDefined();
    expect(["passed", "skipped"], echo?.failureMessages.join()).toContain(echo?.status);
    expect(echo?.meta.slash8?.outcome).toBe(echo?.status === "passed" ? "pass" : "invalid");
    const ofReference = all.testResults
      .filter(({ name }) => name.endsWith("reference.test.ts"))
      .flatMap(({ assertionResults }) => assertionResults);
    expect(ofReference.length).toBeGreaterThan(30);
    for (const { title, status, failureMessages } of ofReference) {
      expect(["passed", "skipped"], `${title}: ${failureMessages.join()}`).toContain(status);
    }
    const corrupted = named("replies are corrupted");
    expect(corrupted?.status).toBe("failed");
    expect(corrupted?.failureMessages.join()).toMatch(
      /closed fails: 1 of 1 gates do not hold\n {2}✗ {2}closed\.exchanges\.corrupted > 0 {2}was 0 {2}limit 0/,
    );
  });

  test("names of scenarios are checked by TypeScript, and the documents' examples are TypeScript", async () => {
    const { status, output } = await node(project, "node_modules/typescript/bin/tsc");
    expect({ status, output }).toEqual({ status: 0, output: "" });
  });

  test("tests of node:test pass or are skipped", { timeout }, async () => {
    const { status, output } = await node(project, "--test", "node-test/echo.test.js");
    expect(status, output).toBe(0);
    expect(output).toMatch(/(?:pass|skipped) 1\n/);
  });
});
