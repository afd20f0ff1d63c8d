/** Runs a scenario, once or several times; the verdict determines the exit status. */
import { baselineProblems } from "../../api/making/baseline.ts";
import { monotonicNs } from "../../base/clock.ts";
import { type ExitStatus, UserError } from "../../base/errors.ts";
import { resultPath } from "../../results/files/result-path.ts";
import { baselineArguments, readGivenBaseline } from "../arguments/baseline-arguments.ts";
import { statusOf } from "../arguments/exit-status.ts";
import { natsArguments } from "../arguments/nats-arguments.ts";
import { readScenario, runChoices } from "../arguments/scenario-arguments.ts";
import { awaitHosts, openNats } from "../hosts/open-nats.ts";
import { listenForInterrupts } from "../terminal/interrupts.ts";
import { type Conclusion, concludeRun } from "./conclude-run.ts";
import { runOnce } from "./run-once.ts";
import { runRetries } from "./run-retries.ts";
import { runSeries } from "./run-series.ts";
import { tryOutputs } from "./try-outputs.ts";
import { openWatchers } from "./watchers.ts";

/** @param args of `slash8 load` */
export async function runLoad(args: Readonly<Record<string, unknown>>): Promise<ExitStatus> {
  const scenario = await readScenario(args, (draft) =>
    baselineProblems(draft, baselineArguments(args)),
  );
  const baseline = await readGivenBaseline(scenario, args);
  const repeat = (args.repeat as number | undefined) ?? scenario.repeat;
  const retries = (args.retries as number | undefined) ?? 0;
  if (retries > 0 && repeat > 1) {
    throw new UserError(
      "--retries makes one run again until it has a verdict, and a series has several runs: leave out --retries, or add --repeat 1",
    );
  }
  const quiet = args.quiet === true;
  if (quiet && args.verbose === true) {
    throw new UserError("--quiet and --verbose exclude each other: give one of them");
  }
  const out = (args.out as string | undefined) ?? null;
  if (repeat === 1 && retries === 0) {
    tryOutputs(scenario, [resultPath(scenario.name, new Date(), out, process.cwd())], args);
  }
  const given = natsArguments(args);
  const server = given === null ? null : await openNats(given, "slash8 load", args);
  if (server !== null) await awaitHosts(server, scenario, args);
  const watchers = await openWatchers(args);
  const interrupts = listenForInterrupts(monotonicNs);
  try {
    const nats = server?.connection;
    const options = { ...runChoices(args), quiet, baseline, watchers, nats };
    if (repeat > 1) return await runSeries(scenario, repeat, options, args, interrupts);
    const conclusion: Conclusion = {
      out,
      json: args.json === true,
      hlog: args.hlog === true,
      show: quiet ? "verdict" : args.verbose === true ? "everything" : "brief",
      args,
    };
    if (retries > 0) return await runRetries(scenario, retries, options, conclusion, interrupts);
    const report = await runOnce(scenario, { ...options, out }, interrupts);
    const { failure } = await concludeRun(report, conclusion);
    if (failure !== null) throw failure;
    return statusOf[report.result.run.outcome];
  } finally {
    interrupts.stop();
    await Promise.all(watchers.map((watcher) => watcher.close()));
    await server?.close();
  }
}
