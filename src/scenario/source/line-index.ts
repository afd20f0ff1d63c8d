/**
 * Turns offsets into lines and columns, both from 1.
 *
 * In place of the YAML library's LineCounter, which learns of line ends as the lexer meets them and
 * misses some in texts with syntax errors.
 */
export class LineIndex {
  /** Offsets at which lines begin, ascending. */
  readonly #starts: readonly number[];

  constructor(text: string) {
    this.#starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  }

  /** @param offset 0 to the text's length, in UTF-16 units; O(log lines) */
  at(offset: number): { readonly line: number; readonly column: number } {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#starts[low] as number) + 1 };
  }
}
