/** `slash8 export`, and what `load` reports to a GitHub job. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { reportToGitHub } from "../../../src/cli/export/write-exports.ts";
import { buildResult } from "../../../src/results/build/build.ts";
import { renderJunit } from "../../../src/results/exports/junit.ts";
import { measured, resultInput } from "../../results/fixture.ts";
import { runCli } from "../../support/run-cli.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { runHere } from "../run-here.ts";

const failing = buildResult(
  resultInput({
    gates: ["chat.responseTime.max < 5ms"],
    workloads: [measured(0, { responseNs: () => 30e6 })],
  }),
);

describe("slash8 export", () => {
  it("writes files next to the result and prints which", async () => {
    const cwd = makeTempDir();
    writeFileSync(join(cwd, "run.json"), JSON.stringify(failing));
    const { status, stdout } = await runCli(["export", "run.json", "--html", "--junit", "--hgrm"], {
      cwd,
    });
    expect(status).toBe(0);
    expect(stdout).toBe("run.html\nrun.junit.xml\nrun.chat.hgrm\n");
    expect(readFileSync(join(cwd, "run.junit.xml"), "utf8")).toBe(renderJunit(failing));
  });

  it("writes no figures of a run without a verdict among those of others, and says so", async () => {
    const cwd = makeTempDir();
    const invalid = { ...failing, run: { ...failing.run, outcome: "invalid" } };
    writeFileSync(join(cwd, "run.json"), JSON.stringify(invalid));
    const alone = await runHere(["export", "run.json", "--bencher"], { cwd });
    expect(alone).toMatchObject({
      status: 4,
      stdout: "",
      stderr: "slash8: --bencher: the run is invalid, so its figures were not written\n",
    });
    const both = await runHere(["export", "run.json", "--bencher", "--ctrf"], { cwd });
    expect(both).toMatchObject({ status: 0, stdout: "run.ctrf.json\n" });
  });

  it.each([
    [["export"], /which result\?/],
    [["export", "nothing.json", "--junit"], /nothing\.json cannot be read: there is no such file/],
    [
      ["export", "nothing.json"],
      /which format\? give one or more of --html, --junit, --ctrf, --markdown/,
    ],
  ])("%j is refused", async (args, message) => {
    const { status, stderr } = await runHere(args, { cwd: makeTempDir() });
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });
});

describe("a GitHub job", () => {
  it("gets an annotation on the gate's line, and its summary grows", async () => {
    const summary = join(makeTempDir(), "summary.md");
    writeFileSync(summary, "before\n");
    const written: string[] = [];
    const spy = vi.spyOn(process.stderr, "write").mockImplementation(((
      text: string,
      done: () => void,
    ) => {
      written.push(text);
      done();
      return true;
    }) as typeof process.stderr.write);
    try {
      await reportToGitHub(failing, { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: summary });
      await reportToGitHub(failing, {});
    } finally {
      spy.mockRestore();
    }
    expect(written).toEqual([expect.stringMatching(/^::error file=\/chat\.yaml,line=30,.*\n$/)]);
    expect(readFileSync(summary, "utf8")).toMatch(/^before\n## ❌ chat test: fail/);
  });

  it("whose summary cannot be written is an error", async () => {
    const missing = join(makeTempDir(), "not", "there.md");
    await expect(reportToGitHub(failing, { GITHUB_STEP_SUMMARY: missing })).rejects.toThrow(
      /there\.md cannot be written/,
    );
  });
});
