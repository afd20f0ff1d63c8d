import type { z } from "zod";
import { closestName, hintFor } from "../../base/suggestion.ts";
import type { Diagnostics } from "../source/diagnostics.ts";
import { hasLeadingZeros, leadingZerosMessage } from "../source/plain-scalar.ts";
import { type Path, type ScalarTree, type Tree, treeAt } from "../source/tree.ts";
import { keysOf } from "./values.ts";

type SchemaProblem = z.core.$ZodIssue;

/**
 * Reports what zod found, in terms of YAML and at its place.
 *
 * @param above path of the value that was checked, in the scenario
 */
export function reportSchemaProblems(
  issues: readonly SchemaProblem[],
  above: Path,
  diagnostics: Diagnostics,
): void {
  for (const issue of issues) reportSchemaProblem(issue, above, diagnostics);
}

function reportSchemaProblem(issue: SchemaProblem, above: Path, diagnostics: Diagnostics): void {
  const path = [...above, ...issue.path];
  const node = treeAt(diagnostics.tree, path);
  if (issue.code === "unrecognized_keys") {
    for (const key of issue.keys) {
      const hint = hintFor(key, keysOf(issue.message));
      diagnostics.key([...path, key], `unknown key "${shorten(key)}" in ${issue.message}${hint}`);
    }
  } else if (node === null) {
    diagnostics.value(path, `${String(path.at(-1))} is missing`);
  } else if (isEmpty(node)) {
    const name = typeof path.at(-1) === "number" ? "this item" : String(path.at(-1));
    diagnostics.value(path, `${name} is empty: give it a value or leave it out`);
  } else if (issue.code === "invalid_key") {
    diagnostics.key(path, badName(String(path.at(-1))));
  } else if (issue.code === "invalid_union") {
    reportUnion(issue, path, node, diagnostics);
  } else {
    diagnostics.value(path, messageOf(issue, path, node));
  }
}

function badName(name: string): string {
  return `the name "${shorten(name)}" must start with a letter and continue with letters, digits, "_" or "-"`;
}

/** Of the forms that a value can have, the intended one is the one of its kind. */
function reportUnion(
  issue: z.core.$ZodIssueInvalidUnion,
  path: Path,
  node: Tree,
  diagnostics: Diagnostics,
): void {
  const meant = issue.errors.filter((errors) =>
    errors.every(({ path: inner, code }) => inner.length > 0 || !isOtherKind(code)),
  );
  const [only] = meant;
  if (meant.length === 1 && only !== undefined) {
    reportSchemaProblems(only, path, diagnostics);
    return;
  }
  const words = issue.errors.flat().find((error) => error.code === "invalid_value");
  const hint = words !== undefined && node.kind === "scalar" ? closeWord(node, words) : "";
  const takesText = issue.errors.some(([error]) => isExpecting(error, "string"));
  const quotes = takesText ? quotesHint("string", node) : "";
  diagnostics.value(path, `${issue.message}, got ${kindOf(node)}${hint}${quotes}`);
}

function isExpecting(error: SchemaProblem | undefined, kind: string): boolean {
  return error?.code === "invalid_type" && error.expected === kind;
}

function isOtherKind(code: SchemaProblem["code"]): boolean {
  return code === "invalid_type" || code === "invalid_value" || code === "invalid_union";
}

function messageOf(issue: SchemaProblem, path: Path, node: Tree): string {
  const last = path.at(-1);
  const name = typeof last === "number" ? `an item of ${String(path.at(-2))}` : String(last);
  switch (issue.code) {
    case "invalid_type": {
      const isNumber = issue.expected === "int" || issue.expected === "number";
      if (isNumber && node.kind === "scalar" && hasLeadingZeros(node.text)) {
        return leadingZerosMessage(node.text);
      }
      const hint = booleanHint(issue.expected, node) + quotesHint(issue.expected, node);
      return `${expectedText(issue.expected)}, got ${kindOf(node)}${hint}`;
    }
    case "invalid_value": {
      const known = issue.values.map(String);
      if (known.length === 1) return `${name} must be ${known[0]}, not ${kindOf(node)}`;
      const hint =
        node.kind === "scalar" ? hintFor(node.text, known) : `; known: ${known.join(", ")}`;
      return `${name} cannot be ${kindOf(node)}${hint}`;
    }
    case "too_small":
      if (issue.origin === "array") return `${name} must not be an empty list`;
      if (issue.origin === "string") return `${name} must not be an empty text`;
      return `${name} must be at least ${issue.minimum}`;
    case "too_big":
      if (issue.origin === "array") return `${name} must have at most ${issue.maximum} items`;
      return `${name} must be at most ${issue.maximum}`;
    case "invalid_format":
      return `${name} takes letters, digits, ".", "_" and "-", at most 100 of them, a letter or digit first`;
    default:
      return issue.message;
  }
}

function expectedText(expected: string): string {
  switch (expected) {
    case "object":
    case "record":
      return "expected a map of keys and values";
    case "array":
      return "expected a list";
    case "string":
      return "expected a text";
    case "boolean":
      return "expected true or false";
    default:
      return "expected a whole number";
  }
}

function booleanHint(expected: string, node: Tree): string {
  if (expected !== "boolean" || node.kind !== "scalar") return "";
  if (/^(?:yes|on|y|1)$/i.test(node.text)) return "; write true";
  if (/^(?:no|off|n|0)$/i.test(node.text)) return "; write false";
  return "";
}

/** YAML takes an unquoted 5 or true for a number or a boolean. */
function quotesHint(expected: string, node: Tree): string {
  const isWord = node.kind === "scalar" && typeof node.value !== "string";
  return expected === "string" && isWord ? `; for a text write "${shorten(node.text)}"` : "";
}

function closeWord(node: ScalarTree, issue: z.core.$ZodIssueInvalidValue): string {
  const closest = closestName(
    node.text,
    issue.values.filter((value) => typeof value === "string"),
  );
  return closest === null ? "" : `; did you mean "${closest}"?`;
}

/** Describes the value, for "expected ..., got ...". */
function kindOf(node: Tree): string {
  if (node.kind === "list") return "a list";
  if (node.kind === "map") return "a map";
  if (typeof node.value === "string") return `the text "${shorten(node.value)}"`;
  return shorten(node.text);
}

function isEmpty(node: Tree): boolean {
  return node.kind === "scalar" && node.value === null;
}

/** Shortens a text and puts it on one line, whatever the user wrote. */
function shorten(text: string): string {
  const line = JSON.stringify(text).slice(1, -1);
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
}
