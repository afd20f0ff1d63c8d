/** Workloads whose clients are slow on purpose. A busy machine makes them slower still, never faster. */
import type net from "node:net";
import tls from "node:tls";
import { describe, expect, it } from "vitest";
import { monotonicNs } from "../../../src/base/clock.ts";
import { createCertificate } from "../../../src/io/tls/certificate.ts";
import { timing } from "../../../src/metrics/snapshot.ts";
import type { Slow, Workload } from "../../../src/scenario/scenario.ts";
import { tcpServer } from "../../support/raw-servers.ts";
import { type Measured, makeWorkload, runTraffic } from "../../support/traffic.ts";

const echo = (socket: net.Socket) => void socket.pipe(socket);
const slow = (changes: Partial<Slow>): Slow => ({
  readBytesPerSecond: null,
  writeBytesPerSecond: null,
  stallNs: 0,
  ...changes,
});

/** Half of a message comes back at once, but is read when the stall is over; the other half is read 187 ms after it. */
const inAll = slow({ readBytesPerSecond: 400, writeBytesPerSecond: 400, stallNs: 0.1e9 });
const leastNs = 287e6;
const messages: Partial<Workload> = {
  connections: 2,
  message: { kind: "size", bytes: 150 },
  timeoutNs: 20e9,
  durationNs: null,
};

function shortestNs({ snapshot }: Measured): number {
  return snapshot.steady[timing.responseTime]?.min ?? 0;
}

describe("clients that read and write slowly, and stall", () => {
  it.each([
    ["request", { load: { model: "closed", thinkNs: 0, exchanges: 2 } }],
    ["hold", { verify: true, durationNs: 0.3e9 }],
    ["churn", { totalConnections: 2 }],
  ] as const)("%s: every exchange is whole, and takes its time", async (pattern, changes) => {
    await using server = await tcpServer(echo);
    const workload = makeWorkload({ ...messages, pattern, slow: inAll, ...changes });
    const measured = await runTraffic(workload, server.endpoint);
    expect(measured.errors()).toEqual({});
    expect(measured.count("received")).toBe(2);
    expect(measured.count("bytesReceived")).toBe(300);
    expect(shortestNs(measured)).toBeGreaterThan(leastNs);
  });

  it("stream: no connection sends faster than it may", async () => {
    let bytes = 0;
    const ends: Promise<unknown>[] = [];
    await using server = await tcpServer((socket) => {
      ends.push(new Promise((resolve) => socket.once("end", resolve)));
      socket.on("data", (chunk) => {
        bytes += chunk.length;
      });
    });
    const beganNs = monotonicNs();
    const workload = makeWorkload({
      pattern: "stream",
      connections: 3,
      slow: slow({ writeBytesPerSecond: 400 }),
      message: { kind: "size", bytes: 30 },
      durationNs: 0.6e9,
      framing: null,
    });
    const measured = await runTraffic(workload, server.endpoint);
    const seconds = (monotonicNs() - beganNs) / 1e9;
    await Promise.all(ends);
    expect(measured.errors()).toEqual({});
    expect(bytes).toBe(measured.count("bytesSent"));
    expect(bytes).toBeGreaterThanOrEqual(90);
    expect(bytes).toBeLessThanOrEqual(3 * (400 * seconds + 100));
  });

  it("over TLS: messages are slow, not handshakes", async () => {
    const { certificate, key } = createCertificate({ commonName: "x", names: ["localhost"] });
    const server = tls.createServer({ cert: certificate, key }, (socket) => {
      socket.on("error", () => {});
      socket.pipe(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { address, port } = server.address() as net.AddressInfo;
    const workload = makeWorkload({
      ...messages,
      slow: slow({ writeBytesPerSecond: 400, stallNs: 0.3e9 }),
      load: { model: "closed", thinkNs: 0, exchanges: 2 },
    });
    const measured = await runTraffic(
      workload,
      { address, port },
      {
        tls: {
          context: tls.createSecureContext({ ca: certificate }),
          serverName: "localhost",
          alpn: [],
          resume: false,
          insecure: false,
        },
      },
    );
    server.close();
    expect(measured.errors()).toEqual({});
    expect(measured.count("received")).toBe(2);
    expect(shortestNs(measured)).toBeGreaterThan(0.3e9);
  });

  it("an end that comes meanwhile is seen: nobody waits for a rest that is never sent", async () => {
    await using server = await tcpServer((socket) => {
      socket.once("data", () => socket.resetAndDestroy());
    });
    const workload = makeWorkload({
      ...messages,
      connections: 1,
      slow: slow({ stallNs: 0.2e9 }),
      load: { model: "closed", thinkNs: 0, exchanges: 1 },
    });
    const measured = await runTraffic(workload, server.endpoint);
    expect(measured.count("received")).toBe(0);
    expect(measured.errors()).toEqual({ ECONNRESET: 1 });
  });
});
