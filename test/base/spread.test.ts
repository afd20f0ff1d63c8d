import fc from "fast-check";
import { expect, test } from "vitest";
import { spread } from "../../src/base/spread.ts";

test("parts make up the whole, in order, and are as equal as possible", () => {
  const items = fc.array(fc.integer(), { maxLength: 50 });
  fc.assert(
    fc.property(items, fc.integer({ min: 1, max: 20 }), (list, parts) => {
      const cut = spread(list, parts);
      expect(cut.flat()).toEqual(list);
      expect(cut.length).toBe(Math.min(parts, list.length));
      const lengths = cut.map((part) => part.length);
      if (cut.length > 0) expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThan(2);
    }),
  );
});
