import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";

/** Which file names a positional argument of that name takes. */
export const fileKinds: ReadonlyMap<string, RegExp> = new Map([
  ["scenario", /\.ya?ml$/],
  ["result", /\.json$/],
  ["baseline", /\.json$/],
]);

/**
 * Lists files of a kind, and directories, that start with what is typed so far; for shell completion.
 *
 * @param typed the word under the cursor, a path or the start of one
 * @returns paths as the user would type them, directories with a slash at the end
 */
export function completePath(typed: string, kind: RegExp): string[] {
  const directory = typed.endsWith("/") ? typed : dirname(typed);
  const prefix = typed.endsWith("/") ? "" : typed.slice(typed.lastIndexOf("/") + 1);
  const before = typed.slice(0, typed.length - prefix.length);
  let entries: { name: string; isDirectory(): boolean }[];
  try {
    entries = readdirSync(directory === "" ? "." : directory, { withFileTypes: true });
  } catch {
    // The directory does not exist or cannot be read: there is nothing to complete.
    return [];
  }
  return entries
    .filter(({ name }) => name.startsWith(prefix) && (prefix !== "" || !name.startsWith(".")))
    .filter((entry) => entry.isDirectory() || kind.test(entry.name))
    .map((entry) => `${join(before, entry.name)}${entry.isDirectory() ? "/" : ""}`)
    .sort();
}
