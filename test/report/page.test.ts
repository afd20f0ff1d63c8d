/** The page in a real browser: what is drawn, and that nothing goes wrong. Uses the built command. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { RunResult } from "../../src/results/result.ts";
import { hasBrowser, useBrowser } from "../support/browser.ts";
import { runCli } from "../support/run-cli.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { sample } from "./samples.ts";

describe.skipIf(!hasBrowser)("the page", () => {
  const browser = useBrowser();

  test("shows a result", async () => {
    const { page, complaints, requests } = await browser.open(await written({ run: sample() }));
    expect(await page.title()).toBe("chat test");
    expect(await page.locator("h2").allTextContents()).toContain("chatrequest over tcp");
    expect(complaints).toEqual([]);
    expect(requests).toEqual([]);
  });
});

/** Writes results and the page of them; returns the page's path. */
async function written(results: Readonly<Record<string, RunResult>>): Promise<string> {
  const cwd = makeTempDir();
  const names = Object.keys(results).map((name) => `${name}.json`);
  for (const [name, result] of Object.entries(results)) {
    writeFileSync(join(cwd, `${name}.json`), JSON.stringify(result));
  }
  const { status, stdout, stderr } = await runCli(["report", ...names], { cwd });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return join(cwd, stdout.trim());
}
