import { type Tally, type Tried, talliesOf } from "./tally.ts";

export interface SearchOptions {
  /** The first load; integer, >= 1. */
  readonly from: number;
  /** The highest load to try; null: until the gate breaks. */
  readonly to: number | null;
  /** How far apart the two loads of the answer may be, as a ratio of the lower one; > 0. */
  readonly precision: number;
  /** Runs at each load of the answer; integer, >= 1. */
  readonly repeat: number;
}

export type Answer =
  /** It held at one load and broke at the next. */
  | {
      readonly kind: "found";
      readonly held: Tally;
      readonly broke: Tally;
      /** A load between the two, farther apart than requested, whose runs were all disturbed; null: none. */
      readonly unknown: Tally | null;
    }
  /**
   * It held at every load that could be tried: the generator, this machine or `to` set the limit, or what was tried
   * above it was disturbed each time.
   */
  | {
      readonly kind: "atLeast";
      readonly held: Tally;
      readonly by: "generator" | "refused" | "disturbed" | "to";
      readonly at: Tally;
    }
  /** It held at no load: `at` is the lowest one tried, and says why. */
  | { readonly kind: "nowhere"; readonly at: Tally }
  /** The search was stopped, by the user or after `mostRuns`: what was known by then. */
  | {
      readonly kind: "unfinished";
      readonly held: Tally | null;
      readonly broke: Tally | null;
    };

export type Decision =
  | { readonly kind: "try"; readonly load: number }
  | { readonly kind: "done"; readonly answer: Answer };

/** A search on a quiet machine takes some 20 runs; one that takes this many sees only noise. */
export const mostRuns = 100;

/** The search gives up below about a thousandth of the first load. */
const lowestRatio = 1 / 1024;

/** A load at which so many runs were disturbed, and none was not, is given up. */
const mostDisturbed = 3;

/** More than any machine can take, of any kind of load. */
const highestLoad = 1e9;

/**
 * Returns the next load to try, or the answer. Pure: it depends only on what was tried.
 *
 *     | known                                  | next                                              |
 *     | -------------------------------------- | ------------------------------------------------- |
 *     | nothing                                | `from`                                            |
 *     | all held                               | twice the highest; at `to`: repeat it, done       |
 *     | the lowest broke                       | half of it; at a thousandth of `from`: repeat it, done |
 *     | the first that broke above one that held | it again: noise here would cost the most        |
 *     | held below, broke above, far apart     | between them                                      |
 *     | held below, broke above, near          | repeat both; done if the verdicts stay            |
 *     | generator or refused above             | repeat both; done if the verdicts stay            |
 *     | the next of these was disturbed        | it again, up to 3 times; then done without it     |
 *
 * A load's verdict is that of most of its runs. A verdict that changes as the load is repeated moves the
 * border, and the search continues from there. Nothing above the lowest load that did not hold counts: what
 * held there held by chance.
 *
 * @param tried in any order
 */
export function decide(options: SearchOptions, tried: readonly Tried[]): Decision {
  const next = nextOf(options, tried);
  if (next.kind === "done" || tried.length < mostRuns) return next;
  return { kind: "done", answer: unfinished(tried) };
}

function nextOf(options: SearchOptions, tried: readonly Tried[]): Decision {
  const { from, precision, repeat } = options;
  const to = Math.min(options.to ?? highestLoad, highestLoad);
  const first = Math.min(from, to);
  const givenUp = (load: number) => givenUpAt(load, tried);
  const { held, over } = border(tried);
  if (over === null) {
    if (held?.load === to)
      return confirmed([held], repeat, { kind: "atLeast", held, by: "to", at: held });
    const next = held === null ? first : Math.min(2 * held.load, to);
    const lost = givenUp(next);
    if (lost === null) return attempt(next);
    if (held === null) return { kind: "done", answer: { kind: "nowhere", at: lost } };
    return confirmed([held], repeat, { kind: "atLeast", held, by: "disturbed", at: lost });
  }
  if (over.verdict !== "broke") {
    if (held === null) return confirmed([over], repeat, { kind: "nowhere", at: over });
    const by = over.verdict === "generator" ? "generator" : "refused";
    return confirmed([over, held], repeat, { kind: "atLeast", held, by, at: over });
  }
  if (held === null) {
    let half = Math.floor(over.load / 2);
    while (givenUp(half) !== null) half = Math.floor(half / 2);
    if (half >= Math.max(1, from * lowestRatio)) return attempt(half);
    return confirmed([over], repeat, { kind: "nowhere", at: over });
  }
  if (over.load >= 2 * held.load && isUnsure(over, repeat)) return attempt(over.load);
  const isFar = over.load - held.load > Math.max(1, precision * held.load);
  const middle = between(held.load, over.load);
  const unknown = isFar ? givenUp(middle) : null;
  if (isFar && unknown === null) return attempt(middle);
  return confirmed([held, over], repeat, { kind: "found", held, broke: over, unknown });
}

/** Returns the tally of a load that is not tried any more, as its runs were disturbed; null for any other. */
function givenUpAt(load: number, tried: readonly Tried[]): Tally | null {
  const tally = talliesOf(tried).find((one) => one.load === load);
  return tally?.verdict === "disturbed" && tally.disturbed >= mostDisturbed ? tally : null;
}

/** Returns what is known when the search is stopped before its answer. */
export function unfinished(tried: readonly Tried[]): Answer {
  const { held, over } = border(tried);
  return { kind: "unfinished", held, broke: over?.verdict === "broke" ? over : null };
}

/** The lowest load that did not hold, and the highest below it that did; those that are not known left out. */
function border(tried: readonly Tried[]): { held: Tally | null; over: Tally | null } {
  const tallies = talliesOf(tried).filter(({ verdict }) => verdict !== "disturbed");
  const over = tallies.find(({ verdict }) => verdict !== "held") ?? null;
  const below = tallies.filter(({ load }) => over === null || load < over.load);
  return { held: below.at(-1) ?? null, over };
}

function attempt(load: number): Decision {
  return { kind: "try", load };
}

/** Returns whether a load has one run, or as many runs that held as broke. */
function isUnsure({ runs, held, broke }: Tally, repeat: number): boolean {
  return runs < repeat && (runs === 1 || held === broke);
}

/**
 * Returns the answer once there are enough runs at its loads. A refusal is the same every time; where runs are disturbed
 * again and again, fewer have to do.
 */
function confirmed(tallies: readonly Tally[], repeat: number, answer: Answer): Decision {
  const unsure = tallies.find(
    ({ runs, verdict, disturbed }) =>
      runs < repeat && verdict !== "refused" && disturbed < mostDisturbed,
  );
  return unsure === undefined ? { kind: "done", answer } : attempt(unsure.load);
}

/** Returns a round number near the middle; there must be an integer between the two. */
function between(low: number, high: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10((high - low) / 4)));
  const middle = Math.round((low + high) / 2 / step) * step;
  return Math.min(high - 1, Math.max(low + 1, middle));
}
