import { UserError } from "../../base/errors.ts";
import { hintFor } from "../../base/suggestion.ts";

/**
 * Where the columns to keep stand among those of a file.
 *
 * @param wanted null: all
 * @throws       UserError for one that the file does not have
 */
export function columnIndexes(
  columns: readonly string[],
  wanted: readonly string[] | null,
): readonly number[] {
  if (wanted === null) return columns.map((_, index) => index);
  return wanted.map((name) => {
    const index = columns.indexOf(name);
    if (index >= 0) return index;
    throw new UserError(`line 1: there is no column "${name}"${hintFor(name, columns)}`);
  });
}

/** @throws UserError for a column without a name, or two with the same */
export function checkColumns(columns: readonly string[], what: string): void {
  const nameless = columns.indexOf("");
  if (nameless >= 0) {
    throw new UserError(
      `${what} names the columns, and the name of column ${nameless + 1} is empty; name it there, or give the names of all as \`columns\``,
    );
  }
  const twice = columns.find((name, index) => columns.indexOf(name) < index);
  if (twice !== undefined) {
    throw new UserError(
      `${what} names the columns, and "${twice}" is there twice; is it a row already? Then give the names as \`columns\``,
    );
  }
}
