import { describe, expect, it } from "vitest";
import type { Workload } from "../../src/scenario/scenario.ts";
import { createHoldSchedule, keptAlive, rememberedByHold } from "../../src/traffic/hold.ts";
import { tcpServer } from "../support/raw-servers.ts";
import { makeWorkload, runTraffic } from "../support/traffic.ts";

const echo = () => tcpServer((socket) => socket.on("data", (chunk) => socket.write(chunk)));

describe("hold", () => {
  it("verifies every connection once and then keeps each alive in turn", async () => {
    const perConnection = new Map<number, number>();
    await using server = await tcpServer((socket) => {
      socket.on("data", (chunk) => {
        const port = socket.remotePort ?? 0;
        perConnection.set(port, (perConnection.get(port) ?? 0) + 1);
        socket.write(chunk);
      });
    });
    const measured = await runTraffic(
      makeWorkload({
        pattern: "hold",
        connections: 30,
        connectRatePerSecond: 1000,
        verify: true,
        keepAliveNs: 0.1e9,
        durationNs: 0.33e9,
      }),
      server.endpoint,
      { workers: 2 },
    );
    expect(measured.count("opened")).toBe(30);
    expect(measured.snapshot.openPeak).toBeGreaterThanOrEqual(15);
    // 30 to verify in 30 ms, then 30 in each 100 ms of the 300 that are left.
    expect(measured.count("received")).toBe(120);
    expect([...perConnection.values()]).toEqual(new Array(30).fill(4));
  });

  it.each([true, false])("keeps only a sample alive, verified: %s", async (verify) => {
    const perConnection = new Map<number, number>();
    await using server = await tcpServer((socket) => {
      perConnection.set(socket.remotePort ?? 0, 0);
      socket.on("data", (chunk) => {
        const port = socket.remotePort ?? 0;
        perConnection.set(port, (perConnection.get(port) ?? 0) + 1);
        socket.write(chunk);
      });
    });
    const measured = await runTraffic(
      makeWorkload({
        pattern: "hold",
        connections: 30,
        connectRatePerSecond: 1000,
        verify,
        keepAliveNs: 0.1e9,
        keepAliveConnections: 4,
        durationNs: verify ? 0.33e9 : 0.3e9,
      }),
      server.endpoint,
      { workers: 2 },
    );
    const once = verify ? 1 : 0;
    expect(measured.count("received")).toBe(30 * once + 12);
    expect(measured.count("unsent")).toBe(0);
    expect([...perConnection.values()].sort()).toEqual([
      ...new Array(26).fill(once),
      ...new Array(4).fill(once + 3),
    ]);
  });

  it("gives every worker a connection to keep alive, and remembers little", () => {
    const workload = makeWorkload({ pattern: "hold", keepAliveNs: 1e9, keepAliveConnections: 2 });
    const portion = { worker: 0, firstConnection: 0, connections: 9, ofPortions: 3, cycle: 27 };
    expect([0, 1, 2].map((at) => keptAlive(workload, { ...portion, portion: at }))).toEqual(
      new Array(3).fill({ slots: 1, after: 0 }),
    );
    expect(keptAlive(makeWorkload({ keepAliveNs: 1e9 }), { ...portion, portion: 0 })).toBeNull();
    expect(rememberedByHold(makeWorkload({ verify: true }))).toBe(1);
    expect(rememberedByHold(workload)).toBe(2);
    expect(rememberedByHold({ ...workload, protocol: "udp" })).toBe(4);
  });

  it("only holds where no message is asked for, and notices what the target closes", async () => {
    let closed = 0;
    await using server = await tcpServer((socket) => {
      if (closed++ < 2) setTimeout(() => socket.end(), 50);
    });
    const measured = await runTraffic(
      makeWorkload({ pattern: "hold", connections: 5, durationNs: 0.2e9, framing: null }),
      server.endpoint,
    );
    expect(measured.count("opened")).toBe(5);
    expect(measured.count("closedByTarget")).toBe(2);
    expect(measured.count("sent")).toBe(0);
    expect(measured.count("openAtEnd", "steady")).toBe(3);
    expect(measured.errors()).toEqual({ CLOSED_BY_TARGET: 2 });
  });

  it("takes it that the target closes what it may close, though no reset", async () => {
    let accepted = 0;
    await using server = await tcpServer((socket) => {
      const number = accepted++;
      if (number < 2) setTimeout(() => socket.end(), 50);
      else if (number === 2) setTimeout(() => socket.resetAndDestroy(), 50);
    });
    const measured = await runTraffic(
      makeWorkload({
        pattern: "hold",
        connections: 5,
        durationNs: 0.2e9,
        framing: null,
        expectClose: true,
      }),
      server.endpoint,
    );
    expect(measured.count("closedByTarget")).toBe(3);
    expect(measured.count("openAtEnd")).toBe(2);
    expect(measured.errors()).toEqual({ ECONNRESET: 1 });
  });

  it.each([
    { reconnect: false, expectClose: false, closed: 3, sent: 3, errors: { CLOSED_BY_TARGET: 3 } },
    { reconnect: false, expectClose: true, closed: 3, sent: 3, errors: {} },
    { reconnect: true, expectClose: false, closed: 0, sent: 12, errors: { CLOSED_BY_TARGET: 12 } },
    { reconnect: true, expectClose: true, closed: 0, sent: 12, errors: {} },
  ])("notices that a reply says that its connection ends: %o", async (given) => {
    const { reconnect, expectClose, closed, sent, errors } = given;
    await using server = await tcpServer((socket) => {
      socket.on("data", () =>
        socket.write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
      );
    });
    const measured = await runTraffic(
      makeWorkload({
        pattern: "hold",
        connections: 3,
        keepAliveNs: 0.1e9,
        durationNs: 0.4e9,
        message: {
          kind: "bytes",
          base64: Buffer.from("GET / HTTP/1.1\r\n\r\n").toString("base64"),
        },
        expect: { kind: "any" },
        framing: { kind: "http", maxBytes: 1000 } as Workload["framing"],
        ...{ reconnect, expectClose },
      }),
      server.endpoint,
    );
    expect(measured.count("closedByTarget")).toBe(closed);
    expect(measured.count("sent")).toBe(sent);
    expect(measured.count("offered")).toBe(12);
    expect(measured.count("unsent")).toBe(12 - sent);
    expect(measured.count("reopenedClosedByTarget")).toBeGreaterThanOrEqual(reconnect ? 9 : 0);
    expect(measured.errors()).toEqual(errors);
  });

  it("lasts until it is told to end where it has no duration", async () => {
    await using server = await echo();
    const measured = await runTraffic(
      makeWorkload({ pattern: "hold", verify: true, connections: 3, durationNs: null }),
      server.endpoint,
      { during: ([traffic], beginNs) => traffic?.endAt(beginNs + 0.1e9) },
    );
    expect(measured.count("received")).toBe(3);
  });

  it("schedule: due is the inverse of intended", () => {
    const schedule = createHoldSchedule(
      makeWorkload({ pattern: "hold", connections: 7, verify: true, keepAliveNs: 70e6 }),
    );
    for (let n = 0; n < 100; n++) {
      const atNs = schedule.intendedNs(n);
      expect(schedule.due(atNs)).toBeGreaterThanOrEqual(n + 1);
      expect(schedule.due(atNs - 1)).toBeLessThanOrEqual(n);
      expect(schedule.intendedNs(n + 1)).toBeGreaterThanOrEqual(atNs);
    }
    const silent = createHoldSchedule(makeWorkload({ pattern: "hold" }));
    expect(silent.count).toBe(0);
    expect(silent.due(1e9)).toBe(0);
  });
});
