import { expect, it } from "vitest";
import { membershipColumns } from "../../../src/metrics/broadcast/membership-rows.ts";
import { arrival } from "../../../src/metrics/broadcast/sequence-tracker.ts";
import { Subscribers } from "../../../src/traffic/subscriptions/subscribers.ts";

function rowsOf(subscribers: Subscribers, nowNs: number): number[][] {
  const rows = [...subscribers.rows(nowNs)];
  return Array.from({ length: rows.length / membershipColumns }, (_, n) =>
    rows.slice(n * membershipColumns, (n + 1) * membershipColumns),
  );
}

it("counts by subscriber what came, came again and came late, of each publishing connection", () => {
  const subscribers = new Subscribers(3, 2, 100);
  subscribers.joined(0, 10);
  subscribers.joined(1, 20);
  expect(subscribers.take(0, 0, 5)).toBe(arrival.inOrder);
  expect(subscribers.take(0, 1, 5)).toBe(arrival.inOrder);
  expect(subscribers.take(0, 0, 9)).toBe(arrival.inOrder);
  expect(subscribers.take(0, 0, 7)).toBe(arrival.reordered);
  expect(subscribers.take(0, 0, 7)).toBe(arrival.duplicate);
  expect(subscribers.take(1, 0, 7)).toBe(arrival.inOrder);
  expect(rowsOf(subscribers, 99)).toEqual([
    // 5 to 9 of one, 5 of the other.
    [100, 10, 99, 4, 6, 1, 1],
    [101, 20, 99, 1, 1, 0, 0],
  ]);
});

it("a connection that is opened again has a row of its own, and what came before is known", () => {
  const subscribers = new Subscribers(1, 1, 0);
  subscribers.joined(0, 1e9);
  subscribers.take(0, 0, 0);
  subscribers.left(0, 2e9);
  subscribers.left(0, 3e9);
  subscribers.joined(0, 4e9);
  expect(subscribers.take(0, 0, 0)).toBe(arrival.duplicate);
  subscribers.take(0, 0, 8);
  expect(rowsOf(subscribers, 9e9)).toEqual([
    [0, 1e9, 2e9, 1, 1, 0, 0],
    [0, 4e9, 9e9, 1, 1, 1, 0],
  ]);
});

it("connections that received nothing and were there for a moment are not kept, and not more rows than there is room for", () => {
  const most = 5;
  const subscribers = new Subscribers(1, 1, 0, most);
  for (let n = 0; n < 1000; n++) {
    subscribers.joined(0, n * 1e9);
    subscribers.left(0, n * 1e9 + 1e6);
  }
  expect(rowsOf(subscribers, 0)).toEqual([]);
  for (let n = 0; n < most + 3; n++) {
    subscribers.joined(0, n * 1e6);
    subscribers.take(0, 0, 2 * n);
    subscribers.take(0, 0, 2 * n + 1);
    subscribers.left(0, n * 1e6 + 1e6);
  }
  const rows = rowsOf(subscribers, 0);
  expect(rows).toHaveLength(most + 1);
  const [, joinedNs, leftNs, ...counts] = rows.at(-1) as number[];
  expect(leftNs).toBe(joinedNs);
  expect(counts).toEqual([6, 6, 0, 0]);
});
