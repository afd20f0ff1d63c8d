import { SocketAddress } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatIp,
  formatIpv4,
  formatIpv6,
  isLoopback,
  isMulticast,
  isWildcard,
  parseIp,
  parseIpv4,
  parseIpv6,
  unmapIp,
} from "../../src/address/ip.ts";
import { UserError } from "../../src/base/errors.ts";
import { rounds } from "../support/fuzz.ts";

const anyIpv4 = fc.integer({ min: 0, max: 0xffffffff });
const anyIpv6 = fc.oneof(
  fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }),
  // Groups that are often zero, for the runs that "::" replaces.
  fc
    .array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 65535 })), {
      minLength: 8,
      maxLength: 8,
    })
    .map((groups) => groups.reduce((value, group) => value * 65536n + BigInt(group), 0n)),
);

describe("IPv4", () => {
  it("comes back from its text", () => {
    fc.assert(fc.property(anyIpv4, (value) => parseIpv4(formatIpv4(value)) === value));
  });

  it("is formatted in the usual notation", () => {
    expect(formatIpv4(0x7f100009)).toBe("127.16.0.9");
    expect(formatIpv4(0xffffffff)).toBe("255.255.255.255");
    expect(parseIpv4("127.0.0.1")).toBe(0x7f000001);
  });

  it.each([
    ["127.0.1", "127.0.1: an IPv4 address has four numbers, as in 127.0.0.1"],
    ["127.0.0.256", "127.0.0.256: 256 is more than 255"],
    ["127.0.0.01", "127.0.0.01: 01 has a leading zero"],
    ["127..0.1", '127..0.1: "" is not a number from 0 to 255'],
    ["1.2.3.4.5", "1.2.3.4.5: an IPv4 address has four numbers, as in 127.0.0.1"],
  ])("refuses %s", (text, message) => {
    expect(() => parseIp(text)).toThrow(new UserError(message));
  });
});

describe("IPv6", () => {
  it("comes back from its text", () => {
    fc.assert(fc.property(anyIpv6, (value) => parseIpv6(formatIpv6(value)) === value));
  });

  it("is written as the C library's inet_ntop writes it, but for the obsolete ::a.b.c.d", () => {
    fc.assert(
      fc.property(
        anyIpv6.filter((value) => value >> 32n !== 0n),
        (value) => {
          const full = value.toString(16).padStart(32, "0").match(/.{4}/g) ?? [];
          const canonical = new SocketAddress({ address: full.join(":"), family: "ipv6" }).address;
          return formatIpv6(value) === canonical;
        },
      ),
    );
  });

  it.each([
    ["0:0:0:0:0:0:0:1", "::1"],
    ["0:0:0:0:0:0:0:0", "::"],
    ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["1::", "1::"],
    ["::ffff:7f00:1", "::ffff:127.0.0.1"],
    ["::FFFF:127.0.0.1", "::ffff:127.0.0.1"],
    ["::1:2:3:4:5:6:7", "0:1:2:3:4:5:6:7"],
  ])("writes %s as %s", (text, canonical) => {
    expect(formatIp(parseIp(text))).toBe(canonical);
  });

  it.each([
    ["1::2::3", '"::" may occur only once'],
    ["1:2:3", "an IPv6 address has eight groups, this has 3"],
    ["1:2:3:4:5:6:7::8", '"::" stands for one group or more, but 8 are given'],
    ["1:2:3:4:5:6:7:8::", '"::" stands for one group or more, but 8 are given'],
    [":1:2:3:4:5:6:7", "is not a group"],
    ["::12345", '"12345" is not a group'],
    ["::1.2.3.4:5", '"1.2.3.4" is not a group'],
    ["fe80::1%eth0", "zone"],
    ["[::1]", "without brackets"],
  ])("refuses %s", (text, reason) => {
    expect(() => parseIp(text)).toThrow(reason);
  });
});

describe("parseIp", () => {
  it("says that a name is not an address", () => {
    expect(() => parseIp("localhost")).toThrow(/^localhost: not an IP address/);
    expect(() => parseIp("")).toThrow("an address is missing");
  });

  it("gives an address or a UserError on one short line, whatever the text", () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom(..."0129afz.:/%-![] \n") }),
    );
    fc.assert(
      fc.property(text, (input) => {
        try {
          parseIp(formatIp(parseIp(input)));
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
          expect((error as UserError).message).not.toContain("\n");
          expect((error as UserError).message.length).toBeLessThan(250);
        }
      }),
      { numRuns: rounds(200, 20_000) },
    );
  });
});

describe("kinds of addresses", () => {
  it.each([
    ["127.0.0.1", true],
    ["127.255.255.254", true],
    ["128.0.0.0", false],
    ["126.255.255.255", false],
    ["::1", true],
    ["::2", false],
    ["::ffff:127.9.9.9", true],
    ["::ffff:10.0.0.1", false],
    ["fd00:127::", true],
    ["fd00:127:ffff:ffff:ffff:ffff:ffff:ffff", true],
    ["fd00:128::", false],
    ["fd00:126:ffff:ffff:ffff:ffff:ffff:ffff", false],
  ])("isLoopback(%s) is %s", (text, expected) => {
    expect(isLoopback(text)).toBe(expected);
  });

  it("knows the wildcards and what a mapped address stands for", () => {
    expect(["0.0.0.0", "::", "::ffff:0.0.0.0"].map((text) => isWildcard(parseIp(text)))).toEqual([
      true,
      true,
      true,
    ]);
    expect(isWildcard(parseIp("::1"))).toBe(false);
    expect(formatIp(unmapIp(parseIp("::ffff:127.1.2.3")))).toBe("127.1.2.3");
    expect(formatIp(unmapIp(parseIp("::1")))).toBe("::1");
  });
});

it("multicast groups are those of 224.0.0.0/4", () => {
  for (const group of ["224.0.0.0", "239.255.0.1", "239.255.255.255"]) {
    expect(isMulticast(group)).toBe(true);
  }
  for (const other of [
    "223.255.255.255",
    "240.0.0.0",
    "127.255.255.255",
    "ff02::1",
    "224::1",
    "",
  ]) {
    expect(isMulticast(other)).toBe(false);
  }
});
