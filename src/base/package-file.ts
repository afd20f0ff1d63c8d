import { readFileSync } from "node:fs";

/**
 * Returns the URL of a file of this package: "package.json", "dist/agent/main.js".
 *
 * Everything that looks for one asks here: a module may be running as its source, as tsc built it, or within a bundle
 * (scripts/build-program.js), and `import.meta.url` is another path in each. This module is never part of a bundle in
 * another folder: from each place that it has, the package is two folders up.
 */
export function packageFile(path: string): URL {
  return new URL(`../../${path}`, import.meta.url);
}

/** Returns the version in package.json. */
export function packageVersion(): string {
  const text = readFileSync(packageFile("package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
