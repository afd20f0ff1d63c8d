import { readFileSync } from "node:fs";
import { packageFile } from "../base/package-file.ts";
import type { Tool } from "../results/result.ts";

/** Returns the version in package.json. */
export function packageVersion(): string {
  const text = readFileSync(packageFile("package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** The tool, as recorded in results. */
export function thisTool(): Tool {
  return { name: "slash8", version: packageVersion() };
}
