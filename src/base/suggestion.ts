import { distance } from "fastest-levenshtein";

/**
 * How many letters may differ between a wrong name and a known one that is still close to it.
 *
 * `third` is about a third (two of four, so that swapped letters count). `half` is for names composed
 * of several words, of which people leave out a whole one: rssPeak for rssBytesPeak.
 */
const limits = {
  third: (letters: number) => Math.floor((letters + 2) / 3),
  half: (letters: number) => Math.floor(letters / 2),
} as const;

export type Closeness = keyof typeof limits;

/**
 * Returns the known name that a wrong one was probably meant to be: the closest one, ignoring case, if
 * not too many letters differ.
 *
 * @returns null when nothing is close
 * @cost    O(names x length^2); names longer than 64 characters are not compared
 */
export function closestName(
  wrong: string,
  known: readonly string[],
  closeness: Closeness = "third",
): string | null {
  if (wrong.length > 64) return null;
  let best: { name: string; edits: number } | null = null;
  for (const name of known) {
    const edits = distance(wrong.toLowerCase(), name.toLowerCase());
    const limit = limits[closeness](Math.max(wrong.length, name.length));
    if (edits <= limit && edits < wrong.length && (best === null || edits < best.edits))
      best = { name, edits };
  }
  return best?.name ?? null;
}

/** Returns the end of a message about an unknown name: the name that was probably meant, or else the known names. */
export function hintFor(
  wrong: string,
  known: readonly string[],
  closeness: Closeness = "third",
): string {
  const closest = closestName(wrong, known, closeness);
  if (closest !== null) return `; did you mean "${closest}"?`;
  if (known.length === 0) return "";
  const shown = known.slice(0, 30).join(", ");
  return `; known: ${shown}${known.length > 30 ? ", ..." : ""}`;
}
