/** `slash8 load --retries`: makes the run again where it is invalid, until one has a verdict. */
import { type ExitStatus, exitStatus, UserError } from "../../base/errors.ts";
import { formatAmount } from "../../base/units.ts";
import { writeResult } from "../../results/files/write.ts";
import { renderVerdict } from "../../results/text/summary.ts";
import type { RunReport } from "../../run/run.ts";
import type { Scenario } from "../../scenario/scenario.ts";
import { statusOf } from "../arguments/exit-status.ts";
import type { Interrupts } from "../terminal/interrupts.ts";
import { pathForUser, printNotice, write } from "../terminal/output.ts";
import { type Conclusion, concludeRun, lookOf } from "./conclude-run.ts";
import { type RunOnceOptions, runOnce } from "./run-once.ts";
import { seriesFiles } from "./series-files.ts";
import { tryOutputs } from "./try-outputs.ts";

/**
 * Makes a run, and again while it is invalid, at most `retries` times more. Every result is kept as `<stem>-1.json` and
 * so on; that of the last run is concluded as that of a single one, in `<stem>.json`.
 */
export async function runRetries(
  scenario: Scenario,
  retries: number,
  options: RunOnceOptions,
  conclusion: Conclusion,
  interrupts: Interrupts,
): Promise<ExitStatus> {
  const files = await seriesFiles(scenario.name, new Date(), conclusion.out, process.cwd());
  const numbers = Array.from({ length: retries + 1 }, (_, index) => index + 1);
  tryOutputs(scenario, [files.single], conclusion.args, numbers.map(files.run));
  const unwritten: string[] = [];
  for (let number = 1; ; number++) {
    const attempt = { number, of: retries + 1 };
    const choices = { ...options, attempt, out: files.run(number) };
    const report = await runOnce(scenario, choices, interrupts);
    const { outcome } = report.result.run;
    const left = retries + 1 - number;
    const { path, warning } = writeResult(report.result, files.run(number), process.cwd());
    if (warning !== null) unwritten.push(warning);
    if (outcome !== "invalid" || left === 0 || interrupts.count > 0) {
      const { failure } = await concludeRun(report, { ...conclusion, out: files.single });
      if (failure !== null) unwritten.push(failure.message);
      if (unwritten.length > 0) throw new UserError(unwritten.join("\n"), exitStatus.internal);
      return statusOf[outcome];
    }
    await showInvalid(report, path, conclusion);
    if (!options.quiet) {
      await printNotice(
        `slash8: run ${number} was invalid and is made again; ${formatAmount(left - 1, "retry", "retries")} left after that`,
      );
    }
  }
}

async function showInvalid(
  { result }: RunReport,
  path: string,
  { json }: Conclusion,
): Promise<void> {
  const stream = json ? process.stderr : process.stdout;
  await write(stream, renderVerdict(result, lookOf(stream)));
  await write(stream, `result: ${pathForUser(path)}\n`);
}
