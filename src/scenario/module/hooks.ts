/**
 * How a scenario's modules are found and read: `slash8` is this program, wherever the module lies, and types are removed
 * from TypeScript.
 *
 * Types become blanks, as Node 22.18 does it by itself: lines and columns stay what they are, and what is not a type (enum,
 * namespace) is refused. Done here for every version of Node, so that all of them say the same.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { transformSync } from "@swc/wasm-typescript";
import { packageFile } from "../../base/package-file.ts";
import { markedFailure } from "../../protocols/modules/failure.ts";

/** What this program gives to modules, by the name that they import it by. */
const own: Readonly<Record<string, string>> = {
  slash8: packageFile("dist/api/index.js").href,
  "slash8/protocol": packageFile("dist/protocols/define.js").href,
};

interface Source {
  readonly format: string;
  readonly source?: string;
  readonly shortCircuit?: boolean;
}

export function resolve<Context, Found>(
  specifier: string,
  context: Context,
  next: (specifier: string, context: Context) => Found,
): Found | { readonly url: string; readonly shortCircuit: true } {
  const url = Object.hasOwn(own, specifier) ? own[specifier] : undefined;
  return url === undefined ? next(specifier, context) : { url, shortCircuit: true };
}

export function load<Context, Found>(
  url: string,
  context: Context,
  next: (url: string, context: Context) => Found,
): Found | Source {
  if (!url.startsWith("file:") || !/\.m?ts$/.test(new URL(url).pathname)) return next(url, context);
  const filename = fileURLToPath(url);
  return { format: "module", source: withoutTypes(filename), shortCircuit: true };
}

function withoutTypes(filename: string): string {
  const text = readFileSync(filename, "utf8");
  try {
    return transformSync(text, { mode: "strip-only", module: true, filename }).code;
  } catch (error) {
    const found = error as { message?: string; startLine?: number; startColumn?: number };
    throw markedFailure({
      message: found.message ?? String(error),
      at: { file: filename, line: found.startLine ?? 1, column: (found.startColumn ?? 0) + 1 },
    });
  }
}
