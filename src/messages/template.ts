import { UserError } from "../base/errors.ts";

/** The names that `{{...}}` may contain in a message's text. */
const placeholders = ["sequence", "connection", "source"] as const;
export type Placeholder = (typeof placeholders)[number];

/** Part of a message's text: bytes to copy, or a placeholder whose value is written. */
export type TemplatePart =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: Placeholder };

/**
 * Splits a text into UTF-8 bytes and placeholders; spaces inside the braces are allowed.
 *
 * @throws UserError for an unknown placeholder; the message lists the known ones
 */
export function parseTemplate(text: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  let copied = 0;
  for (const match of text.matchAll(/\{\{([^{}]*)\}\}/g)) {
    appendText(parts, text.slice(copied, match.index));
    parts.push({ kind: readPlaceholder(match[0], (match[1] as string).trim()) });
    copied = match.index + match[0].length;
  }
  appendText(parts, text.slice(copied));
  return parts;
}

function appendText(parts: TemplatePart[], text: string): void {
  if (text !== "") parts.push({ kind: "bytes", bytes: Buffer.from(text) });
}

function readPlaceholder(written: string, name: string): Placeholder {
  const known = placeholders.find((placeholder) => placeholder === name);
  if (known !== undefined) return known;
  const names = placeholders.map((placeholder) => `{{${placeholder}}}`).join(", ");
  throw new UserError(`unknown placeholder ${written} in a message; known: ${names}`);
}
