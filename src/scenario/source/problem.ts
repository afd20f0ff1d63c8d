import { textWidth } from "../../base/text/width.ts";
import type { Position, Scenario } from "../scenario.ts";
import { type Problem, ScenarioError } from "./scenario-error.ts";

export { type Problem, ScenarioError };

/** The texts that problems point into, by `Position.file`. */
export type Sources = ReadonlyMap<string, string>;

/** Overrides given on the command line are the lines of a file of this name. */
export const overridesFile = "--set";

const shownAtMost = 50;

/** The error for the problems of a scenario, which are put into the order of the file. */
export function problemsError(problems: readonly Problem[], sources: Sources): ScenarioError {
  const sorted = inOrder(problems, sources);
  return new ScenarioError(renderProblems(sorted, sources), sorted);
}

/**
 * The texts a scenario was read from, kept for messages after parsing. A copy that was not made by `copyOfScenario`
 * has none; messages about it do not show the line.
 */
const sourcesOf = new WeakMap<Scenario, Sources>();

/** Keeps the texts as long as the scenario exists. */
export function rememberSources(scenario: Scenario, sources: Sources): void {
  sourcesOf.set(scenario, sources);
}

/** Gives a changed copy of a scenario the texts of the original. @returns the copy */
export function copyOfScenario(original: Scenario, copy: Scenario): Scenario {
  const sources = sourcesOf.get(original);
  if (sources !== undefined) sourcesOf.set(copy, sources);
  return copy;
}

/** A problem at a place that the scenario remembers (`workload.position`, `gate.position`). */
export function scenarioProblem(position: Position, message: string): Problem {
  return { ...placeOf(position), message };
}

/** The place alone, of what may have more. */
function placeOf({ file, line, column, path }: Position): Position {
  return path === undefined ? { file, line, column } : { file, line, column, path };
}

/** A text that is the same for the same place. */
export function placeKey({ file, line, column, path = "" }: Position): string {
  return path === "" ? `${line}:${column}:${file}` : `${path}:${file}`;
}

/**
 * The error for problems found after parsing (gates, sources too small, ...), in the same form as
 * the parser's own.
 */
export function scenarioError(scenario: Scenario, problems: readonly Problem[]): ScenarioError {
  return problemsError(problems, sourcesOf.get(scenario) ?? new Map());
}

/**
 * Writes problems as `file:line:column: message`, each with its line and a caret under the place.
 *
 *     chat.yaml:9:5: unknown key "conections" in a workload; did you mean "connections"?
 *         9 |     conections: 95000
 *           |     ^
 *     chat.ts: workloads.chat.conections: unknown key "conections" in a workload; did you mean "connections"?
 *
 * @param sources a problem in a file without text here is shown without the line
 */
export function renderProblems(problems: readonly Problem[], sources: Sources): string {
  const lines = new Map<string, readonly string[]>();
  const linesOf = (file: string): readonly string[] => {
    const known = lines.get(file) ?? (sources.get(file) ?? "").split(/\r?\n/);
    lines.set(file, known);
    return known;
  };
  const shown = problems.slice(0, shownAtMost).map((problem) => {
    const { file, line, column, path, message } = problem;
    if (path !== undefined) return `${file}: ${path === "" ? "" : `${path}: `}${message}`;
    const head = `${file}:${line}:${column}: ${message}`;
    const text = sources.has(file) ? linesOf(file)[line - 1] : undefined;
    return text === undefined ? head : `${head}\n${excerpt(text, line, column)}`;
  });
  const hidden = problems.length - shown.length;
  if (hidden > 0) shown.push(`... and ${hidden} more`);
  return shown.join("\n");
}

/** Columns of a line that are shown; of a longer one, the part around the place. */
const window = 100;

function excerpt(text: string, line: number, column: number): string {
  const from = column - 1 > window - 20 ? column - 1 - window / 2 : 0;
  // A tab or a control character would move the caret, or the terminal.
  const part = text.slice(from, from + window).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ");
  const cut = from > 0 ? "..." : "";
  const more = from + window < text.length ? "..." : "";
  const number = String(line).padStart(5);
  // Wide characters, such as Chinese ones, take two columns of the terminal.
  const caret = " ".repeat(cut.length + textWidth(part.slice(0, column - 1 - from)));
  return `${number} | ${cut}${part}${more}`.trimEnd().concat(`\n${" ".repeat(5)} | ${caret}^`);
}

/** By file (in the order in which files were read), line and column; the same problem only once. */
function inOrder(problems: readonly Problem[], sources: Sources): readonly Problem[] {
  const rank = new Map([...sources.keys()].map((file, index) => [file, index]));
  const once = new Map(
    problems.map((found) => {
      const problem = { ...placeOf(found), message: onOneLine(found.message) };
      return [`${placeKey(found)}:${problem.message}`, problem];
    }),
  );
  return [...once.values()].sort(
    (a, b) =>
      (rank.get(a.file) ?? rank.size) - (rank.get(b.file) ?? rank.size) ||
      a.line - b.line ||
      a.column - b.column,
  );
}

/** Messages quote what the user wrote, which may be long or contain control characters. */
function onOneLine(message: string): string {
  const line = message.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, " ");
  return line.length > 400 ? `${line.slice(0, 397)}...` : line;
}
