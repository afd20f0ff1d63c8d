import { describe, expect, test } from "vitest";
import { emptyFlow } from "../../src/address/flow.ts";
import { createFlowSpace, type FlowSpaceSpec } from "../../src/address/flow-space.ts";
import { parseIp } from "../../src/address/ip.ts";
import { foreignTuple, TupleIds } from "../../src/address/tuple-ids.ts";

const spec: FlowSpaceSpec = {
  sources: [
    ["127.32.0.1", "127.32.0.3"],
    ["127.32.1.1", "127.32.1.2"],
  ],
  ports: [
    [1024, 1030],
    [61_000, 61_001],
  ],
  destinations: [
    { address: "127.0.0.1", port: 7000 },
    { address: "127.0.0.9", port: 7000 },
    { address: "127.0.0.1", port: 7001 },
  ],
  connectionsPerSource: null,
};

function idOf(ids: TupleIds, source: string, port: number, to: string, toPort: number): number {
  return ids.of(parseIp(source).value, port, parseIp(to).value, toPort);
}

describe("ids of 4-tuples", () => {
  test.each([spec, { ...spec, connectionsPerSource: 4 }])("each tuple has its own", (given) => {
    const space = createFlowSpace(given);
    const ids = new TupleIds(given);
    const flow = emptyFlow();
    const all = Array.from({ length: space.size }, (_, k) => {
      space.at(k, flow);
      return ids.ofFlow(flow);
    });
    expect(new Set(all).size).toBe(space.size);
    expect(Math.min(...all)).toBeGreaterThanOrEqual(0);
  });

  test("no other 4-tuple has one", () => {
    const ids = new TupleIds(spec);
    const own = ["127.32.0.1", 1024, "127.0.0.1", 7000] as const;
    expect(idOf(ids, ...own)).toBeGreaterThanOrEqual(0);
    const others = [
      ["127.32.0.0", 1024, "127.0.0.1", 7000],
      ["127.32.0.4", 1024, "127.0.0.1", 7000],
      ["127.32.1.3", 1024, "127.0.0.1", 7000],
      ["127.32.0.1", 1023, "127.0.0.1", 7000],
      ["127.32.0.1", 1031, "127.0.0.1", 7000],
      ["127.32.0.1", 1024, "127.0.0.2", 7000],
      ["127.32.0.1", 1024, "127.0.0.9", 7001],
      ["127.0.0.1", 7000, "127.32.0.1", 1024],
    ] as const;
    for (const [source, port, to, toPort] of others) {
      expect(idOf(ids, source, port, to, toPort), `${source}:${port} ${to}:${toPort}`).toBe(
        foreignTuple,
      );
    }
  });

  test("the prefixes contain every source and destination", () => {
    const { family, sources, destinations, destinationPort } = new TupleIds(spec);
    expect({ family, sources, destinations, destinationPort }).toEqual({
      family: 4,
      sources: { value: parseIp("127.32.0.1").value, bits: 23 },
      destinations: { value: parseIp("127.0.0.1").value, bits: 28 },
      destinationPort: null,
    });
    const one = new TupleIds({ ...spec, destinations: spec.destinations.slice(0, 1) });
    expect(one.destinations.bits).toBe(32);
    expect(one.destinationPort).toBe(7000);
  });

  test("of IPv6", () => {
    const ids = new TupleIds({
      sources: [["fd00:127::1", "fd00:127::ff"]],
      ports: [[1024, 2000]],
      destinations: [{ address: "::1", port: 7000 }],
      connectionsPerSource: null,
    });
    expect(ids.family).toBe(6);
    expect(ids.sources.bits).toBe(120);
    expect(idOf(ids, "fd00:127::2", 1024, "::1", 7000)).toBe(65_536 + 1024);
    expect(idOf(ids, "fd00:127::100", 1024, "::1", 7000)).toBe(foreignTuple);
  });
});
