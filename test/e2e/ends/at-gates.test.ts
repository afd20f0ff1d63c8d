import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { echoScenario, resultOf, startLoad } from "../runs.ts";

test("a command is run once when a gate breaks, about the server's process, and leaves nothing behind", async () => {
  const run = startLoad(
    echoScenario(
      3,
      `at:
  - { gate: chat.responseTime.p50 < 1ns, run: "echo {{server.pid}}; ps -o args= -p {{server.pid}}" }
  - { gate: chat.responseTime.p50 < 1ns, run: "sleep 600", timeout: 300ms, file: out/long.txt }
  - { gate: chat.responseTime.p50 < 1h, run: "echo never" }
`,
    ),
  );
  const answer = await run.finished();
  expect(answer.status, answer.stderr).toBe(0);
  const [first, second, ...others] = resultOf(run.cwd, answer).commands;
  expect(others).toEqual([]);
  expect(first).toMatchObject({ exit: { code: 0 }, endedBy: null });
  expect(first?.file).toMatch(/^results\/e2e-.*\.at-1\.txt$/);
  const [pid, args] = readFileSync(join(run.cwd, first?.file ?? ""), "utf8").split("\n");
  expect(first?.run).toBe(`echo ${pid}; ps -o args= -p ${pid}`);
  expect(args).toContain("servers/process/main");
  expect(second).toMatchObject({ endedBy: "time", file: "out/long.txt", outputBytes: 0 });
  expect(answer.stderr).toContain("is broken in a window");
  expect(run.processes()).toEqual([]);
});
