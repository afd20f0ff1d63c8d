import { describe, expect, it } from "vitest";
import { parseRanges } from "../../src/address/ranges.ts";
import { Sources } from "../../src/relay/sources.ts";

describe("Sources", () => {
  it("returns its addresses round-robin", () => {
    const sources = new Sources(parseRanges(["127.0.0.9", "127.0.0.2-127.0.0.3"]));
    expect(Array.from({ length: 5 }, () => sources.next())).toEqual([
      "127.0.0.2",
      "127.0.0.3",
      "127.0.0.9",
      "127.0.0.2",
      "127.0.0.3",
    ]);
  });

  it("returns ports below the ephemeral ones, each once before any repeats", () => {
    const sources = new Sources(parseRanges(["::1"]));
    const ports = Array.from({ length: 31_744 }, () => sources.sparePort());
    expect(new Set(ports).size).toBe(31_744);
    expect([Math.min(...ports), Math.max(...ports)]).toEqual([1024, 32_767]);
    expect(sources.sparePort()).toBe(1024);
  });
});
