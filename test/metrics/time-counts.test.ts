import fc from "fast-check";
import { expect, test } from "vitest";
import { Recorder } from "../../src/metrics/recorder.ts";
import { phase, timing } from "../../src/metrics/snapshot.ts";
import { noCounts } from "../../src/metrics/sparse-counts.ts";
import { TimeCounts } from "../../src/metrics/time-counts.ts";
import { rounds } from "../support/fuzz.ts";

test("counts as a recorder does", () => {
  const times = fc.array(fc.double({ min: -10, max: 4e12, noNaN: true }), { maxLength: 50 });
  const recorder = new Recorder(0, 0, 0);
  fc.assert(
    fc.property(times, (list) => {
      const counts = new TimeCounts();
      for (const ns of list) {
        counts.record(ns);
        recorder.time(timing.sendLag, phase.steady, ns);
      }
      expect(counts.counts()).toEqual(recorder.snapshot(1).steady[timing.sendLag]);
    }),
    { numRuns: rounds(20, 200) },
  );
});

test("is empty at first, and returns the same counts again", () => {
  const counts = new TimeCounts();
  expect(counts.counts()).toEqual(noCounts);
  counts.record(1500);
  expect(counts.counts()).toEqual(counts.counts());
});
