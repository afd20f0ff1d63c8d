/** Protocols that a scenario's workloads name: looked up once, before it is checked. */
import { resolve } from "node:path";
import { UserError } from "../../base/errors.ts";
import { closestName, hintFor } from "../../base/suggestion.ts";
import type { OptionSpec } from "../../protocols/protocol.ts";
import { shippedProtocols } from "../../protocols/shipped.ts";
import { factsOf, type ProtocolFacts, type ProtocolSpec } from "../../protocols/spec.ts";
import { inThread, longestMs } from "../module/in-thread.ts";
import type { ProtocolAnswer, ProtocolTask } from "../module/protocol-worker.ts";
import { besideFile } from "../source/include.ts";
import { isModule } from "../source/is-module.ts";
import { checkUserFile } from "../source/source-file.ts";
import { type Path, type Tree, treeAt } from "../source/tree.ts";
import { readOptions } from "./read-options.ts";
import { type TriedSessions, trySessions } from "./try-sessions.ts";

/** What is known of the protocol that a workload names. */
export interface ProtocolLookup {
  /** Null where it is not known, or its options are wrong. */
  readonly spec: ProtocolSpec | null;
  readonly facts: ProtocolFacts | null;
  /** Null where that is not known. */
  readonly tried: TriedSessions | null;
  /** Paths are those below the workload. */
  readonly problems: readonly {
    readonly path: Path;
    readonly isKey: boolean;
    readonly message: string;
  }[];
}

/** By the name of the workload. */
export type ProtocolLookups = ReadonlyMap<string, ProtocolLookup>;

/** Where a workload names a protocol. */
interface Naming {
  readonly workload: string;
  readonly name: string;
  /** Of the name, below the workload. */
  readonly path: Path;
  readonly isKey: boolean;
  readonly options: Tree | null;
  /** Absolute path of the module; null: it is one that ships. */
  readonly module: string | null;
  /** As it is shown. */
  readonly shown: string;
}

/** Those that ship alone, without a look at what their sessions can do: for scenarios that are not read from a file. */
export function shippedOf(tree: Tree): ProtocolLookups {
  return new Map(
    namingsOf(tree).map((naming) => {
      if (naming.module === null) return [naming.workload, shipped(naming)];
      const message = "modules are not run here: load the scenario from its file";
      return [naming.workload, unknown(naming, message)];
    }),
  );
}

/** Runs the modules, and makes sessions on trial. Never rejects. @param limit for tests, ms */
export async function lookUpProtocols(tree: Tree, limit = longestMs): Promise<ProtocolLookups> {
  const namings = namingsOf(tree);
  const modules = new Set(namings.map(({ module }) => module));
  const found = await Promise.all(
    [...modules].map((module) => {
      const ofModule = namings.filter((naming) => naming.module === module);
      return module === null
        ? Promise.all(ofModule.map(tryShipped))
        : askModule(module, ofModule, limit);
    }),
  );
  return new Map(found.flat());
}

type Entry = readonly [string, ProtocolLookup];

async function tryShipped(naming: Naming): Promise<Entry> {
  const lookup = shipped(naming);
  const protocol = shippedProtocols[naming.name];
  if (protocol === undefined || lookup.spec === null) return [naming.workload, lookup];
  const tried = await trySessions(protocol, lookup.spec.options, "");
  return [naming.workload, { ...lookup, tried }];
}

function shipped(naming: Naming): ProtocolLookup {
  const { name } = naming;
  const protocol = Object.hasOwn(shippedProtocols, name) ? shippedProtocols[name] : undefined;
  if (protocol !== undefined) return withOptions(naming, factsOf(protocol), null);
  return unknown(naming, unknownProtocol(name));
}

/** Says that no protocol of that name ships. */
export function unknownProtocol(name: string): string {
  const known = Object.keys(shippedProtocols);
  const isClose = closestName(name, known) !== null;
  const remedy = isClose ? "" : "; one of your own is a path, as in ./chat.ts";
  return `no protocol "${name}"${hintFor(name, known)}${remedy}`;
}

async function askModule(
  path: string,
  namings: readonly Naming[],
  limit: number,
): Promise<readonly Entry[]> {
  const all = (message: string): readonly Entry[] =>
    namings.map((naming) => [naming.workload, unknown(naming, message)]);
  const { shown } = namings[0] as Naming;
  try {
    checkUserFile(path);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return all(`${shown}: ${error.message}`);
  }
  const task: ProtocolTask = { path, given: namings.map(({ options }) => options) };
  const answer = await inThread<ProtocolAnswer>("protocol-worker", task, "a protocol", limit);
  if ("failure" in answer) {
    const { message, at } = answer.failure;
    return all(
      at === null
        ? `${shown}: ${message}`
        : `${shown}: ${message} (${at.file}:${at.line}:${at.column})`,
    );
  }
  return namings.map((naming, index) => [
    naming.workload,
    withOptions(naming, answer.facts, answer.tried[index] ?? null),
  ]);
}

function withOptions(
  { name, module, path, isKey, options }: Naming,
  facts: ProtocolFacts,
  tried: TriedSessions | null,
): ProtocolLookup {
  const { values, problems } = readOptions(name, facts.options, options);
  const specs = Object.entries(facts.options);
  const isSecret = (option: string, { secret }: OptionSpec) =>
    secret ?? /password|secret|token/i.test(option);
  const secrets = specs
    .filter(([option, spec]) => isSecret(option, spec))
    .map(([option]) => option);
  return {
    spec:
      values === null
        ? null
        : {
            ...{ name, path: module, options: values, secrets },
            ...(facts.statusNames !== null && { statusNames: facts.statusNames }),
          },
    facts,
    tried,
    problems: problems.map((problem) =>
      problem.option === null
        ? { path, isKey, message: problem.message }
        : { ...problem, path: [...path, problem.option] },
    ),
  };
}

function unknown({ path, isKey }: Naming, message: string): ProtocolLookup {
  return { spec: null, facts: null, tried: null, problems: [{ path, isKey, message }] };
}

function namingsOf(tree: Tree): readonly Naming[] {
  const workloads = treeAt(tree, ["workloads"]);
  if (workloads?.kind !== "map") return [];
  return [...workloads.entries].flatMap(([workload, { value }]) => {
    const given = treeAt(value, ["protocol"]);
    if (given?.kind === "scalar" && typeof given.value === "string" && given.value !== "") {
      return [naming(workload, given.text, ["protocol"], false, null, given.at.file)];
    }
    if (given?.kind !== "map" || given.entries.size !== 1) return [];
    return [...given.entries].map(([name, { keyAt, value: inner }]) => {
      const options = inner.kind === "map" ? inner : null;
      return naming(workload, name, ["protocol", name], true, options, keyAt.file);
    });
  });
}

function naming(
  workload: string,
  name: string,
  path: Path,
  isKey: boolean,
  options: Tree | null,
  file: string,
): Naming {
  const shown = besideFile(name, file);
  const module = isModule(name) || name.includes("/") ? resolve(shown) : null;
  return { workload, name, path, isKey, options, module, shown };
}
