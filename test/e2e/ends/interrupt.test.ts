/** Ctrl-C and its like: once drains and writes, twice ends at once; nothing is left behind. */
import { describe, expect, test } from "vitest";
import type { WorkloadResult } from "../../../src/results/result.ts";
import { beaconWorkload, startBeacon } from "../beacon.ts";
import { echoScenario, resultOf, startLoad } from "../runs.ts";

describe("once", () => {
  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "%s drains, and what was measured is written",
    async (signal) => {
      const beacon = await startBeacon();
      const run = startLoad(echoScenario(60, beaconWorkload(beacon)));
      await beacon.received(20);
      // As npm does: one from the terminal, one passed on.
      run.cli.kill(signal);
      run.cli.kill(signal);
      const answer = await run.finished();
      expect(answer.status).toBe(130);
      expect(answer.stdout).toMatch(/^INTERRUPTED {2}e2e/);
      expect(answer.stderr.match(/draining; press Ctrl-C again/g)).toHaveLength(1);
      const result = resultOf(run.cwd, answer);
      expect(result.run.outcome).toBe("interrupted");
      const { exchanges } = result.workloads.beacon as WorkloadResult;
      expect(exchanges.received).toBeGreaterThan(10);
      expect(exchanges.received).toBe(exchanges.sent);
    },
  );

  test("while a server is starting there is nothing to drain", async () => {
    const never = '{ command: [sleep, "1000"], listen: 127.0.0.1:1, readyTimeout: 500s }';
    const run = startLoad(echoScenario(1).replace(/\{ builtin.*\}/, never));
    await run.started((processes) => processes.some((line) => line.includes("sleep 1000")));
    run.cli.kill("SIGINT");
    const answer = await run.finished();
    expect(answer.status).toBe(130);
    expect(answer.stderr).toMatch(/^slash8: .*interrupted/m);
  });
});

test("twice ends at once, without waiting for replies", async () => {
  const silent = await startBeacon({ isSilent: true });
  const run = startLoad(echoScenario(60, beaconWorkload(silent, "1h")));
  await silent.received(1);
  run.cli.kill("SIGINT");
  await run.cli.printed(/draining/);
  // Sooner than that it would be one and the same Ctrl-C.
  await new Promise((resolve) => setTimeout(resolve, 400));
  run.cli.kill("SIGINT");
  const answer = await run.finished();
  expect(answer.status).toBe(130);
  expect(resultOf(run.cwd, answer).run.outcome).toBe("interrupted");
});
