import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseAst } from "vitest/node";

/** Packages that a file loads, and all files that it loads: types are erased, and dynamic imports are a choice. */
function packagesOf(file: URL, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>();
  if (seen.has(file.href)) return packages;
  seen.add(file.href);
  for (const node of parseAst(readFileSync(file, "utf8"), { lang: "ts" }).body) {
    const specifier = loadedBy(node);
    if (specifier === null || specifier.startsWith("node:")) continue;
    if (!specifier.startsWith(".")) packages.add(specifier);
    else for (const name of packagesOf(new URL(specifier, file), seen)) packages.add(name);
  }
  return packages;
}

function loadedBy(node: ReturnType<typeof parseAst>["body"][number]): string | null {
  if (node.type === "ImportDeclaration") {
    return node.importKind === "type" ? null : node.source.value;
  }
  if (node.type !== "ExportNamedDeclaration" && node.type !== "ExportAllDeclaration") return null;
  return node.exportKind === "type" ? null : (node.source?.value ?? null);
}

const packages = (path: string) => [...packagesOf(new URL(`../../src/${path}`, import.meta.url))];

test("a worker loads nothing that reads scenarios: zod alone takes 13 MB and 100 ms of a thread", () => {
  expect(packages("agent/worker.ts")).toEqual([]);
  expect(packages("scenario/parse.ts")).toEqual(expect.arrayContaining(["yaml", "zod"]));
});
