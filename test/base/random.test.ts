import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/random.ts";

describe("createRandom", () => {
  it("gives the same numbers for the same seed, and others for another seed or stream", () => {
    const draw = (seed: number, stream?: number) => {
      const random = createRandom(seed, stream);
      return [random.uint32(), random.uint32(), random.uint32()];
    };
    expect(draw(1)).toEqual(draw(1));
    const seen = new Set<string>();
    const big = 2 ** 40;
    for (const seed of [0, 1, 2, big, big + 1]) {
      for (const stream of [0, 1, 2, big]) seen.add(draw(seed, stream).join());
    }
    expect(seen.size).toBe(20);
  });

  it("starts over on restart", () => {
    const random = createRandom(3, 4);
    const first = [random.float(), random.uint32()];
    random.restart(3, 4);
    expect([random.float(), random.uint32()]).toEqual(first);
    random.restart(3, 5);
    expect([random.float(), random.uint32()]).not.toEqual(first);
  });

  it("never changes its numbers: results of a seed are kept and compared", () => {
    const random = createRandom(42);
    expect([random.uint32(), random.uint32(), random.uint32(), random.uint32()]).toEqual([
      1802784328, 3872837227, 1798834151, 2318418480,
    ]);
  });

  it("fills the range evenly", () => {
    const random = createRandom(9);
    const bins = new Float64Array(100);
    const bits = new Float64Array(32);
    const draws = 200_000;
    for (let i = 0; i < draws; i++) {
      const value = random.float();
      if (!(value >= 0 && value < 1)) throw new Error(`${value} is not in [0, 1)`);
      const bin = Math.floor(value * 100);
      bins[bin] = (bins[bin] as number) + 1;
      const word = random.uint32();
      for (let bit = 0; bit < 32; bit++) bits[bit] = (bits[bit] as number) + ((word >>> bit) & 1);
    }
    // Chi-squared with 99 degrees of freedom: mean 99, standard deviation 14.
    let chiSquared = 0;
    for (const bin of bins) chiSquared += (bin - draws / 100) ** 2 / (draws / 100);
    expect(chiSquared).toBeGreaterThan(99 - 4 * 14);
    expect(chiSquared).toBeLessThan(99 + 5 * 14);
    for (const ones of bits)
      expect(Math.abs(ones - draws / 2)).toBeLessThan(5 * Math.sqrt(draws / 4));
  });

  it("has streams that are independent of each other from the first number on", () => {
    const streams = 20_000;
    let sum = 0;
    let products = 0;
    let before = 0;
    for (let stream = 0; stream < streams; stream++) {
      const value = createRandom(1, stream).float() - 0.5;
      sum += value;
      products += value * before;
      before = value;
    }
    // Uniform numbers: variance 1/12, products of two 1/144.
    expect(Math.abs(sum)).toBeLessThan(4 * Math.sqrt(streams / 12));
    expect(Math.abs(products)).toBeLessThan(4 * Math.sqrt(streams / 144));
  });
});
