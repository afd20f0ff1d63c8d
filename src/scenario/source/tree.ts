import type { Position } from "../scenario.ts";

/**
 * A YAML document as values with their positions. Immutable: an alias is the same object
 * as its anchor, and merging shares what does not change.
 *
 * `size` counts the values in it, those behind aliases once per alias.
 */
export type Tree = ScalarTree | ListTree | MapTree;

export interface ScalarTree {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
  /** As written, variables replaced: "1.10" where the value is 1.1. */
  readonly text: string;
  readonly at: Position;
  readonly size: 1;
}

export interface ListTree {
  readonly kind: "list";
  readonly items: readonly Tree[];
  readonly at: Position;
  readonly size: number;
}

export interface MapTree {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, Entry>;
  readonly at: Position;
  readonly size: number;
}

export interface Entry {
  readonly keyAt: Position;
  readonly value: Tree;
}

/** Keys and indexes from the root to a value. */
export type Path = readonly PropertyKey[];

/** A list with its size, the number of values in it counted in depth, itself included. */
export function listTree(items: readonly Tree[], at: Position): ListTree {
  return { kind: "list", items, at, size: items.reduce((sum, item) => sum + item.size, 1) };
}

/** A map with its size; see `listTree`. */
export function mapTree(entries: ReadonlyMap<string, Entry>, at: Position): MapTree {
  let size = 1;
  for (const entry of entries.values()) size += entry.value.size;
  return { kind: "map", entries, at, size };
}

/** Plain objects (without a prototype, so that no key has a special meaning) and arrays. */
export function plainValue(tree: Tree): unknown {
  if (tree.kind === "scalar") return tree.value;
  if (tree.kind === "list") return tree.items.map(plainValue);
  const object = Object.create(null) as Record<string, unknown>;
  for (const [key, entry] of tree.entries) object[key] = plainValue(entry.value);
  return object;
}

/** The value at a path, or null. */
export function treeAt(tree: Tree, path: Path): Tree | null {
  let node: Tree | undefined = tree;
  for (const part of path) {
    if (node?.kind === "map") node = node.entries.get(String(part))?.value;
    else if (node?.kind === "list") node = node.items[Number(part)];
    else return null;
  }
  return node ?? null;
}

/** Position of a value; for a missing one, the start of the nearest value around it. */
export function valuePosition(tree: Tree, path: Path): Position {
  const node = treeAt(tree, path);
  return node === null ? keyPosition(tree, path.slice(0, -1)) : node.at;
}

/** Position of a value's key (or list item); for a missing one, that of the value around it. */
export function keyPosition(tree: Tree, path: Path): Position {
  const last = path.at(-1);
  if (last === undefined) return tree.at;
  const parent = treeAt(tree, path.slice(0, -1));
  const found =
    parent?.kind === "map"
      ? parent.entries.get(String(last))?.keyAt
      : parent?.kind === "list"
        ? parent.items[Number(last)]?.at
        : undefined;
  return found ?? keyPosition(tree, path.slice(0, -1));
}

/** `over` on top of `base`: maps merge key by key, everything else is replaced. */
export function mergeTrees(base: Tree, over: Tree): Tree {
  if (base.kind !== "map" || over.kind !== "map") return over;
  const entries = new Map(base.entries);
  for (const [key, entry] of over.entries) {
    const below = base.entries.get(key);
    const value = below === undefined ? entry.value : mergeTrees(below.value, entry.value);
    entries.set(key, { keyAt: entry.keyAt, value });
  }
  return mapTree(entries, over.at);
}
