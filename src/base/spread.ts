/**
 * Splits a list into parts, in order, whose lengths differ by at most 1.
 *
 * @param parts integer >= 1; parts that would be empty are left out
 */
export function spread<T>(items: readonly T[], parts: number): readonly (readonly T[])[] {
  const cut = (part: number) => Math.floor((part * items.length) / parts);
  return Array.from({ length: parts }, (_, part) => items.slice(cut(part), cut(part + 1))).filter(
    (part) => part.length > 0,
  );
}
