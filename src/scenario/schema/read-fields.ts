import type { z } from "zod";
import { closestName } from "../../base/suggestion.ts";

/** Fields as they are read where each is well-formed. */
type Fields<S extends z.core.$ZodShape, Name extends keyof S> = {
  readonly [Key in Name]?: z.output<S[Key]>;
};

/**
 * Reads some fields of a map whose shape is wrong elsewhere, to check what they come to together.
 *
 * @param instead what stands for a field whose value is wrong, where it matters only that it is there
 * @returns       null where nothing can be said: another one of them is wrong, or one that is missing may be misspelt
 */
export function readFields<S extends z.core.$ZodShape, Name extends keyof S & string>(
  shape: S,
  names: readonly Name[],
  input: Readonly<Record<string, unknown>>,
  instead: Fields<S, Name> = {},
): Fields<S, Name> | null {
  const missing = names.filter((name) => input[name] === undefined);
  const unknown = Object.keys(input).filter((key) => !Object.hasOwn(shape, key));
  if (unknown.some((key) => closestName(key, missing) !== null)) return null;
  const fields: Record<string, unknown> = {};
  for (const name of names) {
    if (input[name] === undefined) continue;
    const read = (shape[name] as z.ZodType).safeParse(input[name]);
    if (!read.success && instead[name] === undefined) return null;
    fields[name] = read.success ? read.data : instead[name];
  }
  return fields as Fields<S, Name>;
}
