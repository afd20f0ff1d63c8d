import { describe, expect, it, test } from "vitest";
import {
  answerText,
  limitHead,
  limitRow,
  loadText,
} from "../../../src/cli/find-limit/limit-text.ts";
import type { LimitStep } from "../../../src/results/series/limit-record.ts";
import type { Answer } from "../../../src/search/decide.ts";
import type { Tally } from "../../../src/search/tally.ts";

const rate = { workload: "chat", what: "rate" } as const;
const connections = { workload: "idle", what: "connections" } as const;
const gate = "chat.responseTime.p99 < 5ms";
const plain = { color: false, width: 60 };

const step: LimitStep = {
  step: 3,
  load: 4000,
  verdict: "held",
  gates: [{ expression: gate, actual: 312e3, limit: 5e6, unit: "ns", verdict: "pass" }],
  outcome: "pass",
  reasons: [],
  result: "03-4000.json",
};

describe("the table", () => {
  it("has its columns under their names", () => {
    const head = limitHead(rate, [gate]);
    const row = limitRow(step, rate, [gate], plain);
    expect(head).toBe("step       chat.rate  chat.responseTime.p99 < 5ms  verdict");
    expect(row).toBe("   3         4,000/s                       312 us  held");
  });

  it("grows with a long name", () => {
    const vary = { workload: "a-rather-long-name", what: "connections" } as const;
    const head = limitHead(vary, [gate]);
    const row = limitRow(step, vary, [gate], plain);
    expect(row.indexOf("held")).toBe(head.indexOf("verdict"));
  });

  it("says why where the gates do not", () => {
    const reason =
      "chat: only 720/s of 800/s offered was sent, as this load generator did not keep up";
    const row = limitRow({ ...step, verdict: "generator", reasons: [reason] }, rate, [gate], plain);
    expect(row.split("\n")).toEqual([
      "   3         4,000/s                       312 us  generator",
      "      chat: only 720/s of 800/s offered was sent, as this",
      "      load generator did not keep up",
    ]);
    const refused = { ...step, verdict: "refused", gates: [], reasons: ["no room"] } as const;
    expect(limitRow(refused, rate, [gate], plain)).toMatch(/ - {2}refused\n {6}no room$/);
  });

  it("says no more about a gate that failed, nor about a run that was interrupted", () => {
    const gates = step.gates.map((one) => ({ ...one, verdict: "fail" as const }));
    const reasons = [`gate failed: ${gate} (it was 9 ms)`];
    expect(limitRow({ ...step, verdict: "broke", gates, reasons }, rate, [gate], plain)).toMatch(
      /broke$/,
    );
    expect(limitRow({ ...step, verdict: null, reasons }, rate, [gate], plain)).toMatch(
      /interrupted$/,
    );
  });

  it("has loads in their unit", () => {
    expect(loadText(41_000, rate)).toBe("41,000/s");
    expect(loadText(41_000, connections)).toBe("41,000");
  });
});

const tally = (changes: Partial<Tally>): Tally => ({
  load: 41_000,
  runs: 3,
  held: 3,
  broke: 0,
  disturbed: 0,
  verdict: "held",
  ...changes,
});
const broke = tally({ load: 43_000, held: 1, broke: 2, verdict: "broke" });
const lost = tally({ load: 60_000, runs: 0, held: 0, disturbed: 3, verdict: "disturbed" });
const over = tally({ load: 80_000, held: 0, verdict: "generator" });

const cases: readonly (readonly [string, Answer, boolean, string])[] = [
  [
    "found",
    { kind: "found", held: tally({}), broke, unknown: null },
    false,
    "chat.rate: held at 41,000/s in 3 of 3 runs, failed at 43,000/s in 2 of 3 runs: the limit lies between 41,000/s and 43,000/s",
  ],
  [
    "found, and farther apart than requested",
    { kind: "found", held: tally({}), broke: { ...broke, load: 80_000 }, unknown: lost },
    false,
    "the limit lies between 41,000/s and 80,000/s; more is not known, as every run at 60,000/s was disturbed by pauses of the load generator or a busy machine; end other programs",
  ],
  [
    "at least, as all above was disturbed",
    { kind: "atLeast", held: tally({}), by: "disturbed", at: lost },
    false,
    "at least 41,000/s (held at 41,000/s in 3 of 3 runs): more is not known, as every run at 60,000/s was disturbed",
  ],
  [
    "nothing, as all was disturbed",
    { kind: "nowhere", at: lost },
    false,
    "chat.rate: nothing is known, as every run at 60,000/s was disturbed",
  ],
  [
    "as high as requested",
    { kind: "atLeast", held: tally({}), by: "to", at: tally({}) },
    false,
    "chat.rate: at least 41,000/s (held at 41,000/s in 3 of 3 runs): the highest that was requested (--to)",
  ],
  [
    "the generator's limit",
    { kind: "atLeast", held: tally({}), by: "generator", at: over },
    false,
    "from 80,000/s on the load generator was the limit; end other programs, use more workers",
  ],
  [
    "a refusal",
    { kind: "atLeast", held: tally({}), by: "refused", at: { ...over, verdict: "refused" } },
    false,
    "this machine cannot hold the plan at 80,000/s",
  ],
  ["nowhere", { kind: "nowhere", at: broke }, false, "it held at no load: failed at 43,000/s in 2"],
  [
    "nowhere, by the generator",
    { kind: "nowhere", at: over },
    false,
    "the load generator was the limit at 80,000/s already",
  ],
  [
    "nowhere, by a refusal",
    { kind: "nowhere", at: { ...over, verdict: "refused" } },
    false,
    "cannot hold the plan at 80,000/s",
  ],
  [
    "interrupted",
    { kind: "unfinished", held: tally({ runs: 1, held: 1 }), broke },
    true,
    "chat.rate: interrupted; held at 41,000/s in 1 of 1 run, failed at 43,000/s in 2 of 3 runs",
  ],
  [
    "unfinished, as runs contradict each other",
    { kind: "unfinished", held: null, broke: null },
    false,
    "stopped, as the runs contradict each other; nothing has held yet",
  ],
];

test.each(cases)("the answer: %s", (_, answer, interrupted, text) => {
  expect(answerText(answer, rate, interrupted)).toContain(text);
});
