/** Which expressions V8's own engine matches in time proportional to the text. */
import type { Token } from "./tokens.ts";

/** Texts are Latin-1: a set of characters is 256 flags. */
const characters = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));

/** How long the fixed parts may be together: the text is read so many times at most. */
const mostFixed = 1000;

interface Item {
  readonly set: readonly boolean[];
  readonly min: number;
  readonly max: number;
}

/**
 * Returns whether V8 certainly matches the expression in linear time; false says nothing.
 *
 * A sequence of single characters and sets of them, each repeated or not, without groups and alternatives.
 * After a failure, a backtracking engine tries every shorter (or longer) run of each part of variable length:
 *
 * - A part that shares no character with what may follow it fails at once for each of them: its run is read
 *   once more at most. All such parts together are read once more.
 * - A part that does share one has the rest tried at every place; that is linear if the rest has a fixed length.
 * - An expression that may begin anywhere is tried at every place: with one part of variable length, runs of
 *   two beginnings overlap only where all parts before it may match inside a run. With one part before it that
 *   shares no character with it, they overlap by the length of those parts.
 * - With the flag m, ^ begins at every line; parts that match no line end stay within theirs.
 */
export function isLinear(tokens: readonly Token[], flags: string): boolean {
  const isMultiline = flags.includes("m");
  const begins = isAnchor(tokens[0], "^");
  const ends = tokens.length > 1 && isAnchor(tokens.at(-1), "$");
  const items = itemsOf(tokens.slice(begins ? 1 : 0, ends ? -1 : undefined), flags);
  if (items === null) return false;
  const fixed = items.reduce((sum, { min }) => sum + min, 0);
  if (fixed > mostFixed) return false;
  const variable = items.filter(({ min, max }) => min !== max);
  if (variable.length === 0) return true;
  const staysInLine = items.every(({ set }) => !set[10] && !set[13]);
  if (begins && (!isMultiline || staysInLine)) {
    return items.every((item, index) => {
      const rest = items.slice(index + 1);
      return (
        item.min === item.max ||
        rest.every(({ min, max }) => min === max) ||
        !overlaps(item.set, followOf(rest))
      );
    });
  }
  const [only] = variable;
  if (variable.length > 1 || only === undefined) return false;
  const before = items.slice(0, items.indexOf(only));
  return before.some(({ set, min }) => min > 0 && !overlaps(set, only.set));
}

/** Null where there is more than characters and quantifiers. */
function itemsOf(tokens: readonly Token[], flags: string): Item[] | null {
  const items: Item[] = [];
  for (const token of tokens) {
    if (token.kind === "atom") {
      items.push({ set: setOf(token.text, flags), min: 1, max: 1 });
    } else if (token.kind === "quantifier") {
      const item = items.pop();
      if (item === undefined) return null;
      items.push({ set: item.set, min: token.min, max: token.max });
    } else {
      return null;
    }
  }
  return items;
}

function setOf(atom: string, flags: string): readonly boolean[] {
  const alone = new RegExp(`^${atom}$`, flags.replace("m", ""));
  return characters.map((char) => alone.test(char));
}

/** The characters that may come directly behind a run. */
function followOf(rest: readonly Item[]): readonly boolean[] {
  const needed = rest.findIndex(({ min }) => min > 0);
  const first = needed < 0 ? rest : rest.slice(0, needed + 1);
  return characters.map((_, code) => first.some(({ set }) => set[code] === true));
}

function overlaps(one: readonly boolean[], other: readonly boolean[]): boolean {
  return one.some((has, code) => has && other[code] === true);
}

function isAnchor(token: Token | undefined, text: string): boolean {
  return token?.kind === "anchor" && token.text === text;
}
