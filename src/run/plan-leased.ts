import { type AddressRanges, intersectRanges, parseRanges, rangesSize } from "../address/ranges.ts";
import { debugLog } from "../base/debug.ts";
import { deepFreeze } from "../base/deep-freeze.ts";
import { type Leases, readLeased } from "../machine/leases.ts";
import { type PlanOptions, planRun } from "../plan/plan.ts";
import type { MachineFacts, Plan, WorkloadPlan } from "../plan/plan-types.ts";
import { blocksOf } from "../plan/sources.ts";
import type { Scenario } from "../scenario/scenario.ts";

const debug = debugLog("plan");

/**
 * Plans a run whose workloads without `sources` get addresses that no other run on this machine has: the first
 * blocks where it runs alone, the next ones beside others.
 *
 * Sources that a user has named are used as they are. Other runs are told of them, and keep their own off them.
 *
 * @param leases  holds what was taken until it is released
 * @param options `avoid` is added here
 * @returns       the plan; a workload whose addresses could not be leased is planned as if it were alone
 * @throws        (rejects with) ScenarioError, as `planRun`
 */
export async function planLeased(
  scenario: Scenario,
  machine: MachineFacts,
  options: Omit<PlanOptions, "avoid">,
  leases: Leases,
): Promise<Plan> {
  const avoid = [...readLeased()];
  const taken = new Set<string>();
  const held = new Set<string>();
  for (;;) {
    const plan = planRun(scenario, machine, { ...options, avoid });
    const wanted = new Map(
      plan.workloads.filter((workload) => choosesBlock(scenario, workload)).map(withBlocks),
    );
    const refused = await takeAll([...wanted.values()].flat(), taken, leases);
    const fresh = refused.filter((block) => !held.has(block));
    if (fresh.length > 0) {
      debug("another run has %s", fresh.join(" "));
      for (const block of fresh) {
        held.add(block);
        avoid.push(parseRanges([block]));
      }
      continue;
    }
    const used = new Set([...wanted.values()].flat());
    for (const block of taken) if (!used.has(block)) await leases.returnBlock(block);
    await announceNamed(plan, leases);
    return deepFreeze({
      ...plan,
      workloads: plan.workloads.map((workload) => {
        const isOurs = wanted.get(workload)?.every((block) => taken.has(block)) ?? false;
        return { ...workload, leased: isOurs && isApart(workload, avoid) };
      }),
    });
  }
}

/** Returns what to tell the user where addresses should have been leased, and could not be. */
export function leaseWarnings({ workloads, scenario }: Plan): readonly string[] {
  if (process.platform !== "linux") return [];
  return workloads
    .filter((workload) => !workload.leased && choosesBlock(scenario, workload))
    .map(
      ({ name, space }) =>
        `workload ${name} shares its source addresses ${space.sources.map(([from, to]) => `${from}-${to}`).join(", ")} ` +
        "with another run, as no other block of addresses could be leased: source ports that the other one has are " +
        "passed over; let the other runs end first, or give the workload sources of its own",
    );
}

/** Whether the planner has chosen a block of addresses for the workload, and not the only one that exists. */
function choosesBlock(scenario: Scenario, { index, space }: WorkloadPlan): boolean {
  if (scenario.workloads[index]?.sources.length !== 0) return false;
  return rangesSize(sourcesOf(space)) > 1;
}

/** Whether no other run has named any of its addresses. */
function isApart({ space }: WorkloadPlan, avoid: readonly AddressRanges[]): boolean {
  const sources = sourcesOf(space);
  return avoid.every((other) => intersectRanges(sources, other).ranges.length === 0);
}

function withBlocks(workload: WorkloadPlan): readonly [WorkloadPlan, readonly string[]] {
  return [workload, blocksOf(sourcesOf(workload.space))];
}

/** Takes what is not taken yet. @returns what another run has */
async function takeAll(
  blocks: readonly string[],
  taken: Set<string>,
  leases: Leases,
): Promise<readonly string[]> {
  const refused: string[] = [];
  for (const block of blocks) {
    if (taken.has(block)) continue;
    const answer = await leases.takeBlock(block);
    if (answer === "taken") taken.add(block);
    if (answer === "held") refused.push(block);
  }
  return refused;
}

async function announceNamed({ workloads, scenario }: Plan, leases: Leases): Promise<void> {
  const named = workloads.filter(({ index }) => scenario.workloads[index]?.sources.length !== 0);
  for (const { space } of named) await leases.announce(sourcesOf(space));
}

function sourcesOf({ sources }: WorkloadPlan["space"]) {
  return parseRanges(sources.map(([from, to]) => `${from}-${to}`));
}
