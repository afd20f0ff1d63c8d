import fc from "fast-check";
import { expect, test } from "vitest";
import { SpanBatch } from "../../../src/metrics/broadcast/span-batch.ts";
import { SpanCollector } from "../../../src/metrics/broadcast/span-collector.ts";
import { span, spanColumns } from "../../../src/metrics/broadcast/span-rows.ts";
import { rounds } from "../../support/fuzz.ts";

interface Delivery {
  readonly thread: number;
  readonly sender: number;
  readonly sequence: number;
  readonly nowNs: number;
}

interface Span {
  firstNs: number;
  lastNs: number;
  receivers: number;
}

/** The rows that a collector handed out, by "sender/sequence"; a datagram handed out twice is an error. */
function collecting(senders: number) {
  const spans = new Map<string, Span>();
  const collector = new SpanCollector(senders, (rows, at) => {
    const key = `${rows[at + span.sender]}/${rows[at + span.sequence]}`;
    expect(spans.has(key)).toBe(false);
    spans.set(key, {
      firstNs: rows[at + span.firstNs] as number,
      lastNs: rows[at + span.lastNs] as number,
      receivers: rows[at + span.receivers] as number,
    });
  });
  return { spans, collector };
}

const delivery: fc.Arbitrary<Delivery> = fc.record({
  thread: fc.integer({ min: 0, max: 2 }),
  sender: fc.integer({ min: 0, max: 4 }),
  sequence: fc.integer({ min: 0, max: 40 }),
  nowNs: fc.integer({ min: 0, max: 1e9 }),
});

test("first, last and count are exact, however threads receive and report", () => {
  const events = fc.array(delivery, { maxLength: 300 });
  const reportEvery = fc.integer({ min: 1, max: 20 });
  fc.assert(
    fc.property(events, reportEvery, (list, every) => {
      const { spans, collector } = collecting(5);
      // Small ones, so that places are shared and batches run full.
      const threads = [0, 1, 2].map(() => new SpanBatch(8));
      const expected = new Map<string, Span>();
      for (const [index, { thread, sender, sequence, nowNs }] of list.entries()) {
        const batch = threads[thread] as SpanBatch;
        if (batch.isFull) collector.add(batch.take());
        batch.add(sender, sequence, 2, 7, nowNs);
        if (index % every === 0) collector.add(batch.take());
        const key = `${sender}/${sequence}`;
        const before = expected.get(key) ?? { firstNs: nowNs, lastNs: nowNs, receivers: 0 };
        expected.set(key, {
          firstNs: Math.min(before.firstNs, nowNs),
          lastNs: Math.max(before.lastNs, nowNs),
          receivers: before.receivers + 1,
        });
      }
      for (const batch of threads) collector.add(batch.take());
      collector.end();
      expect(spans).toEqual(expected);
      expect(collector.late).toBe(0);
    }),
    { numRuns: rounds(15, 300) },
  );
});

test("hands out what the window has moved past, and counts what arrives after that", () => {
  const { spans, collector } = collecting(1);
  const row = (sequence: number, ns: number) => Float64Array.of(0, sequence, 2, 1, ns, ns, 1);
  const window = 1 << 18;
  collector.add(row(3, 100));
  collector.add(row(3 + window - 1, 150));
  expect(spans.size).toBe(0);
  collector.add(row(3 + window, 200));
  expect([...spans.keys()]).toEqual(["0/3"]);
  collector.add(row(3, 300));
  expect(collector.late).toBe(1);
  collector.end();
  expect(spans.size).toBe(3);
  expect(spans.get("0/3")).toEqual({ firstNs: 100, lastNs: 100, receivers: 1 });
});

test("a batch hands out its rows once, in the order of the table", () => {
  const batch = new SpanBatch(4);
  expect(batch.isEmpty).toBe(true);
  batch.add(1, 2, 3, 4, 5);
  batch.add(1, 2, 3, 4, 6, 1);
  const rows = batch.take();
  expect(rows.length).toBe(spanColumns);
  expect([...rows]).toEqual([1, 2, 3, 4, 5, 6, 2, 1]);
  expect(batch.take().length).toBe(0);
});
