import { describe, expect, it } from "vitest";
import { parseRanges, rangesSize, rangeTexts } from "../../src/address/ranges.ts";
import {
  blocksOf,
  defaultIpv6Sources,
  defaultSources,
  defaultSourcesMost,
} from "../../src/plan/sources.ts";

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

  it("uses an unused block, and the first one where all are used", () => {
    expect(text(0, 1, ["127.64.0.0/15"])).toEqual([["127.66.0.0", "127.66.0.255"]]);
    expect(text(0, 1, ["127.64.0.0-127.255.255.254"])).toEqual([["127.1.0.0", "127.1.0.255"]]);
    expect(text(0, 1, ["127.0.0.0/8"])).toEqual([["127.64.0.0", "127.64.0.255"]]);
  });

  it("always has the requested size, for any number of workloads", () => {
    for (const addresses of [1, 255, 300, 65_536, 100_000, 2 ** 21 + 1, defaultSourcesMost]) {
      for (let index = 0; index < 400; index += 7) {
        const sources = defaultSources(index, addresses, []);
        expect(sources.ranges).toHaveLength(1);
        expect(rangesSize(sources)).toBeGreaterThanOrEqual(addresses);
      }
    }
  });
});

describe("blocksOf", () => {
  it("lists the blocks that addresses lie in", () => {
    const blocks = (...texts: string[]) => blocksOf(parseRanges(texts));
    expect(blocks("127.64.0.0/24")).toEqual(["127.64.0.0/16"]);
    expect(blocks("127.66.0.0/15")).toEqual(["127.66.0.0/16", "127.67.0.0/16"]);
    expect(blocks("fd00:127::40:0/111")).toEqual(["fd00:127::40:0/112", "fd00:127::41:0/112"]);
    expect(blocksOf(defaultSources(0, defaultSourcesMost, []))).toHaveLength(64);
  });
});

describe("defaultIpv6Sources", () => {
  const ipv6 = (index: number, addresses: number, prefix: string | null, taken: string[] = []) =>
    rangeTexts(
      defaultIpv6Sources(
        index,
        addresses,
        taken.map((range) => parseRanges([range])),
        prefix,
      ),
    );
  const localhost = [["::1", "::1"]];

  it("gives each workload a block of its own in the prefix", () => {
    expect(ipv6(0, 1, "fd00:127::/64")).toEqual([["fd00:127::40:0", "fd00:127::40:ffff"]]);
    expect(ipv6(1, 65_536, "fd00:127::/32")).toEqual([["fd00:127::41:0", "fd00:127::41:ffff"]]);
    expect(ipv6(0, 65_537, "fd00:127::/64")).toEqual([["fd00:127::80:0", "fd00:127::81:ffff"]]);
  });

  it("uses an unused block, and the first one where all are used", () => {
    const taken = (range: string) => ipv6(0, 1, "fd00:127::/64", [range]);
    expect(taken("fd00:127::40:9")).toEqual([["fd00:127::41:0", "fd00:127::41:ffff"]]);
    expect(taken("fd00:127::/64")).toEqual([["fd00:127::40:0", "fd00:127::40:ffff"]]);
  });

  it("keeps to ::1 without a prefix, and where it is too small", () => {
    expect(ipv6(0, 1, null)).toEqual(localhost);
    expect(ipv6(0, 1, "fd00:127::/112")).toEqual(localhost);
    expect(ipv6(70, 1, "fd00:127::/105")).toEqual(localhost);
    expect(ipv6(0, 1, "fd00:127::/105")).toEqual([["fd00:127::40:0", "fd00:127::40:ffff"]]);
  });
});
