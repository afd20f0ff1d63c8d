import { expect, test } from "vitest";
import { AudienceCollector } from "../../src/broadcast/collector.ts";
import { phase } from "../../src/metrics/snapshot.ts";
import { noCounts } from "../../src/metrics/sparse-counts.ts";

const counted = {
  stays: 1,
  received: 3,
  duplicated: 0,
  reordered: 0,
  bytesReceived: 192,
  foreign: 0,
  latency: noCounts,
};

/** A row of span-rows.ts: sender 0. */
function row(
  sequence: number,
  at: number,
  sentNs: number,
  firstNs: number,
  lastNs: number,
  heard: number,
) {
  return [0, sequence, at, sentNs, firstNs, lastNs, heard];
}

test("the spread is between the first and the last of all processes, of steady state alone", () => {
  const collector = new AudienceCollector(1, 3);
  const heard = (...rows: number[][]) =>
    collector.heard({ type: "heard", spans: Float64Array.from(rows.flat()), stays: [] });
  heard(row(0, phase.steady, 5, 100, 130, 2), row(1, phase.steady, 6, 200, 200, 1));
  heard(row(0, phase.steady, 5, 90, 90, 1), row(2, phase.warmUp, 7, 300, 900, 2));
  collector.reports(1, [{ ...counted, listener: 2 }]);
  collector.reports(0, [
    { ...counted, listener: 0 },
    { ...counted, listener: 1 },
  ]);
  collector.end();
  const { listeners, spread, datagrams, lateRows } = collector.measured;
  expect(spread).toMatchObject({ count: 1, min: 40, max: 40 });
  expect({ datagrams, lateRows }).toEqual({ datagrams: 3, lateRows: 0 });
  expect(listeners.map(({ listener, process, due }) => [listener, process, due])).toEqual([
    [0, 0, null],
    [1, 0, null],
    [2, 1, null],
  ]);
});

test("what was for one that comes and goes was sent in one of its stays", () => {
  const collector = new AudienceCollector(1, 2);
  const stay = (number: number, joinedNs: number, leftNs: number) => ({
    listener: 1,
    stay: number,
    joinedNs,
    leftNs,
  });
  const spans = Float64Array.from(
    [5, 10, 19, 20, 30, 39, 40, 99].flatMap((sentNs, sequence) =>
      row(sequence, phase.steady, sentNs, sentNs, sentNs, 1),
    ),
  );
  const none = new Float64Array(0);
  const forever = Number.POSITIVE_INFINITY;
  collector.heard({ type: "heard", spans: none, stays: [stay(0, 10, forever)] });
  collector.heard({ type: "heard", spans, stays: [stay(0, 10, 20), stay(1, 30, forever)] });
  collector.heard({ type: "heard", spans: none, stays: [stay(1, 30, 40)] });
  collector.reports(0, [
    { ...counted, listener: 0 },
    { ...counted, listener: 1 },
  ]);
  collector.end();
  const [first, second] = collector.measured.listeners;
  expect(first).toMatchObject({ comesAndGoes: false, due: null });
  // 10 and 19, 30 and 39.
  expect(second).toMatchObject({ comesAndGoes: true, due: 4 });
});
