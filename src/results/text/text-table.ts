import type picocolors from "picocolors";
import { textWidth } from "../../base/text/width.ts";

/** Colour functions; they return their text unchanged where colours are off. */
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
    Math.max(0, ...cells.map((row) => textWidth(row[column]?.text ?? ""))),
  );
  return cells.map((row) =>
    row
      .map(({ text, style }, column) => {
        const width = widths[column] as number;
        const last = column === row.length - 1;
        const padding = " ".repeat(width - textWidth(text));
        const styled = style === undefined ? text : style(text);
        return right.has(column) ? padding + styled : styled + (last ? "" : padding);
      })
      .join("  "),
  );
}

/** Pads a text with spaces to a width, which it may exceed. */
export function padded(text: string, width: number, align: "left" | "right" = "left"): string {
  const spaces = " ".repeat(Math.max(0, width - textWidth(text)));
  return align === "left" ? text + spaces : spaces + text;
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
    if (line !== "" && textWidth(longer) > room) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  lines.push(line);
  return lines.map((part, index) => (index === 0 ? part : indent + part));
}
