/**
 * A quick look whether the built slash8 works under some version of Node: `node scripts/smoke.js [NODE [PACKAGE]]`, where NODE
 * is its binary, this one if left out, and PACKAGE the folder of an installed slash8. Needs dist/. The last line is "N passed, N failed"; the status is 1 where one failed.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const node = process.argv[2] ?? process.execPath;
const root = process.argv[3] ?? fileURLToPath(new URL("..", import.meta.url));
const program = join(root, "dist", "cli", "main.js");
const quickstart = join(root, "scenarios", "quickstart.yaml");
const timeoutMs = 120_000;

/** Few messages and no waiting: nothing is measured here. */
const short = ["chatter", "pings"].flatMap((name) => [
  ...["--set", `workloads.${name}.duration=1s`],
  ...["--set", `workloads.${name}.warmUp=0`],
  ...["--set", `workloads.${name}.rate=100/s`],
]);

const folder = mkdtempSync(join(tmpdir(), "slash8-smoke-"));
const results = ["auto", "node"].map((io) => join(folder, `${io}.json`));

/** @type {{ what: string, args: string[], status: number, input?: string, prints: RegExp }[]} */
const checks = [
  { what: "--version", args: ["--version"], status: 0, prints: /^\d+\.\d+\.\d+/ },
  { what: "plan", args: ["plan", quickstart], status: 0, prints: /quickstart: 60 connections/ },
  ...["auto", "node"].map((io, index) => ({
    what: `load --io ${io}`,
    args: ["load", quickstart, ...short, "--io", io, "--quiet", "--out", results[index] ?? ""],
    status: 0,
    prints: /^PASS {2}quickstart/m,
  })),
  {
    what: "a wrong scenario",
    args: ["plan", "-"],
    status: 2,
    input: "version: 1\nname: wrong\nworkload: {}\n",
    prints: /unknown key "workload".*did you mean "workloads"/,
  },
];

const version = spawnSync(node, ["--version"], { encoding: "utf8", timeout: timeoutMs });
if (version.status !== 0) {
  console.log(`${node} does not run: ${version.error?.message ?? version.stderr}`);
  console.log("0 passed, 1 failed");
  process.exit(1);
}
console.log(`Node ${version.stdout.trim()}`);

let failed = 0;
try {
  for (const { what, args, status, input = "", prints } of checks) {
    const run = spawnSync(node, [program, ...args], {
      input,
      encoding: "utf8",
      timeout: timeoutMs,
    });
    const printed = run.stdout + run.stderr;
    const isRight = run.status === status && prints.test(printed);
    if (!isRight) failed++;
    console.log(`${isRight ? "ok    " : "FAILED"}  ${what}`);
    if (isRight) continue;
    console.log(
      `status ${run.status ?? run.signal}, not ${status}, or nothing like ${prints} in:\n${printed}`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${checks.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
