/** Series of runs, gates against a baseline, and two servers in turns, as a user runs them. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { runHere } from "../cli/run-here.ts";
import { freePort } from "../support/ports/free-port.ts";
import { runCli } from "../support/run-cli.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { echoScenario, startLoad } from "./runs.ts";

const read = (cwd: string, name: string) => JSON.parse(readFileSync(join(cwd, name), "utf8"));

test("a series leaves its runs and a summary, which compare and --baseline take", async () => {
  const run = startLoad(echoScenario(0.5), ["--repeat", "2", "--out", "base.json", "--quiet"]);
  const { status, stdout } = await run.finished();
  expect(status).toBe(0);
  expect(stdout).toMatch(
    /result: base-1\.json\n.*result: base-2\.json\n\nPASS {2}e2e: 2 runs, 2 pass/s,
  );
  expect(stdout).toMatch(/responseTime\.p99 .*summary: base-summary\.json\n$/s);
  const { cwd } = run;
  expect(read(cwd, "base-summary.json")).toMatchObject({
    kind: "series",
    repeat: 2,
    outcome: "pass",
    runs: [{ file: "base-1.json" }, { file: "base-2.json" }],
  });

  const compared = await runCli(["compare", "base-1.json", "--with", "base-2.json"], { cwd });
  expect(compared.stdout).toMatch(
    /^INCONCLUSIVE {2}1 new runs against 1 of the baseline\n {2}- too few/,
  );
  expect(compared.status).toBe(4);
  const files = ["--junit", "--markdown", "--html"];
  const beside = ["compare", "base-1.json", "--with", "base-2.json", "--json", ...files];
  const asJson = await runHere(beside, { cwd });
  expect(JSON.parse(asJson.stdout)).toMatchObject({ verdict: "inconclusive" });
  expect(asJson.stderr).toBe(
    "export: base-2-comparison.html\nexport: base-2-comparison.junit.xml\nexport: base-2-comparison.md\n",
  );
  expect(readFileSync(join(cwd, "base-2-comparison.md"), "utf8")).toContain("Comparison: inconcl");
  const named = await runHere(
    ["compare", "base-1.json", "--with", "base-2.json", "--out", "x/c.json", "--junit"],
    { cwd },
  );
  expect(named.stdout).toMatch(/\nexport: x\/c\.junit\.xml\ncomparison: x\/c\.json\n$/);
  expect(read(cwd, "x/c.json").kind).toBe("comparison");
  const twice = await runHere(["compare", "base-summary.json", "--with", "base-2.json"], { cwd });
  expect(twice).toMatchObject({
    status: 2,
    stderr:
      "slash8: base-2.json is on both sides, so there is nothing to compare; give the baseline and the new results separately\n",
  });

  const gates =
    "gates: [chat.responseTime.p50 <= baseline * 1000, chat.responseTime.p50 <= baseline * 0.0001]";
  writeFileSync(
    join(cwd, "gated.yaml"),
    `${echoScenario(0.5)}baseline: base-summary.json\n${gates}\n`,
  );
  const gated = await runCli(["load", "gated.yaml", "--json", "--quiet"], { cwd });
  const result = JSON.parse(gated.stdout);
  expect(result.baseline).toEqual(["base-1.json", "base-2.json"]);
  expect(result.gates.map(({ verdict }: { verdict: string }) => verdict)).toEqual(["pass", "fail"]);
  expect(gated.status).toBe(99);
});

test("Ctrl-C ends a series, and what was measured stays", async () => {
  const run = startLoad(echoScenario(0.5), ["--repeat", "3", "--out", "a.json"]);
  await run.cli.printed(/run 2 of 3/);
  run.cli.kill("SIGINT");
  const { status, stdout } = await run.finished();
  // Whether there is anything of the second run depends on how far it was.
  expect(stdout).toMatch(/INTERRUPTED {2}e2e: [12] of 3 runs, 1 pass/);
  expect(status).toBe(130);
  const files = readdirSync(run.cwd).filter((name) => name.startsWith("a-"));
  expect(files).toEqual(expect.arrayContaining(["a-1.json", "a-summary.json"]));
  expect(files).not.toContain("a-3.json");
  expect(read(run.cwd, "a-summary.json").workloads.chat["responseTime.p50"].values).toHaveLength(1);
});

describe("two servers in turns", () => {
  const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

  test("are told apart where one is slower", async () => {
    const cwd = makeTempDir();
    const listen = `127.0.0.1:${await freePort()}`;
    const scenario = echoScenario(0.5).replace(/\{ builtin.*\}/, `{ listen: "${listen}" }`);
    writeFileSync(join(cwd, "ab.yaml"), scenario);
    const serve = `'${process.execPath}' '${main}' serve tcp-echo --listen ${listen}`;
    const { status, stdout } = await runCli(
      [
        ...[
          "ab",
          "ab.yaml",
          "--a",
          serve,
          "--b",
          `${serve} --delay 200ms`,
          "--repeat",
          "4",
          "--alpha",
          "0.2",
        ],
        ...["--metrics", "responseTime.p50", "--out", "ab.json", "--quiet", "--junit"],
      ],
      { cwd, timeoutMs: 230_000 },
    );
    expect(stdout).toMatch(/\nFAIL {2}4 pairs of runs, new against baseline\n/);
    expect(stdout).toMatch(
      /\nexport: ab-comparison\.junit\.xml\ncomparison: ab-comparison\.json\n$/,
    );
    expect(status).toBe(99);
    const comparison = read(cwd, "ab-comparison.json");
    expect(comparison.unlike).toEqual([]);
    const started = (side: "baseline" | "new") =>
      comparison[side].map(({ file, startedAt }: { file: string; startedAt: string }) => {
        expect(existsSync(join(cwd, file))).toBe(true);
        return [startedAt, side];
      });
    const order = [...started("baseline"), ...started("new")].sort().map(([, side]) => side);
    expect(order.map((side) => (side === "new" ? "b" : "a")).join("")).toBe("abbaabba");
  }, 240_000);
});
