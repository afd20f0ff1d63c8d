import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatIpv4, parseIp, parseIpv4 } from "../../src/address/ip.ts";
import {
  addressAt,
  intersectRanges,
  parseRanges,
  rangesHold,
  rangesSize,
  rangeTexts,
} from "../../src/address/ranges.ts";
import { UserError } from "../../src/base/errors.ts";
import { rounds } from "../support/fuzz.ts";

describe("parseRanges", () => {
  it.each([
    [["127.16.0.9"], [["127.16.0.9", "127.16.0.9"]]],
    [["127.16.0.1-127.16.0.99"], [["127.16.0.1", "127.16.0.99"]]],
    [["127.16.0.1 - 127.16.0.99"], [["127.16.0.1", "127.16.0.99"]]],
    [["127.16.0.0/16"], [["127.16.0.0", "127.16.255.255"]]],
    [["127.16.0.5/32"], [["127.16.0.5", "127.16.0.5"]]],
    [
      ["127.0.0.9, 127.0.0.1"],
      [
        ["127.0.0.1", "127.0.0.1"],
        ["127.0.0.9", "127.0.0.9"],
      ],
    ],
    [["127.0.0.2", "127.0.0.1", "127.0.0.1-127.0.0.3"], [["127.0.0.1", "127.0.0.3"]]],
    [
      ["!127.16.0.5", "127.16.0.0/29"],
      [
        ["127.16.0.0", "127.16.0.4"],
        ["127.16.0.6", "127.16.0.7"],
      ],
    ],
    [
      ["127.16.0.0/16", "! 127.16.1.0/24"],
      [
        ["127.16.0.0", "127.16.0.255"],
        ["127.16.2.0", "127.16.255.255"],
      ],
    ],
    [["127.0.0.0/8"], [["127.0.0.1", "127.255.255.254"]]],
    [["127.0.0.0/30"], [["127.0.0.1", "127.0.0.3"]]],
    [["127.0.0.0-127.0.0.3"], [["127.0.0.1", "127.0.0.3"]]],
    [["::1"], [["::1", "::1"]]],
    [["fd00::/120"], [["fd00::", "fd00::ff"]]],
  ])("%j -> %j", (texts, expected) => {
    expect(rangeTexts(parseRanges(texts))).toEqual(expected);
  });

  it.each([
    [["127.0.0.0/33"], "127.0.0.0/33: prefix length must be 0 to 32"],
    [["127.0.0.0/"], "127.0.0.0/: prefix length must be 0 to 32"],
    [["fd00::/129"], "fd00::/129: prefix length must be 0 to 128"],
    [["127.16.0.5/16"], "write 127.16.0.0/16 for the network or 127.16.0.5 for the single address"],
    [["127.0.0.9-127.0.0.1"], "write 127.0.0.1-127.0.0.9"],
    [
      ["127.0.0.1-::1"],
      "127.0.0.1-::1: the range goes from one address family to another; write two addresses of one family",
    ],
    [["127.0.0.1", "::1"], "127.0.0.1, ::1: IPv4 and IPv6 addresses cannot be in one list"],
    [["127.0.0.0"], "127.0.0.0: a broadcast address of the loopback network"],
    [["127.255.255.255/32"], "127.255.255.255/32: a broadcast address"],
    [["!127.0.0.1"], "only exclusions"],
    [["127.0.0.1", "!127.0.0.0/24"], "127.0.0.1, !127.0.0.0/24: nothing is left"],
    [[], "the list of source addresses is empty"],
    [["127.0.0.1,"], "an address is missing"],
    [["0.0.0.0/0"], "0.0.0.0/0: 0.0.0.0/8 contains no source addresses"],
    [["239.1.2.3"], "239.1.2.3: 224.0.0.0 and above are not source addresses"],
    [["::"], "the wildcard :: is not a source address"],
    [["ff02::1"], "multicast"],
    [["::ffff:127.0.0.1"], "plain IPv4"],
    [["127.0.0.1-20"], "20: an IPv4 address has four numbers"],
  ])("refuses %j", (texts, message) => {
    expect(() => parseRanges(texts)).toThrow(UserError);
    expect(() => parseRanges(texts)).toThrow(message);
  });

  it("gives ranges or a UserError, whatever the text", () => {
    const text = fc.string({ unit: fc.constantFrom(..."0127.:/-!, f"), maxLength: 30 });
    fc.assert(
      fc.property(fc.array(text, { maxLength: 3 }), (texts) => {
        try {
          expect(rangesSize(parseRanges(texts))).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { numRuns: rounds(200, 20_000) },
    );
  });
});

const base = parseIpv4("127.16.0.0");
const anyTexts = fc.array(
  fc
    .tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 300 }))
    .map(([a, b]) => `${formatIpv4(base + Math.min(a, b))}-${formatIpv4(base + Math.max(a, b))}`),
  { minLength: 1, maxLength: 4 },
);

describe("a set of addresses", () => {
  it("numbers its addresses upward and holds exactly those", () => {
    fc.assert(
      fc.property(anyTexts, (texts) => {
        const set = parseRanges(texts);
        const size = rangesSize(set);
        const all = Array.from({ length: size }, (_, i) => parseIpv4(addressAt(set, i)));
        expect(all).toEqual([...new Set(all)].sort((a, b) => a - b));
        const held = Array.from({ length: 302 }, (_, i) => base - 1 + i).filter((value) =>
          rangesHold(set, { family: 4, value: BigInt(value) }),
        );
        expect(held).toEqual(all);
        expect(() => addressAt(set, size)).toThrow("assertion");
      }),
    );
  });

  it("counts large sets", () => {
    expect(rangesSize(parseRanges(["127.0.0.0/8"]))).toBe(2 ** 24 - 2);
    expect(rangesSize(parseRanges(["fd00::/64"]))).toBe(2 ** 64);
    expect(addressAt(parseRanges(["fd00::/64"]), 65536)).toBe("fd00::1:0");
  });

  it("intersects with another set", () => {
    const wide = parseRanges(["127.16.0.0/16"]);
    const part = parseRanges(["127.16.9.0/24", "127.17.0.1"]);
    expect(rangeTexts(intersectRanges(wide, part))).toEqual([["127.16.9.0", "127.16.9.255"]]);
    expect(intersectRanges(wide, parseRanges(["127.17.0.0/16"])).ranges).toEqual([]);
    expect(intersectRanges(wide, parseRanges(["::1"])).ranges).toEqual([]);
    expect(rangesHold(wide, parseIp("::1"))).toBe(false);
  });
});
