/** `slash8 report`: which file it writes, and what it refuses. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { PageModel } from "../../../src/report/model.ts";
import { sample } from "../../report/samples.ts";
import { runCli } from "../../support/run-cli.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { runHere } from "../run-here.ts";

const many = Array.from({ length: 9 }, (_, n) => `run-${n + 1}.json`);

const result = JSON.stringify(sample());

function folder(): string {
  const path = makeTempDir();
  mkdirSync(join(path, "old"));
  for (const name of ["a.json", "b.json", "old/a.json", ...many]) {
    writeFileSync(join(path, name), result);
  }
  const runs = [{ file: "a.json" }, { file: "b.json" }];
  writeFileSync(join(path, "series.json"), JSON.stringify({ kind: "series", runs }));
  return path;
}

function modelIn(path: string): PageModel {
  const page = readFileSync(path, "utf8");
  return JSON.parse(/id="model">(.*?)<\/script>/s.exec(page)?.[1] ?? "");
}

describe("slash8 report", () => {
  test("writes the page next to the result, and prints where", async () => {
    const cwd = folder();
    const { status, stdout, stderr } = await runCli(["report", "old/a.json"], { cwd });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "old/a.html\n", stderr: "" });
    expect(modelIn(join(cwd, "old/a.html")).runs).toMatchObject([{ label: "a", outcome: "pass" }]);
  });

  test("takes several results, distinguished by what differs in their paths", async () => {
    const cwd = folder();
    const args = ["report", "a.json", "old/a.json", "--out", "both.html"];
    expect((await runHere(args, { cwd })).stdout).toBe("both.html\n");
    const [first, second] = modelIn(join(cwd, "both.html")).runs;
    expect(second?.label).toBe("old/a");
    expect(first?.label).toMatch(/\/a$/);
  });

  test("takes the summary of a series for its runs", async () => {
    const cwd = folder();
    const { stdout } = await runHere(["report", "a.json", "series.json"], { cwd });
    expect(stdout).toBe("a.html\n");
    expect(modelIn(join(cwd, "a.html")).runs.map(({ label }) => label)).toEqual(["a", "b"]);
  });

  test.each<[string, string[], string, number?]>([
    [
      "no folder",
      ["a.json", "--out", "no/such/x.html"],
      "no/such/x.html cannot be written: there is no folder no/such\n",
      1,
    ],
    ["a folder", ["a.json", "--out", "old"], "--out old is a folder: give a file, such as old/", 1],
    [
      "a result",
      ["a.json", "b.json", "--out", "./b.json"],
      "--out ./b.json is one of the results and would be overwritten",
    ],
    ["too many", many, "9 results cannot be distinguished in one page"],
    ["one that is missing", ["a.json", "c.json"], "the result c.json cannot be read: there is no"],
  ])("refuses %s", async (_, args, message, exit = 2) => {
    const cwd = folder();
    const { status, stdout, stderr } = await runHere(["report", ...args], { cwd });
    expect(stderr.slice(0, 8 + message.length)).toBe(`slash8: ${message}`);
    expect({ status, stdout }).toEqual({ status: exit, stdout: "" });
    expect(existsSync(join(cwd, "a.html"))).toBe(false);
  });
});
