import { expect, test } from "vitest";
import { examine } from "../../src/coordinator/doctor.ts";
import { host, machine } from "./made-up.ts";

const ok = [{ address: "127.0.0.77", code: null }];

test("the tightest limit of the machine is named, and every limit says how to raise it", () => {
  const diagnosis = examine(machine(), host(), ok);
  expect(diagnosis.limitedBy).toBe("systemFiles");
  expect(diagnosis.maxConnections).toBe(999_500);
  const limits = diagnosis.capacities.map(({ connections }) => connections);
  expect(limits).toEqual([...limits].sort((a, b) => a - b));
  for (const { remedy } of diagnosis.findings) expect(remedy).not.toMatch(/NaN|undefined/);
  expect(diagnosis.findings.filter(({ level }) => level !== "note")).toEqual([]);
  expect(JSON.parse(JSON.stringify(diagnosis))).toEqual(diagnosis);
});

test("a process limit bounds a process, not the machine", () => {
  const diagnosis = examine(machine({ openFilesLimit: 5000 }), host(), ok);
  const files = diagnosis.capacities.find(({ name }) => name === "processFiles");
  expect(files).toMatchObject({ connections: 5000 - 150 - 40, scope: "process" });
  expect(diagnosis.limitedBy).toBe("systemFiles");
});

test("processes that hold few connections each take memory, too", () => {
  const memoryOf = (openFilesLimit: number) =>
    examine(machine({ openFilesLimit }), host(), ok).capacities.find(
      ({ name }) => name === "memory",
    )?.connections ?? 0;
  expect(memoryOf(1024)).toBeLessThan(memoryOf(20_000) / 3);
});

test("memory, conntrack and processes can be what limits", () => {
  expect(examine(machine({ memoryAvailableBytes: 1e6 }), host(), ok).limitedBy).toBe("memory");
  const tracked = host({ conntrack: { count: 100, max: 1100, tracksLoopback: true } });
  expect(examine(machine(), tracked, ok)).toMatchObject({
    limitedBy: "conntrack",
    maxConnections: 1000,
  });
  const pids = { memory: null, pids: { max: 50, current: 10 }, cpuQuota: null };
  expect(examine(machine(), host({ cgroup: pids }), ok).limitedBy).toBe("processes");
});

test("on macOS the aliases of lo0 count", () => {
  const mac = host({ os: "Darwin", loopbackAddresses: ["127.0.0.1"], systemFiles: null });
  const diagnosis = examine(machine({ ephemeralPorts: [49152, 65535] }), mac, ok);
  expect(diagnosis).toMatchObject({ limitedBy: "ports", maxConnections: 49152 - 1024 });
});

test("addresses that could not be bound are a warning", () => {
  const failed = [...ok, { address: "127.255.0.9", code: "EADDRNOTAVAIL" }];
  const warning = (os: string) =>
    examine(machine(), host({ os }), failed).findings.find(({ level }) => level === "warn");
  expect(warning("Linux")?.message).toContain("127.255.0.9 (EADDRNOTAVAIL)");
  expect(warning("Linux")?.remedy).toContain("ip address replace 127.0.0.1/8 dev lo");
  expect(warning("Darwin")?.remedy).toContain("lo0-alias-up.sh");
});
