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
 * The files outside of a kind's own that name each of its things.
 *
 * @returns by name, ascending
 * @throws  SyntaxError for a file that is not TypeScript
 */
export function filesNaming(sources: Sources, kind: Kind): ReadonlyMap<string, readonly string[]> {
  const files = new Map<string, string[]>(kind.names.map((name) => [name, []]));
  for (const [file, text] of sources) {
    const isOwn = kind.own.some((own) => (own.endsWith("/") ? file.startsWith(own) : file === own));
    if (isOwn) continue;
    for (const name of namesIn(text, kind)) files.get(name)?.push(file);
  }
  for (const found of files.values()) found.sort();
  return files;
}

/**
 * The names that a text has as a string or a type ("udp", also as the beginning "udp-"), as keys of a table of at least
 * two of them, or as members of the record. A single key or a variable may be anything, and does not count.
 */
export function namesIn(text: string, { names, record }: Omit<Kind, "own">): ReadonlySet<string> {
  const found = new Set<string>();
  visit(parseAst(text, { lang: "ts" }), (node) => {
    const literal = textOf(node)?.replace(/-$/, "");
    if (literal !== undefined && names.includes(literal)) found.add(literal);
    const keys = keysOf(node).filter((key) => names.includes(key));
    if (keys.length > 1) for (const key of keys) found.add(key);
    const member = memberOf(node, record);
    if (member !== null && names.includes(member)) found.add(member);
  });
  return found;
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
