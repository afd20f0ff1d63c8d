/**
 * Leaves in dist/ the declarations that those of the package's entries lead to, in the form in which the package has them: tsc
 * writes those of every file that an entry's code imports.
 *
 * - Their imports end in .js, as all versions of TypeScript resolve it.
 * - Their maps lead to copies of the sources in dist/sources/. Beside the declarations the sources would be read in their place.
 */
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

const dist = new URL("../dist/", import.meta.url);
const source = new URL("../src/", import.meta.url);
const config = new URL("../tsconfig.types.json", import.meta.url);
const imported = /((?:from|import\()\s*"\.[^"]*)\.ts"/g;
const { files } = JSON.parse(readFileSync(config, "utf8"));
/** @type {Set<string>} */
const reached = new Set();
for (const file of files) reach(new URL(declarationOf(file.replace(/^src\//, "")), dist));

for (const name of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
  if (!/\.d\.ts(\.map)?$/.test(name)) continue;
  const file = new URL(name, dist);
  if (!reached.has(file.href.replace(/\.map$/, ""))) rmSync(fileURLToPath(file));
  else if (name.endsWith(".map")) leadToCopy(name);
  // As long as before, so that the map fits.
  else writeFileSync(file, readFileSync(file, "utf8").replaceAll(imported, '$1.js"'));
}

/** @param {URL} file */
function reach(file) {
  if (reached.has(file.href)) return;
  reached.add(file.href);
  const text = readFileSync(file, "utf8").replaceAll(/\/\*[\s\S]*?\*\//g, "");
  for (const [found] of text.matchAll(imported)) {
    const path = found.slice(found.indexOf('"') + 1, -1);
    reach(new URL(declarationOf(path), file));
  }
}

/** @param {string} name of a map in dist/ */
function leadToCopy(name) {
  const path = name.replace(/\.d\.ts\.map$/, ".ts");
  const copy = new URL(`sources/${path}`, dist);
  cpSync(new URL(path, source), copy);
  const file = new URL(name, dist);
  const map = JSON.parse(readFileSync(file, "utf8"));
  map.sources = [relative(fileURLToPath(new URL(".", file)), fileURLToPath(copy))];
  writeFileSync(file, JSON.stringify(map));
}

/** @param {string} path of a source */
function declarationOf(path) {
  return path.replace(/\.ts$/, ".d.ts");
}
