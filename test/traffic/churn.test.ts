import { describe, expect, it } from "vitest";
import { deadEndpoint, tcpServer, udpServer } from "../support/raw-servers.ts";
import { constantRate, makeWorkload, runTraffic } from "../support/traffic.ts";

const echo = () => tcpServer((socket) => socket.on("data", (chunk) => socket.write(chunk)));

describe("churn", () => {
  for (const close of ["fin", "reset"] as const) {
    it(`opens, exchanges, closes by ${close} and comes back to a tuple late`, async () => {
      const seen = new Map<string, number>();
      const order: string[] = [];
      await using server = await tcpServer((socket) => {
        const tuple = `${socket.remoteAddress}:${socket.remotePort}`;
        seen.set(tuple, (seen.get(tuple) ?? 0) + 1);
        order.push(tuple);
        socket.on("data", (chunk) => socket.write(chunk));
      });
      const measured = await runTraffic(
        makeWorkload({
          pattern: "churn",
          connections: 4,
          close,
          exchangesPerConnection: 2,
          totalConnections: 120,
          durationNs: null,
        }),
        server.endpoint,
        { workers: 2, sources: ["127.90.1.1", "127.90.1.2"], ports: 20 },
      );
      expect(measured.count("opened")).toBe(120);
      expect(measured.count("received")).toBe(240);
      expect(measured.errors()).toEqual({});
      // 40 tuples, 120 connections: each three times, none again before all others.
      expect(seen.size).toBe(40);
      expect([...seen.values()]).toEqual(new Array(40).fill(3));
    });
  }

  it("UDP to a dead port: what was sent fails at once, and it is not hammered", async () => {
    const measured = await runTraffic(
      makeWorkload({
        pattern: "churn",
        protocol: "udp",
        framing: null,
        connections: 2,
        exchangesPerConnection: 2,
        totalConnections: 6,
        durationNs: null,
        timeoutNs: 3600e9,
        reconnectDelayNs: 1e6,
      }),
      await deadEndpoint(),
    );
    expect(measured.count("opened")).toBe(6);
    expect(measured.count("sent")).toBe(6);
    expect(measured.count("exchangesFailed")).toBe(6);
    expect(measured.count("unsent")).toBe(6);
    expect(measured.errors()).toEqual({ ECONNREFUSED: 6 });
  });

  it("open model: as many connections as are due, response time includes connecting", async () => {
    await using server = await echo();
    const measured = await runTraffic(
      makeWorkload({ pattern: "churn", connections: 10, ...constantRate(500, 0.2e9) }),
      server.endpoint,
    );
    expect(measured.count("offered")).toBe(100);
    expect(measured.count("received")).toBe(100);
    const [responseTime, serviceTime] = measured.snapshot.steady;
    expect(responseTime?.sum).toBeGreaterThan(serviceTime?.sum ?? Number.POSITIVE_INFINITY);
  });

  it("endAt ends early: offered is what was due by then, each connection's exchanges, begun or not", async () => {
    // A server that has died answers nobody: five flows wait for it, the others never begin.
    await using server = await udpServer(() => {});
    const measured = await runTraffic(
      makeWorkload({
        pattern: "churn",
        protocol: "udp",
        connections: 5,
        exchangesPerConnection: 3,
        timeoutNs: 0.2e9,
        framing: null,
        ...constantRate(500, 0.5e9),
      }),
      server.endpoint,
      { during: ([traffic], beginNs) => traffic?.endAt(beginNs + 0.1e9) },
    );
    expect(measured.count("offered")).toBe(3 * 50);
    expect(measured.count("sent") + measured.count("unsent")).toBe(3 * 50);
    expect(measured.count("timedOut") + measured.count("exchangesFailed")).toBe(
      measured.count("sent"),
    );
  });

  it("connects and closes alone where no exchange is asked for", async () => {
    await using server = await echo();
    const measured = await runTraffic(
      makeWorkload({
        pattern: "churn",
        exchangesPerConnection: 0,
        totalConnections: 10,
        durationNs: null,
        framing: null,
      }),
      server.endpoint,
    );
    expect(measured.count("opened")).toBe(10);
    expect(measured.count("sent")).toBe(0);
    expect(measured.errors()).toEqual({});
  });

  it("over UDP takes a new source port for every flow", async () => {
    const ports = new Set<number>();
    await using server = await udpServer((bytes, { port, address }, socket) => {
      ports.add(port);
      socket.send(bytes, port, address);
    });
    const measured = await runTraffic(
      makeWorkload({
        pattern: "churn",
        protocol: "udp",
        framing: null,
        totalConnections: 50,
        durationNs: null,
      }),
      server.endpoint,
      { ports: 50 },
    );
    expect(measured.count("received")).toBe(50);
    expect(ports.size).toBe(50);
  });

  it("a silent server: exchanges time out and the connection is given up", async () => {
    await using server = await tcpServer(() => {});
    const measured = await runTraffic(
      makeWorkload({ pattern: "churn", timeoutNs: 50e6, totalConnections: 2, durationNs: null }),
      server.endpoint,
    );
    expect(measured.count("timedOut")).toBe(2);
    expect(measured.errors()).toEqual({ TIMEOUT: 2 });
  });

  it("a dead target is not hammered, and blocks what was offered", async () => {
    const measured = await runTraffic(
      makeWorkload({
        pattern: "churn",
        timeoutNs: 100e6,
        reconnectDelayNs: 50e6,
        ...constantRate(100, 0.2e9),
      }),
      await deadEndpoint(),
    );
    expect(measured.count("failed")).toBeLessThanOrEqual(10);
    expect(measured.count("failed")).toBeGreaterThanOrEqual(2);
    expect(measured.count("offered")).toBe(20);
    expect(measured.count("unsent")).toBe(20);
  });

  it("what a time-out left unsent was blocked by the target", async () => {
    await using server = await tcpServer(() => {});
    const measured = await runTraffic(
      makeWorkload({
        pattern: "churn",
        connections: 5,
        exchangesPerConnection: 5,
        timeoutNs: 50e6,
        // However late the last one leaves, it is given up before all ends.
        ...constantRate(2.5, 2e9),
      }),
      server.endpoint,
    );
    expect(measured.count("offered")).toBe(25);
    expect(measured.count("sent")).toBe(5);
    expect(measured.count("timedOut")).toBe(5);
    expect(measured.count("unsent")).toBe(20);
  });

  it("a reply after the time-out is no answer", async () => {
    await using server = await tcpServer((socket) => {
      socket.on("data", (chunk) => setTimeout(() => socket.write(chunk), 60));
    });
    const measured = await runTraffic(
      makeWorkload({ pattern: "churn", timeoutNs: 20e6, totalConnections: 5, durationNs: null }),
      server.endpoint,
    );
    expect(measured.count("received")).toBe(0);
    expect(measured.count("timedOut")).toBe(5);
  });

  it("takes no tuple that a connection still has, however few there are", async () => {
    let connections = 0;
    await using server = await tcpServer((socket) => {
      const delayMs = connections++ === 0 ? 200 : 0;
      socket.on("data", (chunk) => setTimeout(() => socket.write(chunk), delayMs));
    });
    const measured = await runTraffic(
      makeWorkload({
        pattern: "churn",
        close: "reset",
        connections: 4,
        totalConnections: 40,
        durationNs: null,
      }),
      server.endpoint,
      { ports: 5 },
    );
    expect(measured.count("received")).toBe(40);
    expect(measured.errors()).toEqual({});
  });
});
