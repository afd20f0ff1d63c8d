import { describe, expect, test } from "vitest";
import type { HostFacts } from "../../src/machine/host-facts.ts";
import { refusalOf } from "../../src/preflight/checks/check-result.ts";
import { preflight } from "../../src/preflight/preflight.ts";
import { host, machine, plan, server, workload } from "./fakes.ts";

const levels = (...args: Parameters<typeof preflight>): string[] =>
  preflight(...args).map(({ level, check }) => `${level} ${check}`);

test("a small plan on a large machine: nothing to say", () => {
  expect(preflight(plan(), machine(), host())).toEqual([]);
  expect(refusalOf([])).toBeNull();
});

test("every result says what is so and what to do", () => {
  const many = workload({ connections: 1_000_000, connectRatePerSecond: null });
  const results = preflight(
    plan({ workloads: [many], workers: 16 }),
    machine({ cpus: 2, memoryAvailableBytes: 1e9 }),
    host({ conntrack: { count: 10, max: 1000, tracksLoopback: true } }),
  );
  expect(results.length).toBeGreaterThan(5);
  for (const { message, remedy } of results) {
    expect(message).not.toMatch(/NaN|undefined|Infinity|\[object/);
    expect(remedy).not.toMatch(/NaN|undefined|Infinity|\[object/);
    expect(remedy.length).toBeGreaterThan(10);
  }
});

test("a plan that cannot fit is refused with exit 3, and the message has every refusal", () => {
  const many = workload({ connections: 1_500_000 });
  const results = preflight(plan({ workloads: [many] }), machine(), host());
  const refusal = refusalOf(results);
  expect(refusal?.status).toBe(3);
  for (const result of results.filter(({ level }) => level === "refuse")) {
    expect(refusal?.message).toContain(result.message);
    expect(refusal?.message).toContain(result.remedy);
  }
  expect(refusal?.message).toContain("fs.file-max");
});

describe("open files", () => {
  test("a client process over its limit", () => {
    const [result, ...others] = preflight(plan({ openFiles: 20_001 }), machine(), host());
    expect(others).toEqual([]);
    expect(result).toMatchObject({ level: "refuse", check: "agentFiles" });
    expect(result?.message).toContain("20,001");
    expect(result?.remedy).toContain("prlimit --pid $$ --nofile=21000:21000");
    expect(levels(plan({ openFiles: 20_000 }), machine(), host())).toEqual([]);
  });

  test("where nr_open is in the way, it is raised first; macOS has other names", () => {
    const facts = machine({ openFilesLimit: 1_000_000 });
    const big = plan({ openFiles: 1_500_000 });
    expect(preflight(big, facts, host())[0]?.remedy).toContain("sysctl -w fs.nr_open=1500000");
    const mac = host({ os: "Darwin" });
    expect(preflight(big, facts, mac)[0]?.remedy).toContain("launchctl limit maxfiles 1500000");
  });

  test("a built-in server over its limit needs more processes", () => {
    const many = plan({ workloads: [workload({ connections: 30_000 })], openFiles: 100 });
    const [result] = preflight(many, machine(), host());
    expect(result).toMatchObject({ level: "refuse", check: "serverFiles" });
    expect(result?.remedy).toContain('"processes: 2"');
    const two = plan({
      workloads: [workload({ connections: 30_000 })],
      openFiles: 100,
      processes: 2,
    });
    expect(levels(two, machine(), host())).toEqual([]);
  });

  test("over io_uring a server needs a file for each ring, not for each connection", () => {
    const million = plan({
      workloads: [workload({ connections: 950_000, pattern: "hold" })],
      openFiles: 300,
      serverIo: "uring",
      memoryBytes: 10e9,
    });
    expect(levels(million, machine(), host())).toEqual([]);
    expect(levels(million, machine({ openFilesLimit: 1000 }), host())).toEqual([
      "refuse serverFiles",
    ]);
  });

  test("a command may divide its connections among its own processes: a warning", () => {
    const servers = [server({ kind: "command", builtin: null, options: null })];
    const workloads = [workload({ connections: 30_000 })];
    expect(levels(plan({ servers, workloads, openFiles: 100 }), machine(), host())).toEqual([
      "warn serverFiles",
    ]);
  });

  test("UDP servers and servers that already run are not checked", () => {
    const workloads = [workload({ connections: 30_000, protocol: "udp" })];
    const udp = [server({ protocol: "udp", builtin: "udp-echo" })];
    const external = [server({ kind: "external", builtin: null, options: null })];
    for (const servers of [udp, external]) {
      expect(levels(plan({ servers, workloads, openFiles: 100 }), machine(), host())).toEqual([]);
    }
  });

  test("both ends count against the system's files, with those that are open already", () => {
    const two = plan({ workloads: [workload({ connections: 500 })] });
    const full = host({ systemFiles: { max: 3000, allocated: 2000 } });
    expect(levels(two, machine(), full)).toEqual(["refuse systemFiles"]);
    const room = (max: number) => host({ systemFiles: { max, allocated: 2000 } });
    expect(levels(two, machine(), room(3190))).toEqual([]);
    // Some must be left to others.
    const [result] = preflight(two, machine(), room(3170));
    expect(result).toMatchObject({ level: "refuse", check: "systemFiles" });
    expect(result?.remedy).toMatch(/fs\.file-max=3200; or use about \d+ connections/);
    expect(levels(two, machine(), host({ systemFiles: null }))).toEqual([]);
  });
});

describe("ports and addresses", () => {
  test("ports in the ephemeral range starve others", () => {
    const [result] = preflight(plan({ ports: [[1024, 65535]] }), machine(), host());
    expect(result).toMatchObject({ level: "warn", check: "ephemeralPorts" });
    expect(result?.message).toContain("28,232");
  });

  test("reserved ports", () => {
    const facts = machine({
      reservedPorts: [
        [9000, 9001],
        [2000, 2000],
      ],
    });
    const [result] = preflight(plan({ ports: [[1024, 9000]] }), facts, host());
    expect(result).toMatchObject({ level: "warn", check: "reservedPorts" });
    expect(result?.message).toContain("2000, 9000");
    expect(result?.remedy).toContain("1024-1999, 2001-8999");
  });

  test("ports below 1024, of clients and of servers", () => {
    const low = plan({
      ports: [[1000, 2000]],
      servers: [server({ listen: [{ address: "127.0.0.1", port: 80 }] })],
    });
    expect(levels(low, machine(), host())).toEqual([
      "refuse privilegedPorts",
      "refuse privilegedPorts",
    ]);
    expect(levels(low, machine(), host({ unprivilegedPortsFrom: 0 }))).toEqual([]);
    expect(levels(low, machine(), host({ unprivilegedPortsFrom: 80 }))).toEqual([]);
  });

  test("aliases that lo0 lacks on macOS: of the addresses used, and of servers", () => {
    const mac = host({ os: "Darwin", loopbackAddresses: ["127.0.0.1", "127.16.0.1"] });
    const listen = [{ address: "127.0.0.9", port: 7000 }];
    const needs = plan({ addressesUsed: 3, servers: [server({ listen })] });
    const [result] = preflight(needs, machine({ platform: "darwin" }), mac);
    expect(result).toMatchObject({ level: "refuse", check: "loopbackAliases" });
    expect(result?.message).toContain("lacks 3 addresses");
    expect(result?.message).toContain("127.16.0.2, 127.16.0.3, 127.0.0.9");
    expect(result?.remedy).toContain("scripts/macos/lo0-alias-up.sh --scenario /made/up.yaml");
    expect(levels(plan({ addressesUsed: 1 }), machine(), mac)).toEqual([]);
  });
});

describe("tables of the kernel", () => {
  test("conntrack counts only where it tracks loopback", () => {
    const workloads = [workload({ connections: 1000 })];
    const idle = host({ conntrack: { count: 500, max: 1000, tracksLoopback: false } });
    expect(levels(plan({ workloads }), machine(), idle)).toEqual([]);
    const inUse = host({ conntrack: { count: 1, max: 1000, tracksLoopback: true } });
    const [result] = preflight(plan({ workloads }), machine(), inUse);
    expect(result).toMatchObject({ level: "refuse", check: "conntrackTable" });
    expect(result?.remedy).toContain("nf_conntrack_max=1100");
    expect(result?.remedy).toContain("NOTRACK");
    const room = host({ conntrack: { count: 1, max: 1001, tracksLoopback: true } });
    expect(levels(plan({ workloads }), machine(), room)).toEqual([]);
  });

  test("the listen backlog against the connect rate", () => {
    const small = host({ listenBacklog: 128 });
    const fast = [workload({ connections: 5000, connectRatePerSecond: 10_000 })];
    const [result] = preflight(plan({ workloads: fast }), machine(), small);
    expect(result).toMatchObject({ level: "warn", check: "listenBacklog" });
    expect(result?.remedy).toContain("net.core.somaxconn=1000");
    expect(result?.remedy).toContain("connectRate: 1280/s");
    const slow = [workload({ connections: 5000, connectRatePerSecond: 1280 })];
    expect(levels(plan({ workloads: slow }), machine(), small)).toEqual([]);
    const few = [workload({ connections: 128, connectRatePerSecond: null })];
    expect(levels(plan({ workloads: few }), machine(), small)).toEqual([]);
  });

  test("the SYN backlog matters without SYN cookies", () => {
    const fast = plan({ workloads: [workload({ connections: 5000, connectRatePerSecond: null })] });
    expect(levels(fast, machine(), host({ synBacklog: 1000 }))).toEqual([]);
    expect(levels(fast, machine(), host({ synBacklog: 1000, synCookies: false }))).toEqual([
      "warn synBacklog",
    ]);
  });

  test("TIME_WAIT of churn that closes in order", () => {
    const churn = (changes: object) =>
      plan({ workloads: [workload({ pattern: "churn", durationNs: 60e9, ...changes })] });
    expect(levels(churn({}), machine(), host())).toEqual(["note timeWaitBuckets"]);
    expect(levels(churn({ close: "reset" }), machine(), host())).toEqual([]);
    expect(levels(churn({ totalConnections: 100_000 }), machine(), host())).toEqual([]);
    expect(levels(churn({ durationNs: 5e9 }), machine(), host())).toEqual([]);
    const load = {
      model: "open",
      startRatePerSecond: 100,
      stages: [{ durationNs: 60e9, ratePerSecond: 3000 }],
      arrivals: "constant",
    };
    expect(levels(churn({ load }), machine(), host())).toEqual(["note timeWaitBuckets"]);
    const gentle = { ...load, stages: [{ durationNs: 60e9, ratePerSecond: 2000 }] };
    expect(levels(churn({ load: gentle }), machine(), host())).toEqual([]);
  });

  test("TCP memory for what is in flight", () => {
    const heavy = plan({
      workloads: [workload({ message: { kind: "size", bytes: 1 << 20 }, inFlight: 8 })],
    });
    const tight = host({ tcpMemory: { usedBytes: 0, pressureBytes: 1e9, highBytes: 2e9 } });
    const [result] = preflight(heavy, machine(), tight);
    expect(result).toMatchObject({ level: "warn", check: "tcpMemory" });
    expect(result?.message).toContain("drops data");
    const some = host({ tcpMemory: { usedBytes: 0, pressureBytes: 1e9, highBytes: 20e9 } });
    expect(preflight(heavy, machine(), some)[0]?.message).toContain("shrinks buffers");
    const silent = plan({ workloads: [workload({ pattern: "hold", connections: 1000 })] });
    const none = host({ tcpMemory: { usedBytes: 0, pressureBytes: 1, highBytes: 2 } });
    expect(levels(silent, machine(), none)).toEqual([]);
  });
});

describe("resources", () => {
  test("memory: comfortable, tight, too much", () => {
    const facts = machine({ memoryAvailableBytes: 1000e6 });
    expect(levels(plan({ memoryBytes: 800e6 }), facts, host())).toEqual([]);
    expect(levels(plan({ memoryBytes: 900e6 }), facts, host())).toEqual(["warn memory"]);
    expect(levels(plan({ memoryBytes: 1001e6 }), facts, host())).toEqual(["refuse memory"]);
  });

  describe("locked memory, of which each ring takes some", () => {
    const limited = (limitBytes: number, pageBytes = 4096) =>
      host({ lockedMemory: { limitBytes, pageBytes } });
    const overRing = (connections: number) => ({
      ...plan({ serverIo: "uring", workloads: [workload({ pattern: "hold", connections })] }),
      io: "uring" as const,
    });
    const large = machine({ memoryAvailableBytes: 1e12 });
    const check = (connections: number, facts: HostFacts) =>
      preflight(overRing(connections), large, facts).find((each) => each.check === "lockedMemory");

    test("a million connections have 50 rings of clients, and a server's 53", () => {
      const need = 103 * 136 * 1024;
      expect(check(1_000_000, limited(need))).toBeUndefined();
      const result = check(1_000_000, limited(need - 1));
      expect(result?.level).toBe("refuse");
      expect(result?.message).toContain("103 rings of io_uring need 13.7 MiB");
      expect(result?.remedy).toContain("--memlock=15000000:15000000");
    });

    test("a few have one each, which is larger; a server's may become many", () => {
      const need = (524 + 136) * 1024;
      expect(check(50, limited(need))).toBeUndefined();
      expect(check(50, limited(need - 1))?.message).toContain("2 rings");
      // Pages of 64 KiB: 4 + 5 + 1, and 1 + 2 + 1.
      expect(check(50, limited(14 * 65536 - 1, 65536))).toBeDefined();
      expect(check(50, limited(14 * 65536, 65536))).toBeUndefined();
    });

    test("none is needed for Node's sockets, and privileged users have no limit", () => {
      expect(check(1_000_000, host())).toBeUndefined();
      expect(levels(plan(), machine(), limited(0))).toEqual([]);
    });
  });

  test("memory of a control group is called so", () => {
    const group = { memory: { limitBytes: 1e9, usedBytes: 0 }, pids: null, cpuQuota: null };
    const facts = machine({ memoryAvailableBytes: 1e9 });
    const [result] = preflight(plan({ memoryBytes: 2e9 }), facts, host({ cgroup: group }));
    expect(result?.message).toContain("control group");
    expect(result?.remedy).toContain("docker run --memory");
    expect(result?.remedy).toContain("40 % of the connections");
  });

  test("workers and servers against CPUs", () => {
    expect(levels(plan({ workers: 7 }), machine(), host())).toEqual([]);
    expect(levels(plan({ workers: 8 }), machine(), host())).toEqual(["note cpus"]);
    const [result] = preflight(plan({ workers: 9 }), machine(), host());
    expect(result).toMatchObject({ level: "warn", check: "cpus" });
    expect(result?.remedy).toContain("--workers 7");
  });

  test("workers required by the open-file limit are not too many", () => {
    const base = plan({ workers: 10 });
    const agents = base.agents[0]?.workers.map((index) => ({
      index,
      host: null,
      workers: [index],
      openFiles: 100,
    }));
    const [result] = preflight({ ...base, agents: agents ?? [] }, machine(), host());
    expect(result).toMatchObject({ level: "note", check: "cpus" });
    expect(result?.remedy).toContain("--nofile=40000:40000");
  });

  test("processes and threads of a control group", () => {
    const cgroup = (current: number) => ({
      memory: null,
      pids: { max: 100, current },
      cpuQuota: null,
    });
    expect(levels(plan(), machine(), host({ cgroup: cgroup(50) }))).toEqual([]);
    expect(levels(plan(), machine(), host({ cgroup: cgroup(90) }))).toEqual(["refuse processes"]);
  });

  test("processes and threads of a user", () => {
    const userThreads = (current: number) => ({ max: 100, current });
    expect(levels(plan(), machine(), host({ userThreads: userThreads(50) }))).toEqual([]);
    const [result] = preflight(plan(), machine(), host({ userThreads: userThreads(90) }));
    expect(result).toMatchObject({ level: "refuse", check: "processes" });
    expect(result?.message).toMatch(/90 exist and this user may have 100 \(RLIMIT_NPROC\)/);
    expect(result?.remedy).toContain('"ulimit -u ');
  });
});
