import fc from "fast-check";
import { expect, test } from "vitest";
import { sparkline } from "../../../src/results/text/sparkline.ts";

test.each([
  [[], 10, ""],
  [[null, null], 10, ""],
  [[0, 0], 10, "  "],
  [[5], 10, "█"],
  [[0, 1, 4, 8], 10, " ▁▄█"],
  [[1e-9, 1e9], 10, "▁█"],
  [[8, null, 4], 10, "█ ▄"],
  [[1, 8, 1, 1, null, null], 3, "█▁ "],
  [[1, 2, 3, 4, 5, 6, 7, 8], 1, "█"],
])("%j in %d columns", (values, columns, line) => {
  expect(sparkline(values, columns)).toBe(line);
});

test("higher values never have lower bars, and the highest has a full one", () => {
  const value = fc.double({ min: 1e-6, max: 1e12, noNaN: true });
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 30 }), (values) => {
      const bars = [...sparkline(values, 30)];
      const byValue = values.map((one, i) => [one, bars[i] as string] as const);
      byValue.sort(([a], [b]) => a - b);
      const sorted = byValue.map(([, bar]) => bar);
      expect(sorted).toEqual(sorted.toSorted());
      expect(sorted.at(-1)).toBe("█");
    }),
  );
});

test("no value is lost, whatever the number of columns: the greatest is always visible", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 60 }), (n, columns) => {
      for (const at of [0, Math.floor(n / 2), n - 1]) {
        const values = Array.from({ length: n }, (_, i) => (i === at ? 100 : 1));
        const line = sparkline(values, columns);
        expect(line).toHaveLength(Math.min(n, columns));
        expect([...line].filter((bar) => bar === "█")).toHaveLength(1);
      }
    }),
  );
});
