import fc from "fast-check";
import { expect, it } from "vitest";
import { equalBytes } from "../../src/framing/equal-bytes.ts";

it("compares ranges of any length, in arrays that are Buffers or not", () => {
  const bytes = fc.uint8Array({ min: 0, max: 3, maxLength: 400 });
  fc.assert(
    fc.property(
      bytes,
      fc.nat(10),
      fc.nat(10),
      fc.option(fc.nat()),
      (content, aAt, bAt, changed) => {
        const a = new Uint8Array(content.length + 20).fill(7);
        const b = Buffer.alloc(content.length + 20, 9);
        a.set(content, aAt);
        b.set(content, bAt);
        const differs = changed !== null && content.length > 0;
        if (differs) {
          const at = bAt + (changed % content.length);
          b[at] = (b[at] as number) + 1;
        }
        expect(equalBytes(a, aAt, b, bAt, content.length)).toBe(!differs);
        expect(equalBytes(b, bAt, a, aAt, content.length)).toBe(!differs);
      },
    ),
  );
});
