/** JavaScript's regular expressions in the syntax of RE2, with the same meaning. */
import { UserError } from "../errors.ts";
import { escapeAt, type Token } from "./tokens.ts";

/** What JavaScript takes for white space and for the end of a line; RE2 takes less. @see ECMA-262, 12.2, 12.3 */
const space =
  "\\t-\\r \\xa0\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}";
const notSpace =
  "\\x00-\\x08\\x0e-\\x1f!-\\x9f\\xa1-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}";
const lineEnds = "\\n\\r\\x{2028}\\x{2029}";

/** Escapes that mean the same in both. */
const same = new Set(["\\d", "\\D", "\\w", "\\W", "\\n", "\\r", "\\t", "\\f", "\\v"]);

/**
 * Writes an expression for RE2.
 *
 * @param linesEndWith "\n": with the flag m, ^ and $ are found at \n alone, and the text has no other line ends;
 *                     null: with that flag they cannot be used
 * @throws UserError where RE2 has nothing of that kind
 */
export function translate(
  tokens: readonly Token[],
  flags: string,
  linesEndWith: "\n" | null,
): string {
  const isUnicode = /[uv]/.test(flags);
  const isMultiline = flags.includes("m");
  const modes = `${flags.includes("i") ? "i" : ""}${isMultiline ? "m" : ""}`;
  return (modes === "" ? "" : `(?${modes})`) + tokens.map(translated).join("");

  function translated(token: Token): string {
    switch (token.kind) {
      case "atom":
        if (token.text === ".") return flags.includes("s") ? "(?s:.)" : `[^${lineEnds}]`;
        if (token.text.startsWith("[")) return characterClass(token.text, token.at, flags);
        return token.text.startsWith("\\")
          ? written(token.text, token.at, false)
          : literal(token.text);
      case "anchor":
        if (isMultiline && linesEndWith === null && !token.text.startsWith("\\")) {
          throw unsupported(
            `${token.text} with the flag m`,
            token.at,
            "leave out the flag, and write (?:^|[\\r\\n]) for the start of a line, or (?:$|[\\r\\n]) for its end",
          );
        }
        return token.text;
      case "quantifier":
        return token.text;
      case "open":
        return group(token.text, token.at);
      case "close":
        return ")";
      case "or":
        return "|";
      case "reference":
        throw unsupported(
          `the back reference ${token.text}`,
          token.at,
          "write out what it may stand for",
        );
    }
  }

  function written(text: string, at: number, isInClass: boolean): string {
    if (same.has(text)) return text;
    if (text === "\\s") return isInClass ? space : `[${space}]`;
    if (text === "\\S") return isInClass ? notSpace : `[${notSpace}]`;
    const letter = text[1] as string;
    if (isUnicode && /[pP]/.test(letter)) {
      // RE2 has scripts and general categories, by their names alone.
      return `\\${letter}{${text.slice(3, -1).replace(/^(?:Script|sc|General_Category|gc)=/, "")}}`;
    }
    if (isInClass && letter === "b") return "\\x08";
    if (letter === "0") return "\\x00";
    if (isInClass && /[1-9]/.test(letter)) {
      throw unsupported(`the octal escape ${text}`, at, "write \\xHH");
    }
    return literal(charOf(text));
  }

  function characterClass(text: string, at: number, flags: string): string {
    const isNegated = text[1] === "^";
    const inner = text.slice(isNegated ? 2 : 1, -1);
    if (inner === "") return isNegated ? "[\\x00-\\x{10ffff}]" : "[^\\x00-\\x{10ffff}]";
    if (flags.includes("v") && /\[|&&|--|\\q/.test(inner)) {
      throw unsupported(`the set ${text}`, at, "write its characters, without sets inside of it");
    }
    let all = "";
    for (let i = 0; i < inner.length; ) {
      const isEscape = inner[i] === "\\";
      const char = String.fromCodePoint(inner.codePointAt(i) as number);
      const part = isEscape ? escapeAt(inner, i, isUnicode) : char;
      if (isEscape) all += written(part, at + i, true);
      else all += char === "-" ? "-" : literal(char);
      i += part.length;
    }
    return `[${isNegated ? "^" : ""}${all}]`;
  }
}

/** Nothing asks what a group has matched: none needs to remember it. */
function group(text: string, at: number): string {
  if (/^\(\?<?[=!]/.test(text)) {
    throw unsupported(
      `${text}...), which looks ahead or behind`,
      at,
      "say what the text is to contain, or use prefix",
    );
  }
  return /^\(\?[a-z-]+:/.test(text) ? text : "(?:";
}

/** The character that an escape stands for. */
function charOf(text: string): string {
  const code = /^\\(?:x|u\{?)([\da-fA-F]+)\}?$/.exec(text)?.[1];
  if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
  const control = /^\\c([a-zA-Z])$/.exec(text)?.[1];
  if (control !== undefined) return String.fromCharCode(control.charCodeAt(0) % 32);
  return text.slice(1);
}

function literal(char: string): string {
  return /^[a-zA-Z0-9 ]$/.test(char)
    ? char
    : `\\x{${(char.codePointAt(0) as number).toString(16)}}`;
}

function unsupported(what: string, at: number, instead: string): UserError {
  return new UserError(
    `${what} (character ${at + 1}) cannot be matched in linear time, and could hang the run: ${instead}`,
  );
}
