import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { darwinFacts } from "../../src/machine/host-darwin.ts";
import { tryAddresses } from "../../src/machine/loopback-trial.ts";
import { machineOf, readHost, readMachine } from "../../src/machine/machine.ts";
import { host } from "../preflight/fakes.ts";

test("this machine reports what the planner needs", async () => {
  const facts = await readMachine();
  expect(facts.cpus).toBeGreaterThan(0);
  expect(facts.memoryAvailableBytes).toBeGreaterThan(0);
  expect(facts.memoryAvailableBytes).toBeLessThanOrEqual(facts.memoryBytes);
  expect(facts.openFilesLimit).toBeGreaterThan(100);
  expect(facts.ephemeralPorts[0]).toBeLessThan(facts.ephemeralPorts[1]);
});

test("the host's facts are plain data", async () => {
  const facts = await readHost();
  expect(JSON.parse(JSON.stringify(facts))).toEqual(facts);
  expect(facts.kernel).not.toBe("");
});

test("finds what listens now, TCP and UDP", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  onTestFinished(() => {
    server.close();
    socket.close();
  });
  await Promise.all([once(server, "listening"), once(socket, "listening")]);
  const { listening } = await readMachine();
  const { port } = server.address() as AddressInfo;
  expect(listening.tcp).toContainEqual({ address: "127.0.0.1", port });
  expect(listening.udp).toContainEqual({ address: "127.0.0.1", port: socket.address().port });
});

test("a control group's limits apply to the machine", () => {
  const cgroup = { memory: { limitBytes: 1000, usedBytes: 300 }, pids: null, cpuQuota: 1.5 };
  const none = { tcp: [], udp: [] };
  expect(machineOf(host({ cgroup }), none)).toMatchObject({
    cpus: 2,
    memoryBytes: 1000,
    memoryAvailableBytes: 700,
    platform: "linux",
  });
  const over = { memory: { limitBytes: 100, usedBytes: 300 }, pids: null, cpuQuota: 0.1 };
  expect(machineOf(host({ cgroup: over, os: "Darwin" }), none)).toMatchObject({
    cpus: 1,
    memoryAvailableBytes: 0,
    platform: "darwin",
  });
});

test("facts from the output of macOS programs", () => {
  const sysctl = [
    "kern.maxfiles: 245760",
    "kern.num_files: 9000",
    "kern.maxfilesperproc: 122880",
    "net.inet.ip.portrange.first: 49152",
    "net.inet.ip.portrange.last: 65535",
    "kern.ipc.somaxconn: 128",
  ].join("\n");
  expect(darwinFacts(sysctl, "", "lo0:\n\tinet 127.0.0.1 netmask 0xff000000\n")).toEqual({
    portRange: [49152, 65535],
    systemFiles: { max: 245760, allocated: 9000 },
    openFilesCeiling: 122880,
    listenBacklog: 128,
    loopbackAddresses: ["127.0.0.1"],
  });
  expect(darwinFacts("", "", "")).toMatchObject({ systemFiles: null, listenBacklog: null });
});

test("addresses are tried by binding them", async () => {
  expect(await tryAddresses(["127.0.0.1", "203.0.113.1"])).toEqual([
    { address: "127.0.0.1", code: null },
    { address: "203.0.113.1", code: "EADDRNOTAVAIL" },
  ]);
});
