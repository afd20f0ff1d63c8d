import { z } from "zod";
import { parseDuration, parseRate, parseRatio, parseSize, UnitError } from "../../base/units.ts";
import { hasLeadingZeros, leadingZerosMessage } from "../source/plain-scalar.ts";

/**
 * How a schema shows in the JSON Schema, where zod's own rendering is less than an editor can use:
 * the texts of quantities have patterns there.
 */
export const jsonForms = new WeakMap<object, Readonly<Record<string, unknown>>>();

/** What a text looks like to an editor before slash8 replaces the variables in it. */
export const variablePattern = "\\$\\{";

/**
 * A text with a unit, read into a number.
 *
 * Numbers are let in so that "30 has no unit: write 30s" is said, and not "expected string".
 */
function quantity(
  parse: (text: string) => number,
  expected: string,
  pattern: string,
  plainNumbers: Readonly<Record<string, unknown>>,
) {
  const input = z.union([z.string(), z.number()], { error: `expected ${expected}` });
  jsonForms.set(input, {
    anyOf: [{ type: "string", pattern: `${pattern}|${variablePattern}` }, plainNumbers],
  });
  return input.transform((value, context) => {
    try {
      if (typeof value === "string" && hasLeadingZeros(value)) {
        throw new UnitError(leadingZerosMessage(value));
      }
      return parse(String(value));
    } catch (error) {
      if (!(error instanceof UnitError)) throw error;
      context.addIssue({ code: "custom", message: error.message });
      return z.NEVER;
    }
  });
}

const zeroOnly = { const: 0 };
const numberPattern = "\\d+(\\.\\d+)?";

/** A duration in ns, from 0. */
export const duration = quantity(
  parseDuration,
  'a duration like "250ms" or "1m30s"',
  `^\\s*(0|(${numberPattern}\\s*(ns|us|µs|ms|s|m|h)\\s*)+)$`,
  zeroOnly,
);

/** A duration in ns, more than 0. */
export const positiveDuration = duration.refine((ns) => ns > 0, "must be more than 0");

/** A rate per second, from 0. */
export const rate = quantity(
  parseRate,
  'a rate like "20000/s"',
  `^\\s*(0|${numberPattern}\\s*/\\s*(ms|s|m|h)\\s*)$`,
  zeroOnly,
);

/** A rate per second, more than 0. */
export const positiveRate = rate.refine((perSecond) => perSecond > 0, "must be more than 0");

/** A size in bytes, 0 to `mostBytes`. */
export function size(leastBytes: number, mostBytes: number) {
  return quantity(
    parseSize,
    'a size like "64", "64KiB" or "1MiB"',
    `^\\s*${numberPattern}\\s*(B|kB|KB|MB|GB|KiB|MiB|GiB)?\\s*$`,
    { type: "integer", minimum: leastBytes },
  ).refine(
    (bytes) => bytes >= leastBytes && bytes <= mostBytes,
    `must be ${leastBytes} to ${mostBytes} bytes`,
  );
}

/** A share of a whole, 0 to 1. */
export const ratio = quantity(
  parseRatio,
  'a ratio like "1%" or 0.01',
  `^\\s*${numberPattern}\\s*%?$`,
  {
    type: "number",
    minimum: 0,
    maximum: 1,
  },
);

/** A whole number. */
export function count(least: number, most: number) {
  return z.int().min(least).max(most);
}

/** A text without NUL, which no path, argument or variable of a process can hold; not empty. */
export const line = z
  .string()
  .min(1)
  .refine((text) => !text.includes("\0"), "must not hold a NUL character");

/** A text where YAML may have read a number: the text as written is what counts (see `textAt`). */
export const word = z.union([line, z.number(), z.boolean()], { error: "expected a text" });

/** One of something, or a list of it. */
export function oneOrMany<S extends z.ZodType>(item: S, expected: string) {
  return z.union([item, z.array(item).min(1).max(10_000)], { error: `expected ${expected}` });
}

const keysByKind = new Map<string, readonly string[]>();

/**
 * A map with these keys and no others. `kind` names it in messages ("a workload") and must be
 * unique; it stands as the message of zod's issue about unknown keys.
 */
export function map<S extends z.core.$ZodShape>(kind: string, shape: S) {
  keysByKind.set(kind, Object.keys(shape));
  return z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? kind : undefined),
  });
}

/** The keys of a map by its kind. */
export function keysOf(kind: string): readonly string[] {
  return keysByKind.get(kind) ?? [];
}

/** A map that takes exactly one of its keys; `soleKey` looks after that, this after the JSON Schema. */
export function choice<S extends z.core.$ZodShape>(kind: string, shape: S) {
  return map(kind, shape).meta({ minProperties: 1, maxProperties: 1 });
}
