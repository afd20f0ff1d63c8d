import { describe, expect, it } from "vitest";
import { parseRanges, rangesSize, rangeTexts } from "../../src/address/ranges.ts";
import { defaultSources, defaultSourcesMost } from "../../src/scenario/plan-sources.ts";

const text = (index: number, addresses: number, taken: string[] = []) =>
  rangeTexts(
    defaultSources(
      index,
      addresses,
      taken.map((range) => parseRanges([range])),
    ),
  );

describe("defaultSources", () => {
  it("gives each workload a block of its own at 127.(64 + index)", () => {
    expect(text(0, 1)).toEqual([["127.64.0.0", "127.64.0.255"]]);
    expect(text(3, 256)).toEqual([["127.67.0.0", "127.67.0.255"]]);
    expect(text(0, 257)).toEqual([["127.64.0.0", "127.64.1.255"]]);
    expect(text(1, 65_536)).toEqual([["127.65.0.0", "127.65.255.255"]]);
    expect(text(1, 65_537)).toEqual([["127.66.0.0", "127.67.255.255"]]);
  });

  it("goes where nobody else is, and to the first place where everybody is", () => {
    expect(text(0, 1, ["127.64.0.0/15"])).toEqual([["127.66.0.0", "127.66.0.255"]]);
    expect(text(0, 1, ["127.64.0.0-127.255.255.254"])).toEqual([["127.1.0.0", "127.1.0.255"]]);
    expect(text(0, 1, ["127.0.0.0/8"])).toEqual([["127.64.0.0", "127.64.0.255"]]);
  });

  it("always holds what was asked, for any number of workloads", () => {
    for (const addresses of [1, 255, 300, 65_536, 100_000, 2 ** 21 + 1, defaultSourcesMost]) {
      for (let index = 0; index < 400; index += 7) {
        const sources = defaultSources(index, addresses, []);
        expect(sources.ranges).toHaveLength(1);
        expect(rangesSize(sources)).toBeGreaterThanOrEqual(addresses);
      }
    }
  });
});
