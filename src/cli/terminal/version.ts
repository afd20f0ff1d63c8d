import { readFileSync } from "node:fs";
import type { Tool } from "../../results/result.ts";

/** The version in package.json, which stands two directories up from the sources and the build alike. */
export function packageVersion(): string {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** What results say that they were made by. */
export function thisTool(): Tool {
  return { name: "slash8", version: packageVersion() };
}
