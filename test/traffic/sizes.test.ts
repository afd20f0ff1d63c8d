import { describe, expect, it } from "vitest";
import { sendIfOpen, tcpServer, udpServer } from "../support/raw-servers.ts";
import { makeWorkload, runTraffic } from "../support/traffic.ts";

const upTo = (toBytes: number, fromBytes = 0) =>
  ({ kind: "sizes", sizes: { kind: "uniform", fromBytes, toBytes } }) as const;

const exchanges = (count: number) =>
  ({ durationNs: null, load: { model: "closed", thinkNs: 0, exchanges: count } }) as const;

const udp = { protocol: "udp", framing: null } as const;

describe("messages of lengths by chance", () => {
  it("come back as they went over UDP, from 0 to the longest datagram", async () => {
    let bytesReceived = 0;
    await using server = await udpServer((bytes, from, socket) => {
      bytesReceived += bytes.length;
      sendIfOpen(socket, bytes, from.port, from.address);
    });
    for (const message of [upTo(40), upTo(65_507)]) {
      bytesReceived = 0;
      const measured = await runTraffic(
        makeWorkload({ ...udp, connections: 3, message, ...exchanges(300) }),
        server.endpoint,
      );
      expect(measured.count("received")).toBe(300);
      expect(measured.errors()).toEqual({});
      expect(measured.count("bytesSent")).toBe(bytesReceived);
      expect(measured.count("bytesReceived")).toBe(bytesReceived);
    }
  });

  it("come back as they went over TCP, each reply found by its length", async () => {
    await using server = await tcpServer((socket) =>
      socket.on("data", (chunk) => socket.write(chunk)),
    );
    const measured = await runTraffic(
      makeWorkload({
        connections: 2,
        inFlight: 3,
        message: upTo(5000, 1),
        framing: { kind: "echo" },
        ...exchanges(300),
      }),
      server.endpoint,
      { workers: 2 },
    );
    expect(measured.count("received")).toBe(300);
    expect(measured.errors()).toEqual({});
  });

  it("that a server cuts are counted, with a stamp or with expect: echo", async () => {
    await using server = await udpServer((bytes, from, socket) =>
      sendIfOpen(socket, bytes.subarray(0, 1024), from.port, from.address),
    );
    const sizes = { kind: "choices", bytes: [1024, 1025, 2048, 9000] } as const;
    const measured = await runTraffic(
      makeWorkload({
        ...udp,
        message: { kind: "sizes", sizes },
        expect: { kind: "any" },
        ...exchanges(200),
      }),
      server.endpoint,
    );
    const cut = measured.count("truncated");
    expect(cut).toBeGreaterThan(100);
    expect(cut).toBeLessThan(190);
    expect(measured.errors()).toEqual({ TRUNCATED: cut });
    expect(measured.count("corrupted")).toBe(cut);
    const text = Buffer.alloc(2000, "x").toString("base64");
    const echoed = await runTraffic(
      makeWorkload({ ...udp, message: { kind: "bytes", base64: text }, ...exchanges(20) }),
      server.endpoint,
    );
    expect(echoed.count("truncated")).toBe(20);
  });
});
