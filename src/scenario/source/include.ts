import { dirname, isAbsolute, join, resolve } from "node:path";
import { UserError } from "../../base/errors.ts";
import { isModule } from "./is-module.ts";
import { overridesFile, type Problem } from "./problem.ts";
import { decodeUtf8, readUserFile } from "./source-file.ts";
import { mergeTrees, type ScalarTree, type Tree, treeAt } from "./tree.ts";
import type { Variables } from "./variables.ts";
import { readYamlTree } from "./yaml-tree.ts";

/** The largest scenario file, in bytes. */
export const largestScenario = 1024 * 1024;

const deepest = 10;
const mostFiles = 50;

interface Reading {
  readonly env: Variables;
  /** Texts by the name shown in messages; filled in. */
  readonly sources: Map<string, string>;
  readonly problems: Problem[];
  /** Absolute paths of the files between the root and this one: including one of them is a circle. */
  readonly chain: readonly string[];
  readonly count: { files: number };
}

/**
 * Reads a scenario's text and what it includes; the text's own keys override the included ones, and
 * later includes override earlier ones.
 *
 * @param file     name of the text in messages; includes are relative to it ("-": to where slash8 runs)
 * @param sources  the texts read are added, by name
 * @param problems what is wrong is added
 * @returns        null where a file is not YAML
 */
export function readWithIncludes(
  source: string,
  file: string,
  env: Variables,
  sources: Map<string, string>,
  problems: Problem[],
): Tree | null {
  const chain = file === "-" ? [] : [resolve(file)];
  return readText(source, file, { env, sources, problems, chain, count: { files: 0 } });
}

/** As `readWithIncludes`, for a scenario that came as an object: what it includes are YAML files. */
export function withIncludes(
  tree: Tree,
  file: string,
  env: Variables,
  sources: Map<string, string>,
  problems: Problem[],
): Tree {
  const chain = [resolve(file)];
  return includedBelow(tree, { env, sources, problems, chain, count: { files: 0 } });
}

/** Resolves a path in a file, relative to that file; in "-" and `--set` it is relative to the working directory. */
export function besideFile(path: string, file: string): string {
  return isAbsolute(path) || file === "-" || file === overridesFile
    ? path
    : join(dirname(file), path);
}

function readText(source: string, file: string, reading: Reading): Tree | null {
  reading.sources.set(file, source);
  const tree = readYamlTree(source, file, reading.env, reading.problems);
  return tree === null ? null : includedBelow(tree, reading);
}

function includedBelow(tree: Tree, reading: Reading): Tree {
  let below: Tree | null = null;
  for (const item of includesOf(tree)) {
    const included = readIncluded(item, reading);
    if (included === null) continue;
    if (included.kind !== "map") {
      report(item, `${item.text} does not contain a map of keys`, reading);
    } else {
      below = below === null ? included : mergeTrees(below, included);
    }
  }
  return below === null ? tree : mergeTrees(below, tree);
}

function readIncluded(item: ScalarTree, reading: Reading): Tree | null {
  const file = besideFile(item.text, item.at.file);
  const path = resolve(file);
  if (reading.chain.includes(path)) {
    report(item, `a circle of includes: ${file} is being read already`, reading);
    return null;
  }
  if (reading.chain.length > deepest) {
    report(item, `includes are nested more than ${deepest} deep`, reading);
    return null;
  }
  if (isModule(path)) {
    report(item, `${file} is a module: only YAML files can be included`, reading);
    return null;
  }
  if (++reading.count.files > mostFiles) {
    report(item, `more than ${mostFiles} included files`, reading);
    return null;
  }
  try {
    const source = decodeUtf8(readUserFile(path, largestScenario, "regular"));
    return readText(source, file, { ...reading, chain: [...reading.chain, path] });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    report(item, `${file}: ${error.message}`, reading);
    return null;
  }
}

/** What is not a text is left to the schema, which refuses it. */
function includesOf(tree: Tree): readonly ScalarTree[] {
  const include = treeAt(tree, ["include"]);
  const items = include?.kind === "list" ? include.items : include === null ? [] : [include];
  return items.filter(
    (item): item is ScalarTree => item.kind === "scalar" && typeof item.value === "string",
  );
}

function report(item: ScalarTree, message: string, reading: Reading): void {
  reading.problems.push({ ...item.at, message });
}
