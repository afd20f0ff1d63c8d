/** Reads what a program gives as a scenario, and checks all that can be checked before anything runs. */
import { fileURLToPath } from "node:url";
import { loadChecked } from "../../run/check-scenario.ts";
import { objectTree } from "../../scenario/module/object-tree.ts";
import type { ParseOptions } from "../../scenario/parse.ts";
import type { Scenario } from "../../scenario/scenario.ts";
import type { Problem } from "../../scenario/source/scenario-error.ts";
import { type Entry, mapTree, type Tree, treeAt } from "../../scenario/source/tree.ts";
import type { ReadOptions, ScenarioPath } from "../options.ts";
import { plainGates } from "../scenario.ts";
import type { RunServers } from "./servers.ts";

/** Stands for a scenario without a file in messages and in results. */
export const objectName = "scenario";

/**
 * @param servers starts those that are given, and remembers them
 * @throws (rejects with) ScenarioError, or a UserError where a file cannot be read or a server not be started
 */
export async function readScenario(
  given: ScenarioPath | object,
  { set = {}, env, allowRemote = false, servers = {}, targets = {} }: ReadOptions,
  started: RunServers,
  check?: ParseOptions["check"],
): Promise<Scenario> {
  const options: ParseOptions = {
    set: Object.entries(set).map(([path, value]) => `${path}=${value}`),
    allowRemote,
    ...(env === undefined ? {} : { env }),
    ...(check === undefined ? {} : { check }),
  };
  const over = {
    servers,
    workloads: Object.fromEntries(
      Object.entries(targets).map(([name, target]) => [name, { target }]),
    ),
  };
  const isFile = typeof given === "string" || given instanceof URL;
  const replaced = isFile ? null : await started.replaced(plainGates(given));
  const amended = await started.replaced(over);
  const amending: ParseOptions = {
    ...options,
    amend(tree, problems) {
      problems.push(...started.problems);
      return withGiven(tree, amended, problems);
    },
  };
  if (isFile) {
    const path = given instanceof URL ? fileURLToPath(given) : given;
    return loadChecked(path, amending);
  }
  const text = stableText(given);
  return loadChecked({ value: replaced, name: objectName, text }, amending);
}

/** Puts servers, and the targets of workloads, in the place of those that are there. */
function withGiven(tree: Tree, given: unknown, problems: Problem[]): Tree {
  const read = objectTree(given, "options");
  problems.push(...read.problems);
  const servers = entriesOf(read.tree, "servers").map(
    ([name, { value }]) => [["servers", name], value] as const,
  );
  const targets = entriesOf(read.tree, "workloads").flatMap(([name, { value }]) => {
    const target = treeAt(value, ["target"]);
    return target === null ? [] : [[["workloads", name, "target"], target] as const];
  });
  return [...servers, ...targets].reduce(
    (result, [path, value]) => replacedAt(result, path, value),
    tree,
  );
}

function entriesOf(tree: Tree, key: string): readonly (readonly [string, Entry])[] {
  const found = treeAt(tree, [key]);
  return found?.kind === "map" ? [...found.entries] : [];
}

function replacedAt(tree: Tree, path: readonly string[], value: Tree): Tree {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const entries = new Map(tree.kind === "map" ? tree.entries : []);
  const { keyAt = value.at, value: below = mapTree(new Map(), value.at) } = entries.get(key) ?? {};
  entries.set(key, { keyAt, value: replacedAt(below, rest, value) });
  return mapTree(entries, tree.at);
}

/** The same for the same scenario: addresses of servers that are started for a run differ from run to run. */
function stableText(scenario: unknown): string {
  const above: unknown[] = [];
  return JSON.stringify(scenario, function (this: unknown, _key, value: unknown) {
    if (typeof value === "function") return "[function]";
    if (typeof value !== "object" || value === null) return value;
    const prototype: unknown = Object.getPrototypeOf(value);
    const isPlain = Array.isArray(value) || prototype === null || prototype === Object.prototype;
    if (!isPlain) return value instanceof URL ? value.href : String(value);
    while (above.length > 0 && above.at(-1) !== this) above.pop();
    if (above.includes(value)) return "[circle]";
    above.push(value);
    return value;
  });
}
