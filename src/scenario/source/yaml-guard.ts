import { Lexer } from "yaml";

const mostTokens = 100_000;
const deepestFlow = 64;
const mostIndicators = 64;
const widestIndent = 256;

/**
 * Checks whether a YAML text is too deep or too large for the parser, which recurses and, on a few
 * megabytes of brackets, runs for minutes or crashes the process.
 *
 * @returns the offset and a message, or null when the text can be parsed
 * @cost    O(length), well below 0.2 s for 1 MiB; a text that passes parses in about a second at most
 */
export function guardYaml(source: string): { offset: number; message: string } | null {
  let offset = 0;
  let tokens = 0;
  let flowDepth = 0;
  // "- - - x" and "? ? ? x" nest without brackets or indentation.
  let indicators = 0;
  let isScalar = false;
  for (const token of new Lexer().lex(source)) {
    const tooDeep = { offset, message: "nested too deeply" };
    if (++tokens > mostTokens) return { offset, message: "too many values for a scenario" };
    if (isScalar) isScalar = false;
    else if (token === "\x1f") isScalar = true;
    else if (token === "[" || token === "{") flowDepth++;
    else if (token === "]" || token === "}") flowDepth = Math.max(0, flowDepth - 1);
    else if (token === "-" || token === "?" || token === ":") indicators++;
    else if (token === "," || token.startsWith("\n") || token.startsWith("\r")) indicators = 0;
    else if (token.startsWith(" ") && token.length > widestIndent) return tooDeep;
    if (flowDepth > deepestFlow || indicators > mostIndicators) return tooDeep;
    if (!isControlToken(token)) offset += token.length;
  }
  return null;
}

/** Tokens that represent a state of the lexer, not characters of the source. */
function isControlToken(token: string): boolean {
  return token === "\x02" || token === "\x18" || token === "\x1f";
}
