import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Scenario files and directories that begin with what is typed so far; for shell completion.
 *
 * @param typed the word under the cursor, a path or its beginning
 * @returns paths as the user would type them, directories with a slash at the end
 */
export function completeScenarioPath(typed: string): string[] {
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
    .filter((entry) => entry.isDirectory() || /\.ya?ml$/.test(entry.name))
    .map((entry) => `${join(before, entry.name)}${entry.isDirectory() ? "/" : ""}`)
    .sort();
}
