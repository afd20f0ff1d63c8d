/** One part of a regular expression, as JavaScript has them. */
export type Token =
  /** Matches one character. `text` is how it was written. */
  | { readonly kind: "atom"; readonly text: string; readonly at: number }
  | { readonly kind: "anchor"; readonly text: "^" | "$" | "\\b" | "\\B"; readonly at: number }
  /** Of the one before. */
  | {
      readonly kind: "quantifier";
      readonly min: number;
      /** Infinity where there is no upper bound. */
      readonly max: number;
      readonly text: string;
      readonly at: number;
    }
  /** `text` is all that opens the group: "(", "(?:", "(?<name>", "(?=", "(?<!", "(?i-s:". */
  | { readonly kind: "open"; readonly text: string; readonly at: number }
  | { readonly kind: "close"; readonly at: number }
  | { readonly kind: "or"; readonly at: number }
  /** "\\1", "\\k<name>". */
  | { readonly kind: "reference"; readonly text: string; readonly at: number };

interface Mode {
  /** Flag u or v. */
  readonly isUnicode: boolean;
  /** Flag v. */
  readonly nests: boolean;
}

/** What a backslash begins that is longer than two characters. */
const longEscape =
  /\\(?:x[\da-fA-F]{2}|u[\da-fA-F]{4}|c[a-zA-Z])|\\u\{[\da-fA-F]+\}|\\[pP]\{[^}]*\}/uy;
const quantifier = /(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})\??/y;
const opening = /\((?:\?(?:[:=!]|<[=!]|<[^>]*>|[a-z]*(?:-[a-z]*)?:))?/y;

/**
 * Takes a regular expression apart.
 *
 * @param source one that RegExp takes with these flags: what it would refuse is not noticed here
 */
export function tokensOf(source: string, flags: string): Token[] {
  const mode = { isUnicode: /[uv]/.test(flags), nests: flags.includes("v") };
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    const token = tokenAt(source, at, mode);
    tokens.push(token);
    at += lengthOf(token);
  }
  return tokens;
}

function lengthOf(token: Token): number {
  return "text" in token ? token.text.length : 1;
}

function tokenAt(source: string, at: number, mode: Mode): Token {
  const char = String.fromCodePoint(source.codePointAt(at) as number);
  switch (char) {
    case "^":
    case "$":
      return { kind: "anchor", text: char, at };
    case "|":
      return { kind: "or", at };
    case ")":
      return { kind: "close", at };
    case "(":
      return { kind: "open", text: matchAt(opening, source, at)?.[0] ?? "(", at };
    case "[":
      return { kind: "atom", text: source.slice(at, classEnd(source, at, mode.nests)), at };
    case "\\":
      return escaped(source, at, mode.isUnicode);
    default: {
      const found = matchAt(quantifier, source, at);
      if (found === null) return { kind: "atom", text: char, at };
      const [text, least, comma, most] = found;
      if (least === undefined) {
        const max = char === "?" ? 1 : Number.POSITIVE_INFINITY;
        return { kind: "quantifier", min: char === "+" ? 1 : 0, max, text, at };
      }
      const min = Number(least);
      const max = comma === undefined ? min : most === "" ? Number.POSITIVE_INFINITY : Number(most);
      return { kind: "quantifier", min, max, text, at };
    }
  }
}

function escaped(source: string, at: number, isUnicode: boolean): Token {
  const letter = source[at + 1] ?? "";
  if (letter === "b" || letter === "B") return { kind: "anchor", text: `\\${letter}`, at };
  if (/[1-9]/.test(letter)) {
    return { kind: "reference", text: matchAt(/\\\d+/y, source, at)?.[0] ?? "", at };
  }
  if (letter === "k") {
    return { kind: "reference", text: matchAt(/\\k(?:<[^>]*>)?/y, source, at)?.[0] ?? "", at };
  }
  return { kind: "atom", text: escapeAt(source, at, isUnicode), at };
}

/** The whole of an escape that stands for a character or a class of them. */
export function escapeAt(source: string, at: number, isUnicode: boolean): string {
  const long = matchAt(longEscape, source, at)?.[0];
  // Without the flags u and v, these are a letter and what follows.
  const means = long !== undefined && (isUnicode || !/^\\(?:u\{|[pP])/.test(long));
  if (means) return long;
  return source.slice(at, at + 1 + String.fromCodePoint(source.codePointAt(at + 1) ?? 0).length);
}

/** Behind the bracket that closes the class; with the flag v, classes may contain others. */
function classEnd(source: string, start: number, nests: boolean): number {
  let depth = 0;
  for (let at = start; at < source.length; at++) {
    const char = source[at];
    if (char === "\\") at++;
    else if (char === "[" && (nests || at === start)) depth++;
    else if (char === "]" && --depth === 0) return at + 1;
  }
  return source.length;
}

function matchAt(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(source);
}
