import { readdirSync } from "node:fs";
import { homedir } from "node:os";
import { dirname } from "node:path";

/** Files that arguments name: a scenario is YAML or a module. Folders are offered besides. */
export const fileKinds = {
  scenario: /\.(?:ya?ml|[cm]?js|m?ts)$/,
  result: /\.json$/,
  pem: /\.(?:pem|crt|cer|key)$/,
  folder: /^$/,
  any: /^/,
} as const;

/**
 * Lists files of a kind, and directories, that start with what is typed so far; for shell completion.
 *
 * @param typed the word under the cursor, a path or the start of one; "~/" is the user's home
 * @returns paths as the user would type them, directories with a slash at the end
 */
export function completePath(typed: string, kind: RegExp): string[] {
  const prefix = typed.slice(typed.lastIndexOf("/") + 1);
  const before = typed.slice(0, typed.length - prefix.length);
  const folder = before === "" ? "." : before.replace(/^~(?=\/)/, homedir());
  let entries: { name: string; isDirectory(): boolean }[];
  try {
    entries = readdirSync(folder.length > 1 ? dirname(`${folder}x`) : folder, {
      withFileTypes: true,
    });
  } catch {
    // The directory does not exist or cannot be read: there is nothing to complete.
    return [];
  }
  return entries
    .filter(({ name }) => name.startsWith(prefix) && (prefix !== "" || !name.startsWith(".")))
    .filter((entry) => entry.isDirectory() || kind.test(entry.name))
    .map((entry) => `${before}${entry.name}${entry.isDirectory() ? "/" : ""}`)
    .sort();
}
