/** Shows what would run, and whether this machine can hold it; nothing is sent. */
import { planAnyPorts, planRead } from "../../api/making/make-plan.ts";
import { type ExitStatus, exitStatus } from "../../base/errors.ts";
import { refusalOf } from "../../preflight/checks/check-result.ts";
import { renderResults } from "../../preflight/render-results.ts";
import { withoutSecrets } from "../../scenario/without-secrets.ts";
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
  const choices = runChoices(args);
  if (args.aliases === true) {
    for (const range of aliasesOf(await planAnyPorts(scenario, choices))) await printResult(range);
    return exitStatus.pass;
  }
  const { plan, warnings, check } = await planRead(scenario, choices);
  if (typeof args.wireshark === "string") {
    await printResult(writeProfile(wiresharkProfile(plan), args.wireshark).join("\n"));
    return exitStatus.pass;
  }
  const results = await check();
  for (const warning of warnings) await printNotice(`slash8: ${warning}`);
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
