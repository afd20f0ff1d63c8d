import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { deepFreeze } from "../base/deep-freeze.ts";
import { UserError } from "../base/errors.ts";
import { type HostLookups, hostNamesOf, lookUpHosts, noHosts } from "./host-names.ts";
import { readModule } from "./module/load.ts";
import { objectTree } from "./module/object-tree.ts";
import { normalise } from "./normalise/normalise.ts";
import { lookUpProtocols, type ProtocolLookups, shippedOf } from "./protocol/lookup.ts";
import type { Scenario, ScenarioDraft } from "./scenario.ts";
import { Diagnostics } from "./source/diagnostics.ts";
import { largestScenario, readWithIncludes, withIncludes } from "./source/include.ts";
import { isModule } from "./source/is-module.ts";
import { applyOverrides } from "./source/override.ts";
import {
  overridesFile,
  type Problem,
  problemsError,
  rememberSources,
  ScenarioError,
} from "./source/problem.ts";
import { decodeUtf8, readStandardInput, readUserFile } from "./source/source-file.ts";
import type { Tree } from "./source/tree.ts";
import type { Variables } from "./source/variables.ts";

export interface ParseOptions {
  /** Assignments "path=value" applied to the scenario, as given by `--set`. */
  readonly set?: readonly string[];
  /** Values of `${NAME}`; default: process.env. */
  readonly env?: Variables;
  /** Whether to allow addresses other than loopback ones. Default: false. */
  readonly allowRemote?: boolean;
  /** The text of the scenario's file, which is not read then: it may not have been written yet. */
  readonly text?: string;
  /** Finds what else is wrong, with as much of the scenario as is well-formed: it is reported with the rest. */
  readonly check?: (draft: ScenarioDraft) => readonly Problem[];
  /** Changes what was read, before `set` does: a program gives some of it. What is wrong with it is added. */
  readonly amend?: (tree: Tree, problems: Problem[]) => Tree;
}

/** A scenario that a program made. */
export interface ScenarioObject {
  readonly value: unknown;
  /** Stands for it in messages; its relative paths are those of the working directory. */
  readonly name: string;
  /** A text that is the same for the same scenario. */
  readonly text: string;
}

/** A scenario's text, read into a tree; what is wrong so far is in `problems`. */
interface Written {
  readonly tree: Tree;
  readonly file: string;
  readonly sha256: string;
  readonly sources: ReadonlyMap<string, string>;
  readonly problems: Problem[];
}

/**
 * Reads a scenario and everything it names (included files, message files), checks it, and applies
 * every default. Names of hosts are not looked up: only addresses may be given. Modules are not run: a protocol can only be
 * one that ships.
 *
 * @param source the YAML text
 * @param file   its path, for messages and for relative paths; "-" for standard input
 * @returns      frozen; `scenarioError` can show its text in later messages
 * @throws       ScenarioError with every problem found, each at its place
 */
export function parseScenario(source: string, file: string, options: ParseOptions = {}): Scenario {
  const bytes = Buffer.from(source, "utf8");
  const written = readSource(source.replace(/^\uFEFF/, ""), bytes, file, options);
  return normalised(written, noHosts, shippedOf(written.tree), options);
}

/**
 * Reads a scenario file, or standard input for "-", and looks up the names of hosts in it; otherwise as
 * `parseScenario`. A module (.ts, .mts, .js, .mjs, .cjs) is run for the scenario that it exports.
 *
 * @throws (rejects with) UserError when there is no such file, or it is a directory, not readable, too large or not
 *         UTF-8
 */
export async function loadScenario(path: string, options: ParseOptions = {}): Promise<Scenario> {
  const name = path === "-" ? "standard input" : path;
  try {
    const bytes =
      options.text !== undefined
        ? Buffer.from(options.text)
        : path === "-"
          ? readStandardInput(largestScenario)
          : readUserFile(path, largestScenario, "any");
    const text = decodeUtf8(bytes);
    const written = isModule(path)
      ? await readObject(text, bytes, path, options)
      : readSource(text, bytes, path, options);
    return await lookedUp(written, options);
  } catch (error) {
    if (!(error instanceof UserError) || error instanceof ScenarioError) throw error;
    throw new UserError(`${name}: ${error.message}`, error.status, { code: "file", cause: error });
  }
}

/**
 * Reads a scenario that a program made; otherwise as `loadScenario`.
 *
 * @throws (rejects with) ScenarioError
 */
export async function loadScenarioObject(
  { value, name, text }: ScenarioObject,
  options: ParseOptions = {},
): Promise<Scenario> {
  const sources = new Map<string, string>();
  const read = objectTree(value, name);
  const problems = [...read.problems];
  const tree = withIncludes(read.tree, name, options.env ?? process.env, sources, problems);
  const from = { file: name, bytes: Buffer.from(text), sources, problems };
  return lookedUp(overridden(tree, options, from), options);
}

async function lookedUp(written: Written, options: ParseOptions): Promise<Scenario> {
  const [hosts, protocols] = await Promise.all([
    lookUpHosts(hostNamesOf(written.tree)),
    lookUpProtocols(written.tree),
  ]);
  return normalised(written, hosts, protocols, options);
}

/** Runs a module, and reads the scenario that it exports. @throws (rejects with) ScenarioError where it gives none */
async function readObject(
  source: string,
  bytes: Uint8Array,
  file: string,
  options: ParseOptions,
): Promise<Written> {
  const sources = new Map([[file, source]]);
  const read = await readModule(file, source);
  const problems = [...read.problems];
  if (read.tree === null) {
    readSourcesOf(problems, sources);
    throw problemsError(problems, sources);
  }
  const tree = withIncludes(read.tree, file, options.env ?? process.env, sources, problems);
  return overridden(tree, options, { file, bytes, sources, problems });
}

/** The texts that problems of other files point into: those that a module imports. */
function readSourcesOf(problems: readonly Problem[], sources: Map<string, string>): void {
  for (const { file } of problems) {
    if (!sources.has(file)) sources.set(file, readFileSync(file, "utf8"));
  }
}

function readSource(
  source: string,
  bytes: Uint8Array,
  file: string,
  options: ParseOptions,
): Written {
  const sources = new Map<string, string>();
  const problems: Problem[] = [];
  const refuse = () => problemsError(problems, sources);
  const stop = (message: string) => {
    problems.push({ file, line: 1, column: 1, message });
    return refuse();
  };
  sources.set(file, source);
  if (bytes.length > largestScenario) {
    throw stop(`larger than ${largestScenario} bytes, the most that is read`);
  }
  if (/^\s*$/.test(source)) throw stop("the scenario is empty");
  const env = options.env ?? process.env;
  const written = readWithIncludes(source, file, env, sources, problems);
  if (written === null) throw refuse();
  if (written.kind === "scalar" && written.value === null) {
    throw stop("the scenario is empty: it only has comments");
  }
  if (written.kind !== "map") {
    throw stop("a scenario is a map of keys, beginning with version: 1");
  }
  return overridden(written, options, { file, bytes, sources, problems });
}

/** With what a program changes, and the assignments of `--set`. */
function overridden(
  written: Tree,
  { set = [], amend }: ParseOptions,
  from: Pick<Written, "file" | "problems"> & {
    readonly bytes: Uint8Array;
    readonly sources: Map<string, string>;
  },
): Written {
  const { file, bytes, sources, problems } = from;
  sources.set(overridesFile, set.map((text) => text.replaceAll(/[\r\n]/g, " ")).join("\n"));
  const amended = amend === undefined ? written : amend(written, problems);
  const tree = applyOverrides(amended, set, problems);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { tree, file, sha256, sources, problems };
}

/** @throws ScenarioError */
function normalised(
  { tree, file, sha256, sources, problems }: Written,
  hosts: HostLookups,
  protocols: ProtocolLookups,
  { allowRemote = false, check }: ParseOptions,
): Scenario {
  const origin = { file, sha256, allowRemote, hosts, protocols };
  const draft = normalise(new Diagnostics(tree, problems), origin);
  problems.push(...(check?.(draft) ?? []));
  const { scenario } = draft;
  if (scenario === null || problems.length > 0) throw problemsError(problems, sources);
  rememberSources(deepFreeze(scenario), sources);
  return scenario;
}
