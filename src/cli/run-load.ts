/** Runs a scenario, shows how it goes, writes the result, exits by its verdict. */
import { relative } from "node:path";
import { monotonicNs } from "../base/clock.ts";
import { type ExitStatus, exitStatus, UserError } from "../base/errors.ts";
import type { RunReport } from "../coordinator/run.ts";
import { logPath, writeIntervalLog } from "../results/interval-log.ts";
import type { Outcome } from "../results/result.ts";
import { renderSummary, renderVerdict } from "../results/summary.ts";
import { type Written, writeResult } from "../results/write.ts";
import { wantsColor } from "./colors.ts";
import { listenForInterrupts } from "./interrupts.ts";
import { printNotice, printResult, write } from "./output.ts";
import { runOnce } from "./run-once.ts";
import { readScenario, runChoices } from "./scenario-arguments.ts";
import { wantsUnicode } from "./unicode.ts";
import { openWatchers } from "./watchers.ts";
import { tellGitHub, writeExports } from "./write-exports.ts";

const statusOf: Readonly<Record<Outcome, ExitStatus>> = {
  pass: exitStatus.pass,
  fail: exitStatus.gateFailed,
  invalid: exitStatus.invalid,
  interrupted: exitStatus.interrupted,
};

/** Width of the summary where there is no terminal. */
const widthElsewhere = 100;

type Arguments = Readonly<Record<string, unknown>>;

/** @param args of `slash8 load` */
export async function runLoad(args: Arguments): Promise<ExitStatus> {
  const scenario = readScenario(args);
  const watchers = await openWatchers(args);
  const interrupts = listenForInterrupts(monotonicNs);
  try {
    const options = { ...runChoices(args), quiet: args.quiet === true, watchers };
    return await conclude(await runOnce(scenario, options, interrupts), args);
  } finally {
    interrupts.stop();
    await Promise.all(watchers.map((watcher) => watcher.close()));
  }
}

/** Writes the result, prints the summary, and says where the result is. */
async function conclude(report: RunReport, args: Arguments): Promise<ExitStatus> {
  const { result } = report;
  const written = writeFiles(report, args);
  const json = args.json === true;
  const stream = json ? process.stderr : process.stdout;
  const look = {
    color: wantsColor(process.env, stream.isTTY),
    width: stream.columns || widthElsewhere,
    unicode: wantsUnicode(process.env),
  };
  await write(
    stream,
    args.quiet === true ? renderVerdict(result, look) : `${renderSummary(result, look)}\n`,
  );
  if (json) await printResult(JSON.stringify(result, null, 2));
  if (written instanceof UserError) throw written;
  for (const path of written.exports) await write(stream, `export: ${pathForUser(path)}\n`);
  await write(stream, `result: ${pathForUser(written.path)}\n`);
  if (written.warning !== null) await printNotice(`slash8: ${written.warning}`);
  await tellGitHub(result, process.env);
  return statusOf[result.run.outcome];
}

/** The result, and what is asked for beside it. An error is handed back: what was measured must be printed all the same. */
function writeFiles(
  { result, input }: RunReport,
  args: Arguments,
): (Written & { readonly exports: readonly string[] }) | UserError {
  try {
    const out = args.out as string | undefined;
    const written = writeResult(result, out ?? null, process.cwd());
    if (args.hlog === true) writeIntervalLog(logPath(written.path), input);
    return { ...written, exports: writeExports(result, written.path, args) };
  } catch (error) {
    if (error instanceof UserError) return error;
    return new UserError(
      `the result could not be written: ${(error as Error).message}`,
      exitStatus.internal,
    );
  }
}

/** Relative to the working directory where it lies below. */
function pathForUser(path: string): string {
  const below = relative(process.cwd(), path);
  return below === "" || below.startsWith("..") ? path : below;
}
