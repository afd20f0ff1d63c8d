import { expect, test } from "vitest";
import { examine } from "../../src/preflight/doctor.ts";
import { host, machine } from "./fakes.ts";

const none = "kernel 5.15 is older than 6.13";
const ok = [{ address: "127.0.0.77", code: null }];

test("the tightest limit of the machine is named, and every limit says how to raise it", () => {
  const diagnosis = examine(machine(), host(), ok, none, [], null);
  expect(diagnosis.limitedBy).toBe("systemFiles");
  expect(diagnosis.maxConnections).toBe(999_500);
  const limits = diagnosis.capacities.map(({ connections }) => connections);
  expect(limits).toEqual([...limits].sort((a, b) => a - b));
  for (const { remedy } of diagnosis.results) expect(remedy).not.toMatch(/NaN|undefined/);
  expect(diagnosis.results.filter(({ level }) => level !== "note")).toEqual([]);
  expect(JSON.parse(JSON.stringify(diagnosis))).toEqual(diagnosis);
});

test("a process limit bounds a process, not the machine", () => {
  const diagnosis = examine(machine({ openFilesLimit: 5000 }), host(), ok, none, [], null);
  const files = diagnosis.capacities.find(({ name }) => name === "processFiles");
  expect(files).toMatchObject({ connections: 5000 - 150 - 40, scope: "process" });
  expect(diagnosis.limitedBy).toBe("systemFiles");
});

test("processes that hold few connections each take memory, too", () => {
  const memoryOf = (openFilesLimit: number) =>
    examine(machine({ openFilesLimit }), host(), ok, none, [], null).capacities.find(
      ({ name }) => name === "memory",
    )?.connections ?? 0;
  expect(memoryOf(1024)).toBeLessThan(memoryOf(20_000) / 3);
});

test("memory, conntrack and processes can be what limits", () => {
  expect(
    examine(machine({ memoryAvailableBytes: 1e6 }), host(), ok, none, [], null).limitedBy,
  ).toBe("memory");
  const tracked = host({ conntrack: { count: 100, max: 1100, tracksLoopback: true } });
  expect(examine(machine(), tracked, ok, none, [], null)).toMatchObject({
    limitedBy: "conntrack",
    maxConnections: 1000,
  });
  const pids = { memory: null, pids: { max: 50, current: 10 }, cpuQuota: null };
  expect(examine(machine(), host({ cgroup: pids }), ok, none, [], null).limitedBy).toBe(
    "processes",
  );
  const userThreads = { max: 50, current: 10 };
  expect(examine(machine(), host({ userThreads }), ok, none, [], null).limitedBy).toBe("processes");
});

test("on macOS the aliases of lo0 count", () => {
  const mac = host({ os: "Darwin", loopbackAddresses: ["127.0.0.1"], systemFiles: null });
  const diagnosis = examine(machine({ ephemeralPorts: [49152, 65535] }), mac, ok, none, [], null);
  expect(diagnosis).toMatchObject({ limitedBy: "ports", maxConnections: 49152 - 1024 });
});

test("addresses that could not be bound are a warning", () => {
  const failed = [...ok, { address: "127.255.0.9", code: "EADDRNOTAVAIL" }];
  const warning = (os: string) =>
    examine(machine(), host({ os }), failed, none, [], null).results.find(
      ({ level }) => level === "warn",
    );
  expect(warning("Linux")?.message).toContain("127.255.0.9 (EADDRNOTAVAIL)");
  expect(warning("Linux")?.remedy).toContain("ip address replace 127.0.0.1/8 dev lo");
  expect(warning("Darwin")?.remedy).toContain("lo0-alias-up.sh");
});

test("over io_uring open files are not a limit, and the io in use is reported", () => {
  const small = { openFilesLimit: 1024 };
  const uring = examine(machine(small), host(), ok, null, [], null);
  expect(uring).toMatchObject({ io: "uring", ioObstacle: null });
  const connectionsOf = (name: string, { capacities } = uring) =>
    capacities.find((capacity) => capacity.name === name)?.connections ?? 0;
  const node = examine(machine(small), host(), ok, none, [], null);
  expect(node).toMatchObject({ io: "node", ioObstacle: none });
  expect(connectionsOf("processFiles")).toBe(834 * 1024);
  expect(connectionsOf("memory")).toBeGreaterThan(connectionsOf("memory", node));
  // 8 MiB have room for 61 rings: 30 for each end.
  const lockedMemory = { limitBytes: 8 << 20, pageBytes: 4096 };
  const limited = examine(machine(small), host({ lockedMemory }), ok, null, [], null);
  expect(connectionsOf("lockedMemory", limited)).toBe(30 * 1024);
  expect(limited.limitedBy).toBe("lockedMemory");
  expect(connectionsOf("lockedMemory", node)).toBe(0);
  const ioMessage = (diagnosis: typeof uring) =>
    diagnosis.results.find(({ check }) => check === "io")?.message;
  expect(ioMessage(uring)).toContain("io_uring");
  expect(ioMessage(node)).toContain(none);
});

test("what IPv6 has over loopback: ::1, prefixes routed to lo, and whether they can be bound", () => {
  const result = (loopback: string[], nonlocalBind: boolean | null, os = "Linux") => {
    const ipv6 = { loopback, nonlocalBind };
    return examine(machine(), host({ os, ipv6 }), ok, none, [], null).results.find(
      ({ check }) => check === "anyIp",
    );
  };
  const one = result(["::1/128"], false);
  expect(one).toMatchObject({ level: "note" });
  expect(one?.message).toContain("no prefix is routed to lo (AnyIP)");
  expect(one?.remedy).toContain("scripts/linux/anyip-up.sh");
  const routed = ["::1/128", "fd00:127::/64", "fd00:127:1::/64"];
  expect(result(routed, true)).toMatchObject({ level: "note", remedy: "nothing to do" });
  const unbound = result(routed, false);
  expect(unbound).toMatchObject({ level: "warn" });
  expect(unbound?.message).toContain("net.ipv6.ip_nonlocal_bind is 0");
  expect(unbound?.remedy).toContain("anyip-up.sh fd00:127::/64 fd00:127:1::/64");
  expect(result([], false)?.message).toContain("no ::1");
  const mac = result(["::1/128"], null, "Darwin");
  expect(mac?.message).not.toContain("AnyIP");
  expect(mac?.remedy).toContain("only Linux");
});

test("whether the kernel's figures of connections can be read, and what to do where they cannot", () => {
  const told = (os: string, obstacle: string | null) =>
    examine(machine(), host({ os }), ok, none, [], obstacle).results.find(
      ({ check }) => check === "telemetry",
    );
  expect(told("Linux", null)).toMatchObject({ level: "note", remedy: "nothing to do" });
  const missing = told("Linux", "sock_diag ENOENT");
  expect(missing?.message).toContain("telemetry: tcp cannot be used");
  expect(missing?.message).toContain("ENOENT");
  expect(missing?.remedy).toContain("modprobe tcp_diag");
  expect(told("Darwin", "only Linux has sock_diag")?.remedy).toContain("only Linux");
});
