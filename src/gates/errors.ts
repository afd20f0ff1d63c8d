import { distance } from "fastest-levenshtein";
import { UserError } from "../base/errors.ts";

/** A gate that cannot be understood, and where in its text. */
export class GateError extends UserError {
  /** Offset in the expression, from 0. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = "GateError";
    this.offset = offset;
  }
}

/**
 * The end of a message about an unknown name: the nearest known one when no more than half of its
 * letters differ (case aside), or else all of them.
 */
export function hintFor(wrong: string, known: readonly string[]): string {
  const edits = (name: string) => distance(wrong.toLowerCase(), name.toLowerCase());
  const near = known
    .map((name) => ({ name, edits: wrong.length > 80 ? Number.POSITIVE_INFINITY : edits(name) }))
    .filter(({ name, edits }) => edits <= Math.floor(Math.max(name.length, wrong.length) / 2))
    .sort((a, b) => a.edits - b.edits)[0];
  return near === undefined ? `; known: ${known.join(", ")}` : `; did you mean "${near.name}"?`;
}
