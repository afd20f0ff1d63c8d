import { expect, test } from "vitest";
import { Recorder } from "../../../src/metrics/recorder.ts";
import { counter, momentOf, phase } from "../../../src/metrics/snapshot.ts";
import { buildResult } from "../../../src/results/build/build.ts";
import { measured, resultInput, startNs } from "../fixture.ts";

test("a result that is built again during its run only rebuilds what has changed", () => {
  const chat = measured(0);
  const timelineOf = () => {
    return buildResult(resultInput({ workloads: [chat] })).workloads.chat?.timeline ?? [];
  };
  const before = timelineOf();
  const recorder = new Recorder(0, 0, startNs + 3e9);
  recorder.count(momentOf(phase.steady, 1), counter.sent, 5);
  chat.accumulator.add(recorder.snapshot(startNs + 3.5e9));
  const after = timelineOf();
  expect(after[3]?.sent).toBe((before[3]?.sent ?? 0) + 5);
  expect(after.filter((entry, second) => entry !== before[second])).toEqual([after[3]]);
});
