/** The composite GitHub action: its script as a runner would start it. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { makeTempDir } from "../support/temp-dir.ts";
import { echoScenario } from "./runs.ts";

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly runs: {
    readonly using: string;
    readonly steps: readonly {
      readonly run?: string;
      readonly env?: Readonly<Record<string, string>>;
    }[];
  };
}

const root = fileURLToPath(new URL("../..", import.meta.url));
const action: Action = parse(readFileSync(join(root, "action.yml"), "utf8"));

/** Fills in `${{ name }}` as the runner does; a name that is none fails. */
function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{\{\s*(.+?)\s*\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`action.yml: there is no ${name}`);
    return value;
  });
}

test("fails the job with the gate, and leaves result, gates, summary and annotation", () => {
  const cwd = makeTempDir();
  const scenario = echoScenario(1, "gates:\n  - chat.exchanges.sent < 1\n");
  writeFileSync(join(cwd, "chat.yaml"), scenario);
  const summary = join(cwd, "summary.md");
  const inputs = {
    scenario: "chat.yaml",
    arguments: "--set workloads.chat.duration=300ms --csv",
  };
  const values: Record<string, string> = { "github.action_path": root };
  for (const [name, { default: fallback }] of Object.entries(action.inputs)) {
    const value = inputs[name as keyof typeof inputs] ?? fallback;
    if (value !== undefined) values[`inputs.${name}`] = value;
  }
  const step = action.runs.steps.at(-1);
  const env = Object.fromEntries(
    Object.entries(step?.env ?? {}).map(([name, text]) => [name, filled(text, values)]),
  );
  // As the runner starts a step with `shell: bash`.
  const words = ["--noprofile", "--norc", "-eo", "pipefail", "-c", filled(step?.run ?? "", values)];
  const { status, stderr } = spawnSync("bash", words, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, ...env, GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: summary },
  });
  expect(action.runs.using).toBe("composite");
  expect(status).toBe(99);
  const line = scenario.split("\n").findIndex((text) => text.includes("sent < 1")) + 1;
  expect(stderr).toContain(`::error file=chat.yaml,line=${line}`);
  expect(readFileSync(summary, "utf8")).toContain("chat.exchanges.sent < 1");
  const written = readdirSync(join(cwd, "slash8-results"));
  for (const ending of [/Z\.json$/, /Z\.html$/, /\.junit\.xml$/, /\.chat\.hgrm$/, /\.csv$/]) {
    expect(written).toContainEqual(expect.stringMatching(ending));
  }
});
