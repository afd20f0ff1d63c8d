import { expect, it } from "vitest";
import { createBufferPool } from "../../src/framing/buffer-pool.ts";

it("lends buffers that are long enough, and the same again once they are back", () => {
  const pool = createBufferPool();
  for (const bytes of [0, 1, 256, 257, 4096, 100_000]) {
    const buffer = pool.borrow(bytes);
    expect(buffer.length).toBeGreaterThanOrEqual(Math.max(bytes, 256));
    expect(buffer.length).toBeLessThanOrEqual(Math.max(2 * bytes, 256));
    const other = pool.borrow(bytes);
    expect(other).not.toBe(buffer);
    pool.giveBack(buffer);
    expect(pool.borrow(bytes)).toBe(buffer);
  }
});
