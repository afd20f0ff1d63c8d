import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emptyFlow } from "../../src/address/flow.ts";
import { createFlowSpace, type FlowSpaceSpec } from "../../src/address/flow-space.ts";
import { RotationPorts } from "../../src/address/rotation-ports.ts";
import { rounds } from "../support/fuzz.ts";

function space(changes: Partial<FlowSpaceSpec> = {}): FlowSpaceSpec {
  return {
    sources: [["127.16.0.1", "127.16.0.4"]],
    ports: [
      [1024, 1099],
      [2000, 2023],
    ],
    destinations: [{ address: "127.0.0.1", port: 53 }],
    connectionsPerSource: null,
    ...changes,
  };
}

/** Returns the first ports of a connection: the planned one, then the rotated ones. */
function walk(spec: FlowSpaceSpec, ports: RotationPorts, connection: number, count: number) {
  const flow = emptyFlow();
  createFlowSpace(spec).at(connection, flow);
  const seen = [flow.sourcePort];
  while (seen.length < count) {
    seen.push(ports.next(connection, seen.at(-1) as number, seen.length - 1));
  }
  return { address: flow.sourceAddress, seen };
}

describe("ports of rotating flows", () => {
  test("no two flows of one address ever want the same port", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.option(fc.integer({ min: 15, max: 50 }), { nil: null }),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        (connections, connectionsPerSource, seed) => {
          const spec = space({ connectionsPerSource });
          const ports = new RotationPorts(spec, connections, seed);
          const owners = new Map<string, number>();
          const wrong: string[] = [];
          for (let connection = 0; connection < connections; connection++) {
            const { address, seen } = walk(spec, ports, connection, 30);
            for (const port of seen) {
              const key = `${address}:${port}`;
              const owner = owners.get(key) ?? connection;
              if (owner !== connection) wrong.push(`${key} of ${owner} and ${connection}`);
              owners.set(key, connection);
              const isOfSpec = (port >= 1024 && port <= 1099) || (port >= 2000 && port <= 2023);
              if (!isOfSpec) wrong.push(`${key} of ${connection}`);
            }
          }
          expect(wrong).toEqual([]);
        },
      ),
      { numRuns: rounds(10, 300) },
    );
  });

  test("the next port always differs, and a flow uses all of its own ports", () => {
    const spec = space();
    const { seen } = walk(spec, new RotationPorts(spec, 4, 1), 2, 2000);
    expect(seen.filter((port, at) => port === seen[at - 1])).toEqual([]);
    expect(new Set(seen).size).toBe(100);
  });

  test("the same seed gives the same ports, another seed others", () => {
    const spec = space();
    const of = (seed: number) => walk(spec, new RotationPorts(spec, 4, seed), 0, 50).seen;
    expect(of(7)).toEqual(of(7));
    expect(of(7)).not.toEqual(of(8));
  });

  test("steps look random: none is more frequent", () => {
    const spec = space({ ports: [[1024, 1087]], sources: [["127.16.0.1", "127.16.0.1"]] });
    const { seen } = walk(spec, new RotationPorts(spec, 1, 3), 0, 6301);
    const steps = new Map<number, number>();
    for (let at = 1; at < seen.length; at++) {
      const step = ((seen[at] as number) - (seen[at - 1] as number) + 64) % 64;
      steps.set(step, (steps.get(step) ?? 0) + 1);
    }
    // 63 steps, 100 times each by expectation; chi-square with 62 degrees of freedom, p = 1e-6.
    expect(steps.size).toBe(63);
    const chiSquare = [...steps.values()].reduce((sum, n) => sum + (n - 100) ** 2 / 100, 0);
    expect(chiSquare).toBeLessThan(127);
  });

  test("a flow without a second port is refused", () => {
    const ports = new RotationPorts(space({ ports: [[1024, 1024]] }), 1, 1);
    expect(() => ports.next(0, 1024, 0)).toThrow("two ports");
  });

  test("in turn, a flow goes through all of its ports before one comes again", () => {
    const ports = new RotationPorts(
      space({
        ports: [
          [1024, 1028],
          [2000, 2004],
        ],
      }),
      9,
      1,
    );
    const visited = new Map<number, number[]>();
    for (const first of [1024, 1025, 1026]) {
      const own = [first];
      for (let port = ports.following(first); port !== first; port = ports.following(port)) {
        own.push(port);
      }
      expect(own.length).toBe(ports.countOf(first));
      visited.set(first, own);
    }
    // Three flows on each of three sources: each port is one flow's.
    expect([...visited.values()].flat().sort()).toEqual([
      ...[1024, 1025, 1026, 1027, 1028],
      ...[2000, 2001, 2002, 2003, 2004],
    ]);
    expect(new RotationPorts(space({ ports: [[7, 7]] }), 1, 1).following(7)).toBe(7);
  });
});
