import { describe, expect, it } from "vitest";
import {
  type AgentLimits,
  type LimitTexts,
  limitLines,
  limitsRefusal,
  parseLimits,
} from "../../src/hosts/limits.ts";

function limits(texts: Partial<LimitTexts>): AgentLimits {
  return parseLimits({
    allowTarget: [],
    maxConnections: undefined,
    maxRate: undefined,
    ...texts,
  });
}

/** Whether clients may send to an endpoint. */
function allows(allowTarget: readonly string[], address: string, port = 7000): boolean {
  const wanted = { targets: [{ address, port }], connections: 1, rate: 0 };
  return limitsRefusal(limits({ allowTarget }), wanted) === null;
}

describe("targets", () => {
  it("are those of loopback where none are given", () => {
    const own = ["127.0.0.1", "127.255.0.9", "::1", "fd00:127::7", "::ffff:127.0.0.1"];
    expect(own.filter((address) => !allows([], address))).toEqual([]);
    const others = ["126.255.255.255", "128.0.0.0", "10.0.0.1", "::2", "fd00:128::1", "0.0.0.0"];
    expect(others.filter((address) => allows([], address))).toEqual([]);
  });

  it.each([
    ["10.0.0.0/24", "10.0.0.255", 9, true],
    ["10.0.0.0/24", "10.0.1.0", 9, false],
    // Those given replace loopback.
    ["10.0.0.0/24", "127.0.0.1", 9, false],
    ["10.0.0.7", "10.0.0.7", 65_535, true],
    ["10.0.0.7", "10.0.0.8", 1, false],
    ["10.0.0.7:7000", "10.0.0.7", 7000, true],
    ["10.0.0.7:7000", "10.0.0.7", 7001, false],
    ["10.0.0.0/8:7000-7010", "10.9.9.9", 7010, true],
    ["10.0.0.0/8:7000-7010", "10.9.9.9", 7011, false],
    ["10.0.0.3-10.0.0.5:80", "10.0.0.4", 80, true],
    ["[fd00::/16]:53", "fd00:99::1", 53, true],
    ["[fd00::/16]:53", "fd00:99::1", 54, false],
    ["[fd00::/16]", "fd00:99::1", 54, true],
    ["fd00::/16", "fd00:99::1", 54, true],
    ["fd00::/16", "fd01::1", 54, false],
    ["0.0.0.0/0", "8.8.8.8", 53, true],
    ["0.0.0.0/0", "::1", 53, false],
  ] as const)("%s and %s port %d: %s", (allowed, address, port, is) => {
    expect(allows([allowed], address, port)).toBe(is);
  });

  it("may be given several times", () => {
    expect(allows(["10.0.0.1", "127.0.0.0/8"], "127.0.0.1")).toBe(true);
  });

  it.each([
    ["10.0.0.0/33", "prefix length must be 0 to 32"],
    ["10.0.0.9/24", "write 10.0.0.0/24 for the network"],
    ["10.0.0.1:0", '"0" is not a port from 1 to 65535'],
    ["10.0.0.1:65536", '"65536" is not a port'],
    ["10.0.0.1:9-8", '"9-8" is not a port'],
    ["10.0.0.1:", '"" is not a port'],
    ["[::1]:x", '"x" is not a port'],
    ["[10.0.0.1", "not an IP address"],
    ["example.org:80", "not an IP address"],
    ["", "an address is missing"],
    ["::1:::", '"::" may occur only once'],
  ])("%j is refused: %s", (text, why) => {
    expect(() => limits({ allowTarget: [text] })).toThrow(why);
    expect(() => limits({ allowTarget: [text] })).toThrow(`--allow-target ${text}: `);
  });
});

describe("how many and how fast", () => {
  it.each(["0", "-1", "1e6", "1.5", "20k", ""])("--max-connections %j is refused", (text) => {
    expect(() => limits({ maxConnections: text })).toThrow(
      `--max-connections ${text}: give a whole number from 1`,
    );
  });

  it.each([
    ["0/s", "--max-rate 0/s: give more than 0"],
    ["20k/s", '--max-rate "20k/s" is not a rate: write the number out, "20000/s"'],
    ["20000", '--max-rate "20000" has no unit: write "20000/s"'],
  ])("--max-rate %s is refused", (text, why) => {
    expect(() => limits({ maxRate: text })).toThrow(why);
  });

  it("are refused above the limits, all reasons at once", () => {
    const own = limits({ maxConnections: "1000", maxRate: "20000/s" });
    const targets = [{ address: "127.0.0.1", port: 7000 }];
    expect(limitsRefusal(own, { targets, connections: 1000, rate: 20_000 })).toBeNull();
    const tooMuch = {
      targets: ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "127.0.0.1"].map(
        (address) => ({ address, port: 7000 }),
      ),
      connections: 1001,
      rate: 20_001,
    };
    expect(limitsRefusal(own, tooMuch)?.split("; ")).toEqual([
      "its clients may not go to 10.0.0.1:7000, 10.0.0.2:7000, 10.0.0.3:7000, 2 more, only to 127.0.0.0/8, [::1], [fd00:127::/32]: start its agent with --allow-target 10.0.0.1:7000 as well",
      "it would have 1,001 connections, and may have 1,000: lower connections, add hosts, or start its agent with a higher --max-connections",
      "it would send 20,001/s, and may send 20,000/s: lower the rate, add hosts, or start its agent with a higher --max-rate",
    ]);
  });

  it("a rate that nothing bounds is refused only where there is a limit", () => {
    const closed = { targets: [], connections: 1, rate: null };
    expect(limitsRefusal(limits({}), closed)).toBeNull();
    expect(limitsRefusal(limits({ maxRate: "10/s" }), closed)).toBe(
      "a workload without a rate sends as fast as replies come, and this host may send 10/s: give the workload a rate, or start the agent without --max-rate",
    );
  });

  it("are shown as they were given", () => {
    const own = limits({ allowTarget: ["10.0.0.0/8:80"], maxConnections: "1", maxRate: "600/m" });
    expect(limitLines(own)).toEqual([
      "targets: 10.0.0.0/8:80",
      "at most 1 connection",
      "at most 10/s",
    ]);
    expect(limitLines(limits({}))).toHaveLength(1);
  });
});
