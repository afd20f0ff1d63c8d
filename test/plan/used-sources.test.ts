import { expect, test } from "vitest";
import { emptyFlow } from "../../src/address/flow.ts";
import { createFlowSpace } from "../../src/address/flow-space.ts";
import { parseIp } from "../../src/address/ip.ts";
import { parseRanges, rangesHold, rangesSize, rangeTexts } from "../../src/address/ranges.ts";
import { planRun } from "../../src/plan/plan.ts";
import type { WorkloadPlan } from "../../src/plan/plan-types.ts";
import { usedSources } from "../../src/plan/used-sources.ts";
import { machine } from "../support/scenario-parts.ts";
import { scenario } from "./samples.ts";

const byNode = { io: "node", workers: 1 } as const;

test.each([
  [{ sources: ["127.16.0.1-127.16.0.9"], connections: 3 }, ["127.16.0.1-127.16.0.3"]],
  [{ sources: ["127.16.0.1-127.16.0.9"], connections: 90 }, ["127.16.0.1-127.16.0.9"]],
  [
    { sources: ["127.16.0.1-127.16.0.9"], connections: 90, connectionsPerSource: 50 },
    ["127.16.0.1-127.16.0.2"],
  ],
  [
    { sources: ["127.16.0.1-127.16.0.2", "127.18.0.5", "127.19.0.5"], connections: 3 },
    ["127.16.0.1-127.16.0.2", "127.18.0.5"],
  ],
])("the addresses used are those of the connections: %j", (change, expected) => {
  const plan = planRun(scenario([change]), machine(), byNode);
  const workload = plan.workloads[0] as WorkloadPlan;
  const used = usedSources(workload);
  const texts = rangeTexts(used).map(([from, to]) => (from === to ? from : `${from}-${to}`));
  expect(texts).toEqual(expected);
  const flow = emptyFlow();
  const flows = createFlowSpace(workload.space);
  const met = new Set<string>();
  for (let k = 0; k < change.connections; k++) {
    flows.at(k, flow);
    met.add(flow.sourceAddress);
    expect(rangesHold(used, parseIp(flow.sourceAddress))).toBe(true);
  }
  expect(met.size).toBe(rangesSize(parseRanges(expected)));
});
