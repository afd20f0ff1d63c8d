import { bytesOf } from "../../base/bytes-input.ts";
import { UserError } from "../../base/errors.ts";
import type { ExpectSpec } from "../../framing/reply-check.ts";
import type { ExpectInput } from "../schema/message.ts";
import { keysOf } from "../schema/values.ts";
import type { Diagnostics } from "../source/diagnostics.ts";
import type { Path } from "../source/tree.ts";
import { attempt, soleKey } from "./context.ts";

/** @returns null where the expectation is wrong, which is noted */
export function normaliseExpect(
  input: ExpectInput,
  path: Path,
  diagnostics: Diagnostics,
): ExpectSpec | null {
  if (typeof input === "string") return { kind: input };
  const key = soleKey<keyof typeof input>(diagnostics, path, input, keysOf("an expect"));
  if (key === null) return null;
  const inner = [...path, key];
  return attempt(diagnostics, inner, (): ExpectSpec | null => {
    const { prefix, regex, size } = input;
    if (prefix !== undefined) {
      if (
        typeof prefix !== "string" &&
        soleKey(diagnostics, inner, prefix, keysOf("a prefix")) === null
      ) {
        return null;
      }
      return { kind: "prefix", base64: bytesOf(prefix).toString("base64") };
    }
    if (regex !== undefined) return regexSpec(regex);
    if (size !== undefined) return sizeSpec(size);
    return { kind: "bytes", base64: bytesOf(input).toString("base64") };
  });
}

type Maps = Exclude<ExpectInput, string>;

function regexSpec(input: NonNullable<Maps["regex"]>): ExpectSpec {
  const { pattern, flags = "" } = typeof input === "string" ? { pattern: input } : input;
  if (!/^[imsuv]*$/.test(flags)) {
    throw new UserError(`flags "${flags}": only i, m, s, u and v have a meaning here`);
  }
  return { kind: "regex", source: checkedPattern(pattern, flags), flags };
}

/** The pattern, when it is a regular expression. Throws a UserError when it is none. */
export function checkedPattern(pattern: string, flags: string): string {
  try {
    new RegExp(pattern, flags);
    return pattern;
  } catch (error) {
    throw new UserError(`no regular expression: ${(error as Error).message}`);
  }
}

function sizeSpec(input: NonNullable<Maps["size"]>): ExpectSpec {
  if (typeof input === "number") return { kind: "size", minBytes: input, maxBytes: input };
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = input;
  if (min > max) throw new UserError(`min ${min} is more than max ${max}`);
  return { kind: "size", minBytes: min, maxBytes: max };
}
