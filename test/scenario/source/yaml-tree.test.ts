import fc from "fast-check";
import { expect, it } from "vitest";
import { positionsIn } from "../../../src/scenario/source/yaml-tree.ts";

it("agrees with counting line ends", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("a", "\n", "\r", "é") }), (text) => {
      const at = positionsIn(text);
      for (let offset = 0; offset <= text.length; offset++) {
        const before = text.slice(0, offset).split("\n");
        const column = (before.at(-1) as string).length + 1;
        expect(at(offset)).toEqual({ line: before.length, column });
      }
    }),
  );
});
