import { expect, test } from "vitest";
import {
  capability,
  parseCapability,
  parseIfconfig,
  parseLockedMemoryLimit,
  parseMeminfo,
  parseNumbers,
  parseOpenFilesLimit,
  parsePageSize,
  parsePortList,
  parsePortRange,
  parseProcessLimit,
  parseSockstat,
  parseSysctl,
  parseUlimit,
  parseUserThreads,
  parseVmStat,
  unlimited,
} from "../../src/machine/proc-files.ts";
import { readStart, readText } from "../../src/machine/read-text.ts";

test("the limit of open files, soft and hard", () => {
  const limits = [
    "Limit                     Soft Limit           Hard Limit           Units     ",
    "Max processes             96365                96365                processes ",
    "Max open files            1024                 20000                files     ",
  ].join("\n");
  expect(parseOpenFilesLimit(limits)).toEqual({ soft: 1024, hard: 20000 });
  expect(parseOpenFilesLimit("Max open files   1024   unlimited  files")).toEqual({
    soft: 1024,
    hard: unlimited,
  });
  expect(parseOpenFilesLimit("")).toBeNull();
});

test("ulimit -Hn", () => {
  expect(parseUlimit("1048576\n")).toBe(1048576);
  expect(parseUlimit("unlimited\n")).toBe(unlimited);
  expect(parseUlimit("sh: 1: Illegal option\n")).toBeNull();
});

test("meminfo counts in KiB", () => {
  const meminfo = "MemTotal:       24684092 kB\nMemAvailable:   24251804 kB\nSlab:  77700 kB\n";
  expect(parseMeminfo(meminfo, "MemAvailable")).toBe(24251804 * 1024);
  expect(parseMeminfo(meminfo, "MemFree")).toBeNull();
});

test("numbers and port ranges", () => {
  expect(parseNumbers("699\t0\t2466186\n")).toEqual([699, 0, 2466186]);
  expect(parsePortRange("32768\t60999\n")).toEqual([32768, 60999]);
  expect(parsePortRange("60999 32768")).toBeNull();
  expect(parsePortRange("")).toBeNull();
});

test("reserved ports", () => {
  expect(parsePortList("8080,9148-9150\n")).toEqual([
    [8080, 8080],
    [9148, 9150],
  ]);
  expect(parsePortList("\n")).toEqual([]);
});

test("sockstat", () => {
  const text = "sockets: used 16\nTCP: inuse 1 orphan 0 tw 2 alloc 1 mem 280\nUDP: inuse 3 mem 4\n";
  expect(parseSockstat(text, "TCP", "tw")).toBe(2);
  expect(parseSockstat(text, "TCP", "mem")).toBe(280);
  expect(parseSockstat(text, "UDP", "mem")).toBe(4);
  expect(parseSockstat(text, "UDP", "tw")).toBeNull();
});

test("the page size", () => {
  expect(parsePageSize("Size:    8 kB\nKernelPageSize:       16 kB\n")).toBe(16384);
});

test.runIf(process.platform === "linux")("the page size is at the start of smaps", () => {
  const whole = parsePageSize(readText("/proc/self/smaps") ?? "");
  expect(whole).toBeGreaterThanOrEqual(4096);
  expect(parsePageSize(readStart("/proc/self/smaps", 8 << 10) ?? "")).toBe(whole);
  expect(readStart("/proc/none", 8)).toBeNull();
});

test("capabilities", () => {
  const bind = (status: string) => parseCapability(status, capability.netBindService);
  expect(bind("Name:\tnode\nCapEff:\t0000000000000400\n")).toBe(true);
  expect(bind("CapEff:\t0000000000000000\n")).toBe(false);
  expect(bind("CapEff:\t000001ffffffffff\n")).toBe(true);
  expect(bind("")).toBeNull();
  expect(parseCapability("CapEff:\t0000000000004000\n", capability.ipcLock)).toBe(true);
});

test("the limit of locked memory is the soft one", () => {
  const line = "Max locked memory         8388608              16777216             bytes     ";
  expect(parseLockedMemoryLimit(line)).toBe(8388608);
  expect(parseLockedMemoryLimit("Max locked memory  unlimited  unlimited  bytes")).toBe(unlimited);
  expect(parseLockedMemoryLimit("")).toBeNull();
});

test("the limit of processes is the soft one, and of a process its user and its threads count", () => {
  const line = "Max processes             96365                97000                processes ";
  expect(parseProcessLimit(line)).toBe(96365);
  expect(parseProcessLimit("Max processes  unlimited  unlimited  processes")).toBe(unlimited);
  expect(parseProcessLimit("")).toBeNull();
  const status = "Name:\tnode\nUid:\t1000\t0\t0\t0\nGid:\t1\nThreads:\t11\n";
  expect(parseUserThreads(status)).toEqual({ user: 1000, threads: 11 });
  expect(parseUserThreads("")).toBeNull();
});

test("sysctl of macOS and of Linux", () => {
  const text = "kern.maxfiles: 245760\nkern.maxfilesperproc = 122880\n";
  expect(parseSysctl(text, "kern.maxfiles")).toBe(245760);
  expect(parseSysctl(text, "kern.maxfilesperproc")).toBe(122880);
  expect(parseSysctl(text, "kern.num_files")).toBeNull();
});

test("vm_stat", () => {
  const text = [
    "Mach Virtual Memory Statistics: (page size of 16384 bytes)",
    "Pages free:                               10.",
    "Pages active:                           5000.",
    "Pages inactive:                           20.",
    "Pages speculative:                         3.",
    "Pages purgeable:                           1.",
  ].join("\n");
  expect(parseVmStat(text)).toBe(34 * 16384);
  expect(parseVmStat("")).toBeNull();
});

test("ifconfig lo0", () => {
  const text = [
    "lo0: flags=8049<UP,LOOPBACK,RUNNING,MULTICAST> mtu 16384",
    "\tinet 127.0.0.1 netmask 0xff000000",
    "\tinet6 ::1 prefixlen 128",
    "\tinet 127.1.0.1 netmask 0xff000000",
  ].join("\n");
  expect(parseIfconfig(text)).toEqual(["127.0.0.1", "127.1.0.1"]);
});
