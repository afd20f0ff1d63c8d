/** Steps when a connection opens, against a Redis with a password: its own counts are ours. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { RunResult } from "../../../src/results/result.ts";
import { isInstalled } from "../../support/programs.ts";
import { runCli } from "../../support/run-cli.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { testIo } from "../../support/test-io.ts";
import { callsOf, redisServer, startRedis } from "./redis.ts";

const shipped = join(import.meta.dirname, "../../../scenarios/real-redis-auth.yaml");

it.skipIf(!isInstalled(redisServer))("connections log in, as Redis counts them", async () => {
  await using redis = await startRedis(["--requirepass", "secret"]);
  const { port } = redis;
  const folder = makeTempDir();
  const file = join(folder, "auth.yaml");
  // The shipped scenario, against a Redis that lives on, so that it can be asked afterwards.
  const text = readFileSync(shipped, "utf8")
    .replace(/ {4}command: .*\n.*\n/, "")
    .replace(/ {4}missing: skip\n/, "")
    .replaceAll("17380", `${port}`)
    .replaceAll("duration: 5s", "duration: 1s")
    .replaceAll("warmUp: 1s", "timeout: 1s")
    .replaceAll(/(?<limit>\d)00ms/g, "$<limit>0s");
  writeFileSync(file, text);
  const answer = await runCli(
    ["load", file, "--json", "--quiet", "--io", testIo, "--out", folder],
    { timeoutMs: 90_000 },
  );
  // A machine that is busy with other things makes a run invalid, but no count wrong.
  expect([0, 4], answer.stderr).toContain(answer.status);
  const { run, workloads } = JSON.parse(answer.stdout) as RunResult;
  expect(run.outcome).not.toBe("fail");
  const { users, visitors } = workloads as Record<
    "users" | "visitors",
    RunResult["workloads"][string]
  >;
  expect(users.connections).toMatchObject({ opened: 50, openAtEnd: 50, openFailed: 0 });
  expect(users.openTime.count).toBe(50);
  const { opened, failed } = visitors.connections;
  expect(failed).toBe(0);
  expect(visitors.openTime.count).toBe(opened);
  const [incr, ping] = [users, visitors].map(({ phases }) =>
    Object.values(phases).reduce((sum, { sent = 0 }) => sum + sent, 0),
  );
  expect(ping).toBe(opened);
  // With the one that asks.
  const calls = await callsOf(port, "AUTH secret\r\n");
  expect(calls).toEqual({ auth: 51 + opened, select: 50, incr, ping });

  const wrong = join(folder, "wrong.yaml");
  const gates = "gates: [total.connections.openFailed == 0]\n";
  writeFileSync(wrong, text.replaceAll("secret", "sesame").replace(/^gates:.*/ms, gates));
  const refused = await runCli(["load", wrong, "--verbose", "--io", testIo, "--out", folder]);
  expect([4, 99], refused.stderr).toContain(refused.status);
  const said = refused.stdout.replaceAll(/\s+/g, " ");
  expect(said).toMatch(/OPEN_1_UNEXPECTED of 127\.66\.0\.\d+:\d+; \d+ bytes came: "-WRONGPASS/);
  expect(said).toContain("in step 1, login)");
});
