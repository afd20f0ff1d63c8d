/**
 * Removes the declarations in dist/ that no declaration of the package's entries leads to: tsc writes those of every file that
 * an entry's code imports.
 */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const dist = new URL("../dist/", import.meta.url);
const config = new URL("../tsconfig.types.json", import.meta.url);
const { files } = JSON.parse(readFileSync(config, "utf8"));
/** @type {Set<string>} */
const reached = new Set();
for (const file of files) reach(new URL(declarationOf(file.replace(/^src\//, "")), dist));

for (const name of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
  const file = new URL(name, dist);
  if (name.endsWith(".d.ts") && !reached.has(file.href)) rmSync(fileURLToPath(file));
}

/** @param {URL} file */
function reach(file) {
  if (reached.has(file.href)) return;
  reached.add(file.href);
  const text = readFileSync(file, "utf8").replaceAll(/\/\*[\s\S]*?\*\//g, "");
  for (const [, path] of text.matchAll(/(?:from|import\()\s*"(\.[^"]*)"/g)) {
    reach(new URL(declarationOf(path ?? ""), file));
  }
}

/** @param {string} path of a source */
function declarationOf(path) {
  return path.replace(/\.ts$/, ".d.ts");
}
