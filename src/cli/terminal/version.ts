import { readFileSync } from "node:fs";
import type { Tool } from "../../results/result.ts";

/** Returns the version in package.json, three directories up from this file in the sources and the build. */
export function packageVersion(): string {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** The tool, as recorded in results. */
export function thisTool(): Tool {
  return { name: "slash8", version: packageVersion() };
}
