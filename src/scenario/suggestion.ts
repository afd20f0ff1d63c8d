import { distance } from "fastest-levenshtein";

/**
 * The known name that a wrong one was probably meant to be: the closest, when no more than about a
 * third of its letters differ (case aside; two of four, so that swapped letters count).
 *
 * @returns null when nothing is close
 * @cost    O(names x length^2); names longer than 64 characters are not compared
 */
export function closestName(wrong: string, known: readonly string[]): string | null {
  if (wrong.length > 64) return null;
  let best: { name: string; edits: number } | null = null;
  for (const name of known) {
    const edits = distance(wrong.toLowerCase(), name.toLowerCase());
    const limit = Math.floor((Math.max(wrong.length, name.length) + 2) / 3);
    if (edits <= limit && edits < wrong.length && (best === null || edits < best.edits))
      best = { name, edits };
  }
  return best?.name ?? null;
}

/** The end of a message about an unknown name: what was meant, or else what there is. */
export function hintFor(wrong: string, known: readonly string[]): string {
  const closest = closestName(wrong, known);
  if (closest !== null) return `; did you mean "${closest}"?`;
  if (known.length === 0) return "";
  const shown = known.slice(0, 30).join(", ");
  return `; known: ${shown}${known.length > 30 ? ", ..." : ""}`;
}
