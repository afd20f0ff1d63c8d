import type dgram from "node:dgram";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Io } from "../../src/io/io.ts";
import { probe } from "../../src/probe/probe.ts";
import { sendIfOpen, udpServer } from "../support/raw-servers.ts";
import { createTestIo, testIo } from "../support/test-io.ts";

let io: Io;
beforeEach(() => {
  io = createTestIo();
});
afterEach(() => io.end());

const options = { payload: null, timeoutNs: 2e9, burst: 16 };
const isLinux = process.platform === "linux";

const echo = (bytes: Buffer, from: dgram.RemoteInfo, socket: dgram.Socket) =>
  sendIfOpen(socket, bytes, from.port, from.address);

test("an echo bound to one address is right, and the others refuse", async () => {
  await using server = await udpServer(echo);
  const report = await probe(io, server.endpoint, options);
  expect(report.findings).toEqual([]);
  expect(report).toMatchObject({
    verdict: "right",
    echoes: true,
    burst: { sent: 16, replies: 16, wrongReplies: 0 },
  });
  expect(report.sizes.map(({ bytes, answer }) => [bytes, answer.reply ?? answer.code])).toEqual([
    [0, "echo"],
    [1, "echo"],
    [2049, "echo"],
    [65_507, "echo"],
    [65_508, "EMSGSIZE"],
  ]);
  expect(report.closedPort).toMatchObject({
    unconnected: { outcome: "silent" },
    receiveErrors: testIo === "uring" ? { code: "ECONNREFUSED" } : null,
    connected: { code: "ECONNREFUSED" },
  });
  expect(report.destinations.slice(1).map(({ connected }) => connected.outcome)).not.toContain(
    "answered",
  );
});

test.runIf(isLinux)("an echo on the wildcard is found, with destination and source", async () => {
  await using server = await udpServer(echo, "0.0.0.0");
  const report = await probe(io, server.endpoint, { ...options, timeoutNs: 0.5e9 });
  const { port } = server.endpoint;
  expect(report.verdict).toBe("faulty");
  const other = report.destinations.find(({ destination }) => destination === `127.0.0.77:${port}`);
  expect(other).toMatchObject({
    unconnected: { outcome: "wrongSource", from: `127.0.0.1:${port}`, reply: "echo" },
    connected: { outcome: "silent", code: null },
  });
  expect(report.findings.map(({ check }) => check)).toEqual(["source"]);
});

test("an echo with a small buffer is found", async () => {
  await using server = await udpServer((bytes, from, socket) =>
    echo(bytes.subarray(0, 1024), from, socket),
  );
  const report = await probe(io, server.endpoint, options);
  expect(report.findings.map(({ message }) => message)).toEqual([
    expect.stringMatching(/2,049 bytes came back cut to 1,024/),
    expect.stringMatching(/65,507 bytes came back cut to 1,024/),
  ]);
});

test("a server that stops at an empty datagram is found", async () => {
  let stopped = false;
  await using server = await udpServer((bytes, from, socket) => {
    stopped ||= bytes.length === 0;
    if (!stopped) echo(bytes, from, socket);
  });
  const report = await probe(io, server.endpoint, { ...options, timeoutNs: 0.3e9 });
  expect(report.findings.map(({ check }) => check)).toContain("afterwards");
});

test("one that answers its own requests, and nothing else, is right", async () => {
  await using server = await udpServer((bytes, from, socket) => {
    if (bytes.toString() === "PING") echo(Buffer.from("PONG!"), from, socket);
  });
  const payload = Buffer.from("PING");
  const report = await probe(io, server.endpoint, { ...options, payload, timeoutNs: 0.3e9 });
  expect(report).toMatchObject({ verdict: "right", echoes: false, requestBytes: 4 });
  expect(report.destinations[0]?.unconnected).toMatchObject({ reply: "other", replyBytes: 5 });
});

test("a port where nothing listens is faulty at once", async () => {
  const server = await udpServer(() => {});
  await server[Symbol.asyncDispose]();
  const report = await probe(io, server.endpoint, { ...options, timeoutNs: 0.3e9 });
  expect(report).toMatchObject({ verdict: "faulty", echoes: null, sizes: [], burst: null });
  expect(report.findings[0]?.message).toMatch(/nothing listens/);
});
