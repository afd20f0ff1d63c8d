/** The projects under examples/, with the package as it is published. */
import { spawn } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { installInto } from "../support/installed.ts";
import { makeTempDir } from "../support/temp-dir.ts";

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

  beforeAll(async () => {
    await installInto(project, ["vitest", "typescript", "@types/node"]);
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
      JSON.stringify({ compilerOptions, include: ["vitest"] }),
    );
  });

  test("tests of vitest pass or are skipped, and fail with the figures", { timeout }, async () => {
    const vitest = join(project, "node_modules/vitest/vitest.mjs");
    const report = "--reporter=json";
    const files = ["vitest/echo", "vitest/failing"];
    const { output } = await node(
      project,
      vitest,
      "run",
      report,
      "--outputFile=all.json",
      ...files,
    );
    const all = JSON.parse(readFileSync(join(project, "all.json"), "utf8")) as {
      readonly testResults: readonly {
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
    const corrupted = named("replies are corrupted");
    expect(corrupted?.status).toBe("failed");
    expect(corrupted?.failureMessages.join()).toMatch(
      /closed fails: 1 of 1 gates do not hold\n {2}✗ {2}closed\.exchanges\.corrupted > 0 {2}was 0 {2}limit 0/,
    );
  });

  test("names of scenarios are checked by TypeScript", async () => {
    const { status, output } = await node(project, "node_modules/typescript/bin/tsc");
    expect({ status, output }).toEqual({ status: 0, output: "" });
  });

  test("tests of node:test pass or are skipped", { timeout }, async () => {
    const { status, output } = await node(project, "--test", "node-test/echo.test.js");
    expect(status, output).toBe(0);
    expect(output).toMatch(/(?:pass|skipped) 1\n/);
  });
});
