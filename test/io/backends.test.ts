import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { ioKinds } from "../../src/base/io-kind.ts";
import { backends, fastIo, portableIo } from "../../src/io/backends.ts";
import { readSources } from "../support/structure/floors.ts";

describe.each(ioKinds)("%s", (kind) => {
  const backend = backends[kind];

  test("can be created exactly where there is no obstacle", async () => {
    expect(backend.kind).toBe(kind);
    const obstacle = await backend.obstacle();
    if (obstacle === null) {
      const io = await backend.create();
      expect(io.kind).toBe(kind);
      await io.end();
    } else {
      expect(obstacle).not.toContain("\n");
      expect(kind).not.toBe(portableIo);
    }
    if (backend.platforms?.includes(process.platform) === false) {
      expect(obstacle).toContain(process.platform);
    }
  });

  test("more connections need no fewer files, and a process has room for at least one", () => {
    for (const limit of [200, 1024, 20_000]) {
      const files = [0, 1, 100, limit, 3 * limit].map((connections) =>
        backend.connectionFiles(connections, 1, limit),
      );
      expect(files).toEqual([...files].sort((a, b) => a - b));
      expect(backend.connectionsPerProcess(10, limit)).toBeGreaterThanOrEqual(10);
    }
  });

  test("obstacles are one line each", () => {
    const { reusePortObstacle, packetInfoObstacle, receiveErrorsObstacle, kernelTimesObstacle } =
      backend.capabilities;
    for (const obstacle of [
      reusePortObstacle(),
      packetInfoObstacle,
      receiveErrorsObstacle,
      kernelTimesObstacle,
    ]) {
      if (obstacle !== null) expect(obstacle).toMatch(/^[^\n]{10,}$/);
    }
  });
});

test("the portable io has no obstacle on any platform", async () => {
  expect(backends[portableIo].platforms).toBeNull();
  expect(await backends[portableIo].obstacle()).toBeNull();
  expect(fastIo).not.toBe(portableIo);
});

test("Node's sockets: a file for each connection, listeners shared by several processes", () => {
  const { node } = backends;
  expect(node.takesFilePerConnection).toBe(true);
  expect(node.mostSlots).toBe(Number.POSITIVE_INFINITY);
  expect(node.connectionFiles(70_000, 3, 20_000)).toBe(70_000);
  expect(node.connectionsPerProcess(800, 20_000)).toBe(800);
  expect(node.lockedMemory).toBeNull();
  expect(node.capabilities.sharesListeners).toBe(true);
  expect(node.capabilities.packetInfoObstacle).toContain("IP_PKTINFO");
  expect(node.capabilities.receiveErrorsObstacle).toContain("IP_RECVERR");
  expect(node.capabilities.kernelTimesObstacle).toContain("SO_TIMESTAMPNS");
});

test("io_uring: a file for each ring, and all that datagrams can have", () => {
  const { uring } = backends;
  expect(uring.takesFilePerConnection).toBe(false);
  expect(uring.connectionFiles(1_000_000, 2, 20_000)).toBe(2 + 50);
  expect(uring.connectionsPerProcess(10, 20_000)).toBe(200_000);
  expect(uring.connectionsPerProcess(800, 20_000)).toBe(uring.mostSlots);
  expect(uring.capabilities).toMatchObject({
    sharesListeners: false,
    packetInfoObstacle: null,
    receiveErrorsObstacle: null,
    kernelTimesObstacle: null,
  });
  expect(uring.capabilities.reusePortObstacle("20.19.0", "linux")).toBeNull();
  const { userBytes } = backends.node;
  expect(uring.userBytes.tcpClient).toBeLessThan(userBytes.tcpClient / 10);
});

describe("memory that rings lock", () => {
  const page = 4096;
  const of = (slots: number, served: number | null, files = 1000) => {
    const needs = backends.uring.lockedMemory?.ofTransport({ slots, served }, files, page);
    if (needs === undefined) throw new Error("rings lock memory");
    return needs;
  };

  test("a client's are as many as its connections need, each smaller where there are several", () => {
    expect(of(1000, null).rings).toBe(1);
    expect(of(1001, null).rings).toBe(2);
    const ring = backends.uring.lockedMemory?.ringBytes(page) ?? 0;
    expect(ring).toBeGreaterThan(page);
    expect(of(1001, null).bytes).toBe(2 * ring);
    expect(of(1000, null).bytes).toBeGreaterThan(ring);
  });

  test("a server's grow with the connections that it serves", () => {
    const slots = backends.uring.mostSlots;
    expect(of(slots, 0).rings).toBe(1);
    expect(of(slots, 10_000).rings).toBe(11);
    expect(of(slots, 0).bytes).toBe(backends.uring.lockedMemory?.ringBytes(page));
  });
});

test("no other file in src names an io: its record has the facts", () => {
  const naming = (name: string) =>
    [...readSources(fileURLToPath(new URL("../../src", import.meta.url)))]
      // One is generated from the schema, whose names come from the records.
      .filter(([file]) => !file.startsWith("io/") && file !== "scenario/input.ts")
      .filter(([, text]) => text.includes(`"${name}"`))
      .map(([file]) => file);
  // A section of debug lines has the same name.
  expect(naming("uring")).toEqual(["base/debug.ts", "base/io-kind.ts"]);
  // The version of Node is a fact of the host.
  expect(naming("node")).toEqual(["base/io-kind.ts", "machine/host-linux.ts"]);
});
