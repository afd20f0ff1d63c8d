/** Shows what would run, and whether this machine can hold it; nothing is sent. */
import { type ExitStatus, exitStatus } from "../../base/errors.ts";
import { Leases } from "../../machine/leases.ts";
import { readHost, readMachine } from "../../machine/machine.ts";
import { withPorts } from "../../plan/any-plan.ts";
import { fewerWorkersNotice, type PlanOptions, planRun } from "../../plan/plan.ts";
import type { MachineFacts, Plan } from "../../plan/plan-types.ts";
import { tryFanOutFor } from "../../preflight/checks/broadcast-trial.ts";
import { refusalOf } from "../../preflight/checks/check-result.ts";
import { chooseIo, fallbackNotice } from "../../preflight/io-choice.ts";
import { preflight } from "../../preflight/preflight.ts";
import { renderResults } from "../../preflight/render-results.ts";
import { leaseWarnings, planLeased } from "../../run/plan-leased.ts";
import type { Scenario } from "../../scenario/scenario.ts";
import { withoutSecrets } from "../../scenario/without-secrets.ts";
import { resolvePorts } from "../../targets/listen-ports.ts";
import { readScenario, runChoices } from "../arguments/scenario-arguments.ts";
import { wantsColor } from "../terminal/colors.ts";
import { printNotice, printResult } from "../terminal/output.ts";
import { renderPlan } from "./plan-text.ts";
import { aliasesOf } from "./used-addresses.ts";
import { wiresharkProfile } from "./wireshark-profile.ts";
import { writeProfile } from "./write-profile.ts";

/** @param args of `slash8 plan` */
export async function showPlan(args: Readonly<Record<string, unknown>>): Promise<ExitStatus> {
  const scenario = await readScenario(args);
  const { io, workers } = runChoices(args);
  const machine = await readMachine();
  const chosen = await chooseIo(io === "auto" ? scenario.io : io);
  const choices = { io: chosen.io, workers };
  if (args.aliases === true) {
    // Not with ports that are free now: to find them the addresses would have to exist.
    for (const range of aliasesOf(planRun(withPorts(scenario), machine, choices))) {
      await printResult(range);
    }
    return exitStatus.pass;
  }
  const plan = await planNow(await resolvePorts(scenario), machine, choices);
  if (typeof args.wireshark === "string") {
    await printResult(writeProfile(wiresharkProfile(plan), args.wireshark).join("\n"));
    return exitStatus.pass;
  }
  const results = preflight(plan, machine, await readHost(), await tryFanOutFor(plan));
  const notice = fallbackNotice(chosen);
  const warnings = [
    ...scenario.notices,
    notice,
    ...leaseWarnings(plan),
    fewerWorkersNotice(plan, workers),
  ];
  for (const warning of warnings) {
    if (warning !== null) await printNotice(`slash8: ${warning}`);
  }
  const status = refusalOf(results)?.status ?? exitStatus.pass;
  if (args.json === true) {
    const shown = { ...plan, scenario: withoutSecrets(plan.scenario) };
    await printResult(JSON.stringify(shown, null, 2));
    const color = wantsColor(process.env, process.stderr.isTTY);
    if (results.length > 0) await printNotice(renderResults(results, color));
    return status;
  }
  const color = wantsColor(process.env, process.stdout.isTTY);
  await printResult(renderPlan(plan, color));
  if (results.length > 0) await printResult(`\n${renderResults(results, color)}`);
  return status;
}

/** Plans what a run would get that started now. What it leases is given back: a plan keeps nobody off. */
async function planNow(
  scenario: Scenario,
  machine: MachineFacts,
  choices: PlanOptions,
): Promise<Plan> {
  const leases = new Leases();
  try {
    return await planLeased(scenario, machine, choices, leases);
  } finally {
    await leases.release();
  }
}
