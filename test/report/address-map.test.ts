import { describe, expect, test } from "vitest";
import { addressMap } from "../../src/report/address-map.ts";
import { reportRuns } from "../../src/report/report-run.ts";
import type { RunResult } from "../../src/results/result.ts";
import { sample } from "./samples.ts";

/** The map of a run whose workloads use these ranges, and whose server listens there. */
function mapOf(
  workloads: Readonly<Record<string, { ranges: string[]; used: number }>>,
  listen: readonly string[] = [],
) {
  const result = sample();
  const { chat } = result.workloads;
  const named = Object.entries(workloads).map(([name, { ranges, used }]) => [
    name,
    { ...chat, sources: { ...chat?.sources, ranges, addressesUsed: used } },
  ]);
  const endpoints = listen.map((address) => ({ address, port: 7000 }));
  const made = {
    ...result,
    workloads: Object.fromEntries(named),
    scenario: {
      ...result.scenario,
      resolved: { ...result.scenario.resolved, servers: [{ name: "echo", listen: endpoints }] },
    },
  } as unknown as RunResult;
  return addressMap(reportRuns([{ label: "a", result: made }]));
}

describe("the address map", () => {
  test("counts the addresses of each /16, of clients and targets", () => {
    const map = mapOf({ chat: { ranges: ["127.16.0.0-127.17.255.255"], used: 65_636 } }, [
      "127.0.0.1",
    ]);
    expect(map.owners.slice(0, 2)).toEqual([
      { name: "chat", kind: "clients" },
      { name: "echo", kind: "target" },
    ]);
    expect(map.overview).toEqual({
      block: "127.0.0.0/8",
      cellPrefix: 16,
      cells: [
        { index: 0, block: "127.0.0.0/16", uses: [{ owner: 1, addresses: 1 }] },
        { index: 16, block: "127.16.0.0/16", uses: [{ owner: 0, addresses: 65_536 }] },
        { index: 17, block: "127.17.0.0/16", uses: [{ owner: 0, addresses: 100 }] },
      ],
    });
  });

  test("shows a /16 by /24, and one /24 by address", () => {
    const map = mapOf({
      wide: { ranges: ["127.16.0.0-127.16.255.255"], used: 300 },
      narrow: { ranges: ["127.32.7.9"], used: 1 },
    });
    expect(map.closeUps.map(({ block, cellPrefix }) => [block, cellPrefix])).toEqual([
      ["127.16.0.0/16", 24],
      ["127.32.7.0/24", 32],
    ]);
    expect(map.closeUps[0]?.cells.map(({ index, uses }) => [index, uses[0]?.addresses])).toEqual([
      [0, 256],
      [1, 44],
    ]);
    expect(map.closeUps[1]?.cells[0]).toMatchObject({ index: 9, block: "127.32.7.9" });
  });

  test("has both owners in a cell that two share", () => {
    const map = mapOf({
      a: { ranges: ["127.16.0.1-127.16.0.9"], used: 9 },
      b: { ranges: ["127.16.0.5-127.16.0.9"], used: 5 },
    });
    expect(map.overview.cells[0]?.uses).toEqual([
      { owner: 0, addresses: 9 },
      { owner: 1, addresses: 5 },
    ]);
  });

  test("is bounded: what is left out is counted, and the table has all", () => {
    const map = mapOf({ all: { ranges: ["127.0.0.1-127.255.255.254"], used: 2 ** 24 - 2 } });
    expect(map.overview.cells).toHaveLength(256);
    expect(map.closeUps).toHaveLength(12);
    expect(map.closeUpsLeftOut).toBe(244);
    expect(map.table.rows[0]?.slice(0, 4)).toEqual([
      "all",
      "clients",
      "16,777,214",
      "127.0.0.1–127.255.255.254",
    ]);
  });

  test("says what is not on it", () => {
    const map = mapOf({ six: { ranges: ["fd00:127::40:0-fd00:127::40:ffff"], used: 3 } });
    expect(map.overview.cells).toEqual([]);
    expect(map.table.note).toBe("Addresses outside 127.0.0.0/8 are not on the map.");
    expect(map.table.rows[0]?.[3]).toBe("fd00:127::40:0–fd00:127::40:2");
  });
});
