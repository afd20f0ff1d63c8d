/** Checks scenarios: as load reads them, and no further. */
import { scenarioBaselineProblems } from "../../api/making/baseline.ts";
import { type ExitStatus, exitStatus, UserError } from "../../base/errors.ts";
import { printableData } from "../../base/printable.ts";
import { comparesWithBaseline } from "../../gates/gate.ts";
import { renderProblemAnnotations } from "../../results/exports/annotations.ts";
import { loadChecked, parseGates } from "../../run/check-scenario.ts";
import type { Scenario } from "../../scenario/scenario.ts";
import { ScenarioError } from "../../scenario/source/problem.ts";
import { describeFailure } from "../terminal/failure.ts";
import { printNotice, printResult } from "../terminal/output.ts";

type Arguments = Readonly<Record<string, unknown>>;

/** What is wrong, and where: a file that cannot be read has no line. */
interface FoundProblem {
  readonly file: string;
  /** From 1; null where there is none. */
  readonly line: number | null;
  readonly column: number | null;
  /** Of a module's scenario, in place of a line: "workloads.chat.rate". */
  readonly path?: string;
  readonly message: string;
}

interface CheckedFile {
  readonly file: string;
  readonly scenario: Scenario | null;
  readonly problems: readonly FoundProblem[];
  /** The problems as text, for people. */
  readonly text: string;
}

/** @param args of `slash8 check` */
export async function runCheck(args: Arguments): Promise<ExitStatus> {
  const checked: CheckedFile[] = [];
  for (const file of filesOf(args)) checked.push(await checkFile(file, args));
  const wrong = checked.filter(({ scenario }) => scenario === null);
  if (args.json === true) {
    const files = checked.map(describeFile);
    const shown = printableData({ valid: wrong.length === 0, files });
    await printResult(JSON.stringify(shown, null, 2));
  } else {
    for (const { file, scenario, text } of checked) {
      if (scenario === null) await printNotice(text);
      else await printValid(file, scenario);
    }
    if (wrong.length > 0 && checked.length > 1) {
      await printNotice(`slash8: ${wrong.length} of ${checked.length} scenarios are not valid`);
    }
  }
  if (process.env.GITHUB_ACTIONS === "true") {
    const problems = checked.flatMap((one) => one.problems);
    for (const line of renderProblemAnnotations(problems)) await printNotice(line);
  }
  return wrong.length === 0 ? exitStatus.pass : exitStatus.usage;
}

/** Each file once, in the order given. @throws UserError */
function filesOf(args: Arguments): readonly string[] {
  const files = args.scenario as readonly string[];
  if (files.includes("")) throw new UserError("a scenario file is missing: its name is empty");
  return [...new Set(files)];
}

async function checkFile(file: string, args: Arguments): Promise<CheckedFile> {
  try {
    const scenario = await loadChecked(file, {
      set: args.set as readonly string[],
      env: process.env,
      allowRemote: args["allow-remote"] === true,
      check: scenarioBaselineProblems,
    });
    return { file, scenario, problems: [], text: "" };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { text } = describeFailure(error);
    const problems =
      error instanceof ScenarioError
        ? error.problems.map(({ line, column, ...problem }) =>
            line > 0 ? { ...problem, line, column } : { ...problem, line: null, column: null },
          )
        : [{ file, line: null, column: null, message: error.message }];
    return { file, scenario: null, problems, text };
  }
}

async function printValid(file: string, scenario: Scenario): Promise<void> {
  for (const notice of scenario.notices) await printNotice(`slash8: ${file}: ${notice}`);
  const { workloads } = scenario;
  const gates = parseGates(scenario);
  const comparing = gates.filter(({ gate }) => comparesWithBaseline(gate)).length;
  const needs =
    comparing === 0 || scenario.baseline.length > 0
      ? ""
      : `; ${comparing === gates.length ? "" : `${comparing} of them `}to be compared with results: load --baseline FILE`;
  const counts = `${counted(workloads.length, "workload")}, ${counted(gates.length, "gate")}`;
  await printResult(`${file}: valid; ${counts}${needs}`);
}

function counted(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}

/** One file's entry in the JSON. */
function describeFile({ file, scenario, problems }: CheckedFile) {
  if (scenario === null) return { file, valid: false, problems };
  const { name, workloads, servers, gates, notices } = scenario;
  return {
    file,
    valid: true,
    name,
    workloads: workloads.map((workload) => workload.name),
    servers: servers.map((server) => server.name),
    gates: gates.map(({ expression }) => expression),
    notices,
    problems,
  };
}
