import { expect, test } from "vitest";
import { Silences } from "../../../src/metrics/disturbance/silences.ts";
import { Recorder } from "../../../src/metrics/recorder.ts";
import { counter, phase } from "../../../src/metrics/snapshot.ts";

const quarter = 250e6;

/** Each worker's sent and received by quarter second. */
function silencesOf(...workers: (readonly [sent: number, received: number])[][]) {
  const silences = new Silences();
  workers.forEach((quarters, worker) => {
    const recorder = new Recorder(0, worker, 0);
    quarters.forEach(([sent, received], at) => {
      recorder.count(phase.steady, counter.sent, sent);
      recorder.count(phase.steady, counter.received, received);
      silences.add(recorder.snapshot((at + 1) * quarter));
    });
  });
  return silences.all.map(({ fromNs, toNs, inFlight }) => [
    fromNs / quarter,
    toNs / quarter,
    inFlight,
  ]);
}

test("a target is silent where exchanges wait and none is answered, for two snapshots or more", () => {
  expect(
    silencesOf([
      [5, 5],
      [5, 3],
      [5, 0],
      [5, 0],
      [5, 0],
      [5, 17],
      [5, 5],
    ]),
  ).toEqual([[2, 5, 17]]);
  expect(
    silencesOf([
      [5, 3],
      [5, 0],
      [5, 7],
    ]),
  ).toEqual([]);
});

test("it is not where nothing was asked", () => {
  expect(
    silencesOf([
      [5, 5],
      [0, 0],
      [0, 0],
      [0, 0],
      [5, 5],
    ]),
  ).toEqual([]);
});

test("it is where all workers wait at once", () => {
  const waits = [
    [5, 3],
    [5, 0],
    [5, 0],
    [5, 0],
    [5, 0],
    [5, 22],
  ] as const;
  const shorter = [
    [5, 3],
    [5, 0],
    [5, 0],
    [5, 0],
    [5, 17],
    [5, 5],
  ] as const;
  expect(silencesOf([...waits], [...shorter])).toEqual([[1, 4, 39]]);
  expect(
    silencesOf(
      [...waits],
      [
        [5, 3],
        [5, 1],
        [5, 1],
        [5, 1],
        [5, 1],
        [5, 1],
      ],
    ),
  ).toEqual([]);
});
