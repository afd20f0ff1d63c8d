import { expect, test } from "vitest";
import { buildPageModel } from "../../src/report/build-model.ts";
import { buildResult } from "../../src/results/build/build.ts";
import type { RunResult } from "../../src/results/result.ts";
import { hostsInput } from "../results/hosts-fixture.ts";
import { sample } from "./samples.ts";

const slow = (_: number, worker: number) => (worker === 0 ? 1e6 : 3e6);
const result = buildResult(hostsInput({ responseNs: slow }));

const rowsOf = (results: readonly RunResult[]) =>
  buildPageModel(results.map((one, at) => ({ label: "rs"[at] as string, result: one }))).hosts.map(
    ({ rows }) => rows,
  );

test("a run on one machine has no hosts, nor has a result of a version before", () => {
  expect(rowsOf([sample()])).toEqual([]);
  const { hosts: _, ...before } = sample();
  expect(rowsOf([before as RunResult])).toEqual([]);
});

test("each host has what it is, and what it contributed stands beside that of all", () => {
  const model = buildPageModel([{ label: "r", result }]);
  expect(model.runs[0]?.about).toBe(
    "2026-11-21 10:00:00 UTC · 7.00 s · io uring · 2 workers on 2 hosts",
  );
  const system = ["Linux 6.1 x64", "4 × CPU of a", "954 MiB", "v20.19.0", "uring"];
  expect(rowsOf([result])[0]?.[0]).toEqual([
    "a",
    ...system,
    "1",
    "0.50 of 4",
    "20.0 us",
    "1.50 ppm",
    "20.0 us",
    "",
  ]);
  const rates = ["400/s", "400/s"];
  const times = (ms: string) => [ms, ms, ms, ms];
  expect(rowsOf([result])[1]).toEqual([
    ["chat", "a", "5", ...rates, ...times("1.00 ms"), "–", "0"],
    ["chat", "b", "5", ...rates, ...times("3.00 ms"), "–", "0"],
    ["chat", "all", "10", "800/s", "800/s", "1.00 ms", "3.00 ms", "3.00 ms", "3.00 ms", "–", "0"],
  ]);
  for (const { columns, rows } of model.hosts) {
    for (const row of rows) expect(row).toHaveLength(columns.length);
  }
});

test("of several results only those over hosts have rows, with their names", () => {
  const [hosts, parts] = rowsOf([sample(), result]);
  expect(hosts?.map(([run, host]) => [run, host])).toEqual([
    ["s", "a"],
    ["s", "b"],
  ]);
  expect(parts?.map(([workload, run, host]) => [workload, run, host])).toEqual([
    ["chat", "s", "a"],
    ["chat", "s", "b"],
    ["chat", "s", "all"],
  ]);
});
