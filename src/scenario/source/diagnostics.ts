import type { Position } from "../scenario.ts";
import { type Problem, placeKey } from "./problem.ts";
import { keyPosition, type Path, type Tree, treeAt, valuePosition } from "./tree.ts";

/**
 * Collects problems of a scenario by their path.
 *
 * What could not be read (an unset variable, for example) is one problem, without those that follow from
 * it: places that had one at the start do not get a second.
 */
export class Diagnostics {
  readonly tree: Tree;
  readonly problems: Problem[];
  readonly #unread: ReadonlySet<string>;

  constructor(tree: Tree, problems: Problem[]) {
    this.tree = tree;
    this.problems = problems;
    this.#unread = new Set(problems.map(placeKey));
  }

  /** Reports a problem with a value. */
  value(path: Path, message: string): void {
    this.#add(this.at(path), message);
  }

  /** Reports a key that should not be there, or that lacks something. */
  key(path: Path, message: string): void {
    this.#add(keyPosition(this.tree, path), message);
  }

  /** Whether the value could not be read, which is noted already. */
  isUnread(path: Path): boolean {
    return this.#unread.has(placeKey(this.at(path)));
  }

  at(path: Path): Position {
    return valuePosition(this.tree, path);
  }

  /** A scalar as it is written: "1.10" where its value is the number 1.1. */
  text(path: Path): string {
    const node = treeAt(this.tree, path);
    return node?.kind === "scalar" ? node.text : "";
  }

  #add(position: Position, message: string): void {
    if (!this.#unread.has(placeKey(position))) this.problems.push({ ...position, message });
  }
}
