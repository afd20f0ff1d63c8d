import fc from "fast-check";
import { expect, test } from "vitest";
import { ReceiveTimes } from "../../../src/metrics/broadcast/receive-times.ts";

const ms = (value: number) => value * 1e6;

test("the longest silence lies between what was received, or at an end", () => {
  const received = new ReceiveTimes();
  received.add(100, Uint8Array.of(1, 0, 0, 1));
  received.add(110, Uint8Array.of(1));
  expect(received.longestGapMs(ms(100), ms(111))).toBe(6);
  expect(received.longestGapMs(ms(100), ms(104))).toBe(2);
  expect(received.longestGapMs(ms(80), ms(111))).toBe(20);
  expect(received.longestGapMs(ms(100), ms(150))).toBe(39);
  expect(received.longestGapMs(ms(101), ms(103))).toBe(2);
});

test("where nothing was received, all is silence", () => {
  const received = new ReceiveTimes();
  expect(received.longestGapMs(ms(5), ms(15))).toBe(10);
  received.add(100, new Uint8Array(0));
  expect(received.longestGapMs(ms(5), ms(15))).toBe(10);
});

test("the silence of several workers is that of all of them at once, in whatever order they report", () => {
  const part = fc.record({
    fromMs: fc.integer({ min: 1000, max: 1200 }),
    received: fc.uint8Array({ max: 1, minLength: 1, maxLength: 60 }),
  });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const all = new Set<number>();
      const together = new ReceiveTimes();
      const other = new ReceiveTimes();
      for (const [index, { fromMs, received }] of parts.entries()) {
        (index % 2 === 0 ? together : other).add(fromMs, received);
        for (const [at, value] of received.entries()) if (value === 1) all.add(fromMs + at);
      }
      together.addAll(other);
      let longest = 0;
      let run = 0;
      for (let at = 1000; at < 1300; at++) {
        run = all.has(at) ? 0 : run + 1;
        longest = Math.max(longest, run);
      }
      expect(together.longestGapMs(ms(1000), ms(1300))).toBe(longest);
    }),
  );
});
