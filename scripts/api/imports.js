/** Imports of examples: what they name of the package is imported, so that they can be copied as they are. */

/** @typedef {import("./pages.js").ApiEntry} ApiEntry */

/**
 * @param {string} code of an example
 * @param {ApiEntry} entry whose example it is
 * @param {readonly ApiEntry[]} entries
 * @returns {string} the code with imports of the names that it uses and does not import or declare itself: of the entry, then of
 *                   "slash8", and `expect` of vitest
 */
export function withImports(code, entry, entries) {
  const [main = entry] = entries;
  const given = namesIn(code);
  // Neither what stands in texts and comments, nor members.
  const plain = code.replaceAll(/\/\/.*|"(?:[^"\\]|\\.)*"|`[^`]*`/g, (text) =>
    text.replaceAll(/\w/g, " "),
  );
  const used = new Set(
    [...plain.matchAll(/(?<![\w.])[A-Za-z]\w*(?!\w*:(?!:))/g)].map(([name]) => name),
  );
  const lines = [];
  if (entry.name === "vitest" && used.has("expect")) lines.push('import { expect } from "vitest";');
  for (const from of new Set([entry, main, ...entries])) {
    const names = from.declarations
      .filter(({ name, isExported }) => isExported && used.has(name) && !given.has(name))
      .map(({ name, isValue }) => (isValue ? name : `type ${name}`));
    for (const { name } of from.declarations) given.add(name);
    if (names.length > 0) lines.push(`import { ${names.join(", ")} } from "${from.specifier}";`);
    else if (from === entry && entry.name === "vitest") lines.push('import "slash8/vitest";');
  }
  return lines.length === 0 ? code : `${lines.join("\n")}\n\n${code}`;
}

/** @param {string} code @returns {Set<string>} what it declares, imports, or has as parameters */
function namesIn(code) {
  const lists = [
    ...code.matchAll(/\b(?:const|let|function|class) (\w+)/g),
    ...code.matchAll(/\b(?:const|import) (?:type )?\{([^}]*)\}/g),
    ...code.matchAll(/\(([\w, ]*)\) =>/g),
  ];
  return new Set(
    lists.flatMap(([, names = ""]) => names.split(/[,:] ?/).map((name) => name.trim())),
  );
}
