import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isLinear } from "../../../src/base/regex/linear.ts";
import { createLinePattern, createPattern } from "../../../src/base/regex/pattern.ts";
import { tokensOf } from "../../../src/base/regex/tokens.ts";
import { translate } from "../../../src/base/regex/translate.ts";
import { rounds } from "../../support/fuzz.ts";

const latin1 = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));

/** By RE2JS alone, whatever V8 would do in linear time. */
async function re2(source: string, flags = "") {
  const { RE2JS } = await import("re2js");
  return RE2JS.compile(translate(tokensOf(source, flags), flags, null));
}

describe("isLinear", () => {
  const linear = (source: string, flags = "") => isLinear(tokensOf(source, flags), flags);

  it.each([
    ["hello"],
    ["^hello \\d+"],
    ["^hello \\d+ \\w+$"],
    ["^HTTP/1\\.[01] 200"],
    ["^\\+OK\\r\\n$"],
    ['"status":\\s*"ok"'],
    ["^a*b*c*$"],
    ["^.*foo$"],
    ["x{10}"],
    ["^$"],
    [""],
    ["^\\p{L}+ \\d+$", "u"],
    ["^OK \\d+$", "m"],
    ["^[a-z]+ [0-9]*$", "im"],
  ])("holds for %s", (source, flags = "") => {
    expect(linear(source, flags)).toBe(true);
  });

  it.each([
    ["^(a+)+$"],
    ["a|b"],
    ["^a*a*b$"],
    ["^a*b*a*c$"],
    ["a*b"],
    ["\\s*$"],
    ["^a+[^b]+b$"],
    ["aa*b"],
    ["^\\s+x", "m"],
    ["\\bword"],
    ["^A+a+$", "i"],
    ["x{2000}"],
    ["(?=a)b"],
  ])("is not known for %s", (source, flags = "") => {
    expect(linear(source, flags)).toBe(false);
  });
});

describe("createPattern", () => {
  it.each([
    ["^(a+)+$", ""],
    ["^(a|aa)+$", ""],
    ["(a*)*b", ""],
    ["^(.*a){12}$", ""],
    ["(x+x+)+y", "i"],
  ])("matches %s in linear time", (source, flags) => {
    const pattern = createPattern(source, flags);
    expect(pattern.test(`${"a".repeat(50_000)}!`)).toBe(false);
    expect(pattern.test(`${"x".repeat(50_000)}!`)).toBe(false);
  });

  it.each([
    ["(a)\\1", "the back reference \\1 (character 4)"],
    ["(?<n>a)\\k<n>", "the back reference \\k<n> (character 8)"],
    ["ok(?=!)", "(?=...), which looks ahead or behind (character 3)"],
    ["(?<!a)b", "(?<!...), which looks ahead or behind (character 1)"],
    ["(?<=a)b", "(?<=...), which looks ahead or behind (character 1)"],
  ])("refuses %s, with its place", (source, message) => {
    expect(() => createPattern(source, "")).toThrow(message);
    expect(() => createPattern(source, "")).toThrow(
      /\) cannot be matched in linear time|^this cannot be matched in linear time/,
    );
  });

  it("refuses what would mean something else", () => {
    expect(() => createPattern("^(a|b)$", "m")).toThrow("^ with the flag m (character 1)");
    expect(() => createPattern("(a|[[a-z]&&[aeiou]])", "v")).toThrow("the set [[a-z]&&[aeiou]]");
    expect(() => createPattern("(a|[\\1])", "")).toThrow("the octal escape \\1");
    expect(() => createPattern("(x{1001}|y)", "")).toThrow("invalid repeat count");
    expect(() => createPattern("(", "")).toThrow("not a regular expression");
  });
});

describe("translate", () => {
  it.each([
    [".", ""],
    [".", "s"],
    ["\\s", ""],
    ["\\S", ""],
    ["\\d", ""],
    ["\\D", ""],
    ["\\w", ""],
    ["\\W", ""],
    ["\\w", "i"],
    ["[\\s\\d]", ""],
    ["[^\\s\\d]", ""],
    ["[\\S]", ""],
    ["[\\w.-]", ""],
    ["[^]", ""],
    ["[]", ""],
    ["[\\b\\0\\cA\\x41\\u0042]", ""],
    ["[a-f]", "i"],
    ["[\\]\\[\\\\^-]", ""],
    ["[[]", ""],
    ["\\p{L}", "u"],
    ["\\P{Lu}", "u"],
    ["\\p{Script=Latin}", "u"],
    ["\\p", ""],
    ["\\e", ""],
    ["\\A", ""],
    ["\\z", ""],
    ["\\a", ""],
    ["\\Q", ""],
    ["\\/", ""],
    ["\\u{41}", "u"],
    ["\\cJ", ""],
    ["]", ""],
    ["}", ""],
    ["\\xe9", "i"],
    ["a{", ""],
    ["{", ""],
    ["\\$\\^", ""],
    ["#", ""],
  ])("keeps what %s with flags %j means, for every character", async (source, flags) => {
    const [ours, native] = [await re2(source, flags), new RegExp(source, flags)];
    const texts = [...latin1, ...latin1.map((char) => `a${char}b`), "", "a{", "$^"];
    const differ = texts.filter((text) => ours.test(text) !== native.test(text));
    expect(differ).toEqual([]);
  });

  const atom = fc.constantFrom(
    ..."abAB01 .-\n\r\xe9",
    ...["\\d", "\\w", "\\s", "\\S", "\\b", "\\.", "[ab]", "[^a\\s]", "\\x61", "[\\w-]"],
  );
  const quantified = fc
    .tuple(atom, fc.constantFrom("", "", "", "*", "+", "?", "{2}", "{1,3}", "{0,}", "*?", "+?"))
    .map(([text, quantifier]) => (text === "\\b" ? text : text + quantifier));
  const sequence = fc.array(quantified, { maxLength: 4 }).map((parts) => parts.join(""));
  const expression = fc
    .tuple(fc.boolean(), sequence, sequence, fc.constantFrom("", "*", "{1,2}"), fc.boolean())
    .map(([begins, one, two, quantifier, ends]) => {
      const grouped = two === "" ? one : `${one}(${two}|${one})${quantifier}`;
      return `${begins ? "^" : ""}${grouped}${ends ? "$" : ""}`;
    });
  const text = fc.array(fc.constantFrom(..."abAB01 .-\n\r\xe9\xa0"), { maxLength: 12 });

  it("agrees with JavaScript's engine, on random expressions", async () => {
    const { RE2JS } = await import("re2js");
    fc.assert(
      fc.property(
        expression,
        fc.constantFrom("", "i", "s", "u", "is"),
        fc.array(text, { minLength: 5, maxLength: 5 }),
        (source, flags, texts) => {
          // The empty group of a* has nothing to repeat in RE2, and no end in others.
          const ours = RE2JS.compile(translate(tokensOf(source, flags), flags, null));
          const native = new RegExp(source, flags);
          for (const chars of texts) {
            const sample = chars.join("");
            expect(ours.test(sample), JSON.stringify([source, flags, sample])).toBe(
              native.test(sample),
            );
          }
        },
      ),
      { numRuns: rounds(100, 100_000) },
    );
  });
});

describe("createLinePattern", () => {
  it("finds a line, whatever ends it", () => {
    const pattern = createLinePattern("^(ready|listening) on \\d+$");
    for (const end of ["\n", "\r\n", "\r", ""]) {
      expect(pattern.test(`starting${end || "\n"}ready on 80${end}`)).toBe(true);
      expect(pattern.test(`not ready on 80${end}`)).toBe(false);
    }
  });

  it("is linear", () => {
    expect(createLinePattern("^(\\w+\\s?)*$").test(`${"word ".repeat(20_000)}!`)).toBe(false);
  });
});
