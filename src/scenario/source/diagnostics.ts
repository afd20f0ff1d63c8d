import type { Position } from "../scenario.ts";
import type { Problem } from "./problem.ts";
import { keyPosition, type Path, type Tree, treeAt, valuePosition } from "./tree.ts";

/**
 * Collects problems of a scenario by the path of what they are about.
 *
 * What could not be read (an unset variable, say) is one problem, not also the problems that follow
 * from it: places that have one at the start get no second.
 */
export class Diagnostics {
  readonly tree: Tree;
  readonly problems: Problem[];
  readonly #unread: ReadonlySet<string>;

  constructor(tree: Tree, problems: Problem[]) {
    this.tree = tree;
    this.problems = problems;
    this.#unread = new Set(problems.map(place));
  }

  /** Something is wrong with a value. */
  value(path: Path, message: string): void {
    this.#add(this.at(path), message);
  }

  /** A key should not be there, or something is missing in what it holds. */
  key(path: Path, message: string): void {
    this.#add(keyPosition(this.tree, path), message);
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
    if (!this.#unread.has(place(position))) this.problems.push({ ...position, message });
  }
}

function place({ file, line, column }: Position): string {
  return `${line}:${column}:${file}`;
}
