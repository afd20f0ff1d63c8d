import { textWidth } from "../../base/text/width.ts";

/** The parts of a terminal that the block needs; `process.stderr` is one. */
export interface Screen {
  write(text: string): unknown;
}

/**
 * A few lines at the bottom of a terminal that are redrawn in place.
 *
 * The cursor rests at the start of the line under the block and is never hidden, so there is
 * nothing to restore, not even after kill -9. A frame is one write. Lines must fit the terminal's
 * width; when it has become narrower since the last frame, the cursor moves up only as many rows as
 * were drawn, never into the text above: a wrapped line of the old block may then remain.
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

  /** Leaves the block as it is; what is written next appears below it. */
  release(): void {
    this.#lines = [];
  }

  #erased(): string {
    const up = this.#lines.length === 0 ? "" : `\x1b[${this.#lines.length}A`;
    return `${up}\r\x1b[J`;
  }
}

/** A colour sequence (ECMA-48 SGR). */
const colorSequence = new RegExp(`(${"\x1b"}\\[[0-9;]*m)`);
/** What a terminal shows as one: a letter with its accents, a flag. */
const graphemes = new Intl.Segmenter();

/**
 * Shortens a line with colours to a width, the last character becoming an ellipsis.
 *
 * @param columns  columns of the terminal, integer >= 1; wide characters take two
 * @param ellipsis one column wide
 */
export function fitLine(line: string, columns: number, ellipsis = "…"): string {
  if (textWidth(line) <= columns) return line;
  let kept = "";
  let left = columns - 1;
  let isCut = false;
  // Escape sequences pass whole and take no room, so that a colour begun is always ended.
  for (const part of line.split(colorSequence)) {
    if (colorSequence.test(part)) {
      kept += part;
      continue;
    }
    for (const { segment } of graphemes.segment(part)) {
      if (isCut) break;
      left -= textWidth(segment);
      isCut = left < 0;
      kept += isCut ? ellipsis : segment;
    }
  }
  return kept;
}
