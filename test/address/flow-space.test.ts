import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emptyFlow, type Flow } from "../../src/address/flow.ts";
import {
  createFlowSpace,
  createPartSpace,
  type FlowSpace,
  type FlowSpacePart,
  type FlowSpaceSpec,
} from "../../src/address/flow-space.ts";

function tuple(space: FlowSpace, k: number): Flow {
  const flow = emptyFlow();
  space.at(k, flow);
  return flow;
}

function textOf(flow: Flow): string {
  return `${flow.sourceAddress} ${flow.sourcePort} ${flow.destinationAddress} ${flow.destinationPort}`;
}

/** Small spaces: up to 9 sources in two ranges, 8 ports in two ranges, 6 destinations. */
const anySpec: fc.Arbitrary<FlowSpaceSpec> = fc
  .record({
    sources: fc.integer({ min: 1, max: 6 }),
    moreSources: fc.integer({ min: 1, max: 3 }),
    ports: fc.integer({ min: 1, max: 5 }),
    morePorts: fc.integer({ min: 1, max: 3 }),
    destinations: fc.integer({ min: 1, max: 6 }),
    connectionsPerSource: fc.option(fc.integer({ min: 1, max: 60 })),
  })
  .map((draw) => ({
    sources: [
      ["127.16.0.250", `127.16.0.${250 + draw.sources - 1}`],
      ["127.16.2.0", `127.16.2.${draw.moreSources - 1}`],
    ],
    ports: [
      [1024, 1024 + draw.ports - 1],
      [61000, 61000 + draw.morePorts - 1],
    ],
    destinations: Array.from({ length: draw.destinations }, (_, i) => ({
      address: "127.0.0.1",
      port: 7000 + i,
    })),
    connectionsPerSource: draw.connectionsPerSource,
  }));

function countOf(ranges: readonly (readonly [number, number])[]): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
}

describe("createFlowSpace", () => {
  it("is a bijection: as many different tuples as it says, all within the spec, always the same", () => {
    fc.assert(
      fc.property(anySpec, (spec) => {
        const space = createFlowSpace(spec);
        const again = createFlowSpace(spec);
        const tuples = Array.from({ length: space.size }, (_, k) => textOf(tuple(space, k)));
        expect(new Set(tuples).size).toBe(space.size);
        const perSource = countOf(spec.ports) * spec.destinations.length;
        const sources = new Set(tuples.map((text) => text.split(" ")[0]));
        expect(space.size).toBe(
          sources.size * Math.min(perSource, spec.connectionsPerSource ?? perSource),
        );
        const others: string[] = [];
        for (let k = space.size - 1; k >= 0; k--) {
          const flow = tuple(again, k);
          const isOfSpec = spec.ports.some(
            ([a, b]) => a <= flow.sourcePort && flow.sourcePort <= b,
          );
          if (textOf(flow) !== tuples[k] || !isOfSpec) others.push(`${textOf(flow)} at ${k}`);
        }
        expect(others).toEqual([]);
      }),
    );
  });

  it("alternates destinations: their counts never differ by more than one", () => {
    fc.assert(
      fc.property(anySpec, (spec) => {
        const space = createFlowSpace(spec);
        const counts = spec.destinations.map(() => 0);
        for (let k = 0; k < space.size; k++) {
          const at = tuple(space, k).destinationPort - 7000;
          counts[at] = (counts[at] ?? 0) + 1;
          if (Math.max(...counts) - Math.min(...counts) > 1) return false;
        }
        return true;
      }),
    );
  });

  it("uses every (source, port) pair once before any meets a second destination", () => {
    fc.assert(
      fc.property(anySpec, (spec) => {
        const space = createFlowSpace({ ...spec, connectionsPerSource: null });
        const pairs = space.size / spec.destinations.length;
        const seen = new Set<string>();
        for (let k = 0; k < pairs; k++) {
          const flow = tuple(space, k);
          seen.add(`${flow.sourceAddress} ${flow.sourcePort}`);
        }
        return seen.size === pairs;
      }),
    );
  });

  it("puts connectionsPerSource consecutive tuples on each source", () => {
    fc.assert(
      fc.property(anySpec, (spec) => {
        const space = createFlowSpace(spec);
        const perSource = spec.connectionsPerSource;
        if (perSource === null || perSource > countOf(spec.ports) * spec.destinations.length)
          return;
        const sources = Array.from({ length: space.size }, (_, k) => tuple(space, k).sourceAddress);
        const order = [...new Set(sources)];
        for (const [k, source] of sources.entries()) {
          expect(source).toBe(order[Math.floor(k / perSource)]);
        }
      }),
    );
  });

  it("gives client k of 16 million an address of its own without a table for them", () => {
    const space = createFlowSpace({
      sources: [["127.0.0.1", "127.255.255.254"]],
      ports: [[1024, 32767]],
      destinations: [{ address: "127.0.0.1", port: 7000 }],
      connectionsPerSource: 1,
    });
    expect(space.size).toBe(2 ** 24 - 2);
    expect(textOf(tuple(space, 0))).toBe("127.0.0.1 1024 127.0.0.1 7000");
    expect(textOf(tuple(space, 65_536))).toBe("127.1.0.1 1024 127.0.0.1 7000");
    expect(textOf(tuple(space, space.size - 1))).toBe("127.255.255.254 1024 127.0.0.1 7000");
    expect(() => tuple(space, space.size)).toThrow("assertion");
    expect(() => tuple(space, -1)).toThrow("assertion");
  });

  it("stays exact over an IPv6 prefix that no integer can count", () => {
    const space = createFlowSpace({
      sources: [["fd00::", "fd00::ffff:ffff:ffff:ffff"]],
      ports: [[1024, 65535]],
      destinations: [
        { address: "::1", port: 7000 },
        { address: "::1", port: 7001 },
      ],
      connectionsPerSource: null,
    });
    expect(Number.isSafeInteger(space.size)).toBe(true);
    expect(textOf(tuple(space, 65_537))).toBe("fd00::1:1 1024 ::1 7001");
  });

  it("refuses an empty space", () => {
    const spec: FlowSpaceSpec = {
      sources: [["127.0.0.1", "127.0.0.1"]],
      ports: [[5000, 5000]],
      destinations: [{ address: "127.0.0.1", port: 7000 }],
      connectionsPerSource: null,
    };
    expect(() => createFlowSpace({ ...spec, sources: [] })).toThrow("assertion");
    expect(() => createFlowSpace({ ...spec, ports: [] })).toThrow("assertion");
    expect(() => createFlowSpace({ ...spec, destinations: [] })).toThrow("assertion");
  });
});

describe("a space of several hosts", () => {
  const part = (source: string, first: number, tuples: number): FlowSpacePart => ({
    first,
    tuples,
    spec: {
      sources: [[source, source]],
      ports: [[5000, 5009]],
      destinations: [{ address: "10.0.0.1", port: 7000 }],
      connectionsPerSource: null,
    },
  });
  const parts = [part("10.0.0.2", 0, 3), part("10.0.0.3", 3, 2)];
  const whole = createFlowSpace({
    sources: [["10.0.0.2", "10.0.0.3"]],
    ports: [[5000, 5009]],
    destinations: [{ address: "10.0.0.1", port: 7000 }],
    connectionsPerSource: null,
    parts,
  });

  it("has the first tuples of each, one host after the other", () => {
    const all = Array.from({ length: whole.size }, (_, k) => textOf(tuple(whole, k)));
    expect(all.map((text) => text.split(" ").slice(0, 2).join(":"))).toEqual([
      "10.0.0.2:5000",
      "10.0.0.2:5001",
      "10.0.0.2:5002",
      "10.0.0.3:5000",
      "10.0.0.3:5001",
    ]);
    expect(() => tuple(whole, 5)).toThrow("assertion");
  });

  it("is the same on each host, for the tuples that it has", () => {
    for (const one of parts) {
      const own = createPartSpace(one);
      for (let k = own.first; k < own.size; k++) expect(tuple(own, k)).toEqual(tuple(whole, k));
      expect(() => tuple(own, own.first - 1)).toThrow("assertion");
      expect(() => tuple(own, own.size)).toThrow("assertion");
    }
  });
});
