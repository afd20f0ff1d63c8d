/** Doc comments as Markdown, and the examples in them. */
import { parse } from "comment-parser";

/** @typedef {import("comment-parser").Spec} Tag */

/**
 * Of the tags that are shown, their headings.
 *
 * @type {ReadonlyMap<string, string>}
 */
const headings = new Map([
  ["returns", "Returns"],
  ["throws", "Throws"],
  ["cost", "Cost"],
  ["see", "See"],
]);

/**
 * @typedef {object} Comment
 * @property {string} text                 what stands before the tags, Markdown
 * @property {readonly string[]} details   lines of Markdown: parameters, what is returned and thrown
 * @property {readonly string[]} examples  TypeScript
 */

/**
 * @param {string} comment with its `/**`, or ""
 * @returns {Comment}
 */
export function readComment(comment) {
  const [block] = parse(comment, { spacing: "preserve" });
  if (block === undefined) return { text: "", details: [], examples: [] };
  return {
    text: block.description.trim(),
    details: block.tags.filter(({ tag }) => tag !== "example").map(detail),
    examples: block.tags.filter(({ tag }) => tag === "example").map(codeOf),
  };
}

/**
 * @param {string} comment
 * @returns {string} the comment without its examples; "": nothing is left
 */
export function withoutExamples(comment) {
  const lines = comment.split("\n");
  const at = lines.findIndex((line) => /^\s*\* @example/.test(line));
  if (at < 0) return comment;
  const next = lines.findIndex((line, index) => index > at && /^\s*\* @/.test(line));
  const rest = [...lines.slice(0, at), ...lines.slice(next < 0 ? lines.length - 1 : next)];
  const blank = rest.findLastIndex((line) => !/^\s*\*\/$/.test(line));
  if (/^\s*\*\s*$/.test(rest[blank] ?? "")) rest.splice(blank, 1);
  return withoutExamples(rest.join("\n"));
}

/** @param {Tag} tag */
function detail({ tag, name, description }) {
  const words = (/** @type {string} */ text) => text.replaceAll(/\s*\n\s*/g, " ").trim();
  if (tag === "param" || tag === "template") return `- \`${name}\`: ${words(description)}`;
  const heading = headings.get(tag);
  if (heading === undefined) throw new Error(`a doc comment has @${tag}, which is not known`);
  // Only of parameters the first word is a name.
  return `- **${heading}:** ${words(`${name} ${description}`)}`;
}

/** @param {Tag} tag an `@example` */
function codeOf({ source }) {
  const lines = source.slice(1).map(({ source: line }) => line.replace(/^\s*\* ?/, ""));
  return lines
    .join("\n")
    .replace(/\s*\/?\s*$/, "\n")
    .replace(/^\n+/, "");
}
