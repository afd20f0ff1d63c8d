/** What `slash8 bisect` says of its steps and of its answer. */
import { formatAmount } from "../../base/units.ts";
import type {
  BisectionAnswer,
  BisectionStep,
  Change,
  RevisionState,
} from "../../compare/bisection/decide.ts";
import { type Commit, shortHash } from "./history.ts";

export interface Findings {
  readonly answer: BisectionAnswer;
  readonly commits: readonly Commit[];
  readonly metric: string;
  readonly threshold: number;
  readonly confidence: number;
  /** Revisions that do not build or do not run, with what failed. */
  readonly skipped: ReadonlyMap<number, string>;
  readonly runs: number;
}

export const stateTexts: Readonly<Record<RevisionState, string>> = {
  good: "like the good revision",
  bad: "like the bad revision",
  undecided: "not decided",
  skipped: "cannot be measured",
};

/** "1a2b3c4d5e subject" */
export function commitText(commit: Commit): string {
  return `${shortHash(commit)} ${commit.subject}`;
}

/** "1a2b3c4d5e subject (17 of 30)", or what is compared. */
export function stepText({ question, order }: BisectionStep, commits: readonly Commit[]): string {
  const at = (index: number) => commits[index] as Commit;
  const [low, high] = [Math.min(...order), Math.max(...order)];
  if (question === "whole") {
    return `bad ${shortHash(at(high))} against good ${shortHash(at(low))}`;
  }
  if (question === "commit")
    return `${shortHash(at(high))} against ${shortHash(at(low))} before it`;
  const middle = order[1] as number;
  return `${commitText(at(middle))} (${middle} of ${commits.length - 1})`;
}

/** "+25 % (+22 % .. +28 %)" */
function changeText({ shift, low, high }: Change): string {
  return `${percent(shift)} (${percent(low)} .. ${percent(high)})`;
}

function percent(logarithm: number): string {
  const value = 100 * Math.expm1(logarithm);
  return `${value < 0 ? "-" : "+"}${Math.abs(value).toPrecision(Math.abs(value) < 1 ? 1 : 2)} %`;
}

/** The answer in some lines, with its evidence. */
export function answerText(findings: Findings): string {
  const { answer, commits, metric, threshold, confidence, runs } = findings;
  const at = (index: number) => commits[index] as Commit;
  const [good, bad] = [at(0), at(commits.length - 1)];
  const level = `${Number((100 * confidence).toFixed(3))} %`;
  const whole =
    answer.whole === null
      ? null
      : `from ${shortHash(good)} to ${shortHash(bad)}: ${changeText(answer.whole)}`;
  const end = `${formatAmount(runs, "run")}; changes of ${metric}, with intervals that hold at ${level}`;
  if (answer.kind === "nothing") {
    return lines(
      `NOTHING TO FIND: ${shortHash(bad)} is not slower than ${shortHash(good)} by ${Number((100 * threshold).toFixed(3))} %`,
      whole,
      "what else may have changed: another --metric, or a smaller --threshold",
      end,
    );
  }
  if (answer.kind === "found") {
    const commit = at(answer.commit);
    return lines(
      `FOUND: ${commit.hash} is the first slower commit`,
      commit.subject,
      `${commit.author}, ${commit.date}`,
      `against ${shortHash(at(answer.commit - 1))} before it: ${changeText(answer.change)}, measured directly`,
      whole,
      end,
    );
  }
  const { low, high, change } = answer;
  const measured =
    change === null
      ? null
      : `${shortHash(at(high))} against ${shortHash(at(low))}: ${changeText(change)}`;
  return lines(
    answer.why === "whole"
      ? `NOT SURE whether ${shortHash(bad)} is slower than ${shortHash(good)}`
      : `NOT SURE: it became slower after ${shortHash(at(low))}, and not later than ${shortHash(at(high))}`,
    doubts[answer.why],
    answer.why === "whole" ? null : measured,
    whole,
    ...unmeasured(findings, low, high),
    end,
  );
}

const doubts: Readonly<Record<(BisectionAnswer & { kind: "unsure" })["why"], string>> = {
  whole:
    "the runs differ too much to decide it: use a quieter machine, longer runs, more of them (--runs-at-most), or another --metric",
  skipped: "it is the latter, or one of those between the two, which cannot be measured:",
  undecided:
    "revisions between the two are neither like the good nor like the bad one, as far as the runs show: use a quieter machine, longer runs, or more of them (--runs-at-most)",
  unconfirmed:
    "that is where the runs point, but one measured against the other does not confirm it: use longer runs, or more of them (--runs-at-most)",
  several:
    "no single commit makes up half of the change, as it came in several steps: bisect a part of the history",
  contradicted:
    "the commit that the runs pointed to is not slower than the one before it, so one of the steps was wrong: run it again, with longer runs",
};

const mostListed = 20;

function unmeasured({ commits, skipped }: Findings, low: number, high: number): string[] {
  const within = commits.flatMap((commit, index) =>
    index > low && index < high && skipped.has(index)
      ? [`  ${commitText(commit)}: ${skipped.get(index)}`]
      : [],
  );
  const more = within.length - mostListed;
  return more > 0 ? [...within.slice(0, mostListed), `  and ${more} more`] : within;
}

function lines(first: string, ...others: readonly (string | null)[]): string {
  return [first, ...others.flatMap((line) => (line === null ? [] : [`  ${line}`]))].join("\n");
}
