import { stripVTControlCharacters } from "node:util";

/** What of a terminal the block needs; `process.stderr` is one. */
export interface Screen {
  write(text: string): unknown;
}

/**
 * A few lines at the bottom of a terminal that are drawn again in place.
 *
 * The cursor rests at the start of the line under the block and is never hidden, so there is
 * nothing to put back, not even after kill -9. A frame is one write. Lines must fit the terminal's
 * width; when it has become narrower since the last frame, the cursor goes up only as many rows as
 * were drawn, never into what stands above: a wrapped line of the old block may then stay behind.
 */
export class LiveBlock {
  readonly #screen: Screen;
  #lines: readonly string[] = [];

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** Replaces the block. */
  draw(lines: readonly string[]): void {
    this.#screen.write(this.#erased() + lines.map((line) => `${line}\n`).join(""));
    this.#lines = lines;
  }

  /** Writes a line that stays, above the block. */
  print(line: string): void {
    const block = this.#lines.map((drawn) => `${drawn}\n`).join("");
    this.#screen.write(`${this.#erased()}${line}\n${block}`);
  }

  /** Lets the block stand as it is; what is written next comes under it. */
  release(): void {
    this.#lines = [];
  }

  #erased(): string {
    const up = this.#lines.length === 0 ? "" : `\x1b[${this.#lines.length}A`;
    return `${up}\r\x1b[J`;
  }
}

/** A colour sequence (ECMA-48 SGR), or one character. */
const pieces = new RegExp(`${"\x1b"}\\[[0-9;]*m|.`, "gsu");

/**
 * Cuts a line with colours to a width, the last character becoming an ellipsis.
 *
 * @param columns  greatest number of characters, integer >= 1; every character counts as one column
 * @param ellipsis one character
 */
export function fitLine(line: string, columns: number, ellipsis = "…"): string {
  if ([...stripVTControlCharacters(line)].length <= columns) return line;
  let kept = "";
  let width = 0;
  // Escape sequences pass whole and take no room, so that a colour begun is always ended.
  for (const [piece] of line.matchAll(pieces)) {
    if (piece.startsWith("\x1b[")) kept += piece;
    else if (width < columns - 1) {
      kept += piece;
      width++;
    } else if (width === columns - 1) {
      kept += ellipsis;
      width++;
    }
  }
  return kept;
}
