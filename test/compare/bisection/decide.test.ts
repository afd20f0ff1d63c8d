import { expect, test } from "vitest";
import { createRandom } from "../../../src/base/random.ts";
import {
  type BisectionDecision,
  decideBisection,
  leastRunsOf,
  type Round,
  revisionStates,
} from "../../../src/compare/bisection/decide.ts";
import { isLong } from "../../support/fuzz.ts";
import { type Busy, bisect, type History, historyOf, rules } from "./simulated-history.ts";

const still: Busy = {
  ofRuns: 0.001,
  ofMachine: 0,
  correlation: 0,
  spikes: 0,
  spike: 0,
  invalid: 0,
};
/** Runs scatter by 4 %, the machine by 10 % from one time to another, and one run in 20 is up to twice as slow. */
const busy: Busy = {
  ofRuns: 0.04,
  ofMachine: 0.1,
  correlation: 0.7,
  spikes: 0.05,
  spike: 0.7,
  invalid: 0.05,
};

function answerOf(history: History, noise = still, seed = 1) {
  return bisect(history, noise, seed).answer;
}

/** Changes of so many commits, 1 but for those given. */
function changes(commits: number, slower: Readonly<Record<number, number>>): number[] {
  return Array.from({ length: commits + 1 }, (_, i) => slower[i] ?? 1);
}

test.each(Array.from({ length: 9 }, (_, i) => i + 1))("finds commit %d of 9", (slow) => {
  const answer = answerOf({ changes: changes(9, { [slow]: 1.25 }), skipped: [] });
  expect(answer).toMatchObject({ kind: "found", commit: slow });
  if (answer.kind !== "found") throw new Error("not found");
  expect(Math.exp(answer.change.shift)).toBeCloseTo(1.25, 2);
  expect(answer.change.low).toBeLessThan(answer.change.high);
});

test("a single commit between the two is measured once", () => {
  const { answer, runs } = bisect({ changes: [1, 1.25], skipped: [] }, still, 1);
  expect(answer).toMatchObject({ kind: "found", commit: 1 });
  expect(runs).toBe(24);
});

test("where the last is not slower there is nothing to find", () => {
  expect(answerOf({ changes: changes(9, {}), skipped: [] }).kind).toBe("nothing");
  expect(answerOf({ changes: changes(9, { 4: 0.7 }), skipped: [] }).kind).toBe("nothing");
  expect(answerOf({ changes: changes(9, { 4: 1.05 }), skipped: [] }).kind).toBe("nothing");
});

test("what cannot be measured is passed over; its neighbours are tried", () => {
  const slower = changes(9, { 7: 1.25 });
  expect(answerOf({ changes: slower, skipped: [4, 5] })).toMatchObject({
    kind: "found",
    commit: 7,
  });
  expect(answerOf({ changes: slower, skipped: [6] })).toMatchObject({
    kind: "unsure",
    why: "skipped",
    low: 5,
    high: 7,
  });
  expect(answerOf({ changes: slower, skipped: [1, 2, 3, 4, 5, 6, 7, 8] })).toMatchObject({
    kind: "unsure",
    why: "skipped",
    low: 0,
    high: 9,
  });
});

test("a change that came in several steps is not put on one of them", () => {
  const steps = changes(9, { 2: 1.08, 5: 1.08, 8: 1.08 });
  expect(answerOf({ changes: steps, skipped: [] })).toMatchObject({
    kind: "unsure",
    why: "several",
  });
  const most = changes(9, { 2: 1.04, 6: 1.2 });
  expect(answerOf({ changes: most, skipped: [] })).toMatchObject({ kind: "found", commit: 6 });
});

test("rounds without a valid run of each are no evidence, and count against the bound", () => {
  const rounds: Round[] = [];
  let decision: BisectionDecision;
  for (;;) {
    decision = decideBisection({ ...rules, revisions: 10 }, rounds, new Set());
    if (decision.kind === "done") break;
    rounds.push({
      order: decision.order,
      figures: decision.order.map((r, i) => (i === 0 ? r : null)),
    });
  }
  expect(rounds).toHaveLength(rules.mostRuns / 2);
  expect(decision.answer).toMatchObject({ kind: "unsure", why: "whole", change: null });
  expect(revisionStates({ ...rules, revisions: 10 }, rounds, new Set([3])).get(3)).toBe("skipped");
});

test("the order turns from round to round, with the revision in the middle", () => {
  const options = { ...rules, revisions: 5 };
  const rounds: Round[] = [];
  const orders: string[] = [];
  for (;;) {
    const decision = decideBisection(options, rounds, new Set());
    if (decision.kind === "done") break;
    orders.push(decision.order.join(""));
    const figures = decision.order.map((r) => (r >= 2 ? 0.2 : 0) + rounds.length * 0.001);
    rounds.push({ order: decision.order, figures });
  }
  expect(orders.slice(0, 4)).toEqual(["04", "40", "04", "40"]);
  expect(orders.filter((order) => order.length === 3).slice(0, 3)).toEqual(["024", "420", "024"]);
  expect(orders.slice(-2)).toEqual(["12", "21"]);
});

test("the fewest runs at which anything can be decided", () => {
  expect(leastRunsOf(0.001)).toBe(24);
  expect(leastRunsOf(0.1)).toBe(21);
});

test("a slowdown of 25 % among 30 commits on a busy machine: found, or not sure, never a wrong commit", () => {
  const counts = { found: 0, unsure: 0 };
  const histories = isLong ? 2000 : 40;
  for (let seed = 0; seed < histories; seed++) {
    const history = historyOf(createRandom(seed), 1.25);
    const answer = answerOf(history, busy, seed);
    if (answer.kind === "found") expect(answer.commit).toBe(history.slow);
    if (answer.kind !== "nothing") counts[answer.kind]++;
  }
  expect(counts.found + counts.unsure).toBe(histories);
  expect(counts.found).toBeGreaterThan(histories / 3);
}, 300_000);

test("no slowdown on a busy machine: no commit is blamed", () => {
  for (let seed = 0; seed < (isLong ? 2000 : 100); seed++) {
    expect(answerOf(historyOf(createRandom(seed), 1), busy, seed).kind).not.toBe("found");
  }
}, 300_000);
