import { createHash } from "node:crypto";
import { deepFreeze } from "../base/deep-freeze.ts";
import { UserError } from "../base/errors.ts";
import { normalise } from "./normalise/normalise.ts";
import type { Scenario, ScenarioDraft } from "./scenario.ts";
import { Diagnostics } from "./source/diagnostics.ts";
import { largestScenario, readWithIncludes } from "./source/include.ts";
import { applyOverrides } from "./source/override.ts";
import { overridesFile, type Problem, rememberSources, ScenarioError } from "./source/problem.ts";
import { decodeUtf8, readStandardInput, readUserFile } from "./source/source-file.ts";
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

/**
 * Reads a scenario and everything it names (included files, message files), checks it, and applies
 * every default.
 *
 * @param source the YAML text
 * @param file   its path, for messages and for relative paths; "-" for standard input
 * @returns      frozen; `scenarioError` can show its text in later messages
 * @throws       ScenarioError with every problem found, each at its place
 */
export function parseScenario(source: string, file: string, options: ParseOptions = {}): Scenario {
  const bytes = Buffer.from(source, "utf8");
  return parseSource(source.replace(/^\uFEFF/, ""), bytes, file, options);
}

/**
 * Reads a scenario file, or standard input for "-"; otherwise as `parseScenario`.
 *
 * @throws UserError when there is no such file, or it is a directory, not readable, too large or not
 *         UTF-8
 */
export function loadScenario(path: string, options: ParseOptions = {}): Scenario {
  const name = path === "-" ? "standard input" : path;
  try {
    const bytes =
      path === "-"
        ? readStandardInput(largestScenario)
        : readUserFile(path, largestScenario, "any");
    return parseSource(decodeUtf8(bytes), bytes, path, options);
  } catch (error) {
    if (!(error instanceof UserError) || error instanceof ScenarioError) throw error;
    throw new UserError(`${name}: ${error.message}`);
  }
}

function parseSource(
  source: string,
  bytes: Uint8Array,
  file: string,
  options: ParseOptions,
): Scenario {
  const { set = [], env = process.env, allowRemote = false, check } = options;
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
  const draft = normalise(new Diagnostics(tree, problems), { file, sha256, allowRemote });
  problems.push(...(check?.(draft) ?? []));
  const { scenario } = draft;
  if (scenario === null || problems.length > 0) throw refuse();
  rememberSources(deepFreeze(scenario), sources);
  return scenario;
}
