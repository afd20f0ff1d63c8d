import { parseAst } from "vitest/node";

export interface Import {
  readonly specifier: string;
  /** 1-based. */
  readonly line: number;
}

/**
 * Every module that a TypeScript file names, in the order of the text: `import`, `import type`,
 * `export ... from`, `import("...")` as a value and as a type, `import x = require("...")`,
 * `require("...")`, `declare module "..."` and `/// <reference path="..." />`.
 *
 * Read from the syntax tree, not by pattern, so that comments and strings do not count. A dynamic
 * import of a computed name has no specifier to check and is left out.
 *
 * @throws SyntaxError for text that is not TypeScript
 */
export function importsOf(text: string): Import[] {
  const imports: Import[] = [];
  const add = (specifier: string, at: number) =>
    imports.push({ specifier, line: text.slice(0, at).split("\n").length });
  for (const match of text.matchAll(/^\/\/\/\s*<reference\s+path=["']([^"']+)["']/gm)) {
    const path = match[1] as string;
    add(/^\.?\.\//.test(path) ? path : `./${path}`, match.index);
  }
  visit(parseAst(text, { lang: "ts" }), (node) => {
    const specifier = textOf(moduleNamedBy(node));
    if (specifier !== null) add(specifier, node.start as number);
  });
  return imports;
}

/** A node of the syntax tree. */
export type Node = Record<string, unknown> & { readonly type: string };

/** The child of a node that names a module, or undefined where the node names none. */
function moduleNamedBy(node: Node): unknown {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportNamedDeclaration":
    case "ExportAllDeclaration":
    case "ImportExpression":
    case "TSImportType":
      return node.source;
    case "TSExternalModuleReference":
      return node.expression;
    case "TSModuleDeclaration":
      return node.id;
    case "CallExpression":
      return isNode(node.callee) && node.callee.name === "require"
        ? (node.arguments as unknown[])[0]
        : undefined;
    default:
      return undefined;
  }
}

/** The text of a string literal, or of a template literal without a hole; else null. */
export function textOf(node: unknown): string | null {
  if (!isNode(node)) return null;
  if (node.type === "Literal" && typeof node.value === "string") return node.value;
  if (node.type !== "TemplateLiteral") return null;
  const quasis = node.quasis as { readonly value: { readonly cooked: string } }[];
  return quasis.length === 1 ? (quasis[0]?.value.cooked ?? null) : null;
}

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value;
}

/** Calls `enter` for every node, the outer before the inner. */
export function visit(value: unknown, enter: (node: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) visit(item, enter);
  if (!isNode(value)) return;
  enter(value);
  for (const child of Object.values(value)) {
    if (typeof child === "object" && child !== null) visit(child, enter);
  }
}
