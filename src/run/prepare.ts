import { randomInt } from "node:crypto";
import type { IoChoice } from "../base/io-kind.ts";
import type { HostToPlan } from "../hosts/pool.ts";
import type { HostFacts } from "../machine/host-facts.ts";
import type { Leases } from "../machine/leases.ts";
import { readListening } from "../machine/listening.ts";
import { machineOf, readHost } from "../machine/machine.ts";
import { fewerWorkersNotice, planRun } from "../plan/plan.ts";
import { planOnHost, planOnThisMachine } from "../plan/plan-on-host.ts";
import type { Plan } from "../plan/plan-types.ts";
import { type FanOutTrial, tryFanOutFor } from "../preflight/checks/broadcast-trial.ts";
import { type CheckResult, refusalOf } from "../preflight/checks/check-result.ts";
import { tryTelemetryFor } from "../preflight/checks/telemetry.ts";
import { type ChosenIo, chooseIo, fallbackNotice } from "../preflight/io-choice.ts";
import { preflight } from "../preflight/preflight.ts";
import type { BaselineResult } from "../results/baseline-result.ts";
import { possibleFailures } from "../results/build/outcome/intended-failures.ts";
import { fingerprintOf } from "../results/fingerprint.ts";
import { baselineWarnings } from "../results/series/baseline.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { certificatesOf } from "../targets/certificates.ts";
import { resolvePorts } from "../targets/listen-ports.ts";
import type { PlacedCommand } from "./at-gates.ts";
import { type PlacedGate, parseCommands, parseGates } from "./check-scenario.ts";
import { leaseWarnings, planLeased } from "./plan-leased.ts";

/** What is known before anything is started. */
export interface Prepared {
  readonly plan: Plan;
  readonly host: HostFacts;
  readonly chosen: ChosenIo;
  readonly fanOut: readonly FanOutTrial[];
  readonly gates: readonly PlacedGate[];
  readonly commands: readonly PlacedCommand[];
  /** Workloads that a gate may want to fail. */
  readonly mayFail: ReadonlySet<string>;
  /** What `baseline` in gates stands for. */
  readonly baseline: readonly BaselineResult[];
}

export interface PrepareOptions {
  readonly io: IoChoice;
  readonly workers: number | null;
  readonly baseline: readonly BaselineResult[];
  /** Where the clients are; null: on this machine. */
  readonly hosts: readonly HostToPlan[] | null;
  /** Gets the run's source addresses and listen ports; the caller releases them at its end. */
  readonly leases: Leases;
  readonly warn: (message: string) => void;
  /** Called with what is worth knowing and is not a warning of the result. */
  readonly notify: (message: string) => void;
  /** Called when the plan is complete, before preflight. */
  readonly onPlanned: () => void;
}

/**
 * Plans the run and checks whether this machine can hold it.
 *
 * @throws (rejects with) UserError: a gate is wrong (status 2), or the machine cannot hold the plan (3)
 */
export async function prepareRun(given: Scenario, options: PrepareOptions): Promise<Prepared> {
  const { warn, baseline, leases } = options;
  const gates = parseGates(given);
  const commands = parseCommands(given);
  for (const notice of given.notices) options.notify(notice);
  if (options.hosts === null && given.hosts.length > 0) {
    options.notify(
      "the scenario names hosts, and its clients are all on this machine: --nats has them on the hosts",
    );
  }
  const scenario = await resolvePorts(given, leases);
  const [host, listening] = await Promise.all([readHost(), readListening()]);
  const machine = machineOf(host, listening);
  const chosen = await chooseIo(options.io === "auto" ? scenario.io : options.io);
  const notice = fallbackNotice(chosen);
  if (notice !== null) warn(notice);
  const stampTag = randomInt(1, 2 ** 16);
  const certificates = certificatesOf(scenario);
  const { workers, hosts } = options;
  const choices = {
    io: chosen.io,
    workers,
    stampTag,
    certificates,
    ...(hosts === null ? {} : { hosts }),
  };
  // Hosts keep off what other runs on them have, and say what they take.
  const plan =
    hosts === null
      ? await planLeased(scenario, machine, choices, leases)
      : planRun(scenario, machine, choices);
  const fewer = hosts === null ? fewerWorkersNotice(plan, workers) : null;
  if (fewer !== null) warn(fewer);
  options.onPlanned();
  const own = planOnThisMachine(plan);
  const fanOut = await tryFanOutFor(own);
  const results = [
    ...preflight(own, machine, host, fanOut, await tryTelemetryFor(own)),
    ...(hosts ?? []).flatMap((one) => preflightOn(one, plan)),
  ];
  const refusal = refusalOf(results, hosts === null ? "this machine" : "a host");
  if (refusal !== null) throw refusal;
  for (const { level, message, remedy } of results) {
    warn(level === "warn" ? `${message}; what to do: ${remedy}` : message);
  }
  if (hosts === null) for (const warning of leaseWarnings(plan)) warn(warning);
  // A baseline from a different host is used nevertheless, with a warning.
  const here = fingerprintOf(
    host,
    plan.io,
    plan.workers,
    plan.hosts.flatMap(({ name, io }) => {
      const facts = hosts?.find((one) => one.name === name)?.facts;
      const own = plan.agents.filter((agent) => agent.host === name);
      return facts === undefined
        ? []
        : [{ facts, io, workers: own.reduce((sum, agent) => sum + agent.workers.length, 0) }];
    }),
  );
  for (const warning of baselineWarnings(baseline, here, plan.scenario)) warn(warning);
  const mayFail = possibleFailures(gates.map(({ gate }) => gate));
  return { plan, host, chosen, fanOut, gates, commands, mayFail, baseline };
}

/** The checks of one host's part of the plan; what they say names the host. */
function preflightOn(
  { name, machine, facts, io, obstacle }: HostToPlan,
  plan: Plan,
): CheckResult[] {
  if (!plan.hosts.some((host) => host.name === name)) return [];
  const on = (text: string) => `host ${name}: ${text}`;
  const notice = fallbackNotice({ io, obstacle });
  const fallback: CheckResult[] =
    notice === null ? [] : [{ check: "io", level: "note", message: on(notice), remedy: "" }];
  const results = preflight(planOnHost(plan, name), machine, facts)
    // A host may have one address only, and filters are for captures, which are not made there.
    .filter(({ check }) => check !== "sharedSources");
  return [...fallback, ...results.map((result) => ({ ...result, message: on(result.message) }))];
}
