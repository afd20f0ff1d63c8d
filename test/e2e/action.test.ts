/** The composite GitHub action: its steps as a runner would start them, with an npx and a GitHub that are made here. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { resultSchemaProblems } from "../support/result-schema.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { echoScenario } from "./runs.ts";

interface Step {
  readonly id?: string;
  readonly uses?: string;
  readonly if?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, string>>;
}
interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}
interface Answer {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const root = fileURLToPath(new URL("../..", import.meta.url));
const action: Action = parse(readFileSync(join(root, "action.yml"), "utf8"));
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const [prepare, run, comment] = action.runs.steps.filter((step) => step.run !== undefined);

/** A job on a runner: a folder, and what its steps have put out. */
class Job {
  readonly cwd = makeTempDir();
  readonly values: Record<string, string> = { "github.action_path": root };
  readonly #env: NodeJS.ProcessEnv;

  constructor(inputs: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv = {}) {
    // What the action's inputs are, and are by default; the token is GitHub's.
    this.values["github.token"] = "secret";
    for (const [name, { default: fallback }] of Object.entries(action.inputs)) {
      const value = inputs[name] ?? (fallback === undefined ? undefined : this.filled(fallback));
      if (value !== undefined) this.values[`inputs.${name}`] = value;
    }
    const bin = join(this.cwd, "bin");
    mkdirSync(bin);
    // The published package is the one here.
    const npx = `#!/bin/sh
echo "$1 $2" >>"${this.cwd}/npx"
shift 2
exec "${process.execPath}" "${root}dist/cli/main.js" "$@"
`;
    writeFileSync(join(bin, "npx"), npx, { mode: 0o755 });
    this.#env = {
      ...process.env,
      PATH: `${bin}${delimiter}${process.env.PATH}`,
      RUNNER_TEMP: join(this.cwd, "temp"),
      RUNNER_OS: "Linux",
      RUNNER_ARCH: "X64",
      GITHUB_ACTIONS: "true",
      GITHUB_STEP_SUMMARY: join(this.cwd, "summary.md"),
      GITHUB_OUTPUT: join(this.cwd, "output"),
      ...env,
    };
  }

  /** Fills in `${{ name }}` as the runner does; a name that is none fails. */
  filled(text: string): string {
    return text.replace(/\$\{\{\s*(.+?)\s*\}\}/g, (_, name: string) => {
      const value = this.values[name];
      if (value === undefined) throw new Error(`action.yml: there is no ${name}`);
      return value;
    });
  }

  /** As the runner starts a step with `shell: bash`. */
  async step(step: Step | undefined): Promise<Answer> {
    const env = Object.entries(step?.env ?? {}).map(([name, text]) => [name, this.filled(text)]);
    const words = ["--noprofile", "--norc", "-eo", "pipefail", "-c", this.filled(step?.run ?? "")];
    const options = { cwd: this.cwd, env: { ...this.#env, ...Object.fromEntries(env) } };
    const answer = await new Promise<Answer>((resolve) => {
      const child = execFile("bash", words, options, (_, stdout, stderr) => {
        resolve({ status: child.exitCode ?? -1, stdout, stderr });
      });
    });
    const output = join(this.cwd, "output");
    if (step?.id !== undefined && existsSync(output)) {
      for (const line of readFileSync(output, "utf8").trim().split("\n")) {
        const [name, ...value] = line.split("=");
        this.values[`steps.${step.id}.outputs.${name}`] = value.join("=");
      }
    }
    return answer;
  }

  read(name: string): string {
    return readFileSync(join(this.cwd, name), "utf8");
  }
}

test("fails the job with the gate, and leaves result, gates, summary and annotation", async () => {
  const job = new Job({
    scenario: "chat.yaml",
    arguments: "--set workloads.chat.duration=300ms --csv",
  });
  const scenario = echoScenario(1, "gates:\n  - chat.exchanges.sent < 1\n");
  writeFileSync(join(job.cwd, "chat.yaml"), scenario);
  expect(action.runs.using).toBe("composite");
  expect(await job.step(prepare)).toMatchObject({ status: 0 });
  const { status, stderr } = await job.step(run);
  expect(status).toBe(99);
  const line = scenario.split("\n").findIndex((text) => text.includes("sent < 1")) + 1;
  expect(stderr).toContain(`::error file=chat.yaml,line=${line}`);
  expect(job.read("summary.md")).toContain("chat.exchanges.sent < 1");
  expect(job.read("npx")).toBe(`--yes slash8@${version}\n`);
  const written = readdirSync(join(job.cwd, "slash8-results"));
  for (const ending of [/Z\.json$/, /Z\.html$/, /\.junit\.xml$/, /\.chat\.hgrm$/, /\.csv$/]) {
    expect(written).toContainEqual(expect.stringMatching(ending));
  }
  const outputs = Object.entries(action.outputs).map(([name, of]) => [name, job.filled(of.value)]);
  expect(Object.fromEntries(outputs)).toEqual({
    outcome: "fail",
    status: "99",
    results: "slash8-results",
    result: expect.stringMatching(/^slash8-results\/e2e-.*Z\.json$/),
    report: expect.stringMatching(/^slash8-results\/e2e-.*Z\.html$/),
  });
  // Of a run that was made now, as programs read it.
  const result = job.read(job.values["steps.run.outputs.result"] as string);
  expect(resultSchemaProblems(JSON.parse(result))).toEqual([]);
  // What is kept as the baseline is cached; a run that failed is none.
  expect(existsSync(job.values["steps.prepare.outputs.baseline-folder"] as string)).toBe(false);
  for (const { with: settings } of action.runs.steps) {
    const { key = "", path = "" } = settings ?? {};
    job.values["runner.os"] = job.values["runner.arch"] = job.values["github.run_id"] = "x";
    job.values["github.run_attempt"] = "1";
    expect(() => [job.filled(key), job.filled(path)]).not.toThrow();
  }
});

test("a first run makes the baseline that gates are judged by", async () => {
  const job = new Job({
    scenario: "chat.yaml",
    arguments: "--set workloads.chat.duration=300ms",
    version: "0.0.7",
  });
  const gate = "gates:\n  - chat.exchanges.received <= 1000000 * baseline\n";
  writeFileSync(join(job.cwd, "chat.yaml"), echoScenario(1, gate));
  await job.step(prepare);
  const first = await job.step(run);
  expect(first.stdout).toContain("there is no baseline yet");
  expect(first).toMatchObject({ status: 0 });
  expect(job.read("npx")).toBe("--yes slash8@0.0.7\n--yes slash8@0.0.7\n");
  const kept = readdirSync(job.values["steps.prepare.outputs.baseline-folder"] as string);
  expect(kept).toHaveLength(2);
  expect(job.values["steps.run.outputs.outcome"]).toBe("pass");
});

test("a scenario that is not there fails with slash8's own words", async () => {
  const job = new Job({ scenario: "none.yaml" });
  await job.step(prepare);
  const { status, stderr } = await job.step(run);
  expect(status).toBe(2);
  expect(stderr).toContain("none.yaml");
  expect(job.values["steps.run.outputs.outcome"]).toBe("none");
});

test("the comment on a pull request is written once, then changed; without permission it is a notice", async () => {
  const asked: string[] = [];
  const comments = [{ id: 4, body: "an answer by somebody" }];
  let mayWrite = true;
  const github = createServer(async (request, response) => {
    const text = (await request.toArray()).map(String).join("");
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    response.statusCode = mayWrite ? 200 : 403;
    const { body } = text === "" ? { body: "" } : JSON.parse(text);
    if (request.method === "POST") comments.push({ id: 5, body });
    if (request.method === "PATCH") comments.splice(1, 1, { id: 5, body });
    response.end(JSON.stringify(comments));
  });
  await new Promise<void>((resolve) => github.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = github.address() as AddressInfo;
    const job = new Job(
      { scenario: "chat.yaml" },
      {
        GITHUB_EVENT_PATH: join(root, "none"),
        GITHUB_API_URL: `http://127.0.0.1:${port}`,
        GITHUB_SERVER_URL: "https://github.example",
        GITHUB_REPOSITORY: "me/mine",
        GITHUB_RUN_ID: "77",
        GITHUB_SHA: "abc",
      },
    );
    const event = join(job.cwd, "event.json");
    writeFileSync(event, JSON.stringify({ pull_request: { number: 12 } }));
    writeFileSync(join(job.cwd, "chat.md"), "## chat: pass\n");
    await job.step(prepare);
    job.values["steps.run.outputs.summary"] = "chat.md";
    const withEvent = { ...comment, env: { ...comment?.env, GITHUB_EVENT_PATH: event } };
    expect(await job.step(withEvent)).toMatchObject({ status: 0 });
    writeFileSync(join(job.cwd, "chat.md"), "## chat: fail\n");
    expect(await job.step(withEvent)).toMatchObject({ status: 0 });
    const all = "/repos/me/mine/issues/12/comments";
    expect(asked).toEqual([
      `GET ${all}?per_page=100&page=1 Bearer secret`,
      `POST ${all} Bearer secret`,
      `GET ${all}?per_page=100&page=1 Bearer secret`,
      "PATCH /repos/me/mine/issues/comments/5 Bearer secret",
    ]);
    expect(comments).toHaveLength(2);
    expect(comments[1]?.body).toContain("## chat: fail");
    expect(comments[1]?.body).toContain("https://github.example/me/mine/actions/runs/77");
    mayWrite = false;
    const refused = await job.step(withEvent);
    expect(refused.status).toBe(0);
    expect(refused.stdout).toMatch(/::notice .*GitHub answered 403.*pull-requests: write/);
  } finally {
    github.close();
  }
});
