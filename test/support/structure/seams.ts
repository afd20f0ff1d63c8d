/**
 * The seams check: which files name a thing that has a record of facts, in place of asking the record. Pure over a map of
 * sources, as the floors check is.
 */
import { parseAst } from "vitest/node";
import type { Sources } from "./floors.ts";
import { isNode, type Node, textOf, visit } from "./imports.ts";

/** Things of one kind, and where they may be named. */
export interface Kind {
  readonly names: readonly string[];
  /** Files and folders of src, folders with a "/" at the end. */
  readonly own: readonly string[];
  /** The record of their facts, whose members are names, too. */
  readonly record: string;
}

/**
 * The files outside of each kind's own that name its things. All kinds at once, as parsing is most of the work.
 *
 * @returns by kind and name, ascending
 * @throws  SyntaxError for a file that is not TypeScript
 */
export function filesNaming(
  sources: Sources,
  kinds: readonly Kind[],
): ReadonlyMap<string, readonly string[]>[] {
  const files = kinds.map(
    ({ names }) => new Map<string, string[]>(names.map((name) => [name, []])),
  );
  for (const [file, text] of sources) {
    const isIn = (own: string) => (own.endsWith("/") ? file.startsWith(own) : file === own);
    for (const [index, names] of namesIn(text, kinds).entries()) {
      if (kinds[index]?.own.some(isIn) === true) continue;
      for (const name of names) files[index]?.get(name)?.push(file);
    }
  }
  for (const found of files.flatMap((ofKind) => [...ofKind.values()])) found.sort();
  return files;
}

/**
 * The names of each kind that a text has as a string or a type ("udp", also as the beginning "udp-"), as keys of a table of at least
 * two of them, or as members of the record. A single key or a variable may be anything, and does not count.
 */
export function namesIn(
  text: string,
  kinds: readonly Omit<Kind, "own">[],
): readonly ReadonlySet<string>[] {
  const all = kinds.map((kind) => ({ ...kind, found: new Set<string>() }));
  visit(parseAst(text, { lang: "ts" }), (node) => {
    const literal = textOf(node)?.replace(/-$/, "");
    const keys = keysOf(node);
    for (const { names, record, found } of all) {
      if (literal !== undefined && names.includes(literal)) found.add(literal);
      const known = keys.filter((key) => names.includes(key));
      if (known.length > 1) for (const key of known) found.add(key);
      const member = memberOf(node, record);
      if (member !== null && names.includes(member)) found.add(member);
    }
  });
  return all.map(({ found }) => found);
}

/** The keys of an object's literal or pattern. */
function keysOf(node: Node): string[] {
  if (node.type !== "ObjectExpression" && node.type !== "ObjectPattern") return [];
  return (node.properties as Node[]).flatMap(({ key, computed }) => {
    const isName = isNode(key) && key.type === "Identifier" && computed !== true;
    return isName ? [key.name as string] : (textOf(key) ?? []);
  });
}

/** `tcp` of `protocols.tcp`. */
function memberOf(node: Node, record: string): string | null {
  if (node.type !== "MemberExpression" || node.computed === true) return null;
  const { object, property } = node;
  const isRecord = isNode(object) && object.name === record;
  return isRecord && isNode(property) ? (property.name as string) : null;
}
