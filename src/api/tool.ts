import { packageVersion } from "../base/package-file.ts";
import type { Tool } from "../results/result.ts";

/** The tool, as recorded in results. */
export function thisTool(): Tool {
  return { name: "slash8", version: packageVersion() };
}
