/** `slash8 load` with `repeat`: makes several runs of the scenario, one after the other, and a summary. */
import { basename, dirname } from "node:path";
import type { ExitStatus } from "../../base/errors.ts";
import { type SeriesRun, summariseSeries } from "../../compare/series.ts";
import { renderSeries } from "../../compare/series-text.ts";
import type { BaselineResult } from "../../results/baseline-result.ts";
import { withoutBaselineGates } from "../../run/check-scenario.ts";
import type { Scenario } from "../../scenario/scenario.ts";
import { statusOf } from "../arguments/exit-status.ts";
import type { Interrupts } from "../terminal/interrupts.ts";
import { pathForUser, printNotice, printResult, write } from "../terminal/output.ts";
import { writeJson } from "../terminal/write-json.ts";
import { concludeRun, lookOf } from "./conclude-run.ts";
import { type RunOnceOptions, runOnce } from "./run-once.ts";
import { seriesFiles } from "./series-files.ts";
import { tryOutputs } from "./try-outputs.ts";

/**
 * Makes the runs; Ctrl-C ends the run and the series, and what was measured is kept. A run that cannot be
 * made ends the series as well, with its error; the summary covers the runs before it.
 *
 * Gates that compare with a baseline are judged once, by the medians: judged one by one, some run would
 * fail by chance.
 */
export async function runSeries(
  scenario: Scenario,
  repeat: number,
  options: RunOnceOptions & { readonly baseline: readonly BaselineResult[] },
  args: Readonly<Record<string, unknown>>,
  interrupts: Interrupts,
): Promise<ExitStatus> {
  const { baseline } = options;
  const { scenario: single, comparing: gates } = withoutBaselineGates(scenario);
  const out = (args.out as string | undefined) ?? null;
  const files = await seriesFiles(scenario.name, new Date(), out, process.cwd());
  const numbers = Array.from({ length: repeat }, (_, index) => index + 1);
  tryOutputs(scenario, numbers.map(files.run), args, [files.beside("summary")]);
  const json = args.json === true;
  const stream = json ? process.stderr : process.stdout;
  const runs: SeriesRun[] = [];
  let folder = dirname(files.run(1));
  let broken: unknown = null;
  for (const number of numbers) {
    if (interrupts.count > 0) break;
    if (!options.quiet) await printNotice(`slash8: run ${number} of ${repeat}`);
    try {
      const report = await runOnce(single, { ...options, out: files.run(number) }, interrupts);
      const { path, failure } = await concludeRun(report, {
        out: files.run(number),
        json: false,
        hlog: args.hlog === true,
        show: "verdict",
        stream,
        args,
      });
      folder = dirname(path);
      runs.push({ file: basename(path), result: report.result });
      if (failure !== null) throw failure;
    } catch (error) {
      broken = error;
      break;
    }
  }
  if (runs.length > 0) {
    const summary = summariseSeries({
      runs,
      repeat,
      interrupted: interrupts.count > 0,
      gates,
      baseline,
    });
    await write(stream, `\n${renderSeries(summary, lookOf(stream))}\n`);
    if (json) await printResult(JSON.stringify(summary, null, 2));
    const path = writeJson(summary, files.beside("summary"), folder);
    await write(stream, `summary: ${pathForUser(path)}\n`);
    if (broken === null) return statusOf[summary.outcome];
  }
  throw broken;
}
