import { z } from "zod";
import { parseStatusRange, type StatusRange, statusPattern } from "../../base/http-status.ts";
import {
  formatSize,
  parseByteRate,
  parseDuration,
  parseRate,
  parseRatio,
  parseSize,
  UnitError,
} from "../../base/units.ts";
import { hasLeadingZeros, leadingZerosMessage } from "../source/plain-scalar.ts";

/** How readers of the schema see a quantity: people by its name, editors by its form. */
interface QuantityForm {
  /** "duration", "rate", "size", "byte rate", "ratio" or "status", and its limits where it has any: "more than 0". */
  readonly name: string;
  readonly limits: string | null;
  /** In the JSON Schema, where zod's own rendering lacks the patterns of texts, which editors can use. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** The quantities, by the schema of their input. */
export const quantityForms = new WeakMap<object, QuantityForm>();

/** Marks a text with variables that slash8 has not replaced yet, as editors see it. */
export const variablePattern = "\\$\\{";

/** A kind of quantity: how it is read, and how it is written. */
interface QuantityKind<Value = number> {
  readonly name: string;
  readonly parse: (text: string) => Value;
  readonly expected: string;
  readonly pattern: string;
}

/**
 * A text with a unit, read into a number.
 *
 * Numbers are accepted here so that the message is "30 has no unit: write 30s", not "expected string".
 *
 * @param limits       for people; the caller checks them
 * @param plainNumbers plain numbers that are accepted, as a JSON Schema; null: none
 */
function quantity<Value>(
  { name, parse, expected, pattern }: QuantityKind<Value>,
  limits: string | null,
  plainNumbers: Readonly<Record<string, unknown>> | null = { const: 0 },
) {
  const input = z.union([z.string(), z.number()], { error: `expected ${expected}` });
  const texts = { type: "string", pattern: `${pattern}|${variablePattern}` };
  const json = plainNumbers === null ? texts : { anyOf: [texts, plainNumbers] };
  quantityForms.set(input, { name, limits, json });
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

const numberPattern = "\\d+(\\.\\d+)?";
const isPositive = (value: number) => value > 0;
const [positive, notPositive] = ["more than 0", "must be more than 0"];

const durations: QuantityKind = {
  name: "duration",
  parse: parseDuration,
  expected: 'a duration like "250ms" or "1m30s"',
  pattern: `^\\s*(0|(${numberPattern}\\s*(ns|us|µs|ms|s|m|h)\\s*)+)$`,
};

/** A duration in ns, from 0. */
export const duration = quantity(durations, null);

/** A duration in ns, more than 0. */
export const positiveDuration = quantity(durations, positive).refine(isPositive, notPositive);

const rates: QuantityKind = {
  name: "rate",
  parse: parseRate,
  expected: 'a rate like "20000/s"',
  pattern: `^\\s*(0|${numberPattern}\\s*/\\s*(ms|s|m|h)\\s*)$`,
};

/** A rate per second, from 0. */
export const rate = quantity(rates, null);

/** A rate per second, more than 0. */
export const positiveRate = quantity(rates, positive).refine(isPositive, notPositive);

const sizeUnits = "(B|kB|KB|MB|GB|KiB|MiB|GiB)";

const sizes: QuantityKind = {
  name: "size",
  parse: parseSize,
  expected: 'a size like "64", "64KiB" or "1MiB"',
  pattern: `^\\s*${numberPattern}\\s*${sizeUnits}?\\s*$`,
};

/** A size in bytes, 0 to `mostBytes`. */
export function size(leastBytes: number, mostBytes: number) {
  const [least, most] = [leastBytes, mostBytes].map((bytes) =>
    formatSize(bytes).replace(/\.0+ /, " "),
  );
  const limits = `${least} to ${most}`;
  return quantity(sizes, limits, { type: "integer", minimum: leastBytes }).refine(
    (bytes) => bytes >= leastBytes && bytes <= mostBytes,
    `must be ${leastBytes} to ${mostBytes} bytes`,
  );
}

const leastBytesPerSecond = 1 / 60;
const mostBytesPerSecond = 1024 ** 3;

/** Bytes per second, 1 a minute to 1 GiB a second. */
export const byteRate = quantity(
  {
    name: "byte rate",
    parse: parseByteRate,
    expected: 'a byte rate like "10KiB/s"',
    pattern: `^\\s*${numberPattern}\\s*${sizeUnits}\\s*/\\s*(ms|s|m|h)\\s*$`,
  },
  "1 B/m to 1 GiB/s",
  null,
).refine(
  (perSecond) => perSecond >= leastBytesPerSecond && perSecond <= mostBytesPerSecond,
  "must be 1B/m to 1GiB/s",
);

/** A ratio, 0 to 1. */
export const ratio = quantity(
  {
    name: "ratio",
    parse: parseRatio,
    expected: 'a ratio like "1%" or 0.01',
    pattern: `^\\s*${numberPattern}\\s*%?$`,
  },
  null,
  { type: "number", minimum: 0, maximum: 1 },
);

/** HTTP status codes: one, or a class. */
export const httpStatus = quantity<StatusRange>(
  {
    name: "status",
    parse(text) {
      const range = parseStatusRange(text.trim());
      if (range === null) {
        throw new UnitError(`"${text}" is not an HTTP status: write 200, or a class such as 2xx`);
      }
      return range;
    },
    expected: "an HTTP status like 200, or a class like 2xx",
    pattern: `^\\s*${statusPattern}\\s*$`,
  },
  null,
  { type: "integer", minimum: 100, maximum: 999 },
);

/** A whole number. */
export function count(least: number, most: number) {
  return z.int().min(least).max(most);
}

/** A text without NUL, which no path, argument or variable of a process can contain; not empty. */
export const line = z
  .string()
  .min(1)
  .refine((text) => !text.includes("\0"), "must not contain a NUL character");

/** Names of servers, workloads and steps: they are used in gates, in `--set` paths and in the result. */
export const namePattern = /^[a-zA-Z][a-zA-Z0-9_-]*$/;

/** A text where YAML may have read a number: the text as written is used (see `textAt`). */
export const word = z.union([line, z.number(), z.boolean()], { error: "expected a text" });

/** One of something, or a list of it. */
export function oneOrMany<S extends z.ZodType>(item: S, expected: string) {
  return z.union([item, z.array(item).min(1).max(10_000)], { error: `expected ${expected}` });
}

const keysByKind = new Map<string, readonly string[]>();
const kindsByShape = new WeakMap<object, string>();

/**
 * A map with these keys and no others. `kind` names it in messages ("a workload") and must be
 * unique; it is the message of zod's issue about unknown keys.
 */
export function map<S extends z.core.$ZodShape>(kind: string, shape: S) {
  keysByKind.set(kind, Object.keys(shape));
  const schema = z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? kind : undefined),
  });
  return ofKind(kind, schema);
}

function ofKind<S extends { readonly shape: object }>(kind: string, schema: S): S {
  kindsByShape.set(schema.shape, kind);
  return schema;
}

/** The kind of a map, by its schema; undefined for anything else. */
export function kindOfMap(schema: object): string | undefined {
  const { shape } = schema as { readonly shape?: object };
  return shape === undefined ? undefined : kindsByShape.get(shape);
}

/** The keys of a map by its kind. */
export function keysOf(kind: string): readonly string[] {
  return keysByKind.get(kind) ?? [];
}

/** A map that takes exactly one of its keys; `soleKey` checks that, this adds it to the JSON Schema. */
export function choice<S extends z.core.$ZodShape>(kind: string, shape: S) {
  return ofKind(kind, map(kind, shape).meta({ minProperties: 1, maxProperties: 1 }));
}

/** As `choice`, but for the key `beside`, which may be given with one of the others, or alone. */
export function choiceBeside<S extends z.core.$ZodShape>(
  kind: string,
  beside: keyof S & string,
  shape: S,
) {
  const schema = map(kind, shape).meta({
    minProperties: 1,
    maxProperties: 2,
    if: { minProperties: 2 },
    // biome-ignore lint/suspicious/noThenProperty: JSON Schema's keyword
    then: { required: [beside] },
  });
  return ofKind(kind, schema);
}
