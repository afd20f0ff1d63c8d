import { expect, test } from "vitest";
import { Loss } from "../../../src/servers/replies/loss.ts";

function lost(ratio: number, requests: number, seed = 1): number {
  const loss = new Loss(ratio, seed);
  let count = 0;
  for (let request = 0; request < requests; request++) if (loss.next()) count++;
  return count;
}

test("loses its ratio, the same ones for the same seed", () => {
  expect(lost(0, 1_000)).toBe(0);
  expect(lost(1, 1_000)).toBe(1_000);
  for (const ratio of [0.001, 0.1, 0.5, 0.9]) {
    const count = lost(ratio, 100_000);
    // Six standard deviations of a binomial distribution.
    const sixSigma = 6 * Math.sqrt(100_000 * ratio * (1 - ratio));
    expect(Math.abs(count - 100_000 * ratio)).toBeLessThan(sixSigma);
    expect(lost(ratio, 100_000)).toBe(count);
    expect(lost(ratio, 100_000, 2)).not.toBe(count);
  }
});
