import { expect, test } from "vitest";
import { ReceiverCollector } from "../../src/broadcast/collector.ts";
import { phase } from "../../src/metrics/snapshot.ts";
import { noCounts } from "../../src/metrics/sparse-counts.ts";

/** Nothing is disturbed. */
const calm = { isMachineDisturbed: () => false, mostLostNs: () => 0 };

const counted = {
  thread: 2,
  memberships: 1,
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
  delivered: number,
  disturbed = 0,
) {
  return [0, sequence, at, sentNs, firstNs, lastNs, delivered, disturbed];
}

test("the spread is between the first and the last of all processes, in steady state only", () => {
  const collector = new ReceiverCollector(1, 3, calm);
  const delivered = (...rows: number[][]) =>
    collector.add({ type: "received", spans: Float64Array.from(rows.flat()), memberships: [] });
  delivered(row(0, phase.steady, 5, 100, 130, 2), row(1, phase.steady, 6, 200, 200, 1));
  delivered(row(0, phase.steady, 5, 90, 90, 1), row(2, phase.warmUp, 7, 300, 900, 2));
  collector.reports(1, [{ ...counted, receiver: 2 }], [1]);
  collector.reports(
    0,
    [
      { ...counted, receiver: 0 },
      { ...counted, receiver: 1 },
    ],
    [2, 3],
  );
  collector.end();
  const { receivers, spread, datagrams, lateRows, arrivals } = collector.measured;
  expect(arrivals).toEqual([3, 3]);
  expect(spread).toMatchObject({ count: 1, min: 40, max: 40 });
  expect({ datagrams, lateRows }).toEqual({ datagrams: 3, lateRows: 0 });
  expect(receivers.map(({ receiver, process, due }) => [receiver, process, due])).toEqual([
    [0, 0, null],
    [1, 0, null],
    [2, 1, null],
  ]);
});

test("what was due for one that joins and leaves was sent during one of its memberships", () => {
  const collector = new ReceiverCollector(1, 2, calm);
  const membership = (number: number, joinedNs: number, leftNs: number) => ({
    receiver: 1,
    membership: number,
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
  collector.add({ type: "received", spans: none, memberships: [membership(0, 10, forever)] });
  collector.add({
    type: "received",
    spans,
    memberships: [membership(0, 10, 20), membership(1, 30, forever)],
  });
  collector.add({ type: "received", spans: none, memberships: [membership(1, 30, 40)] });
  collector.reports(
    0,
    [
      { ...counted, receiver: 0 },
      { ...counted, receiver: 1 },
    ],
    null,
  );
  collector.end();
  expect(collector.measured.arrivals).toBeNull();
  const [first, second] = collector.measured.receivers;
  expect(first).toMatchObject({ rejoins: false, due: null });
  // 10 and 19, 30 and 39.
  expect(second).toMatchObject({ rejoins: true, due: 4 });
});

test("a spread is disturbed where a receiver's thread had paused, or the machine was, and is given back what was lost", () => {
  const collector = new ReceiverCollector(1, 2, {
    isMachineDisturbed: (fromNs, toNs) => fromNs < 500 && toNs >= 450,
    mostLostNs: (fromNs, toNs) => (fromNs < 200 && toNs > 100 ? 100 : 0),
  });
  const spans = Float64Array.from([
    ...row(0, phase.steady, 90, 95, 220, 2, 1),
    ...row(1, phase.steady, 250, 260, 270, 2),
    ...row(2, phase.steady, 400, 410, 460, 2),
    ...row(3, phase.warmUp, 480, 480, 490, 2, 2),
  ]);
  collector.add({ type: "received", spans, memberships: [] });
  collector.end();
  const { spread, disturbedSpread, creditedSpread } = collector.measured;
  expect(spread).toMatchObject({ count: 3, min: 10, max: 125 });
  expect(disturbedSpread).toMatchObject({ count: 2, min: 50, max: 125 });
  expect(creditedSpread).toMatchObject({ count: 2, min: 25, max: 50 });
});
