import { describe, expect, it, vi } from "vitest";
import { isStamped, stampConnection, stampSequence } from "../../src/messages/stamp.ts";
import { tcpServer, udpServer } from "../support/raw-servers.ts";
import { constantRate, makeWorkload, runTraffic } from "../support/traffic.ts";

describe("stream", () => {
  it("TCP, as fast as it goes: every byte arrives, with back-pressure honoured", async () => {
    let received = 0;
    await using server = await tcpServer((socket) => {
      socket.on("data", (chunk) => {
        received += chunk.length;
        socket.pause();
        setTimeout(() => socket.resume(), 1);
      });
    });
    const measured = await runTraffic(
      makeWorkload({
        pattern: "stream",
        connections: 3,
        message: { kind: "size", bytes: 32 * 1024 },
        framing: null,
        durationNs: null,
        load: { model: "closed", thinkNs: 0, exchanges: 500 },
      }),
      server.endpoint,
    );
    expect(measured.count("sent")).toBe(500);
    const until = Date.now() + 20_000;
    while (received < 500 * 32 * 1024 && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(received).toBe(500 * 32 * 1024);
    expect(measured.count("bytesSent")).toBe(received);
  });

  it("UDP at a rate: every datagram once, stamped in sequence per flow", async () => {
    const sequences = new Map<number, number[]>();
    await using server = await udpServer((bytes) => {
      expect(isStamped(bytes, 0, bytes.length)).toBe(true);
      const list = sequences.get(stampConnection(bytes, 0)) ?? [];
      list.push(stampSequence(bytes, 0));
      sequences.set(stampConnection(bytes, 0), list);
    });
    const measured = await runTraffic(
      makeWorkload({
        pattern: "stream",
        protocol: "udp",
        connections: 4,
        framing: null,
        message: { kind: "size", bytes: 64 },
        ...constantRate(1000, 0.2e9),
      }),
      server.endpoint,
      { workers: 2 },
    );
    expect(measured.count("sent")).toBe(200);
    await vi.waitFor(() => expect([...sequences.values()].flat().length).toBe(200), 10_000);
    expect(sequences.size).toBe(4);
    for (const list of sequences.values())
      expect(list).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  it("ends although the target takes no bytes, and says so", async () => {
    await using server = await tcpServer((socket) => socket.pause());
    const measured = await runTraffic(
      makeWorkload({
        pattern: "stream",
        connections: 2,
        framing: null,
        message: { kind: "size", bytes: 64 * 1024 },
        timeoutNs: 100e6,
      }),
      server.endpoint,
    );
    expect(measured.count("sent")).toBeGreaterThan(2);
    expect(measured.errors()).toEqual({ TIMEOUT: 2 });
  });

  it("ends at its time where nothing else ends it", async () => {
    await using server = await udpServer(() => {});
    const measured = await runTraffic(
      makeWorkload({ pattern: "stream", protocol: "udp", framing: null, durationNs: 50e6 }),
      server.endpoint,
    );
    expect(measured.count("sent")).toBeGreaterThan(0);
    expect(measured.errors()).toEqual({});
  });
});
