/** The pages of docs/reference/api/: what each entry of the package exports, from its declarations and the comments at them. */
import { readFileSync } from "node:fs";
import { parseAst } from "rolldown/parseAst";
import { readComment, withoutExamples } from "./comments.js";
import { baseName, extractEntries } from "./extract.js";
import { withImports } from "./imports.js";

/** @typedef {Record<string, any>} Node an ESTree node */
/** @typedef {import("./extract.js").ExtractedEntry} ExtractedEntry */

/**
 * @typedef {object} Declaration
 * @property {string} name
 * @property {boolean} isExported
 * @property {boolean} isValue    it is there when the program runs; else it is a type
 * @property {string} comment     its doc comment, or ""
 * @property {string} code        as users write it, with the comments at its members, without their examples
 * @property {readonly { readonly name: string, readonly code: string }[]} examples of it, and of its members, whose names they have
 */

/**
 * @typedef {object} ApiEntry
 * @property {string} name
 * @property {string} specifier
 * @property {string} report
 * @property {string} introduction
 * @property {readonly Declaration[]} declarations
 */

const banner = (/** @type {string} */ from) =>
  `<!-- Generated from ${from} by \`npm run schema\`: change the comments in src/, not this page. -->`;

/**
 * What is written from the declarations in dist/, by the paths of the files.
 *
 * @returns {Map<string, string>}
 */
export function apiFiles(entries = apiEntries()) {
  const [main] = entries;
  const files = new Map([["docs/reference/api/README.md", index(entries)]]);
  for (const entry of entries) {
    const elsewhere = entry === main || main === undefined ? null : main;
    files.set(`docs/reference/api/${entry.name}.md`, page(entry, elsewhere, entries));
    files.set(`docs/reference/api/report/${entry.name}.api.md`, entry.report);
  }
  return files;
}

/** @returns {ApiEntry[]} */
function apiEntries() {
  return extractEntries().map(({ name, specifier, report, declarations, file }) => ({
    name,
    specifier,
    report,
    introduction: introductionOf(file.replace(/\.d\.ts$/, ".ts")),
    declarations: declarationsOf(declarations),
  }));
}

/** @param {string} file in src/: declarations are without the comment before its first import */
function introductionOf(file) {
  const text = readFileSync(new URL(`../../src/${file}`, import.meta.url), "utf8");
  return readComment(/^\/\*\*[\s\S]*?\*\//.exec(text)?.[0] ?? "").text;
}

/**
 * @param {string} text declarations, each with its comment before it
 * @returns {Declaration[]} in the order of their names; overloads are one
 */
function declarationsOf(text) {
  /** @type {Map<string, Declaration>} */
  const byName = new Map();
  for (const statement of /** @type {Node[]} */ (parseAst(text, { lang: "dts" }).body)) {
    const isExported = statement.type === "ExportNamedDeclaration";
    const node = isExported ? statement.declaration : statement;
    const name = node?.id?.name ?? node?.declarations?.[0]?.id.name;
    if (name === undefined) continue;
    const comment = commentBefore(text, statement.start);
    const code = declarationCode(text.slice(statement.start, statement.end));
    const before = byName.get(name);
    byName.set(name, {
      name,
      isExported,
      isValue: !/^TS(Interface|TypeAlias)/.test(node.type),
      comment: before?.comment || comment,
      code: before === undefined ? code : `${before.code}\n${code}`,
      examples: [
        ...(before?.examples ?? []),
        ...readComment(comment).examples.map((example) => ({ name, code: example })),
        ...membersOf(node).flatMap((member) =>
          readComment(commentBefore(text, member.start)).examples.map((example) => ({
            name: `${name}.${member.key?.name}`,
            code: example,
          })),
        ),
      ],
    });
  }
  return [...byName.values()];
}

/** @param {Node} node @returns {Node[]} */
function membersOf(node) {
  return node.body?.body ?? [];
}

/**
 * @param {string} text
 * @param {number} start of what may have a comment
 */
function commentBefore(text, start) {
  const before = text.slice(0, start).trimEnd();
  const at = before.lastIndexOf("/**");
  return at >= 0 && before.indexOf("*/", at + 3) === before.length - 2 ? before.slice(at) : "";
}

/** @param {string} code */
function declarationCode(code) {
  return code
    .replace(/^export declare |^declare |^export /, "")
    .replaceAll(/^ *#private;\n/gm, "")
    .replaceAll(/^ *private .*;\n/gm, "")
    .replaceAll(/\/\*\*[\s\S]*?\*\//g, withoutExamples)
    .replaceAll(/^(?: {4})+/gm, (indent) => "  ".repeat(indent.length / 4));
}

/**
 * @param {ApiEntry} entry
 * @param {ApiEntry | null} main the entry that has the types as well that this one leads to
 * @param {readonly ApiEntry[]} entries
 */
function page(entry, main, entries) {
  const exported = entry.declarations.filter(({ isExported }) => isExported);
  const values = exported.filter(({ isValue }) => isValue);
  const types = exported.filter(({ isValue }) => !isValue);
  const anchors = anchorsOf([...values, ...types]);
  const fields = scenarioTypes();
  const there = new Set(main?.declarations.map(({ name }) => baseName(name)));
  const inner = entry.declarations.filter(
    ({ name, isExported }) => !isExported && !there.has(baseName(name)) && !fields.has(name),
  );
  const parts = [
    `# ${entry.specifier}`,
    banner("the declarations of the package"),
    entry.introduction,
    ...list("Functions, classes and constants", values, anchors),
    ...list("Types", types, anchors),
    ...[...values, ...types].map((declaration) => section(declaration, entry, entries, fields)),
  ];
  if (inner.length > 0) {
    parts.push(
      "## Types that these lead to",
      'They have no names that can be imported: `ServerResult["counts"]` is one of them. A number at the end of a name tells it from another of that name.',
      ...inner.map(({ comment, code }) => fenced(comment === "" ? code : `${comment}\n${code}`)),
    );
  }
  return `${parts.join("\n\n")}\n`;
}

/**
 * @param {string} title
 * @param {readonly Declaration[]} declarations
 * @param {ReadonlyMap<string, string>} anchors
 */
function list(title, declarations, anchors) {
  if (declarations.length === 0) return [];
  const rows = declarations.map(
    ({ name, comment }) =>
      `| [${name}](#${anchors.get(name)}) | ${firstSentence(comment).replaceAll("|", "\\|")} |`,
  );
  return [`**${title}**`, `| | |\n| --- | --- |\n${rows.join("\n")}`];
}

/** @param {string} comment */
function firstSentence(comment) {
  const [paragraph = ""] = readComment(comment).text.split("\n\n");
  const text = paragraph.replaceAll(/\s*\n\s*/g, " ");
  return /^.*?\.(?= |$)/.exec(text)?.[0] ?? text;
}

/**
 * @param {readonly Declaration[]} declarations in the order of their headings
 * @returns {Map<string, string>} as GitHub makes them: `gate` and `Gate` have one heading each
 */
function anchorsOf(declarations) {
  /** @type {Map<string, string>} */
  const anchors = new Map();
  for (const { name } of declarations) {
    const anchor = name.toLowerCase();
    const before = [...anchors.keys()].filter((other) => other.toLowerCase() === anchor).length;
    anchors.set(name, before === 0 ? anchor : `${anchor}-${before}`);
  }
  return anchors;
}

/**
 * @param {Declaration} declaration
 * @param {ApiEntry} entry
 * @param {readonly ApiEntry[]} entries
 * @param {ReadonlySet<string>} fields
 */
function section({ name, comment, code, examples }, entry, entries, fields) {
  const { text, details } = readComment(comment);
  const parts = [`## ${name}`];
  if (fields.has(name)) {
    parts.push(`${text} Its fields: [reference of scenarios](../scenario.md).`);
    return parts.join("\n\n");
  }
  if (text !== "") parts.push(text);
  parts.push(fenced(code));
  if (details.length > 0) parts.push(details.join("\n"));
  for (const example of examples) {
    const of = example.name === name ? "" : ` of \`${example.name}\``;
    parts.push(`Example${of}:`, fenced(withImports(example.code, entry, entries)));
  }
  return parts.join("\n\n");
}

/** @param {readonly ApiEntry[]} entries */
function index(entries) {
  const rows = entries.map(({ name, specifier, introduction }) => {
    const what = introduction.replaceAll(/\s*\n\s*/g, " ");
    return `| [${specifier}](${name}.md) | ${what} | [report](report/${name}.api.md) |`;
  });
  return `# Reference: the library

${banner("the declarations of the package")}

Every name that the package exports, with its types, units, errors and an example. [library](../../library.md) is the page to begin with.

| entry | | |
| --- | --- | --- |
${rows.join("\n")}

A report is the same without a word: what a change of it shows is a change for users, and is to be in the [changelog](../../../CHANGELOG.md)
as [versions](../../versions.md) says.
`;
}

/** Types of a scenario's fields, which have a page of their own. */
function scenarioTypes() {
  const text = readFileSync(new URL("../../dist/scenario/input.d.ts", import.meta.url), "utf8");
  return new Set([...text.matchAll(/^export interface (\w+)/gm)].map(([, name = ""]) => name));
}

/** @param {string} code */
function fenced(code) {
  return `\`\`\`ts\n${code.trimEnd()}\n\`\`\``;
}
