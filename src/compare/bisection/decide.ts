/** Which commit made a server slower: what to measure next, and when that is known. */
import type { Interval } from "../interval.ts";
import { type Judged, judgeInLooks, type Look, looksOf } from "./looks.ts";

export interface BisectionOptions {
  /** In the order of history: the first is good, the last is bad; at least 2. */
  readonly revisions: number;
  /** How much slower the last must be than the first to be worth a search, as a logarithm of the ratio; > 0. */
  readonly threshold: number;
  /** How often a commit may be reported that is not slower than its parent. */
  readonly alpha: number;
  /** Runs at most for each question. */
  readonly mostRuns: number;
}

/** Runs of several revisions, one right after the other. */
export interface Round {
  /** The revisions, in the order in which they ran. */
  readonly order: readonly number[];
  /** Logarithms of the figure, in that order: more is worse; null: no valid run. */
  readonly figures: readonly (number | null)[];
}

/** By how much one revision is slower than another, in logarithms. */
export type Change = Interval;

export interface Doubt {
  /**
   *     | why         | what happened                                                                      |
   *     | ----------- | ---------------------------------------------------------------------------------- |
   *     | whole       | whether the last is slower than the first by the threshold was not decided         |
   *     | skipped     | no commit between the two could be measured                                        |
   *     | undecided   | revisions were neither like the first nor like the last within the runs            |
   *     | unconfirmed | commit against parent was not decided within the runs                              |
   *     | several     | the commit is slower than its parent, but by less than half of the whole change    |
   *     | contradicted | the commit is not slower than its parent: what led there was wrong                |
   */
  readonly why: "whole" | "skipped" | "undecided" | "unconfirmed" | "several" | "contradicted";
}

export type BisectionAnswer =
  /** The last revision is not slower than the first by the threshold. */
  | { readonly kind: "nothing"; readonly whole: Change }
  /** `commit` is slower than the revision before it, measured directly. */
  | {
      readonly kind: "found";
      readonly commit: number;
      readonly change: Change;
      readonly whole: Change;
    }
  /** It became slower after `low`, and not later than `high`. */
  | ({
      readonly kind: "unsure";
      readonly low: number;
      readonly high: number;
      /** Of high against low, where that was measured. */
      readonly change: Change | null;
      readonly whole: Change | null;
    } & Doubt);

export type BisectionStep = {
  readonly kind: "run";
  readonly question: "whole" | "revision" | "commit";
  readonly order: readonly number[];
};

export type BisectionDecision =
  | BisectionStep
  | { readonly kind: "done"; readonly answer: BisectionAnswer };

/**
 * What a step may be wrong by is bounded again by the last question, so it is allowed more. This is for a revision exactly
 * between the first and the last; one that is like either is mistaken for the other far more rarely.
 */
const stepAlpha = 0.05;
/** After so many revisions that are not decided the machine is too noisy for this change. */
const mostUndecided = 3;

export type RevisionState = "good" | "bad" | "undecided" | "skipped";

/** What each question needs, and may take at most. */
function questionLooks({ alpha, mostRuns }: Pick<BisectionOptions, "alpha" | "mostRuns">): {
  readonly pairs: readonly Look[];
  readonly steps: readonly Look[];
} {
  return {
    pairs: looksOf(alpha, Math.floor(mostRuns / 2)),
    steps: looksOf(stepAlpha, Math.floor(mostRuns / 3)),
  };
}

/** The fewest runs at which both kinds of questions can be decided at all. */
export function leastRunsOf(alpha: number): number {
  let runs = 2;
  for (;;) {
    const { pairs, steps } = questionLooks({ alpha, mostRuns: runs });
    if (pairs.length > 0 && steps.length > 0) return runs;
    runs++;
  }
}

/**
 * Returns what to run next, or the answer. Pure: it depends only on what was run.
 *
 *     | known                                      | next                                                         |
 *     | ------------------------------------------ | ------------------------------------------------------------ |
 *     | nothing                                    | first and last in turns, until that is decided               |
 *     | the last is slower                         | the revision in the middle between first and last, in turns  |
 *     | the middle cannot be measured              | its nearest neighbour                                        |
 *     | the middle is like the first, or the last  | the middle of what is left                                   |
 *     | two neighbours are left                    | these two in turns: is one slower than the other, directly?  |
 *
 * A revision is like the last where it is nearer to it than to the first, by twice its figure less the first's and the
 * last's: in the order first, middle, last and back a linear drift of the machine cancels out of that exactly.
 *
 * @param rounds  in the order in which they were made
 * @param skipped revisions that do not build, or do not run; never the first or the last
 */
export function decideBisection(
  options: BisectionOptions,
  rounds: readonly Round[],
  skipped: ReadonlySet<number>,
): BisectionDecision {
  const last = options.revisions - 1;
  const looks = questionLooks(options);
  const { threshold } = options;
  const whole = askPair(rounds, 0, last, looks.pairs, ({ shift, low, high }) => {
    if (low > 0 && shift >= threshold) return "slower";
    return high < threshold ? "nothing" : null;
  });
  if (whole.next !== null) return { kind: "run", question: "whole", order: whole.next };
  if (whole.verdict === "nothing" && whole.interval !== null) {
    return done({ kind: "nothing", whole: whole.interval });
  }
  if (whole.verdict === null || whole.interval === null) {
    const { interval } = whole;
    return done({
      kind: "unsure",
      why: "whole",
      low: 0,
      high: last,
      change: interval,
      whole: interval,
    });
  }
  const change = whole.interval;
  const { low, high, next, undecided } = narrow(options, rounds, skipped, looks.steps);
  if (next !== null) return { kind: "run", question: "revision", order: next };
  const within = (low: number, high: number, why: Doubt["why"], of: Change | null) =>
    done({ kind: "unsure", why, low, high, change: of, whole: change });
  const half = change.shift / 2;
  const commit = askPair(rounds, low, high, looks.pairs, (interval) => {
    if (interval.low > 0 && interval.shift >= half) return "slower";
    return interval.high < half ? "not" : null;
  });
  if (commit.next !== null) return { kind: "run", question: "commit", order: commit.next };
  if (commit.verdict === null) return within(low, high, "unconfirmed", commit.interval);
  if (commit.verdict === "not") {
    const isSlower = (commit.interval?.low ?? 0) > 0;
    return within(0, last, isSlower ? "several" : "contradicted", null);
  }
  if (high - low > 1) {
    return within(low, high, undecided ? "undecided" : "skipped", commit.interval);
  }
  return done({ kind: "found", commit: high, change: commit.interval, whole: change });
}

function done(answer: BisectionAnswer): BisectionDecision {
  return { kind: "done", answer };
}

/** What is known of the revisions between the first and the last. */
export function revisionStates(
  options: BisectionOptions,
  rounds: readonly Round[],
  skipped: ReadonlySet<number>,
): ReadonlyMap<number, RevisionState> {
  const { steps } = questionLooks(options);
  const states = new Map<number, RevisionState>();
  for (const revision of new Set(
    rounds.flatMap(({ order }) => (order.length === 3 ? (order[1] as number) : [])),
  )) {
    const { verdict, next } = askRevision(options, rounds, revision, steps);
    if (verdict !== null) states.set(revision, verdict);
    else if (next === null) states.set(revision, "undecided");
  }
  for (const revision of skipped) states.set(revision, "skipped");
  return states;
}

/** Narrows down what is left: `next` is what to run for that; null: nothing more can be done. */
function narrow(
  options: BisectionOptions,
  rounds: readonly Round[],
  skipped: ReadonlySet<number>,
  looks: readonly Look[],
): { low: number; high: number; next: readonly number[] | null; undecided: boolean } {
  const states = revisionStates(options, rounds, skipped);
  const having = (wanted: RevisionState) =>
    [...states].flatMap(([revision, state]) => (state === wanted ? [revision] : []));
  const high = Math.min(options.revisions - 1, ...having("bad"));
  const low = Math.max(0, ...having("good").filter((revision) => revision < high));
  const open = having("undecided");
  const undecided = open.some((revision) => revision > low && revision < high);
  const middle = (low + high) / 2;
  const [nearest] = Array.from({ length: high - low - 1 }, (_, i) => low + 1 + i)
    .filter((revision) => !states.has(revision))
    .toSorted((a, b) => Math.abs(a - middle) - Math.abs(b - middle));
  if (nearest === undefined || open.length >= mostUndecided)
    return { low, high, next: null, undecided };
  return { low, high, undecided, next: askRevision(options, rounds, nearest, looks).next };
}

type Asked<Verdict> = Judged<Verdict> & {
  /** What to run to know more; null: it is decided, or there were enough runs. */
  readonly next: readonly number[] | null;
};

/** Is one revision slower than another? In the order ABBA. */
function askPair<Verdict>(
  rounds: readonly Round[],
  from: number,
  to: number,
  looks: readonly Look[],
  rule: (interval: Interval) => Verdict | null,
): Asked<Verdict> {
  return ask(rounds, [from, to], looks, ([a, b]) => (b as number) - (a as number), rule);
}

/** Is a revision like the first or like the last? */
function askRevision(
  { revisions }: BisectionOptions,
  rounds: readonly Round[],
  revision: number,
  looks: readonly Look[],
): Asked<"good" | "bad"> {
  const nearness = ([first, middle, last]: readonly number[]) =>
    2 * (middle as number) - (first as number) - (last as number);
  return ask(rounds, [0, revision, revisions - 1], looks, nearness, ({ low, high }) => {
    if (low > 0) return "bad";
    return high < 0 ? "good" : null;
  });
}

function ask<Verdict>(
  rounds: readonly Round[],
  asked: readonly number[],
  looks: readonly Look[],
  differenceOf: (figures: readonly number[]) => number,
  rule: (interval: Interval) => Verdict | null,
): Asked<Verdict> {
  const made = rounds.filter(
    ({ order }) => order.length === asked.length && asked.every((one) => order.includes(one)),
  );
  const differences = made.flatMap(({ order, figures }) => {
    const known = asked.flatMap((revision) => figures[order.indexOf(revision)] ?? []);
    return known.length === asked.length ? [differenceOf(known)] : [];
  });
  const judged = judgeInLooks(differences, looks, rule);
  const most = looks.at(-1)?.at ?? 0;
  if (judged.verdict !== null || made.length >= most) return { ...judged, next: null };
  return { ...judged, next: made.length % 2 === 0 ? asked : asked.toReversed() };
}
