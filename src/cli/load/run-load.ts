/** Runs a scenario, once or several times; the verdict determines the exit status. */
import { monotonicNs } from "../../base/clock.ts";
import { type ExitStatus, UserError } from "../../base/errors.ts";
import { resultPath } from "../../results/files/result-path.ts";
import { statusOf } from "../arguments/exit-status.ts";
import { readScenario, runChoices } from "../arguments/scenario-arguments.ts";
import { listenForInterrupts } from "../terminal/interrupts.ts";
import { baselineProblems, readBaseline } from "./baseline-arguments.ts";
import { concludeRun } from "./conclude-run.ts";
import { runOnce } from "./run-once.ts";
import { runSeries } from "./run-series.ts";
import { tryOutputs } from "./try-outputs.ts";
import { openWatchers } from "./watchers.ts";

/** @param args of `slash8 load` */
export async function runLoad(args: Readonly<Record<string, unknown>>): Promise<ExitStatus> {
  const scenario = readScenario(args, (draft) => baselineProblems(draft, args));
  const baseline = await readBaseline(scenario, args);
  const repeat = (args.repeat as number | undefined) ?? scenario.repeat;
  const quiet = args.quiet === true;
  if (quiet && args.verbose === true) {
    throw new UserError("--quiet and --verbose exclude each other: give one of them");
  }
  const out = (args.out as string | undefined) ?? null;
  if (repeat === 1) {
    tryOutputs(scenario, [resultPath(scenario.name, new Date(), out, process.cwd())], args);
  }
  const watchers = await openWatchers(args);
  const interrupts = listenForInterrupts(monotonicNs);
  try {
    const options = { ...runChoices(args), quiet, baseline, watchers };
    if (repeat > 1) return await runSeries(scenario, repeat, options, args, interrupts);
    const report = await runOnce(scenario, options, interrupts);
    const { failure } = await concludeRun(report, {
      out,
      json: args.json === true,
      hlog: args.hlog === true,
      show: quiet ? "verdict" : args.verbose === true ? "everything" : "brief",
      args,
    });
    if (failure !== null) throw failure;
    return statusOf[report.result.run.outcome];
  } finally {
    interrupts.stop();
    await Promise.all(watchers.map((watcher) => watcher.close()));
  }
}
