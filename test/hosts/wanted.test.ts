import { expect, it } from "vitest";
import { wantedOn } from "../../src/hosts/wanted.ts";
import { planRun } from "../../src/plan/plan.ts";
import type { Plan } from "../../src/plan/plan-types.ts";
import type { Workload } from "../../src/scenario/scenario.ts";
import { scenario } from "../plan/samples.ts";
import { machine } from "../support/scenario-parts.ts";

const target = { address: "10.0.0.1", port: 7000 };

function plan(...workloads: readonly Partial<Workload>[]): Plan {
  const hosts = ["a", "b"].map((name, index) => ({
    name,
    addresses: [`10.0.0.${index + 2}/24`],
    sources: [],
    machine: machine(),
    io: "uring" as const,
    avoid: [],
  }));
  const to = { server: null, endpoints: [target], sources: [] };
  return planRun(scenario(workloads.map((workload) => ({ ...to, ...workload }))), machine(), {
    io: "node",
    workers: 2,
    hosts,
  });
}

const open = (...rates: readonly number[]) => ({
  model: "open" as const,
  startRatePerSecond: rates[0] as number,
  stages: rates.map((ratePerSecond) => ({ durationNs: 1e9, ratePerSecond })),
  arrivals: "constant" as const,
});

it("is what the host's workers would do, at the highest rate of all stages", () => {
  const made = plan(
    { connections: 10, load: open(100, 900, 300) },
    { connections: 6, load: open(500), hosts: ["b"] },
    { connections: 4, pattern: "hold", keepAliveNs: 2e9, hosts: ["b"] },
  );
  expect(wantedOn(made, "a")).toEqual({ targets: [target], connections: 6, rate: 540 });
  expect(wantedOn(made, "b")).toEqual({ targets: [target], connections: 14, rate: 862 });
  expect(wantedOn(made, "c")).toEqual({ targets: [], connections: 0, rate: 0 });
});

it("has no rate in a closed model, and none of what is held without messages", () => {
  const closed = { model: "closed" as const, thinkNs: 0, exchanges: null };
  expect(wantedOn(plan({ load: closed }, { load: open(5) }), "a").rate).toBeNull();
  expect(wantedOn(plan({ pattern: "hold", keepAliveNs: null }), "a").rate).toBe(0);
});

it("has every destination that is anywhere in the plan", () => {
  const made = plan({ connections: 2, load: open(1) });
  const other = { address: "10.9.9.9", port: 1 };
  const [workload] = made.workloads;
  if (workload === undefined) throw new Error("there is a workload");
  const { space } = workload;
  const [part] = space.parts ?? [];
  if (part === undefined) throw new Error("there is a part for each host");
  const hidden: readonly Plan["workloads"][number][] = [
    { ...workload, endpoints: [other] },
    { ...workload, space: { ...space, destinations: [other] } },
    {
      ...workload,
      space: { ...space, parts: [{ ...part, spec: { ...part.spec, destinations: [other] } }] },
    },
  ];
  for (const workloads of hidden) {
    expect(wantedOn({ ...made, workloads: [workloads] }, "a").targets).toContainEqual(other);
  }
});
