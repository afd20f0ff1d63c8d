import { readdirSync } from "node:fs";

/** Returns the names in a folder; none where it does not exist or may not be read. @throws never */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
