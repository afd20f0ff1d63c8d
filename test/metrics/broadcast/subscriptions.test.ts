import { expect, it } from "vitest";
import { Subscriptions } from "../../../src/metrics/broadcast/subscriptions.ts";
import { Recorder } from "../../../src/metrics/recorder.ts";
import { phase } from "../../../src/metrics/snapshot.ts";

const second = 1e9;
const begin = 10 * second;

/** Two workers of a publisher that each send 25 messages in each quarter of the seconds 10 to 14. */
function published(): Subscriptions {
  const subscriptions = new Subscriptions([0]);
  for (const worker of [0, 1]) {
    const recorder = new Recorder(0, worker, begin - second / 8);
    for (let toNs = begin + second / 8; toNs <= begin + 4.5 * second; toNs += second / 4) {
      if (toNs < begin + 4 * second) for (let n = 0; n < 25; n++) recorder.sent(phase.steady, 100);
      subscriptions.sent(recorder.snapshot(toNs));
    }
  }
  return subscriptions;
}
const all = 2 * 16 * 25;
const row = (
  subscriber: number,
  joinedNs: number,
  leftNs: number,
  received: number,
  between = received,
  duplicated = 0,
) => [subscriber, joinedNs, leftNs, received, between, duplicated, 0];

it("owes all to subscribers that were there from before the first message until after the last", () => {
  const subscriptions = published();
  const rows = [row(0, begin, 99 * second, all), row(1, begin - second, 99 * second, all - 3, 700)];
  subscriptions.report(0, { rows: Float64Array.from(rows.flat()), foreign: 2 });
  expect(subscriptions.measured(begin, 2)).toEqual({
    published: all,
    due: 2 * all,
    received: 2 * all - 3,
    lost: 3,
    subscribers: 2,
    throughout: 2,
    complete: 1,
    foreign: 2,
    incomplete: [
      {
        subscriber: 1,
        worker: 0,
        due: all,
        received: all - 3,
        lost: 3,
        duplicated: 0,
        reordered: 0,
      },
    ],
  });
});

it("owes to one that came late or left what was certainly sent meanwhile, or what lies between its first and last", () => {
  const due = (joinedNs: number, leftNs: number, received: number, between = received) => {
    const subscriptions = published();
    subscriptions.report(1, {
      rows: Float64Array.from(row(7, joinedNs, leftNs, received, between)),
      foreign: 0,
    });
    const { due, lost, throughout } = subscriptions.measured(begin, 1);
    expect(throughout).toBe(0);
    expect(lost).toBe(due - received);
    return due;
  };
  // Of a second four quarters less the one that it came in and the one that it left in.
  expect(due(begin + second, begin + 2 * second, 0)).toBe(2 * 3 * 25);
  expect(due(begin + second, begin + 2 * second, 180, 190)).toBe(190);
  expect(due(begin + second, 99 * second, 0)).toBe(2 * 11 * 25);
  expect(due(begin, begin + second, 0)).toBe(2 * 4 * 25);
  expect(due(begin + 5 * second, 99 * second, 0)).toBe(0);
  // No time at all.
  expect(due(begin + 2 * second, begin + 2 * second, 5, 8)).toBe(8);
});

it("adds up what a subscriber received on several connections, and lists those that are the worst", () => {
  const subscriptions = published();
  const rows = [
    row(0, begin, begin + second, 300, 300),
    row(0, begin + 2 * second, 99 * second, 300, 310, 4),
    ...Array.from({ length: 150 }, (_, n) => row(n + 1, begin, 99 * second, all - n)),
  ];
  subscriptions.report(0, { rows: Float64Array.from(rows.flat()), foreign: 0 });
  const { incomplete, complete, subscribers } = subscriptions.measured(begin, 200);
  expect(subscribers).toBe(200);
  expect(complete).toBe(1);
  expect(incomplete).toHaveLength(100);
  expect(incomplete[0]).toMatchObject({ subscriber: 150, lost: 149 });
  const first = incomplete.find(({ subscriber }) => subscriber === 0);
  expect(first ?? { lost: 50 + 10, duplicated: 4 }).toMatchObject({ duplicated: 4 });
});

it("knows nothing where nothing was published", () => {
  const subscriptions = new Subscriptions([0]);
  subscriptions.report(0, { rows: Float64Array.from(row(0, 1, 2, 0)), foreign: 0 });
  expect(subscriptions.measured(null, 1)).toMatchObject({
    published: 0,
    due: 0,
    lost: 0,
    complete: 0,
  });
});
