import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergeSnapshots, severalWorkers } from "../../src/metrics/merge.ts";
import { Recorder } from "../../src/metrics/recorder.ts";
import {
  counters,
  type Moment,
  momentOf,
  noSecond,
  type Phase,
  type Side,
  type Snapshot,
  type Tally,
  type Timing,
} from "../../src/metrics/snapshot.ts";
import { rounds } from "../support/fuzz.ts";
import { durations } from "./samples.ts";

/** Something that a worker records. */
type Event =
  | { kind: "count"; at: Moment; index: number; by: number }
  | { kind: "time"; which: Timing; at: Moment; ns: number }
  | { kind: "error"; code: string; side: Side; at: Moment }
  | { kind: "status"; status: number; at: Moment };

const moments = fc
  .tuple(
    fc.integer({ min: 0, max: 3 }),
    fc.oneof(fc.integer({ min: -2, max: 2 }), fc.constant(noSecond)),
  )
  .map(([phase, second]) => momentOf(phase as Phase, second));
const events: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    kind: fc.constant("count" as const),
    at: moments,
    index: fc.integer({ min: 0, max: counters.length - 1 }),
    by: fc.nat(1000),
  }),
  fc.record({
    kind: fc.constant("time" as const),
    which: fc.integer({ min: 0, max: 3 }).map((value) => value as Timing),
    at: moments,
    ns: durations,
  }),
  fc.record({
    kind: fc.constant("error" as const),
    code: fc.constantFrom("ECONNRESET", "ETIMEDOUT", "EMFILE"),
    side: fc.constantFrom<Side[]>("target", "generator"),
    at: moments,
  }),
  fc.record({
    kind: fc.constant("status" as const),
    status: fc.constantFrom(101, 200, 503, 999),
    at: moments,
  }),
);

/** By worker, without counts between two calls. Making one takes longer than all that is recorded here. */
const recorders = [0, 1, 2].map((worker) => new Recorder(0, worker, 0));

function record(events: readonly Event[], worker = 0): Snapshot {
  const recorder = recorders[worker] as Recorder;
  recorder.snapshot(0);
  for (const event of events) {
    if (event.kind === "count") recorder.count(event.at, event.index, event.by);
    else if (event.kind === "time") recorder.time(event.which, event.at, event.ns);
    else if (event.kind === "status") recorder.status(event.at, event.status);
    else recorder.error(event.code, event.side, event.at);
  }
  return recorder.snapshot(1);
}

/** Returns what must be equal whatever the grouping: squares are rounded sums, errors have no order. */
function comparable(snapshot: Snapshot) {
  return { ...comparableTally(snapshot), seconds: snapshot.seconds.map(comparableTally) };
}

function comparableTally<T extends Tally>(tally: T) {
  const exact = (row: Tally["steady"]) => row.map((counts) => ({ ...counts, sumOfSquares: 0 }));
  const errors = tally.errors.map((error) => JSON.stringify(error)).sort();
  return { ...tally, errors, steady: exact(tally.steady), outside: exact(tally.outside) };
}

describe("mergeSnapshots", () => {
  const parts = fc.array(fc.array(events, { maxLength: 20 }), { minLength: 1, maxLength: 5 });

  test("split, then merged, is the whole", () => {
    fc.assert(
      fc.property(parts, (parts) => {
        const merged = parts.map((part) => record(part)).reduce(mergeSnapshots);
        expect(comparable(merged)).toEqual(comparable(record(parts.flat())));
      }),
    );
  });

  test("neither order nor grouping matters", () => {
    const three = fc.tuple(...[0, 1, 2].map(() => fc.array(events, { maxLength: 20 })));
    fc.assert(
      fc.property(three, ([first, second, third]) => {
        const a = record(first ?? [], 0);
        const b = record(second ?? [], 1);
        const c = record(third ?? [], 2);
        const left = mergeSnapshots(mergeSnapshots(a, b), c);
        expect(comparable(mergeSnapshots(a, mergeSnapshots(b, c)))).toEqual(comparable(left));
        expect(comparable(mergeSnapshots(c, mergeSnapshots(b, a)))).toEqual(comparable(left));
      }),
      { numRuns: rounds(20, 1000) },
    );
  });

  test("open connections: the later of one worker's, the sum over workers", () => {
    const recorder = new Recorder(0, 4, 0);
    for (let i = 0; i < 5; i++) recorder.opened();
    for (let i = 0; i < 3; i++) recorder.closed();
    const early = recorder.snapshot(10);
    recorder.opened();
    const late = recorder.snapshot(20);
    for (const merged of [mergeSnapshots(early, late), mergeSnapshots(late, early)]) {
      expect(merged).toMatchObject({ worker: 4, fromNs: 0, toNs: 20, open: 3, openPeak: 5 });
    }
    const other = new Recorder(0, 5, 0);
    other.opened();
    expect(mergeSnapshots(late, other.snapshot(20))).toMatchObject({
      worker: severalWorkers,
      open: 4,
      openPeak: 4,
    });
  });

  test("refuses snapshots of two workloads", () => {
    const other = new Recorder(1, 0, 0).snapshot(1);
    expect(() => mergeSnapshots(record([]), other)).toThrow("one workload");
  });
});
