import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import {
  type Answer,
  type Decision,
  decide,
  mostRuns,
  type SearchOptions,
  unfinished,
} from "../../src/search/decide.ts";
import type { Tried, Verdict } from "../../src/search/tally.ts";

const options: SearchOptions = { from: 1000, to: null, precision: 0.05, repeat: 3 };

/** Runs a search against a server; `verdictOf` is called once per run. */
function search(
  verdictOf: (load: number, run: number) => Verdict,
  changes: Partial<SearchOptions> = {},
): { answer: Answer; tried: readonly Tried[] } {
  const tried: Tried[] = [];
  for (;;) {
    const decision = decide({ ...options, ...changes }, tried);
    if (decision.kind === "done") return { answer: decision.answer, tried };
    expect(Number.isInteger(decision.load)).toBe(true);
    expect(decision.load).toBeGreaterThanOrEqual(1);
    tried.push({ load: decision.load, verdict: verdictOf(decision.load, tried.length) });
    expect(tried.length).toBeLessThanOrEqual(mostRuns);
  }
}

const upTo = (limit: number) => (load: number) => (load <= limit ? "held" : "broke") as Verdict;

const loadsOf = ({ tried }: { tried: readonly Tried[] }) => tried.map(({ load }) => load);

describe("the loads that are tried", () => {
  it("double until the gate breaks, converge on the border, and are repeated there", () => {
    const found = search(upTo(4_990));
    expect(loadsOf(found)).toEqual([
      ...[1000, 2000, 4000, 8000, 8000],
      ...[6000, 5000, 4500, 4800],
      ...[4800, 4800, 5000, 5000],
    ]);
    expect(found.answer).toMatchObject({
      kind: "found",
      held: { load: 4800, runs: 3, held: 3, broke: 0 },
      broke: { load: 5000, runs: 3, held: 0, broke: 3 },
    });
  });

  it("halve where the first did not hold", () => {
    const { answer, tried } = search(upTo(130));
    expect(loadsOf({ tried }).slice(0, 4)).toEqual([1000, 500, 250, 125]);
    expect(answer.kind).toBe("found");
  });

  it("end at the highest that is allowed, repeated", () => {
    const { answer, tried } = search(upTo(1e6), { to: 3000 });
    expect(loadsOf({ tried })).toEqual([1000, 2000, 3000, 3000, 3000]);
    expect(answer).toMatchObject({ kind: "atLeast", by: "to", held: { load: 3000, held: 3 } });
  });

  it("end where nothing holds", () => {
    const { answer, tried } = search(() => "broke", { from: 4 });
    expect(loadsOf({ tried })).toEqual([4, 2, 1, 1, 1]);
    expect(answer).toMatchObject({ kind: "nowhere", at: { load: 1, verdict: "broke", runs: 3 } });
  });

  it("end where the generator is the limit, when it is so in most of the runs", () => {
    const { answer, tried } = search((load) => (load <= 3000 ? "held" : "generator"));
    expect(loadsOf({ tried })).toEqual([1000, 2000, 4000, 4000, 4000, 2000, 2000]);
    expect(answer).toMatchObject({
      kind: "atLeast",
      by: "generator",
      held: { load: 2000, held: 3 },
      at: { load: 4000 },
    });
  });

  it("go on where the generator was the limit once only", () => {
    const { answer } = search((load, run) => (run === 2 ? "generator" : upTo(5000)(load)));
    expect(answer).toMatchObject({ kind: "found", held: { load: expect.any(Number) } });
  });

  it("end where this machine cannot hold the plan, which is not tried again", () => {
    const { answer, tried } = search((load) => (load <= 3000 ? "held" : "refused"));
    expect(loadsOf({ tried })).toEqual([1000, 2000, 4000, 2000, 2000]);
    expect(answer).toMatchObject({ kind: "atLeast", by: "refused", at: { load: 4000 } });
  });

  it("end at once where the first is refused, or the generator's limit", () => {
    expect(search(() => "refused").tried).toHaveLength(1);
    const { answer, tried } = search(() => "generator");
    expect(tried).toHaveLength(3);
    expect(answer).toMatchObject({ kind: "nowhere", at: { verdict: "generator" } });
  });

  it("are repeated where a run was disturbed, which says nothing of the load", () => {
    for (let noisy = 0; noisy < 12; noisy++) {
      const disturbed = (load: number, run: number) =>
        run === noisy || run === noisy + 1 ? "disturbed" : upTo(4_990)(load);
      const { answer, tried } = search(disturbed);
      expect(tried).toHaveLength(15);
      expect(answer).toMatchObject({
        kind: "found",
        held: { load: 4800, runs: 3, held: 3 },
        broke: { load: 5000, runs: 3, broke: 3 },
        unknown: null,
      });
    }
  });

  it("end with a wider answer, where a load between is disturbed each time", () => {
    const { answer, tried } = search((load) => (load === 5000 ? "disturbed" : upTo(4_990)(load)));
    expect(loadsOf({ tried }).filter((load) => load === 5000)).toHaveLength(3);
    expect(answer).toMatchObject({
      kind: "found",
      held: { load: 4000, runs: 3 },
      broke: { load: 6000, runs: 3 },
      unknown: { load: 5000, runs: 0, disturbed: 3, verdict: "disturbed" },
    });
  });

  it("end with what held, where all above is disturbed", () => {
    const { answer, tried } = search((load) => (load > 2000 ? "disturbed" : "held"));
    expect(loadsOf({ tried })).toEqual([1000, 2000, 4000, 4000, 4000, 2000, 2000]);
    expect(answer).toMatchObject({
      kind: "atLeast",
      by: "disturbed",
      held: { load: 2000 },
      at: { load: 4000 },
    });
  });

  it("end with nothing, where the first is disturbed each time", () => {
    const { answer, tried } = search(() => "disturbed");
    expect(loadsOf({ tried })).toEqual([1000, 1000, 1000]);
    expect(answer).toMatchObject({ kind: "nowhere", at: { verdict: "disturbed", runs: 0 } });
  });

  it("a break by chance moves nothing, whenever it comes", () => {
    for (let cold = 0; cold < 14; cold++) {
      const { answer } = search((load, run) => (run === cold ? "broke" : upTo(10_100)(load)));
      expect(answer).toMatchObject({ kind: "found" });
      if (answer.kind !== "found") continue;
      expect(answer.held.load).toBeGreaterThan(9_500);
      expect(answer.broke.load).toBeGreaterThan(10_100);
    }
  });

  it("nor does one that held by chance", () => {
    for (let lucky = 0; lucky < 14; lucky++) {
      const { answer } = search((load, run) => (run === lucky ? "held" : upTo(10_100)(load)));
      expect(answer).toMatchObject({ kind: "found" });
      if (answer.kind !== "found") continue;
      expect(answer.held.load).toBeLessThanOrEqual(10_100);
      expect(answer.held.load).toBeGreaterThan(9_500);
    }
  });
});

const searches = fc.record({
  limit: fc.integer({ min: 1, max: 1_000_000 }),
  from: fc.integer({ min: 1, max: 100_000 }),
  precision: fc.constantFrom(0.01, 0.02, 0.05, 0.1, 0.3),
  repeat: fc.integer({ min: 1, max: 5 }),
});

test("a server with a limit: it is found within the precision, in a bounded number of runs", () => {
  fc.assert(
    fc.property(searches, ({ limit, from, precision, repeat }) => {
      const { answer, tried } = search(upTo(limit), { from, precision, repeat });
      if (answer.kind === "nowhere") {
        expect(limit).toBeLessThan(Math.max(2, from / 512));
        return;
      }
      expect(answer.kind).toBe("found");
      if (answer.kind !== "found") return;
      const { held, broke } = answer;
      expect(held.load).toBeLessThanOrEqual(limit);
      expect(broke.load).toBeGreaterThan(limit);
      expect(broke.load - held.load).toBeLessThanOrEqual(Math.max(1, precision * held.load));
      expect([held.runs, broke.runs]).toEqual([repeat, repeat]);
      const doublings = Math.abs(Math.log2(limit / from)) + 2;
      // Each step leaves at most five eighths of the gap, which is as wide as the lower load at first.
      const steps = Math.log(1 / precision) / Math.log(8 / 5) + 2;
      expect(tried.length).toBeLessThanOrEqual(doublings + steps + 2 * repeat + 1);
    }),
  );
});

test("a server whose limit is blurred: the answer is within the blur, and most of its runs support it", () => {
  fc.assert(
    fc.property(searches, fc.integer(), ({ limit, from, precision, repeat }, seed) => {
      fc.pre(limit > from / 256 && limit >= 20);
      const random = createRandom(Math.abs(seed));
      const { answer, tried } = search(
        (load) => {
          const chance = (1.2 * limit - load) / (0.4 * limit);
          return random.float() < chance ? "held" : "broke";
        },
        { from, precision, repeat },
      );
      expect(tried.length).toBeLessThanOrEqual(mostRuns);
      if (answer.kind === "unfinished") {
        expect(tried).toHaveLength(mostRuns);
        return;
      }
      expect(answer.kind).toBe("found");
      if (answer.kind !== "found") return;
      const { held, broke } = answer;
      expect(held.load).toBeLessThanOrEqual(1.2 * limit);
      expect(broke.load).toBeGreaterThanOrEqual(0.8 * limit);
      expect(held.held * 2).toBeGreaterThan(held.runs);
      expect(broke.held * 2).toBeLessThanOrEqual(broke.runs);
      expect(broke.load - held.load).toBeLessThanOrEqual(Math.max(1, precision * held.load));
    }),
  );
});

test("noise of any kind: it ends", () => {
  fc.assert(
    fc.property(searches, fc.integer({ min: 0 }), ({ from, precision, repeat }, seed) => {
      const random = createRandom(seed);
      const verdicts: readonly Verdict[] = [
        ...(["held", "held", "held", "broke", "broke", "generator"] as const),
        ...(["disturbed", "disturbed"] as const),
      ];
      const { answer } = search(() => verdicts[random.uint32() % verdicts.length] as Verdict, {
        from,
        precision,
        repeat,
      });
      expect(answer.kind).toBeTypeOf("string");
    }),
  );
});

test("what is known when the user stops it", () => {
  const tried: readonly Tried[] = [
    { load: 1000, verdict: "held" },
    { load: 2000, verdict: "held" },
    { load: 4000, verdict: "broke" },
  ];
  expect(unfinished(tried)).toMatchObject({ held: { load: 2000 }, broke: { load: 4000 } });
  expect(unfinished([])).toEqual({ kind: "unfinished", held: null, broke: null });
  expect(decide(options, tried)).toEqual({ kind: "try", load: 4000 } satisfies Decision);
});
