import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";

/** How the names of files end that a positional argument of that name may be. */
export const fileKinds: ReadonlyMap<string, RegExp> = new Map([
  ["scenario", /\.ya?ml$/],
  ["result", /\.json$/],
  ["baseline", /\.json$/],
]);

/**
 * Files of a kind, and directories, that begin with what is typed so far; for shell completion.
 *
 * @param typed the word under the cursor, a path or its beginning
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
    // No such directory, or not ours to read: there is nothing to complete.
    return [];
  }
  return entries
    .filter(({ name }) => name.startsWith(prefix) && (prefix !== "" || !name.startsWith(".")))
    .filter((entry) => entry.isDirectory() || kind.test(entry.name))
    .map((entry) => `${join(before, entry.name)}${entry.isDirectory() ? "/" : ""}`)
    .sort();
}
