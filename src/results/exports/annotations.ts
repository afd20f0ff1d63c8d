import type { RunResult } from "../result.ts";
import { gateMessage } from "./junit.ts";

/**
 * GitHub's workflow commands that mark the line of each gate that did not pass, and say why a run has
 * no verdict, or why its figures are not those of the server (severe findings).
 *
 * @returns lines without line endings
 * @see     "Workflow commands for GitHub Actions": error, warning
 */
export function renderAnnotations({ run, scenario, gates }: RunResult): string[] {
  const lines = gates
    .filter(({ verdict }) => verdict !== "pass")
    .map((gate) =>
      command(
        gate.verdict === "fail" ? "error" : "warning",
        {
          file: scenario.file,
          // A scenario that came as an object has no lines.
          ...(gate.line > 0 ? { line: gate.line } : {}),
          title: `slash8: ${gate.expression}`,
        },
        gateMessage(gate),
      ),
    );
  const doubts = (run.findings ?? [])
    .filter(({ severity }) => severity === "severe")
    .map(({ about, text, todo }) =>
      command(
        "warning",
        { file: scenario.file, title: `slash8: validity (${about})` },
        `${text}; what to do: ${todo}`,
      ),
    );
  const isJudged = run.outcome === "pass" || (run.outcome === "fail" && lines.length > 0);
  if (isJudged) return [...lines, ...doubts];
  const why = run.reasons.join("\n") || `the run is ${run.outcome}`;
  return [
    ...lines,
    command("error", { file: scenario.file, title: `slash8: ${run.outcome}` }, why),
    ...doubts,
  ];
}

/** Where something is wrong with a scenario; a line of null: it has none, as its file cannot be read or is a module. */
interface AnnotatedProblem {
  readonly file: string;
  readonly line: number | null;
  readonly column: number | null;
  readonly path?: string;
  readonly message: string;
}

/** Workflow commands that mark what is wrong with scenarios. Those of --set and of standard input have no file to mark. */
export function renderProblemAnnotations(problems: readonly AnnotatedProblem[]): string[] {
  return problems.map(({ file, line, column, path = "", message }) =>
    command(
      "error",
      {
        ...(file === "-" || file === "--set" ? {} : { file }),
        ...(line === null || column === null ? {} : { line, col: column }),
        title: "slash8: the scenario is not valid",
      },
      path === "" ? message : `${path}: ${message}`,
    ),
  );
}

function command(
  name: string,
  properties: Readonly<Record<string, string | number>>,
  message: string,
): string {
  const list = Object.entries(properties).map(
    ([key, value]) => `${key}=${escapedProperty(`${value}`)}`,
  );
  return `::${name} ${list.join(",")}::${escaped(message)}`;
}

function escaped(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapedProperty(text: string): string {
  return escaped(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
