/** Jobs that run the scenario, for GitHub and for GitLab. Pure. */
import { dirname, join, relative } from "node:path";
import type { Answers, WorkflowKind } from "./answers.ts";
import type { Project } from "./project.ts";

const results = "slash8-results";

export interface Workflow {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly text: string;
  /** What is left to do by hand; null: nothing. */
  readonly hint: string | null;
}

/** @param mainExists GitLab: whether the project has a .gitlab-ci.yml, which is not written then */
export function workflowOf(
  kind: WorkflowKind,
  answers: Answers,
  project: Project,
  version: string,
  mainExists: boolean,
): Workflow {
  const folder = relative(project.root, project.folder).replaceAll("\\", "/");
  if (kind === "github") {
    return {
      path: ".github/workflows/slash8.yml",
      text: gitHub(answers, project, version, folder),
      hint: null,
    };
  }
  const path = mainExists ? ".gitlab/slash8.yml" : ".gitlab-ci.yml";
  return {
    path,
    text: gitLab(answers, project, version, folder),
    hint: mainExists ? `add to .gitlab-ci.yml: include: [{ local: ${path} }]` : null,
  };
}

/** The command of a job. A run that a busy runner spoiled is made again. */
function loadCommand(
  { out }: Answers,
  { hasSlash8 }: Project,
  version: string,
  to: string,
): string {
  const program = hasSlash8 ? "npx slash8" : `npx --yes slash8@${version}`;
  return `${program} load ${out} --out ${to} --quiet --html --junit --retries 2`;
}

const notRunning =
  "The server has to run before the next step: start it here in the background, or let slash8 start it (command, in the scenario).";

function gitHub(answers: Answers, project: Project, version: string, folder: string): string {
  return `# Written by slash8 init. Fails where a gate of the scenario does not hold, and marks its line.
name: slash8
on:
  push:
    branches: [main, master]
  pull_request:
permissions:
  contents: read
jobs:
  load:
    runs-on: ubuntu-latest
    timeout-minutes: 10
${folder === "" ? "" : `    defaults:\n      run:\n        working-directory: ${folder}\n`}    steps:
      - uses: actions/checkout@v6
        with:
          persist-credentials: false
      - uses: actions/setup-node@v6
        with:
          node-version: 22
${project.install === null ? "" : `      - run: ${project.install}\n`}${
  answers.command === null ? `      # ${notRunning}\n` : ""
}      # Exit status 4 is a run without a verdict: the runner was too busy, three times.
      - run: ${loadCommand(answers, project, version, `${results}/`)}
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: slash8
          path: ${join(folder, results)}
`;
}

function gitLab(answers: Answers, project: Project, version: string, folder: string): string {
  const file = `${results}/load`;
  const at = (path: string) => join(folder, path);
  const script = [
    ...(folder === "" ? [] : [`- cd ${folder}`]),
    ...(project.install === null ? [] : [`- ${project.install}`]),
    ...(answers.command === null ? [`# ${notRunning}`] : []),
    "# Exit status 4 is a run without a verdict: the runner was too busy, three times.",
    `- ${loadCommand(answers, project, version, `${file}.json`)}`,
  ];
  return `# Written by slash8 init. Fails where a gate of the scenario does not hold.
slash8:
  image: node:22
  script:
${script.map((line) => `    ${line}`).join("\n")}
  artifacts:
    when: always
    paths: [${at(dirname(file))}/]
    reports:
      junit: ${at(`${file}.junit.xml`)}
`;
}
