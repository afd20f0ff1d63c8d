import { expect, onTestFinished, test } from "vitest";
import { intersectRanges, parseRanges } from "../../src/address/ranges.ts";
import { Leases } from "../../src/machine/leases.ts";
import type { Plan, WorkloadPlan } from "../../src/plan/plan-types.ts";
import { leaseWarnings, planLeased } from "../../src/run/plan-leased.ts";
import { scenario } from "../plan/samples.ts";
import { machine } from "../support/scenario-parts.ts";

const choices = { io: "node", workers: 1 } as const;
const facts = machine({ anyIp: ["fd00:127::/64"] });
const ipv6 = [{ address: "::1", port: 7000 }];

/** Two workloads that name no sources, over IPv4 and IPv6, and one that does. */
const mixed = scenario([
  { sources: [], connections: 100_000, connectionsPerSource: 1 },
  { sources: [], server: null, endpoints: ipv6 },
  { sources: ["127.12.0.1-127.12.0.9"] },
]);

async function planOf(given = mixed): Promise<{ plan: Plan; leases: Leases }> {
  const leases = new Leases();
  onTestFinished(() => leases.release());
  return { plan: await planLeased(given, facts, choices, leases), leases };
}

const sourcesOf = ({ space }: WorkloadPlan) =>
  parseRanges(space.sources.map(([from, to]) => `${from}-${to}`));

function meet(a: WorkloadPlan, b: WorkloadPlan): boolean {
  return intersectRanges(sourcesOf(a), sourcesOf(b)).ranges.length > 0;
}

const onLinux = test.runIf(process.platform === "linux");

onLinux("runs at once share no address that they have not been given", async () => {
  const plans = await Promise.all(Array.from({ length: 8 }, () => planOf()));
  const workloads = plans.flatMap(({ plan }) => plan.workloads.filter(({ leased }) => leased));
  expect(workloads.map(({ name }) => name)).toEqual(plans.flatMap(() => ["w0", "w1"]));
  for (const [place, one] of workloads.entries()) {
    expect(workloads.slice(place + 1).filter((other) => meet(one, other))).toEqual([]);
  }
  for (const { plan } of plans) {
    expect(plan.workloads[2]?.space.sources).toEqual([["127.12.0.1", "127.12.0.9"]]);
    expect(leaseWarnings(plan)).toEqual([]);
    expect(Object.isFrozen(plan.workloads[0])).toBe(true);
  }
});

onLinux("what another run has named is left to it", async () => {
  const first = (await planOf(scenario([{ sources: [] }]))).plan.workloads[0] as WorkloadPlan;
  // Where the next run would go that knows nothing of this one.
  const [[, last]] = first.space.sources as [[string, string]];
  const next = `127.${Number(last.split(".")[1]) + 1}.0.5`;
  const { plan: other } = await planOf(scenario([{ sources: [next] }]));
  const { plan } = await planOf(scenario([{ sources: [] }]));
  expect(plan.workloads[0]?.leased).toBe(true);
  expect(meet(plan.workloads[0] as WorkloadPlan, other.workloads[0] as WorkloadPlan)).toBe(false);
});

onLinux("what is given back serves again", async () => {
  const run = await planOf();
  const before = run.plan.workloads[0] as WorkloadPlan;
  const beside = (await planOf()).plan.workloads[0] as WorkloadPlan;
  expect(meet(before, beside)).toBe(false);
  await run.leases.release();
  const after = new Leases();
  onTestFinished(() => after.release());
  const [[from]] = before.space.sources as [[string, string]];
  expect(await after.takeBlock(`${from}/16`)).toBe("taken");
});

/** As where other runs have all that there is. */
class NoLeases extends Leases {
  tried = 0;
  override async takeBlock(): Promise<"held"> {
    this.tried++;
    return "held";
  }
}

onLinux("where every block is taken, the run says so and shares one", async () => {
  const leases = new NoLeases();
  const plan = await planLeased(scenario([{ sources: [] }]), facts, choices, leases);
  expect(leases.tried).toBeLessThanOrEqual(255);
  expect(plan.workloads[0]?.leased).toBe(false);
  expect(leaseWarnings(plan)).toEqual([
    expect.stringMatching(
      /^workload w0 shares its source addresses 127\.64\.0\.0-127\.64\.0\.255 /,
    ),
  ]);
});

test("an address that is the only one is not leased", async () => {
  const leases = new Leases();
  onTestFinished(() => leases.release());
  const darwin = machine({ platform: "darwin" });
  const plan = await planLeased(scenario([{ sources: [] }]), darwin, choices, leases);
  expect(plan.workloads[0]).toMatchObject({
    leased: false,
    space: { sources: [["127.0.0.1", "127.0.0.1"]] },
  });
  expect(leaseWarnings(plan)).toEqual([]);
});
