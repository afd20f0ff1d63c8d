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

const anyCharacter = fc
  .oneof(fc.nat(0x7f), fc.nat(0xffff - 0x800), fc.nat(0x10ffff - 0x800))
  // Half a surrogate pair is not a character.
  .map((code) => String.fromCodePoint(code < 0xd800 ? code : code + 0x800));

/** Texts of any characters. fast-check's own, of "binary", has a table of all of them, which takes 0.9 s to make. */
export function anyText(limits: { readonly minLength?: number } = {}): fc.Arbitrary<string> {
  return fc.string({ unit: anyCharacter, ...limits });
}

fc.configureGlobal({
  seed: Number(process.env.SLASH8_FUZZ_SEED ?? 1),
  numRuns: rounds(50, 1000),
});
