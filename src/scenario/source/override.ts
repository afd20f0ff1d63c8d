import { hintFor } from "../../base/suggestion.ts";
import type { Position } from "../scenario.ts";
import { overridesFile, type Problem } from "./problem.ts";
import { type Entry, listTree, mapTree, type Tree } from "./tree.ts";
import { readYamlTree } from "./yaml-tree.ts";

/** Maps whose keys are the user's own names: `--set` changes what is there and adds nothing. */
const namedMaps = ["servers", "workloads"];

/**
 * Applies `--set path=value` to a scenario. Parts of the path are keys, or indexes from 0 of a list;
 * the value is read as YAML.
 *
 * Problems point into a file named "--set" whose n-th line is the n-th assignment.
 *
 * @param problems what is wrong is added; such an assignment changes nothing
 */
export function applyOverrides(
  tree: Tree,
  assignments: readonly string[],
  problems: Problem[],
): Tree {
  return assignments.reduce(
    (below, text, index) => override(below, text, index + 1, problems),
    tree,
  );
}

function override(tree: Tree, assignment: string, line: number, problems: Problem[]): Tree {
  const at = (column: number): Position => ({ file: overridesFile, line, column });
  const equals = assignment.indexOf("=");
  const parts = assignment.slice(0, Math.max(0, equals)).split(".");
  if (equals < 0 || parts.some((part) => part.trim() === "")) {
    const message = "--set takes path=value, as in --set workloads.chatter.connections=100";
    problems.push({ ...at(1), message });
    return tree;
  }
  if (parts[0]?.trim() === "include") {
    const message =
      "--set cannot include files: they are read before it; write include into the scenario";
    problems.push({ ...at(1), message });
    return tree;
  }
  const value = overrideValue(assignment.slice(equals + 1), line, equals + 1, problems);
  if (value === null) return tree;
  let column = 1;
  const steps = parts.map((part) => {
    const step = { key: part.trim(), at: at(column) };
    column += part.length + 1;
    return step;
  });
  try {
    return replaced(tree, steps, [], value);
  } catch (error) {
    if (!(error instanceof UnknownPath)) throw error;
    problems.push({ ...error.at, message: `--set ${parts.join(".")}: ${error.message}` });
    return tree;
  }
}

/** Reads the value as a separate document and moves the positions to its place in the line. */
function overrideValue(
  text: string,
  line: number,
  columnsBefore: number,
  problems: Problem[],
): Tree | null {
  const own: Problem[] = [];
  const tree = readYamlTree(text.replaceAll(/[\r\n]/g, " "), overridesFile, null, own);
  const moved = <P extends Position>(position: P): P => ({
    ...position,
    line,
    column: position.column + columnsBefore,
  });
  problems.push(...own.map(moved));
  return tree === null || own.length > 0 ? null : movedTree(tree, moved);
}

function movedTree(tree: Tree, moved: (at: Position) => Position): Tree {
  if (tree.kind === "scalar") return { ...tree, at: moved(tree.at) };
  if (tree.kind === "list") {
    return listTree(
      tree.items.map((item) => movedTree(item, moved)),
      moved(tree.at),
    );
  }
  const entries = [...tree.entries].map(([key, entry]): [string, Entry] => [
    key,
    { keyAt: moved(entry.keyAt), value: movedTree(entry.value, moved) },
  ]);
  return mapTree(new Map(entries), moved(tree.at));
}

interface Step {
  readonly key: string;
  readonly at: Position;
}

class UnknownPath extends Error {
  readonly at: Position;

  constructor(at: Position, message: string) {
    super(message);
    this.at = at;
  }
}

/** The tree with the value at the path; everything not on the path is shared with the old one. */
function replaced(
  tree: Tree | null,
  path: readonly Step[],
  above: readonly string[],
  value: Tree,
): Tree {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const inside = [...above, step.key];
  if (tree?.kind === "list") {
    const index = /^\d{1,6}$/.test(step.key) ? Number(step.key) : -1;
    const item = tree.items[index];
    if (item === undefined) {
      const last = tree.items.length - 1;
      throw new UnknownPath(
        step.at,
        `${above.join(".")} is a list with the indexes 0 to ${last}, not "${step.key}"`,
      );
    }
    const items = tree.items.with(index, replaced(item, rest, inside, value));
    return listTree(items, tree.at);
  }
  if (tree?.kind === "scalar" && tree.value !== null) {
    throw new UnknownPath(step.at, `${above.join(".")} is a single value here; set it as a whole`);
  }
  const entries = new Map(tree?.kind === "map" ? tree.entries : []);
  const old = entries.get(step.key);
  if (old === undefined && above.length === 1 && namedMaps.includes(above[0] as string)) {
    const kind = above[0] === "servers" ? "server" : "workload";
    throw new UnknownPath(
      step.at,
      `no ${kind} "${step.key}"${hintFor(step.key, [...entries.keys()])}`,
    );
  }
  const inner = replaced(old?.value ?? null, rest, inside, value);
  // A workload keeps its position in the file when something in it is set.
  const keyAt = rest.length > 0 ? (old?.keyAt ?? step.at) : step.at;
  return mapTree(entries.set(step.key, { keyAt, value: inner }), tree?.at ?? step.at);
}
