import { stripVTControlCharacters } from "node:util";

/**
 * Characters that a terminal acts upon instead of showing them, or that change the order of what it shows: C0 and C1
 * controls but tab and line feed, and the marks that turn the direction of text.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
const controls = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text from elsewhere (a file, a server's log, a reply) that can be printed: escape sequences are removed, other
 * control characters are written as \xHH.
 */
export function printable(text: string): string {
  // Most texts have none, and the first look is faster than the second.
  if (text.search(controls) < 0) return text;
  return stripVTControlCharacters(text)
    .replaceAll(/\r\n/g, "\n")
    .replaceAll(controls, (char) => {
      const hex = char.charCodeAt(0).toString(16);
      return hex.length > 2 ? `\\u${hex}` : `\\x${hex.padStart(2, "0")}`;
    });
}

const escapes = new Map([
  ["\r", "\\r"],
  ["\n", "\\n"],
  ["\t", "\\t"],
  ["\\", "\\\\"],
]);

/** Bytes as text: printable ASCII as it is, all else escaped: \r, \n, \t, \\ or \xHH. */
export function printableBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString("latin1")
    .replaceAll(/[^ -[\]-~]/g, (char) => {
      const hex = char.charCodeAt(0).toString(16).padStart(2, "0");
      return escapes.get(char) ?? `\\x${hex}`;
    });
}

/** Plain data with all its texts printable, keys included; what has none to change is returned as it is. */
export function printableData<T>(value: T): T {
  return cleaned(value) as T;
}

function cleaned(value: unknown): unknown {
  if (typeof value === "string") return printable(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map(cleaned);
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  const entries = Object.entries(value);
  const changed = entries.map(([key, child]) => [printable(key), cleaned(child)] as const);
  const isSame = changed.every(
    ([key, child], index) => key === entries[index]?.[0] && child === entries[index]?.[1],
  );
  return isSame ? value : Object.fromEntries(changed);
}
