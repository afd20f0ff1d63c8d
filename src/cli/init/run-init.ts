/** Asks, makes the first run, and then writes everything at once. */
import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { monotonicNs } from "../../base/clock.ts";
import { type ExitStatus, exitStatus, UserError } from "../../base/errors.ts";
import { packageVersion } from "../../base/package-file.ts";
import { loadChecked } from "../../run/check-scenario.ts";
import type { Scenario } from "../../scenario/scenario.ts";
import { listenForInterrupts } from "../terminal/interrupts.ts";
import { printNotice, printResult } from "../terminal/output.ts";
import type { Answers, Choices } from "./answers.ts";
import {
  type Evidence,
  firstRunSettings,
  gatesOf,
  makeFirstRun,
  withoutTimes,
} from "./first-run.ts";
import { gatherAnswers } from "./gather.ts";
import { withScript } from "./package-script.ts";
import { type Project, readProject } from "./project.ts";
import { Questions } from "./questions.ts";
import { scenarioText } from "./scenario-text.ts";
import { workflowOf } from "./workflow-text.ts";
import { type NewFile, tryFiles, writeFiles } from "./write-files.ts";

type Arguments = Readonly<Record<string, unknown>>;

/** @param args of `slash8 init` */
export async function runInit(args: Arguments): Promise<ExitStatus> {
  const project = readProject(process.cwd());
  const { answers, choices } = await answersTo(args, project);
  const before = filesFor(answers, choices, project, { kind: "none" });
  await readAsFile(answers, before.scenario, []);
  if (args["dry-run"] === true) {
    for (const { path, text } of before.files) {
      await printResult(`==> ${relative(project.folder, path)} <==\n${text}`);
    }
    return exitStatus.pass;
  }
  tryFiles(before.files.map(({ path }) => path));
  const evidence = choices.firstRun ? await firstRun(answers, before.scenario) : noRun;
  if (evidence.kind === "interrupted") {
    throw new UserError("interrupted; nothing was written", exitStatus.interrupted);
  }
  const { files, scenario, notes, next } = filesFor(answers, choices, project, evidence);
  const read = await readAsFile(answers, scenario, []);
  writeFiles(files);
  for (const { path, what } of files) {
    await printResult(
      `wrote ${relative(project.folder, path)}${what === undefined ? "" : ` (${what})`}`,
    );
  }
  for (const note of [...notes, ...openSecrets(answers, read)])
    await printNotice(`slash8: ${note}`);
  await printResult(`next: ${next}`);
  return statusOf(evidence);
}

const noRun: Evidence = { kind: "none" };

function statusOf(evidence: Evidence): ExitStatus {
  if (evidence.kind !== "failed") return exitStatus.pass;
  return evidence.error?.status ?? exitStatus.gateFailed;
}

async function answersTo(args: Arguments, project: Project) {
  const canAsk = args.yes !== true && process.stdin.isTTY === true && process.stderr.isTTY === true;
  if (!canAsk) return gatherAnswers(args, null, project);
  const questions = new Questions(process.stdin, process.stderr, true);
  try {
    return await gatherAnswers(args, questions, project);
  } finally {
    questions.close();
  }
}

/** Reads the scenario as load will read the file. @throws (rejects with) ScenarioError */
function readAsFile(answers: Answers, text: string, set: readonly string[]): Promise<Scenario> {
  return loadChecked(answers.out, { text, set, env: process.env });
}

/** A password stands in the file as it was given, which may go into a repository. */
function openSecrets({ speech, out }: Answers, { workloads }: Scenario): string[] {
  if (speech.protocol === null) return [];
  const { options } = speech;
  const secrets = workloads.flatMap(
    ({ applicationProtocol }) => applicationProtocol?.secrets ?? [],
  );
  return secrets
    .filter((name) => typeof options[name] === "string" && !String(options[name]).includes("${"))
    .map(
      (name) =>
        `${out} has the ${name} in it: to keep it out of a repository, write ${name}: \${${name.toUpperCase()}} there and set that variable`,
    );
}

async function firstRun(answers: Answers, text: string): Promise<Evidence> {
  const scenario = await readAsFile(answers, text, firstRunSettings);
  const interrupts = listenForInterrupts(monotonicNs);
  try {
    return await makeFirstRun(scenario, interrupts);
  } finally {
    interrupts.stop();
  }
}

/** Everything that is to be written, and what is to be said of it. */
function filesFor(
  answers: Answers,
  choices: Choices,
  project: Project,
  evidence: Evidence,
): {
  readonly files: readonly NewFile[];
  readonly scenario: string;
  readonly notes: readonly string[];
  readonly next: string;
} {
  const { force } = choices;
  const notes: string[] = [];
  const why = withoutTimes(answers.speech, evidence);
  if (evidence.kind === "failed") {
    const reason =
      evidence.error === null
        ? "failed: see above"
        : `could not be made: ${evidence.error.message}`;
    notes.push(`the first run ${reason}\nthe gates are on counts alone`);
  } else if (why !== null && choices.firstRun) {
    notes.push(`${lowerFirst(why.split(". ")[0] ?? "")}: the gates are on counts alone`);
  }
  const scenario = scenarioText(answers, gatesOf(answers.speech, evidence), why);
  const files: NewFile[] = [
    { path: resolve(project.folder, answers.out), text: scenario, replaces: force },
  ];
  const add = (path: string, text: string) => {
    if (force || !existsSync(path)) files.push({ path, text, replaces: force });
    else
      notes.push(
        `${relative(project.folder, path)} exists and stays as it is; --force replaces it`,
      );
  };
  if (choices.workflow !== null) {
    const mainExists = existsSync(join(project.root, ".gitlab-ci.yml"));
    const workflow = workflowOf(choices.workflow, answers, project, packageVersion(), mainExists);
    add(join(project.root, workflow.path), workflow.text);
    if (workflow.hint !== null) notes.push(workflow.hint);
  }
  const command = `slash8 load ${answers.out}`;
  let hasScript = false;
  if (choices.script && project.packageJson !== null) {
    const text = withScript(project.packageJson, "load", command, force);
    if (text === null)
      notes.push("package.json has a script load, which stays as it is; --force replaces it");
    else {
      files.push({
        path: join(project.folder, "package.json"),
        text,
        replaces: true,
        what: "script load",
      });
      hasScript = true;
    }
  }
  const install =
    project.packageJson !== null && !project.hasSlash8
      ? "npm install --save-dev slash8, then "
      : "";
  return {
    files,
    scenario,
    notes,
    next: `${install}${hasScript ? "npm run load" : `npx ${command}`}`,
  };
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
