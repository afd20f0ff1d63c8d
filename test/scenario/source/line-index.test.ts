import fc from "fast-check";
import { expect, it } from "vitest";
import { LineIndex } from "../../../src/scenario/source/line-index.ts";

it("agrees with counting line ends", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("a", "\n", "\r", "é") }), (text) => {
      const index = new LineIndex(text);
      for (let offset = 0; offset <= text.length; offset++) {
        const before = text.slice(0, offset).split("\n");
        const column = (before.at(-1) as string).length + 1;
        expect(index.at(offset)).toEqual({ line: before.length, column });
      }
    }),
  );
});
