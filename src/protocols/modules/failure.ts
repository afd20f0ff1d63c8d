/** Why a user's module gave nothing, and where: read from what it threw. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { UserError } from "../../base/errors.ts";

export interface Failure {
  readonly message: string;
  /** Absolute path, from 1; null: nobody knows. */
  readonly at: { readonly file: string; readonly line: number; readonly column: number } | null;
}

/** Before a failure as JSON: an error that crosses threads keeps nothing but its message. */
const mark = "slash8 module failure: ";

export function markedFailure(failure: Failure): Error {
  return new SyntaxError(mark + JSON.stringify(failure));
}

/**
 * Reads what a module threw.
 *
 * @param path of the module, absolute
 */
export function failureOf(error: unknown, path: string): Failure {
  if (error instanceof UserError) return { message: error.message, at: null };
  if (!(error instanceof Error)) return { message: `it threw ${textOf(error)}`, at: null };
  const from = error.message.indexOf(mark);
  if (from >= 0) return JSON.parse(error.message.slice(from + mark.length)) as Failure;
  const { name, message, stack = "" } = error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ERR_MODULE_NOT_FOUND" || code === "ERR_UNSUPPORTED_DIR_IMPORT") {
    return { message: message.split("\n")[0] as string, at: importPlace(message, path) };
  }
  return { message: `${name}: ${message}`, at: stackPlace(stack) };
}

/** The first place in a file that is neither Node's nor a package's. */
function stackPlace(stack: string): Failure["at"] {
  for (const [, url, line, column = "1"] of stack.matchAll(
    /(file:\/\/[^\s):]+(?:%3A[^\s):]*)?):(\d+)(?::(\d+))?/g,
  )) {
    const file = fileURLToPath(url as string);
    if (/[/\\]node_modules[/\\]/.test(file)) continue;
    return { file, line: Number(line), column: Number(column) };
  }
  return null;
}

/** The line of the import that names what was not found. */
function importPlace(message: string, path: string): Failure["at"] {
  const [, missing = "", importer = path] =
    /Cannot find (?:module|package) '([^']*)'(?: imported from (\S+))?/.exec(message) ?? [];
  const name = missing.split("/").at(-1) ?? "";
  const lines = readFileSync(importer, "utf8").split("\n");
  const index = lines.findIndex((text) => name !== "" && text.includes(name));
  const column = index < 0 ? 1 : (lines[index] as string).search(/["']/) + 2;
  return { file: importer, line: Math.max(0, index) + 1, column: Math.max(1, column) };
}

/** A failure's place as it stands behind its message; "" where nobody knows. */
export function placeText(at: Failure["at"]): string {
  return at === null ? "" : ` (${at.file}:${at.line}:${at.column})`;
}

/** Shows what was thrown that is not an error, in which anything may throw in turn. */
export function textOf(value: unknown): string {
  for (const show of [() => JSON.stringify(value) as string | undefined, () => String(value)]) {
    try {
      const text = show();
      if (text !== undefined) return text;
    } catch {
      // The next one may do.
    }
  }
  return "something that cannot be shown";
}
