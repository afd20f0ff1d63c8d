import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { makeTempDir } from "../support/temp-dir.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A user's file, with what is wrong in it marked. */
const usage = `
import { createServer } from "node:http";
import { defineScenario, gate, run, start, type RunResult, type ScenarioInput } from "slash8";

const scenario = defineScenario({
  version: 1,
  name: "chat",
  servers: { echo: createServer(), other: async () => ({ port: 1, async [Symbol.asyncDispose]() {} }) },
  workloads: { chat: { target: "echo", pattern: "request", rate: "5/s" } },
  gates: (run) => [run.chat.responseTime.p99.below("5ms")],
});
const result = await run(scenario, { signal: AbortSignal.timeout(1) });
const p99: number | null = result.workloads.chat.responseTime.p99;
const cpu: number | null = result.servers.other.cpuSeconds;
// @ts-expect-error there is no such workload
result.workloads.chatt;
// @ts-expect-error there is no such server
result.servers.ecco;
await using load = start(scenario);
for await (const { workloads } of load) console.log(workloads.chat?.received, p99, cpu);
const any: RunResult = await run("x.yaml");
console.log(any.workloads.chat?.exchanges.sent, gate<"a">((run) => run.a.errors.equals(0)));
// @ts-expect-error there is no such field
export const partly: Partial<ScenarioInput> = { sed: 7 };
`;

test("the package's declarations are complete, and are its own", () => {
  const declarations = readdirSync(join(root, "dist"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".d.ts"))
    .map((name) => readFileSync(join(root, "dist", name), "utf8"));
  expect(declarations.length).toBeGreaterThan(0);
  expect(declarations.filter((text) => /["'](zod|yaml)/.test(text))).toEqual([]);

  const folder = makeTempDir();
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/slash8"));
  symlinkSync(join(root, "node_modules/@types"), join(folder, "node_modules/@types"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "usage.ts"), usage);
  const compilerOptions = {
    module: "nodenext",
    target: "es2022",
    types: ["node"],
    strict: true,
    noEmit: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
  };
  const config = { compilerOptions, files: ["usage.ts"] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const compile = () =>
    execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder], {
      encoding: "utf8",
    });
  expect(compile).not.toThrow();
});
