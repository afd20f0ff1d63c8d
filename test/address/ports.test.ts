import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  countPorts,
  defaultPorts,
  formatPorts,
  intersectPorts,
  occupiedPorts,
  parsePorts,
  subtractPorts,
  takePorts,
} from "../../src/address/ports.ts";
import { parseRanges } from "../../src/address/ranges.ts";
import { UserError } from "../../src/base/errors.ts";
import { rounds } from "../support/fuzz.ts";

describe("parsePorts", () => {
  it.each([
    [["5000"], "5000"],
    [["1024-65535"], "1024-65535"],
    [["6000-6009, 5000", "6010"], "5000, 6000-6010"],
    [["1024-2000", "!1500", "!1999-2000"], "1024-1499, 1501-1998"],
  ])("%j -> %s", (texts, expected) => {
    expect(formatPorts(parsePorts(texts))).toBe(expected);
  });

  it.each([
    [["0"], "0: a port is 1 to 65535"],
    [["1-65536"], "1-65536: a port is 1 to 65535"],
    [["99999999999"], "not a port or a range"],
    [["20-10"], "20-10: the range ends before it starts; write 10-20"],
    [["http"], "http: not a port or a range, as in 1024-65535"],
    [[""], '"": not a port'],
    [["!5"], "only exclusions"],
    [["5", "!5"], "5, !5: nothing is left"],
    [[], "the list of source ports is empty"],
  ])("refuses %j", (texts, message) => {
    expect(() => parsePorts(texts)).toThrow(UserError);
    expect(() => parsePorts(texts)).toThrow(message);
  });
});

describe("the default ports", () => {
  it("stay outside the ephemeral range and the reserved ports", () => {
    const anyPort = fc.integer({ min: 1, max: 65535 });
    const anyRange = fc
      .tuple(anyPort, anyPort)
      .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
    fc.assert(
      fc.property(anyRange, fc.array(anyRange, { maxLength: 5 }), (ephemeral, reserved) => {
        const ports = defaultPorts(ephemeral, reserved);
        for (const range of [ephemeral, ...reserved]) {
          expect(intersectPorts(ports, [range])).toEqual([]);
        }
        const wrong = [...reserved, ephemeral, [1, 1023] as const];
        const expected = Array.from({ length: 65535 }, (_, i) => i + 1).filter(
          (port) => !wrong.some(([from, to]) => from <= port && port <= to),
        );
        expect(countPorts(ports)).toBe(expected.length);
      }),
      { numRuns: rounds(10, 300) },
    );
  });

  it("are more than 36,000 with Linux's own range", () => {
    expect(formatPorts(defaultPorts([32768, 60999], []))).toBe("1024-32767, 61000-65535");
    expect(countPorts(defaultPorts([32768, 60999], []))).toBe(36_280);
  });
});

describe("occupiedPorts", () => {
  const sources = parseRanges(["127.16.0.0/24"]);
  it.each([
    ["127.16.0.77", true],
    ["127.16.1.1", false],
    ["0.0.0.0", true],
    ["::", true],
    ["::1", false],
    ["::ffff:127.16.0.3", true],
    ["fe80::1%eth0", false],
  ])("a listener on %s concerns 127.16.0.0/24: %s", (address, concerned) => {
    expect(occupiedPorts([{ address, port: 7000 }], sources)).toEqual(
      concerned ? [[7000, 7000]] : [],
    );
  });
});

describe("port arithmetic", () => {
  const ports = parsePorts(["10-19", "30-34"]);
  it("takes the lowest", () => {
    expect(takePorts(ports, 0)).toEqual([]);
    expect(formatPorts(takePorts(ports, 10))).toBe("10-19");
    expect(formatPorts(takePorts(ports, 12))).toBe("10-19, 30-31");
    expect(takePorts(ports, 99)).toEqual(ports);
  });

  it("splits into what is taken and what is left", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 }), (n) => {
        const taken = takePorts(ports, n);
        const rest = subtractPorts(ports, taken);
        expect(countPorts(taken)).toBe(Math.min(n, 15));
        expect(countPorts(taken) + countPorts(rest)).toBe(15);
        expect(intersectPorts(taken, rest)).toEqual([]);
      }),
    );
  });
});
