import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  Scalar,
  type YAMLMap,
} from "yaml";
import type { Position } from "../scenario.ts";
import { plainScalar } from "./plain-scalar.ts";
import type { Problem } from "./problem.ts";
import { type Entry, listTree, mapTree, type ScalarTree, type Tree } from "./tree.ts";
import { replaceVariables, type Variables } from "./variables.ts";
import { guardYaml } from "./yaml-guard.ts";

/** Limit of values in a document, those behind aliases counted once per alias. */
export const mostValues = 100_000;
/** One wrong bracket causes many syntax errors; the first ones are enough. */
const mostSyntaxProblems = 5;

/**
 * Reads one YAML document into values with their positions, with `<<` merged and variables
 * replaced.
 *
 * Aliases and duplicate keys are handled here: the library looks up an alias by walking the document
 * and compares every key with every other, so that a large file would take minutes.
 *
 * @param env      null: no variables are replaced
 * @param problems problems are added to it
 * @returns        null where the text is not YAML; else the values, as far as they could be read
 */
export function readYamlTree(
  source: string,
  file: string,
  env: Variables | null,
  problems: Problem[],
): Tree | null {
  const at = positionsIn(source);
  const report = (offset: number, message: string) =>
    problems.push({ file, ...at(Math.min(offset, source.length)), message });
  const refused = guardYaml(source);
  if (refused !== null) {
    report(refused.offset, refused.message);
    return null;
  }
  const document = parseDocument(source, {
    prettyErrors: false,
    uniqueKeys: false,
    stringKeys: false,
    version: "1.2",
  });
  const faults = [...document.errors, ...document.warnings];
  for (const fault of faults.slice(0, mostSyntaxProblems)) {
    const variable = bareVariableIn(source, fault.pos[0]);
    if (variable === null) report(fault.pos[0], syntaxMessage(fault.code, fault.message));
    else report(variable, bareVariableMessage);
  }
  if (faults.length > 0) return null;
  return new TreeReader(document, source, at, file, env, problems).read();
}

type Positions = (offset: number) => { readonly line: number; readonly column: number };

/**
 * Turns offsets, 0 to the text's length in UTF-16 units, into lines and columns, both from 1.
 *
 * The library's counter is filled here: the lexer would add line ends as it finds them, misses some in texts with
 * syntax errors, and does not run at all for a text that the guard refuses.
 *
 * @cost the text once; O(log lines) for each offset
 */
export function positionsIn(text: string): Positions {
  const counter = new LineCounter();
  counter.addNewLine(0);
  for (const { index } of text.matchAll(/\n/g)) counter.addNewLine(index + 1);
  return (offset) => {
    const { line, col } = counter.linePos(offset);
    return { line, column: col };
  };
}

class TreeReader {
  readonly #document: Document;
  readonly #text: string;
  readonly #at: Positions;
  readonly #file: string;
  readonly #env: Variables | null;
  readonly #problems: Problem[];
  readonly #anchors = new Map<string, Tree>();

  constructor(
    document: Document,
    text: string,
    at: Positions,
    file: string,
    env: Variables | null,
    problems: Problem[],
  ) {
    this.#document = document;
    this.#text = text;
    this.#at = at;
    this.#file = file;
    this.#env = env;
    this.#problems = problems;
  }

  read(): Tree {
    return this.#tree(this.#document.contents as Node | null, 0);
  }

  /** @param fallback offset of an absent node (`key:` and nothing after it) */
  #tree(node: Node | null, fallback: number): Tree {
    const offset = node?.range?.[0] ?? fallback;
    if (node === null) return this.#empty(offset);
    if (isAlias(node)) return this.#alias(node.source, offset);
    const tree = this.#collection(node, offset) ?? this.#scalar(node, offset);
    if (tree.size > mostValues) {
      this.#report(offset, `more than ${mostValues} values, including those behind aliases`);
      return this.#empty(offset);
    }
    if ("anchor" in node && typeof node.anchor === "string") this.#anchors.set(node.anchor, tree);
    return tree;
  }

  #collection(node: Node, offset: number): Tree | null {
    if (isSeq(node)) {
      const items = node.items.map((item) => this.#tree(item as Node | null, offset));
      return listTree(items, this.#position(offset));
    }
    return isMap(node) ? this.#map(node, offset) : null;
  }

  #map(node: YAMLMap, offset: number): Tree {
    const entries = new Map<string, Entry>();
    const merged: { below: Tree; offset: number }[] = [];
    for (const pair of node.items as Pair<Node | null, Node | null>[]) {
      const keyOffset = pair.key?.range?.[0] ?? offset;
      const keyAt = this.#position(keyOffset);
      const value = this.#tree(pair.value, keyOffset);
      const key = this.#key(pair.key, keyOffset);
      if (key === null) continue;
      if (key === "<<") {
        const items = value.kind === "list" ? value.items : [value];
        merged.push(...items.map((below) => ({ below, offset: keyOffset })));
      } else if (entries.has(key)) {
        const first = (entries.get(key) as Entry).keyAt.line;
        this.#report(keyOffset, `the key "${key}" is given twice, first in line ${first}`);
      } else {
        entries.set(key, { keyAt, value });
      }
    }
    for (const { below, offset: keyOffset } of merged) {
      if (below.kind !== "map") {
        this.#report(keyOffset, '"<<" takes a map or a list of maps, given by alias');
        continue;
      }
      for (const [key, entry] of below.entries) {
        if (!entries.has(key)) entries.set(key, entry);
      }
    }
    return mapTree(entries, this.#position(offset));
  }

  #key(node: Node | null, offset: number): string | null {
    if (isScalar(node)) {
      const text = node.type === Scalar.PLAIN ? (node.source ?? "") : String(node.value);
      // "__proto__" would have a special meaning in objects made from this, and has none in a scenario.
      if (text !== "" && text !== "__proto__") return text;
    }
    this.#report(offset, "a key must be a plain word");
    return null;
  }

  #alias(name: string, offset: number): Tree {
    const tree = this.#anchors.get(name);
    if (tree !== undefined) return tree;
    this.#report(offset, `the alias *${name} has no anchor: no &${name} is complete before it`);
    return this.#empty(offset);
  }

  #scalar(node: Node, offset: number): Tree {
    if (!isScalar(node)) {
      this.#report(offset, "not a text, number, list or map");
      return this.#empty(offset);
    }
    const isQuoted = node.type === Scalar.QUOTE_DOUBLE || node.type === Scalar.QUOTE_SINGLE;
    const begin = offset + (isQuoted ? 1 : 0);
    const isPlain = node.type === Scalar.PLAIN && node.tag === undefined;
    if (!isPlain && typeof node.value !== "string") {
      const value = typeof node.value === "object" ? null : (node.value as number | boolean);
      return { kind: "scalar", value, text: String(value), at: this.#position(begin), size: 1 };
    }
    const source = isPlain ? (node.source ?? "") : (node.value as string);
    const replaced = this.#replaced(source, node, begin);
    const value = isPlain ? plainScalar(replaced.text) : replaced.text;
    return { kind: "scalar", value, text: replaced.text, at: replaced.at, size: 1 };
  }

  /** The text with its variables replaced; `at` is its start, or the first variable that could not be replaced. */
  #replaced(text: string, node: Node, begin: number): { text: string; at: Position } {
    const at = this.#position(begin);
    if (this.#env === null || !text.includes("${")) return { text, at };
    const replaced = replaceVariables(text, this.#env);
    const faults = replaced.problems.map(({ index, message }) => ({
      ...this.#position(this.#variableOffset(node, index) ?? begin),
      message,
    }));
    this.#problems.push(...faults);
    const [first] = faults;
    return {
      text: replaced.text,
      at: first === undefined ? at : { file: first.file, line: first.line, column: first.column },
    };
  }

  /** Position of the index-th "${" of a scalar in the source. */
  #variableOffset(node: Node, index: number): number | null {
    const [from, to] = node.range ?? [0, 0];
    const matches = [...this.#text.slice(from, to).matchAll(/\$\$\{|\$\{[^}]*\}?/g)];
    const match = matches[index];
    return match === undefined ? null : from + match.index;
  }

  #empty(offset: number): ScalarTree {
    return { kind: "scalar", value: null, text: "", at: this.#position(offset), size: 1 };
  }

  #position(offset: number): Position {
    return { file: this.#file, ...this.#at(offset) };
  }

  #report(offset: number, message: string): void {
    this.#problems.push({ ...this.#position(offset), message });
  }
}

const bareVariableMessage = `within [...] and {...} a variable must be in quotes, as in { rate: "\${RATE:-100/s}" }`;

/** Finds an unquoted "${" after a bracket or brace in the line of a syntax error. */
function bareVariableIn(source: string, offset: number): number | null {
  const from = source.lastIndexOf("\n", offset - 1) + 1;
  const to = source.indexOf("\n", offset);
  const line = source
    .slice(from, to < 0 ? undefined : to)
    .replaceAll(/"[^"]*"|'[^']*'|\s#.*/g, (quoted) => " ".repeat(quoted.length));
  const match = /^[^[{]*(?<!\$)[[{].*?(?=\$\{)/.exec(line);
  return match === null ? null : from + match[0].length;
}

/** Replaces messages of the library that do not say what to do. */
function syntaxMessage(code: string, message: string): string {
  switch (code) {
    case "TAB_AS_INDENT":
      return "a tab in the indentation; use spaces";
    case "MULTIPLE_DOCS":
      return "a second document starts here; a file contains one scenario";
    case "TAG_RESOLVE_FAILED":
      return `${message}; scenarios do not use tags`;
    default:
      return message.charAt(0).toLowerCase() + message.slice(1);
  }
}
