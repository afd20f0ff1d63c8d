/**
 * The result of one run at one load.
 *
 *     | verdict   | what it says of the load                                                     |
 *     | --------- | ---------------------------------------------------------------------------- |
 *     | held      | every gate passed                                                            |
 *     | broke     | a gate failed, or the server did not take what was offered                   |
 *     | generator | nothing: the load generator was the limit                                    |
 *     | disturbed | nothing: pauses of the load generator, or a busy machine, may have broken it |
 *     | refused   | nothing: this machine cannot hold the plan                                   |
 */
export type Verdict = "held" | "broke" | "generator" | "disturbed" | "refused";

export interface Tried {
  readonly load: number;
  readonly verdict: Verdict;
}

/** All runs at one load, and their combined verdict. */
export interface Tally {
  readonly load: number;
  /** Runs that count: disturbed ones do not. */
  readonly runs: number;
  readonly held: number;
  readonly broke: number;
  /** Beside `runs`. */
  readonly disturbed: number;
  /** Disturbed: all runs were. */
  readonly verdict: Verdict;
}

/** Returns one tally per load, ascending. */
export function talliesOf(tried: readonly Tried[]): Tally[] {
  const loads = [...new Set(tried.map(({ load }) => load))].sort((a, b) => a - b);
  return loads.map((load) => {
    const verdicts = tried.filter((run) => run.load === load).map(({ verdict }) => verdict);
    const count = (wanted: Verdict) => verdicts.filter((verdict) => verdict === wanted).length;
    const disturbed = count("disturbed");
    const runs = verdicts.length - disturbed;
    return {
      load,
      runs,
      held: count("held"),
      broke: count("broke"),
      disturbed,
      verdict: together(runs, count),
    };
  });
}

/** Returns the verdict of most of the runs; where no verdict has a majority, the load did not hold. */
function together(runs: number, count: (verdict: Verdict) => number): Verdict {
  if (runs === 0) return "disturbed";
  if (count("refused") > 0) return "refused";
  if (2 * count("generator") > runs) return "generator";
  return 2 * count("held") > runs ? "held" : "broke";
}
