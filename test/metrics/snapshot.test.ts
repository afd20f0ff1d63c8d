import { expect, test } from "vitest";
import { Recorder } from "../../src/metrics/recorder.ts";
import { counter, inPhase, overPhases, phase } from "../../src/metrics/snapshot.ts";

test("counters by phase, and over all of them", () => {
  const recorder = new Recorder(0, 0, 0);
  recorder.count(phase.warmUp, counter.sent, 3);
  recorder.count(phase.steady, counter.sent, 5);
  recorder.count(phase.steady, counter.received, 100);
  const { counters } = recorder.snapshot(1);
  expect(inPhase(counters, phase.warmUp, "sent")).toBe(3);
  expect(inPhase(counters, phase.steady, "sent")).toBe(5);
  expect(inPhase(counters, phase.drain, "sent")).toBe(0);
  expect(overPhases(counters, "sent")).toBe(8);
});
