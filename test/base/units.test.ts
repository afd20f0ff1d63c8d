import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatAmount,
  formatByteRate,
  formatCount,
  formatDuration,
  formatRate,
  formatSize,
  parseByteRate,
  parseDuration,
  parseRate,
  parseRatio,
  parseSize,
  UnitError,
} from "../../src/base/units.ts";
import { rounds } from "../support/fuzz.ts";

const refuses = (parse: (text: string) => number, text: string, message: string | RegExp) => {
  expect(() => parse(text)).toThrow(UnitError);
  expect(() => parse(text)).toThrow(message);
};

describe("parseDuration", () => {
  it.each([
    ["0", 0],
    ["0s", 0],
    ["1ns", 1],
    ["10us", 10e3],
    ["10µs", 10e3],
    ["250ms", 250e6],
    ["1.5s", 1.5e9],
    ["0.1s", 1e8],
    ["1m30s", 90e9],
    ["1m 30s", 90e9],
    ["1h2m3s4ms5us6ns", 3723004005006],
    ["1.23 ms", 1.23e6],
    [" 5s ", 5e9],
    ["2500h", 9e15],
  ])("reads %s", (text, ns) => expect(parseDuration(text)).toBe(ns));

  it.each([
    ["5", 'write "5s" or "5ms"'],
    ["", "is not a duration"],
    ["-1s", "is not a duration"],
    ["1x", "ns, us, ms, s, m, h"],
    ["1d", "ns, us, ms, s, m, h"],
    ["s", "is not a duration"],
    ["1e3s", "is not a duration"],
    ["1,5s", "is not a duration"],
    [".5s", "is not a duration"],
    ["1s\n2", "is not a duration"],
    ["NaNs", "is not a duration"],
    ["99999h", "at most 2500h"],
    [`${"9".repeat(400)}s`, "at most 2500h"],
  ])("refuses %j", (text, message) => refuses(parseDuration, text, message));
});

describe("parseRate", () => {
  it.each([
    ["0", 0],
    ["0/s", 0],
    ["20000/s", 20000],
    ["1200/m", 20],
    ["7200/h", 2],
    ["10/ms", 10000],
    ["0.5/s", 0.5],
    ["10 / s", 10],
  ])("reads %s", (text, rate) => expect(parseRate(text)).toBe(rate));

  it.each([
    ["20000", 'write "20000/s"'],
    ["1k/s", 'write the number out, "1000/s"'],
    ["1.5M/m", '"1500000/m"'],
    ["20,000/s", 'write "20000/s", without separators'],
    ["20_000/s", 'write "20000/s", without separators'],
    ["fast", "per ms, s, m or h"],
    ["-1/s", "is not a rate"],
    ["1/d", "is not a rate"],
    ["/s", "is not a rate"],
    ["", "is not a rate"],
    ["9999999999999/s", "at most"],
  ])("refuses %j", (text, message) => refuses(parseRate, text, message));
});

describe("parseSize", () => {
  it.each([
    ["0", 0],
    ["64", 64],
    ["64B", 64],
    ["64 B", 64],
    ["64KiB", 65536],
    ["1.5KiB", 1536],
    ["1MiB", 1048576],
    ["1MB", 1e6],
    ["2kB", 2000],
    ["1GiB", 2 ** 30],
  ])("reads %s", (text, bytes) => expect(parseSize(text)).toBe(bytes));

  it.each([
    ["64K", "write KiB (1024) or KB (1000)"],
    ["1m", "write MiB (1024) or MB (1000)"],
    ["1Mb", "is not a size"],
    ["1.5", "is not a whole number of bytes"],
    ["99999999GiB", "below 2^53"],
    ["-1", "is not a size"],
    ["", "is not a size"],
    ["big", "is not a size"],
    ["1constructor", "is not a size"],
  ])("refuses %j", (text, message) => refuses(parseSize, text, message));
});

describe("parseByteRate", () => {
  it.each([
    ["10KiB/s", 10_240],
    ["1 MB / s", 1e6],
    ["1.5B/s", 1.5],
    ["30B/m", 0.5],
    ["3600B/h", 1],
    ["1KiB/ms", 1_024_000],
    ["0B/s", 0],
  ])("reads %s", (text, bytes) => expect(parseByteRate(text)).toBeCloseTo(bytes, 9));

  it.each([
    ["10KiB", 'write "10KiB/s"'],
    ["1000/s", 'write "1000B/s"'],
    ["1000/m", 'write "1000B/m"'],
    ["1000", 'write "1000B/s"'],
    ["10k/s", 'write "10KiB/s" (1024) or "10KB/s" (1000)'],
    ["10M", 'write "10MiB/s" (1024) or "10MB/s" (1000)'],
    ["10Kbit/s", "is not a byte rate"],
    ["10KiB/d", "is not a byte rate"],
    ["-1B/s", "is not a byte rate"],
    ["", "is not a byte rate"],
    ["slow", "is not a byte rate"],
  ])("refuses %j", (text, message) => refuses(parseByteRate, text, message));
});

it("writes byte rates", () => {
  expect([10_240, 0.5, 1, 0, Number.NaN].map(formatByteRate)).toEqual([
    "10.0 KiB/s",
    "30 B/m",
    "1 B/s",
    "0 B/s",
    "-",
  ]);
});

describe("parseRatio", () => {
  it.each([
    ["1%", 0.01],
    ["100%", 1],
    ["0.5 %", 0.005],
    ["0.01", 0.01],
    [0.25, 0.25],
    [0, 0],
    [1, 1],
  ])("reads %s", (value, ratio) => expect(parseRatio(value)).toBe(ratio));

  it.each([
    [5, 'write "5%"'],
    ["5", 'write "5%"'],
    ["101%", "from 0 to 1"],
    [-0.1, "from 0 to 1"],
    [Number.NaN, "is not a ratio"],
    ["half", "is not a ratio"],
    ["", "is not a ratio"],
  ])("refuses %j", (value, message) => {
    expect(() => parseRatio(value)).toThrow(UnitError);
    expect(() => parseRatio(value)).toThrow(message);
  });
});

it("quotes long and odd input on one short line", () => {
  try {
    parseRate(`a\n${"x".repeat(1000)}`);
    expect.unreachable();
  } catch (error) {
    expect((error as Error).message).not.toContain("\n");
    expect((error as Error).message.length).toBeLessThan(200);
  }
});

describe("formats", () => {
  it.each([
    [0, "0 s"],
    [5, "5 ns"],
    [5.5, "5.50 ns"],
    [0.25, "0.250 ns"],
    [999, "999 ns"],
    [1000, "1.00 us"],
    [1234, "1.23 us"],
    [9999, "10.0 us"],
    [123456, "123 us"],
    [999499, "999 us"],
    [999500, "1.00 ms"],
    [1.23e6, "1.23 ms"],
    [1e9, "1.00 s"],
    [59.94e9, "59.9 s"],
    [59.96e9, "1m0s"],
    [90e9, "1m30s"],
    [7500e9, "2h5m0s"],
    [-1.5e6, "-1.50 ms"],
    [Number.NaN, "-"],
    [Infinity, "-"],
  ])("duration %d is %s", (ns, text) => expect(formatDuration(ns)).toBe(text));

  it.each([
    [0, "0/s"],
    [5, "5/s"],
    [12.34, "12.3/s"],
    [0.5, "0.500/s"],
    [99.99, "100/s"],
    [20000, "20,000/s"],
    [1234567.8, "1,234,568/s"],
    [Number.NaN, "-"],
  ])("rate %d is %s", (rate, text) => expect(formatRate(rate)).toBe(text));

  it.each([
    [0, "0 B"],
    [64, "64 B"],
    [999, "999 B"],
    [1000, "0.977 KiB"],
    [1536, "1.50 KiB"],
    [65536, "64.0 KiB"],
    [1048576, "1.00 MiB"],
    [2 ** 52, "4,096 TiB"],
    [Infinity, "-"],
  ])("size %d is %s", (bytes, text) => expect(formatSize(bytes)).toBe(text));

  it.each([
    [0, "0"],
    [-0.2, "0"],
    [999, "999"],
    [1000, "1,000"],
    [1234567, "1,234,567"],
    [-1234, "-1,234"],
    [Number.NaN, "-"],
  ])("count %d is %s", (n, text) => expect(formatCount(n)).toBe(text));

  it("of one there is one, of others many", () => {
    expect(formatAmount(1, "worker")).toBe("1 worker");
    expect(formatAmount(1200, "worker")).toBe("1,200 workers");
    expect(formatAmount(0, "process", "processes")).toBe("0 processes");
  });

  it("durations read back to within their three digits", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 59_000_000_000 }), (ns) => {
        const back = parseDuration(formatDuration(ns));
        expect(Math.abs(back - ns)).toBeLessThanOrEqual(ns * 0.0051);
      }),
    );
  });

  it("whole durations read back exactly", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 40), (ns) => {
        expect(parseDuration(`${ns}ns`)).toBe(ns);
        expect(parseDuration(`${Math.floor(ns / 1e9)}s${ns % 1e9}ns`)).toBe(ns);
      }),
    );
  });
});

it("any text gives a quantity or a UnitError", () => {
  const anything = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom(..."0123456789./smhunkKMGiB% -") }),
  );
  fc.assert(
    fc.property(anything, (text) => {
      for (const parse of [parseDuration, parseRate, parseSize, parseByteRate, parseRatio]) {
        try {
          expect(parse(text)).toBeGreaterThanOrEqual(0);
        } catch (error) {
          expect(error).toBeInstanceOf(UnitError);
        }
      }
    }),
    { numRuns: rounds(200, 20_000) },
  );
});
