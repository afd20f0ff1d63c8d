/** A scenario that came as an object, as the tree that a YAML file gives: its places are paths, as it has no lines. */
import type { Position } from "../scenario.ts";
import type { Problem } from "../source/problem.ts";
import { type Entry, listTree, mapTree, type ScalarTree, type Tree } from "../source/tree.ts";
import { mostValues } from "../source/yaml-tree.ts";

const deepestValue = 64;
const allowed = "a scenario has texts, numbers, true, false, lists and maps";

/**
 * Turns an object into a tree.
 *
 * @param file name in messages
 * @returns    what could be read of it, and the problems of the rest
 */
export function objectTree(
  value: unknown,
  file: string,
): { readonly tree: Tree; readonly problems: readonly Problem[] } {
  const reader = new ObjectReader(file);
  return { tree: reader.read(value, "", 0), problems: reader.problems };
}

class ObjectReader {
  readonly problems: Problem[] = [];
  readonly #file: string;
  /** Around the value that is read. */
  readonly #above = new Set<object>();
  #count = 0;

  constructor(file: string) {
    this.#file = file;
  }

  read(value: unknown, path: string, depth: number): Tree {
    const at = this.#at(path);
    if (++this.#count > mostValues) return this.#refuse(at, `more than ${mostValues} values`);
    switch (typeof value) {
      case "string":
      case "boolean":
        return { kind: "scalar", value, text: String(value), at, size: 1 };
      case "number":
        if (Number.isFinite(value)) {
          return { kind: "scalar", value, text: String(value), at, size: 1 };
        }
        return this.#refuse(at, `${value} is not a number that can be used`);
      case "object":
        return value === null ? empty(at) : this.#collection(value, path, at, depth);
      default:
        return this.#refuse(at, `${kindOf(value)} has no place here: ${allowed}`);
    }
  }

  #collection(value: object, path: string, at: Position, depth: number): Tree {
    if (this.#above.has(value)) return this.#refuse(at, "this contains itself");
    if (depth > deepestValue) return this.#refuse(at, `nested more than ${deepestValue} deep`);
    this.#above.add(value);
    try {
      if (Array.isArray(value)) {
        const items = Array.from(value, (item: unknown, index) =>
          this.read(item, join(path, String(index)), depth + 1),
        );
        return listTree(items, at);
      }
      const prototype: unknown = Object.getPrototypeOf(value);
      if (prototype !== null && prototype !== Object.prototype) {
        return this.#refuse(at, `${kindOf(value)} has no place here: ${allowed}`);
      }
      return this.#map(value, path, at, depth);
    } finally {
      this.#above.delete(value);
    }
  }

  /** What is undefined is not there. */
  #map(value: object, path: string, at: Position, depth: number): Tree {
    const entries = new Map<string, Entry>();
    for (const [key, inner] of Object.entries(value)) {
      if (inner === undefined) continue;
      const place = join(path, key);
      if (key === "" || key === "__proto__") {
        this.#refuse(this.#at(place), `${JSON.stringify(key)} cannot be a key`);
        continue;
      }
      const keyAt = this.#at(place);
      entries.set(key, { keyAt, value: this.read(inner, place, depth + 1) });
    }
    return mapTree(entries, at);
  }

  /** Problems are put in the order of the object by their columns. */
  #at(path: string): Position {
    return { file: this.#file, line: 0, column: this.#count, path };
  }

  #refuse(at: Position, message: string): ScalarTree {
    this.problems.push({ ...at, message });
    return empty(at);
  }
}

function empty(at: Position): ScalarTree {
  return { kind: "scalar", value: null, text: "", at, size: 1 };
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function kindOf(value: unknown): string {
  if (value === undefined) return "undefined";
  if (typeof value === "object" && value !== null) {
    const made = value as { readonly constructor?: { readonly name?: unknown } };
    return `an object of ${String(made.constructor?.name || "a class")}`;
  }
  return `a ${typeof value}`;
}
