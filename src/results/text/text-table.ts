import type picocolors from "picocolors";

/** Colour functions that may leave their text as it is. */
export type Colors = ReturnType<typeof picocolors.createColors>;

/** One cell: its text, and how it is coloured once it has its width. */
export interface Cell {
  readonly text: string;
  readonly style?: (text: string) => string;
}

/**
 * Lines of aligned columns, two spaces apart; no trailing spaces.
 *
 * @param rows  cells; a row may be shorter than others
 * @param right indexes of the columns that are aligned to the right
 */
export function alignColumns(
  rows: readonly (readonly (Cell | string)[])[],
  right: ReadonlySet<number> = new Set(),
): string[] {
  const cells = rows.map((row) =>
    row.map((cell): Cell => (typeof cell === "string" ? { text: cell } : cell)),
  );
  const columns = Math.max(0, ...cells.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(0, ...cells.map((row) => row[column]?.text.length ?? 0)),
  );
  return cells.map((row) =>
    row
      .map(({ text, style }, column) => {
        const width = widths[column] as number;
        const last = column === row.length - 1;
        const padding = " ".repeat(width - text.length);
        const styled = style === undefined ? text : style(text);
        return right.has(column) ? padding + styled : styled + (last ? "" : padding);
      })
      .join("  "),
  );
}

/**
 * Breaks a text at spaces into lines no wider than `width`; a longer word stays whole.
 *
 * @param indent put before every line but the first
 */
export function wrap(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    const room = lines.length === 0 ? width : width - indent.length;
    if (line !== "" && longer.length > room) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  lines.push(line);
  return lines.map((part, index) => (index === 0 ? part : indent + part));
}
