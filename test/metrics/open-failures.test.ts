import { expect, test } from "vitest";
import { mergeSnapshots } from "../../src/metrics/merge.ts";
import { noOpenFailures } from "../../src/metrics/open-failures.ts";
import { Recorder } from "../../src/metrics/recorder.ts";
import { overPhases, phase } from "../../src/metrics/snapshot.ts";

function fail(recorder: Recorder, step: number, atNs: number) {
  const received = Buffer.from(`at ${atNs}`);
  const code = `OPEN_${step + 1}_UNEXPECTED`;
  const failure = { step, code, client: atNs, atNs, received, receivedBytes: received.length };
  recorder.openFailed(failure, "target", phase.connect);
}

const clients = ({ examples }: typeof noOpenFailures) => examples.map(({ client }) => client);

test("are counted by step, and the first ones are kept", () => {
  const recorder = new Recorder(0, 0, 0);
  for (let at = 1; at <= 9; at++) fail(recorder, at % 2 === 0 ? 3 : 0, at);
  const { counters, errors, failing, openFailures } = recorder.snapshot(10);
  expect(overPhases(counters, "openFailed")).toBe(9);
  expect(errors).toMatchObject([
    { code: "OPEN_1_UNEXPECTED", side: "target", phase: "connect", count: 5 },
    { code: "OPEN_4_UNEXPECTED", count: 4 },
  ]);
  expect(failing).toHaveLength(9);
  expect(openFailures.bySteps).toEqual([
    { step: 0, count: 5 },
    { step: 3, count: 4 },
  ]);
  expect(clients(openFailures)).toEqual([1, 2, 3, 4]);
  expect(recorder.snapshot(20).openFailures).toEqual(noOpenFailures);
});

test("a sum is that of its parts, in any order", () => {
  const [a, b, c] = [0, 1, 2].map((worker) => {
    const recorder = new Recorder(0, worker, 0);
    if (worker < 2) for (let at = 0; at < 5; at++) fail(recorder, worker, 10 * at + 2 - worker);
    return recorder.snapshot(100);
  }) as [
    ReturnType<Recorder["snapshot"]>,
    ReturnType<Recorder["snapshot"]>,
    ReturnType<Recorder["snapshot"]>,
  ];
  const sums = [
    mergeSnapshots(mergeSnapshots(a, b), c),
    mergeSnapshots(c, mergeSnapshots(b, a)),
  ].map(({ openFailures }) => openFailures);
  for (const sum of sums) {
    expect(sum.bySteps).toEqual([
      { step: 0, count: 5 },
      { step: 1, count: 5 },
    ]);
    expect(clients(sum)).toEqual([1, 2, 11, 12]);
  }
});
