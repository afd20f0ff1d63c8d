/**
 * How long random tests go on: some rounds of one seed in every run of the tests, many of another seed each time in
 * `npm run test:fuzz`. SLASH8_FUZZ_SEED brings a seed back; see vitest.config.ts, which prints it.
 */
import fc from "fast-check";

/** Whether this is the long run. */
export const isLong = process.env.SLASH8_FUZZ === "long";

/** Rounds of a random test: few in every run, many in the long one. */
export function rounds(few: number, many: number): number {
  return isLong ? many : few;
}

fc.configureGlobal({
  seed: Number(process.env.SLASH8_FUZZ_SEED ?? 1),
  numRuns: rounds(50, 1000),
});
