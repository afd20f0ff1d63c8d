import { randomInt } from "node:crypto";
import type { IoChoice } from "../base/io-kind.ts";
import type { HostFacts } from "../machine/host-facts.ts";
import type { Leases } from "../machine/leases.ts";
import { readListening } from "../machine/listening.ts";
import { machineOf, readHost } from "../machine/machine.ts";
import { fewerWorkersNotice } from "../plan/plan.ts";
import type { Plan } from "../plan/plan-types.ts";
import { type FanOutTrial, tryFanOutFor } from "../preflight/checks/broadcast-trial.ts";
import { refusalOf } from "../preflight/checks/check-result.ts";
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
  const scenario = await resolvePorts(given, leases);
  const [host, listening] = await Promise.all([readHost(), readListening()]);
  const machine = machineOf(host, listening);
  const chosen = await chooseIo(options.io === "auto" ? scenario.io : options.io);
  const notice = fallbackNotice(chosen);
  if (notice !== null) warn(notice);
  const stampTag = randomInt(1, 2 ** 16);
  const certificates = certificatesOf(scenario);
  const choices = { io: chosen.io, workers: options.workers, stampTag, certificates };
  const plan = await planLeased(scenario, machine, choices, leases);
  const fewer = fewerWorkersNotice(plan, options.workers);
  if (fewer !== null) warn(fewer);
  options.onPlanned();
  const fanOut = await tryFanOutFor(plan);
  const results = preflight(plan, machine, host, fanOut, await tryTelemetryFor(plan));
  const refusal = refusalOf(results);
  if (refusal !== null) throw refusal;
  for (const { level, message, remedy } of results) {
    warn(level === "warn" ? `${message}; what to do: ${remedy}` : message);
  }
  for (const warning of leaseWarnings(plan)) warn(warning);
  // A baseline from a different host is used nevertheless, with a warning.
  const here = fingerprintOf(host, plan.io, plan.workers);
  for (const warning of baselineWarnings(baseline, here, plan.scenario)) warn(warning);
  const mayFail = possibleFailures(gates.map(({ gate }) => gate));
  return { plan, host, chosen, fanOut, gates, commands, mayFail, baseline };
}
