/** Several messages of one workload, against a Redis: what it counts by command is what each message's figures say. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { RunResult } from "../../../src/results/result.ts";
import { isInstalled } from "../../support/programs.ts";
import { runCli } from "../../support/run-cli.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { testIo } from "../../support/test-io.ts";
import { callsOf, redisServer, startRedis } from "./redis.ts";

const shipped = join(import.meta.dirname, "../../../scenarios/real-redis-mix.yaml");

it.skipIf(!isInstalled(redisServer))("reads and writes, as Redis counts them", async () => {
  await using redis = await startRedis();
  const folder = makeTempDir();
  const file = join(folder, "mix.yaml");
  // The shipped scenario, against a Redis that lives on, so that it can be asked afterwards.
  const text = readFileSync(shipped, "utf8")
    .replace(/ {4}command: .*\n/, "")
    .replace(/ {4}missing: skip\n/, "")
    .replaceAll("21381", `${redis.port}`)
    .replace("duration: 5s", "duration: 1s")
    .replace("warmUp: 1s", "warmUp: 200ms")
    .replaceAll("100ms", "10s");
  writeFileSync(file, text);
  const answer = await runCli(
    ["load", file, "--json", "--quiet", "--io", testIo, "--out", folder],
    { timeoutMs: 90_000 },
  );
  // A machine that is busy with other things makes a run invalid, but no count wrong.
  expect([0, 4], answer.stderr).toContain(answer.status);
  const { run, workloads, gates } = JSON.parse(answer.stdout) as RunResult;
  expect(run.outcome).not.toBe("fail");
  const { cache } = workloads as Record<"cache", RunResult["workloads"][string]>;
  const { get, set } = cache.parts ?? {};
  expect(cache.errors).toEqual([]);
  // Parts are of steady state, Redis counts warm-up as well: the timeline has both.
  const sentOf = (timeline: readonly { readonly sent: number }[] = []) =>
    timeline.reduce((sum, { sent }) => sum + sent, 0);
  const [gets, sets] = [sentOf(get?.timeline), sentOf(set?.timeline)];
  const calls = await callsOf(redis.port);
  expect(calls).toMatchObject({ get: gets, set: sets, eval: 50, mset: 50_000 });
  expect(gets + sets).toBe(sentOf(cache.timeline));
  // Each of 50 connections is exact but for its last block of ten.
  expect(Math.abs(sets - (gets + sets) / 10)).toBeLessThanOrEqual(50);
  expect(get?.responseTime.count).toBe(get?.exchanges.received);
  const [, p50] = gates;
  expect(p50).toMatchObject({ expression: "cache.get.responseTime.p50 < 10s", unit: "ns" });
  expect(p50?.actual).toBe(get?.responseTime.percentiles["50"]);
});
