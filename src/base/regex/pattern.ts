/**
 * Regular expressions out of scenarios, as JavaScript has them, matched in time proportional to the text.
 *
 * JavaScript's own engine backtracks: ^(a+)+$ takes minutes for 38 letters, in which its thread does nothing
 * else. So it matches only what it certainly matches in linear time (linear.ts), and RE2JS, a port of RE2, the
 * rest. On texts of 64 bytes the former takes 0.1 to 0.3 us, the latter 0.3 to 4 us.
 */
import { createRequire } from "node:module";
import type * as Re2 from "re2js";
import { UserError } from "../errors.ts";
import { packageFile } from "../package-file.ts";
import { isLinear } from "./linear.ts";
import { tokensOf } from "./tokens.ts";
import { translate } from "./translate.ts";

export interface Pattern {
  /** Whether the text contains a match. */
  test(text: string): boolean;
}

/** Loaded by the first pattern that needs it: it takes 20 ms, and most runs have none. */
let re2: typeof Re2 | null = null;

/**
 * Compiles an expression for texts of Latin-1.
 *
 * @param flags any of i, m, s, u and v
 * @throws      UserError where it is not a regular expression, or has what takes more than linear time
 */
export function createPattern(source: string, flags: string): Pattern {
  const native = nativeOf(source, flags);
  const tokens = tokensOf(source, flags);
  return isLinear(tokens, flags) ? native : compiled(translate(tokens, flags, null));
}

/**
 * Compiles an expression for the lines that a program prints: ^ and $ are found at each line.
 *
 * @throws UserError as createPattern
 */
export function createLinePattern(source: string): Pattern {
  nativeOf(source, "m");
  const pattern = compiled(translate(tokensOf(source, "m"), "m", "\n"));
  return { test: (text) => pattern.test(text.replaceAll(/\r\n?/g, "\n")) };
}

function nativeOf(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch (error) {
    throw new UserError(`not a regular expression: ${(error as Error).message}`);
  }
}

function compiled(source: string): Pattern {
  re2 ??= createRequire(packageFile("package.json"))("re2js") as typeof Re2;
  try {
    return re2.RE2JS.compile(source);
  } catch (error) {
    throw new UserError(
      `this cannot be matched in linear time, and could hang the run: ${(error as Error).message}; write it without that`,
    );
  }
}
