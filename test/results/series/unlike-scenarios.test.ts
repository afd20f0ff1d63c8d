import { expect, test } from "vitest";
import { unlikeScenarios } from "../../../src/results/series/unlike-scenarios.ts";
import type { Load, Scenario } from "../../../src/scenario/scenario.ts";
import { workload } from "../../support/scenario-parts.ts";
import { resultInput } from "../fixture.ts";

const base = resultInput().plan.scenario;
const open = (durationNs: number): Load => ({
  model: "open",
  startRatePerSecond: 200,
  stages: [{ durationNs, ratePerSecond: 200 }],
  arrivals: "constant",
});
const scenario = (changes: Parameters<typeof workload>[0]): Scenario => ({
  ...base,
  workloads: [workload({ name: "chat", load: open(1e9), ...changes })],
});

test("two scenarios are alike wherever their files and servers are", () => {
  const elsewhere = {
    position: { file: "b.yaml", line: 9, column: 9 },
    endpoints: [{ address: "127.0.0.1", port: 1 }],
  };
  expect(unlikeScenarios(scenario({}), { ...scenario(elsewhere), servers: [] })).toEqual([]);
});

test("what differs is named as deep inside as it is", () => {
  expect(unlikeScenarios(scenario({}), scenario({ connections: 7, load: open(3e9) }))).toEqual([
    "chat.connections: 100 against 7",
    "chat.load.stages.0.durationNs: 1000000000 against 3000000000",
  ]);
  const closed: Load = { model: "closed", thinkNs: 0, exchanges: null };
  expect(unlikeScenarios(scenario({}), scenario({ load: closed }))).toEqual(
    expect.arrayContaining([
      'chat.load.model: "open" against "closed"',
      "chat.load.thinkNs: nothing against 0",
    ]),
  );
  expect(unlikeScenarios(scenario({}), { ...scenario({}), seed: 2 })).toEqual([
    "seed: 1 against 2",
  ]);
});
