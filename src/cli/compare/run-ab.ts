/** Runs a scenario alternately with one server and the other, and compares the two. */
import { existsSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { comparisonOptions } from "../../api/making/make-comparison.ts";
import { monotonicNs } from "../../base/clock.ts";
import { type ExitStatus, exitStatus, UserError } from "../../base/errors.ts";
import { formatAmount } from "../../base/units.ts";
import { type ComparisonOptions, compareResults } from "../../compare/compare.ts";
import { leastRuns } from "../../compare/judge.ts";
import { type SideName, turns } from "../../compare/pairs.ts";
import { renderComparison } from "../../compare/text.ts";
import type { NamedResult } from "../../results/files/read-all.ts";
import { withoutBaselineGates } from "../../run/check-scenario.ts";
import type { Scenario } from "../../scenario/scenario.ts";
import { statusOfVerdict } from "../arguments/exit-status.ts";
import { readScenario, runChoices } from "../arguments/scenario-arguments.ts";
import { readReplaced, replacedServer } from "../arguments/server-arguments.ts";
import { concludeRun, lookOf } from "../load/conclude-run.ts";
import { runOnce } from "../load/run-once.ts";
import { seriesFiles } from "../load/series-files.ts";
import { tryOutputs } from "../load/try-outputs.ts";
import { type Interrupts, listenForInterrupts } from "../terminal/interrupts.ts";
import { pathForUser, printNotice, printResult, write } from "../terminal/output.ts";
import { writeJson } from "../terminal/write-json.ts";
import { comparisonChoices, defaultPairs } from "./compare-options.ts";
import { comparisonPaths, summariseForGitHub, writeComparison } from "./write-comparison.ts";

type Arguments = Readonly<Record<string, unknown>>;

/** @param args of `slash8 ab` */
export async function runAb(args: Arguments): Promise<ExitStatus> {
  const scenarios = await readSides(args);
  const interrupts = listenForInterrupts(monotonicNs);
  try {
    return await runInTurns(scenarios, args, interrupts);
  } finally {
    interrupts.stop();
  }
}

/**
 * Says before the runs that they will decide nothing, whatever they show; null: they may. How many metrics there are is known only of
 * results, so more pairs may be needed than this says.
 */
export function tooFewPairs(
  pairs: number,
  { alpha, metrics }: Pick<ComparisonOptions, "alpha" | "metrics">,
): string | null {
  const least = leastRuns(metrics?.length ?? 1, alpha, "paired");
  if (pairs >= least) return null;
  return `${formatAmount(pairs, "pair")} cannot show that anything is worse, however much it is: that takes at least ${least} (--repeat ${least})`;
}

/** A name for each run: a-1, b-1, b-2, a-2. */
function namesOf(order: readonly SideName[]): string[] {
  return order.map((side, index) => {
    const number = order.slice(0, index + 1).filter((other) => other === side).length;
    return `${side}-${number}`;
  });
}

async function runInTurns(
  scenarios: Readonly<Record<SideName, Scenario>>,
  args: Arguments,
  interrupts: Interrupts,
): Promise<ExitStatus> {
  const quiet = args.quiet === true;
  const json = args.json === true;
  const stream = json ? process.stderr : process.stdout;
  const out = (args.out as string | undefined) ?? null;
  const pairs = (args.repeat as number | undefined) ?? defaultPairs;
  const order = turns(pairs);
  const comparison = comparisonOptions({ ...comparisonChoices(args), design: "paired" });
  const few = tooFewPairs(pairs, comparison);
  if (few !== null) await printNotice(`slash8: ${few}`);
  const files = await seriesFiles(scenarios.a.name, new Date(), out, process.cwd());
  const names = namesOf(order);
  const requested = files.beside("comparison");
  tryOutputs(scenarios.a, names.map(files.beside), {}, [
    requested,
    ...comparisonPaths(requested, args),
  ]);
  const results: Record<SideName, NamedResult[]> = { a: [], b: [] };
  let folder = dirname(files.run(1));
  for (const [index, side] of order.entries()) {
    if (interrupts.count > 0) break;
    const name = names[index] as string;
    if (!quiet) await printNotice(`slash8: run ${index + 1} of ${order.length}: ${name}`);
    const out = files.beside(name);
    const report = await runOnce(scenarios[side], { ...runChoices(args), quiet, out }, interrupts);
    const { path, failure } = await concludeRun(report, {
      out,
      json: false,
      hlog: false,
      show: "verdict",
      stream,
      args: {},
    });
    folder = dirname(path);
    if (failure !== null) throw failure;
    results[side].push({ path: pathForUser(path), result: report.result });
  }
  const compared = compareResults(results.a, results.b, comparison);
  await write(stream, `\n${renderComparison(compared, lookOf(stream))}\n`);
  if (json) await printResult(JSON.stringify(compared, null, 2));
  const path = writeJson(compared, basename(requested), folder);
  const { written, failures } = writeComparison(compared, path, args);
  for (const file of written) await write(stream, `export: ${pathForUser(file)}\n`);
  await write(stream, `comparison: ${pathForUser(path)}\n`);
  summariseForGitHub(compared, process.env);
  if (failures.length > 0) throw new UserError(failures.join("\n"), exitStatus.internal);
  return interrupts.count > 0 ? exitStatus.interrupted : statusOfVerdict[compared.verdict];
}

/** Reads the scenario with each side's command. @throws UserError */
async function readSides(args: Arguments): Promise<Record<SideName, Scenario>> {
  const given = (name: string) => args[name] as string | undefined;
  const alike = (["a", "a-dir"] as const).every(
    (name) => given(name) === given(name.replace("a", "b")),
  );
  if (alike) {
    throw new UserError(
      "A and B are the same: give two commands with --a and --b, or two checkouts with --a-dir and --b-dir",
    );
  }
  const path = String(args.scenario);
  if (path === "" || path === "-") {
    throw new UserError("ab reads its scenario twice: name a file, not standard input");
  }
  const server = replacedServer(await readScenario(args), given("server"), "ab");
  return {
    a: await sideOf("a", server, args),
    b: await sideOf("b", server, args),
  };
}

async function sideOf(side: SideName, server: string, args: Arguments): Promise<Scenario> {
  const command = args[side] as string | undefined;
  const folder = args[`${side}-dir`] as string | undefined;
  if (folder !== undefined && !(existsSync(folder) && statSync(folder).isDirectory())) {
    throw new UserError(`--${side}-dir ${folder}: there is no such directory`);
  }
  const cwd = folder === undefined ? undefined : resolve(folder);
  const scenario = await readReplaced(args, server, { command, cwd });
  // Each side is the baseline of the other.
  return withoutBaselineGates(scenario).scenario;
}
