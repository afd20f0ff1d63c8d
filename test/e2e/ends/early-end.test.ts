/** A gate with `abort`: the run it ends would last an hour. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { exitStatus } from "../../../src/base/errors.ts";
import type { RunResult } from "../../../src/results/result.ts";
import { echoScenario, startLoad } from "../runs.ts";

it("a gate that is broken for good ends the run, in order, and is named", async () => {
  const gate = "chat.exchanges.corrupted < 10";
  const scenario = echoScenario(
    3600,
    `    expect: { prefix: "never" }
gates:
  - { gate: "${gate}", abort: true }
  - chat.exchanges.received >= 1000000000
`,
  );
  const run = startLoad(scenario, ["--out", "result.json"]);
  const { status, stdout, stderr } = await run.finished();
  expect(status, stderr).toBe(exitStatus.gateFailed);
  const result = JSON.parse(readFileSync(join(run.cwd, "result.json"), "utf8")) as RunResult;
  expect(result.run.outcome).toBe("fail");
  expect(result.run.abortedBy).toMatchObject({ gate, line: 17 });
  expect(result.run.reasons[0]).toMatch(/^ended early, after .*, by gate chat\.exchanges\.corr/);
  expect(result.gates.map(({ verdict }) => verdict)).toEqual(["fail", "noData"]);
  const { sent, received, timedOut, failed } = result.workloads.chat?.exchanges ?? {};
  expect([sent, timedOut, failed]).toEqual([received, 0, 0]);
  expect(stdout.replaceAll(/\s+/g, " ")).toContain(`by gate ${gate} (it was`);
  expect(stderr).toContain(`gate ${gate} is broken`);
});
