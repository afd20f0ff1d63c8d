import { createHash } from "node:crypto";
import { deepFreeze } from "../base/deep-freeze.ts";
import { UserError } from "../base/errors.ts";
import { type HostLookups, hostNamesOf, lookUpHosts, noHosts } from "./host-names.ts";
import { normalise } from "./normalise/normalise.ts";
import type { Scenario, ScenarioDraft } from "./scenario.ts";
import { Diagnostics } from "./source/diagnostics.ts";
import { largestScenario, readWithIncludes } from "./source/include.ts";
import { applyOverrides } from "./source/override.ts";
import { overridesFile, type Problem, rememberSources, ScenarioError } from "./source/problem.ts";
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
  /** Finds what else is wrong, with as much of the scenario as is well-formed: it is reported with the rest. */
  readonly check?: (draft: ScenarioDraft) => readonly Problem[];
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
 * every default. Names of hosts are not looked up: only addresses may be given.
 *
 * @param source the YAML text
 * @param file   its path, for messages and for relative paths; "-" for standard input
 * @returns      frozen; `scenarioError` can show its text in later messages
 * @throws       ScenarioError with every problem found, each at its place
 */
export function parseScenario(source: string, file: string, options: ParseOptions = {}): Scenario {
  const bytes = Buffer.from(source, "utf8");
  const written = readSource(source.replace(/^\uFEFF/, ""), bytes, file, options);
  return normalised(written, noHosts, options);
}

/**
 * Reads a scenario file, or standard input for "-", and looks up the names of hosts in it; otherwise as
 * `parseScenario`.
 *
 * @throws (rejects with) UserError when there is no such file, or it is a directory, not readable, too large or not
 *         UTF-8
 */
export async function loadScenario(path: string, options: ParseOptions = {}): Promise<Scenario> {
  const name = path === "-" ? "standard input" : path;
  try {
    const bytes =
      path === "-"
        ? readStandardInput(largestScenario)
        : readUserFile(path, largestScenario, "any");
    const written = readSource(decodeUtf8(bytes), bytes, path, options);
    return normalised(written, await lookUpHosts(hostNamesOf(written.tree)), options);
  } catch (error) {
    if (!(error instanceof UserError) || error instanceof ScenarioError) throw error;
    throw new UserError(`${name}: ${error.message}`);
  }
}

function readSource(
  source: string,
  bytes: Uint8Array,
  file: string,
  { set = [], env = process.env }: ParseOptions,
): Written {
  const sources = new Map<string, string>();
  const problems: Problem[] = [];
  const refuse = () => new ScenarioError(problems, sources);
  const stop = (message: string) => {
    problems.push({ file, line: 1, column: 1, message });
    return refuse();
  };
  sources.set(file, source);
  if (bytes.length > largestScenario) {
    throw stop(`larger than ${largestScenario} bytes, the most that is read`);
  }
  if (/^\s*$/.test(source)) throw stop("the scenario is empty");
  const written = readWithIncludes(source, file, env, sources, problems);
  if (written === null) throw refuse();
  if (written.kind === "scalar" && written.value === null) {
    throw stop("the scenario is empty: it only has comments");
  }
  if (written.kind !== "map") {
    throw stop("a scenario is a map of keys, beginning with version: 1");
  }
  sources.set(overridesFile, set.map((text) => text.replaceAll(/[\r\n]/g, " ")).join("\n"));
  const tree = applyOverrides(written, set, problems);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { tree, file, sha256, sources, problems };
}

/** @throws ScenarioError */
function normalised(
  { tree, file, sha256, sources, problems }: Written,
  hosts: HostLookups,
  { allowRemote = false, check }: ParseOptions,
): Scenario {
  const origin = { file, sha256, allowRemote, hosts };
  const draft = normalise(new Diagnostics(tree, problems), origin);
  problems.push(...(check?.(draft) ?? []));
  const { scenario } = draft;
  if (scenario === null || problems.length > 0) throw new ScenarioError(problems, sources);
  rememberSources(deepFreeze(scenario), sources);
  return scenario;
}
