import { describe, expect, it } from "vitest";
import { monotonicNs } from "../../src/base/clock.ts";
import { timing } from "../../src/metrics/snapshot.ts";
import { deadEndpoint, sendIfOpen, tcpServer, udpServer } from "../support/raw-servers.ts";
import { constantRate, makeWorkload, runTraffic } from "../support/traffic.ts";

const echo = () => tcpServer((socket) => socket.on("data", (chunk) => socket.write(chunk)));

describe("request over TCP", () => {
  it("open model: sends each arrival once, whatever the number of workers", async () => {
    await using server = await echo();
    for (const workers of [1, 2, 4]) {
      const measured = await runTraffic(
        makeWorkload({ connections: 7, ...constantRate(1000, 0.25e9) }),
        server.endpoint,
        { workers },
      );
      for (const name of ["offered", "sent", "received"] as const) {
        expect(measured.count(name, "steady"), `${name} of ${workers} workers`).toBe(250);
      }
      expect(measured.count("opened")).toBe(7);
      expect(measured.count("bytesSent")).toBe(250 * 16);
      expect(measured.count("bytesReceived")).toBe(250 * 16);
      expect(measured.errors()).toEqual({});
      expect(measured.snapshot.steady[0]?.count).toBe(250);
    }
  });

  it("closed model: as many exchanges as asked, exactly, over several workers", async () => {
    await using server = await echo();
    const measured = await runTraffic(
      makeWorkload({
        connections: 5,
        inFlight: 3,
        durationNs: null,
        load: { model: "closed", thinkNs: 0, exchanges: 1001 },
      }),
      server.endpoint,
      { workers: 2 },
    );
    expect(measured.count("sent")).toBe(1001);
    expect(measured.count("received")).toBe(1001);
    expect(measured.errors()).toEqual({});
  });

  it("closed model: thinks between reply and next message", async () => {
    await using server = await echo();
    const measured = await runTraffic(
      makeWorkload({
        connections: 2,
        durationNs: 0.5e9,
        load: { model: "closed", thinkNs: 100e6, exchanges: null },
      }),
      server.endpoint,
    );
    expect(measured.count("sent")).toBeLessThanOrEqual(10);
    expect(measured.count("sent")).toBeGreaterThanOrEqual(2);
    expect(measured.count("received")).toBe(measured.count("sent"));
  });

  it("keeps warm-up apart from steady state", async () => {
    await using server = await echo();
    const measured = await runTraffic(
      makeWorkload({
        ...constantRate(1000, 0.3e9),
        warmUpNs: 0.1e9,
        durationNs: 0.2e9,
      }),
      server.endpoint,
    );
    expect(measured.count("received", "warmUp")).toBe(100);
    expect(measured.count("received", "steady")).toBe(200);
    expect(measured.snapshot.steady[0]?.count).toBe(200);
    expect(measured.snapshot.outside[0]?.count).toBe(100);
  });

  it("finds replies that the stream split and merged", async () => {
    await using server = await tcpServer((socket) => {
      socket.on("data", (chunk) => {
        for (const byte of chunk) socket.setNoDelay(true).write(Buffer.of(byte));
      });
    });
    const measured = await runTraffic(
      makeWorkload({
        inFlight: 8,
        message: { kind: "template", text: "message {{sequence}} of {{connection}};" },
        framing: { kind: "delimiter", base64: Buffer.from(";").toString("base64"), maxBytes: 100 },
        durationNs: null,
        load: { model: "closed", thinkNs: 0, exchanges: 300 },
      }),
      server.endpoint,
    );
    expect(measured.count("received")).toBe(300);
    expect(measured.count("corrupted")).toBe(0);
  });

  it("counts replies that are not as expected", async () => {
    await using server = await tcpServer((socket) => {
      socket.on("data", (chunk) => socket.write(Buffer.alloc(chunk.length, 1)));
    });
    const measured = await runTraffic(
      makeWorkload({ durationNs: null, load: { model: "closed", thinkNs: 0, exchanges: 20 } }),
      server.endpoint,
    );
    expect(measured.count("corrupted")).toBe(20);
    expect(measured.errors()).toEqual({ UNEXPECTED: 20 });
    const [example, ...others] = measured.snapshot.wrongReplies;
    expect(example).toMatchObject({ code: "UNEXPECTED", client: expect.any(Number) });
    expect([...new Set(example?.received)]).toEqual([1]);
    expect(others).toEqual([]);
  });

  it("a late reply is late, and never the answer to the next message", async () => {
    // Each reply, which is its own request, comes two requests later; the run lasts until some have come.
    const requests: (() => void)[] = [];
    let replies = 0;
    let endRun = () => {};
    await using server = await tcpServer((socket) => {
      socket.on("data", (chunk) => {
        requests.push(() => socket.write(chunk));
        const overdue = requests.at(-3);
        if (overdue === undefined) return;
        overdue();
        if (++replies === 4) endRun();
      });
    });
    const measured = await runTraffic(
      makeWorkload({
        message: { kind: "template", text: "{{sequence}};" },
        framing: { kind: "delimiter", base64: "Ow==", maxBytes: 100 },
        timeoutNs: 100e6,
        durationNs: 60e9,
        load: { model: "closed", thinkNs: 0, exchanges: null },
      }),
      server.endpoint,
      {
        during: ([traffic]) => {
          endRun = () => traffic?.endAt(monotonicNs());
        },
      },
    );
    expect(measured.count("received")).toBe(0);
    expect(measured.count("late")).toBeGreaterThanOrEqual(1);
    expect(measured.count("corrupted")).toBe(0);
    expect(measured.count("timedOut") + measured.count("exchangesFailed")).toBe(
      measured.count("sent"),
    );
    expect(measured.errors().TIMEOUT).toBe(measured.count("timedOut"));
  });

  it("closed model: a mute target costs each exchange its time-out, and its connection", async () => {
    await using server = await tcpServer(() => {});
    const measured = await runTraffic(
      makeWorkload({ inFlight: 3, expect: { kind: "any" }, timeoutNs: 20e6, durationNs: 0.4e9 }),
      server.endpoint,
    );
    const timedOut = measured.count("timedOut");
    expect(timedOut).toBeGreaterThan(3);
    expect(timedOut + measured.count("exchangesFailed")).toBe(measured.count("sent"));
    expect(measured.errors()).toMatchObject({ TIMEOUT: timedOut });
    // Time-outs stand in the percentiles, at the time-out.
    const [responseTime, serviceTime] = measured.snapshot.steady;
    expect([serviceTime?.count, serviceTime?.min, serviceTime?.max]).toEqual([
      timedOut,
      20e6,
      20e6,
    ]);
    expect(responseTime?.min).toBeGreaterThanOrEqual(20e6);
    expect(measured.count("reopenedTimeout")).toBeGreaterThan(1);
  });

  it("closed model without a duration: ends when nothing can be sent any more", async () => {
    const workload = makeWorkload({
      timeoutNs: 50e6,
      connectTimeoutNs: 50e6,
      durationNs: null,
      load: { model: "closed", thinkNs: 0, exchanges: 10 },
    });
    await using ending = await tcpServer((socket) => socket.on("data", () => socket.destroy()));
    const lost = await runTraffic(workload, ending.endpoint);
    expect(lost.count("exchangesFailed")).toBe(1);
    await using silent = await tcpServer(() => {});
    const stuck = await runTraffic(workload, silent.endpoint);
    expect(stuck.count("timedOut")).toBe(stuck.count("sent"));
    const dead = await runTraffic({ ...workload, reconnect: true }, await deadEndpoint());
    expect(dead.count("failed")).toBeGreaterThan(0);
  });

  it("a connection that the target ends is counted, its exchange too, and opened again", async () => {
    let connections = 0;
    await using server = await tcpServer((socket) => {
      const number = connections++;
      socket.on("data", (chunk) => {
        if (number === 0) socket.resetAndDestroy();
        else socket.write(chunk);
      });
    });
    const measured = await runTraffic(
      makeWorkload({
        reconnect: true,
        durationNs: 0.5e9,
        load: { model: "closed", thinkNs: 0, exchanges: 5 },
      }),
      server.endpoint,
    );
    expect(measured.count("closedByTarget")).toBe(1);
    expect(measured.count("exchangesFailed")).toBe(1);
    expect(measured.count("opened")).toBe(2);
    expect(measured.count("received")).toBe(4);
    expect(measured.errors()).toEqual({ ECONNRESET: 1 });
  });

  it("a dead target: every attempt fails, and what was offered counts as blocked", async () => {
    const measured = await runTraffic(
      makeWorkload({ connections: 3, timeoutNs: 50e6, ...constantRate(100, 0.2e9) }),
      await deadEndpoint(),
    );
    expect(measured.count("failed")).toBe(3);
    expect(measured.errors()).toEqual({ ECONNREFUSED: 3 });
    expect(measured.count("offered")).toBe(20);
    expect(measured.count("unsent")).toBe(20);
    expect(measured.count("sent")).toBe(0);
  });

  it("endAt ends early: nothing intended later is sent or offered", async () => {
    await using server = await echo();
    const measured = await runTraffic(makeWorkload(constantRate(1000, 20e9)), server.endpoint, {
      during: ([traffic], beginNs) => traffic?.endAt(beginNs + 0.1e9),
    });
    expect(measured.count("offered")).toBe(100);
    expect(measured.count("received")).toBe(100);
  });

  it("response time runs from the intended time, service time from the sending", async () => {
    // One connection, a reply takes 50 ms, an arrival comes every 10 ms: the n-th waits for n - 1 others.
    await using server = await tcpServer((socket) => {
      socket.on("data", (chunk) => setTimeout(() => socket.write(chunk), 50));
    });
    const measured = await runTraffic(makeWorkload(constantRate(100, 0.1e9)), server.endpoint);
    const [responseTime, serviceTime] = measured.snapshot.steady;
    expect(measured.count("received")).toBe(10);
    // The last: intended at 90 ms, answered at 500 ms or later.
    expect(responseTime?.max).toBeGreaterThanOrEqual(409e6);
    expect(serviceTime?.min).toBeGreaterThanOrEqual(49e6);
    // All of that is send lag: waiting for the connection, but for what is the generator's own.
    const { steady } = measured.snapshot;
    const sumOf = (which: number) => steady[which]?.sum ?? Number.NaN;
    const late = (responseTime?.sum ?? 0) - (serviceTime?.sum ?? 0);
    expect(sumOf(timing.sendLag)).toBeCloseTo(late, -3);
    expect(sumOf(timing.connectionWait) + sumOf(timing.generatorLag)).toBeCloseTo(late, -3);
    expect(sumOf(timing.generatorLag)).toBeLessThan(late / 2);
  });
});

describe("request over UDP", () => {
  const udp = { protocol: "udp", framing: null } as const;

  for (const socket of ["connected", "unconnected"] as const) {
    it(`exchanges datagrams over ${socket} sockets`, async () => {
      await using server = await udpServer((bytes, from, to) =>
        to.send(bytes, from.port, from.address),
      );
      const measured = await runTraffic(
        makeWorkload({ ...udp, socket, connections: 4, inFlight: 2, ...constantRate(500, 0.2e9) }),
        server.endpoint,
        { workers: 2 },
      );
      expect(measured.count("sent")).toBe(100);
      expect(measured.count("received")).toBe(100);
      expect(measured.errors()).toEqual({});
    });
  }

  it("tells lost, duplicated and reordered replies apart", async () => {
    // In every ten: the 1st is dropped, the 3rd answered twice, the 5th after the 6th.
    let held: Buffer | null = null;
    let count = 0;
    await using server = await udpServer((bytes, { port, address }, socket) => {
      const place = count++ % 10;
      if (place === 0) return;
      if (place === 4) {
        held = Buffer.from(bytes);
        return;
      }
      socket.send(bytes, port, address);
      if (place === 2) socket.send(bytes, port, address);
      if (place === 5 && held) socket.send(held, port, address);
    });
    const measured = await runTraffic(
      // The last that is dropped has 0.1 s to leave late in, and still times out before all ends.
      makeWorkload({ ...udp, inFlight: 64, timeoutNs: 600e6, ...constantRate(100, 1e9) }),
      server.endpoint,
    );
    expect(measured.count("sent")).toBe(100);
    expect(measured.count("received")).toBe(90);
    expect(measured.count("timedOut")).toBe(10);
    expect(measured.count("duplicated")).toBe(10);
    expect(measured.count("reordered")).toBe(10);
    expect(measured.count("corrupted")).toBe(0);
  });

  for (const message of [
    { kind: "size", bytes: 32 },
    { kind: "bytes", base64: "aGVsbG8=" },
  ] as const) {
    it(`late replies are late: ${message.kind}`, async () => {
      // Each comes two requests later, when its own port is long listened on again; the run lasts until some came.
      const requests: (() => void)[] = [];
      let replies = 0;
      let endRun = () => {};
      await using server = await udpServer((bytes, { port, address }, socket) => {
        const copy = Buffer.from(bytes);
        requests.push(() => sendIfOpen(socket, copy, port, address));
        const overdue = requests.at(-3);
        if (overdue === undefined) return;
        overdue();
        if (++replies === 4) endRun();
      });
      const measured = await runTraffic(
        makeWorkload({ ...udp, message, timeoutNs: 100e6, durationNs: 60e9 }),
        server.endpoint,
        {
          during: ([traffic]) => {
            endRun = () => traffic?.endAt(monotonicNs());
          },
        },
      );
      expect(measured.count("received")).toBe(0);
      expect(measured.count("late")).toBe(replies);
      expect(Object.keys(measured.wrongReplies())).toEqual(["TIMEOUT"]);
      expect(measured.count("timedOut")).toBe(measured.count("sent"));
      expect(measured.count("duplicated")).toBe(0);
    });
  }

  it("replies from elsewhere: counted by unconnected sockets, unseen by connected ones", async () => {
    const dgram = await import("node:dgram");
    const wrong = dgram.createSocket("udp4");
    await new Promise<void>((resolve) => wrong.bind(0, "127.0.0.99", resolve));
    await using server = await udpServer((bytes, from) =>
      wrong.send(bytes, from.port, from.address),
    );
    for (const socket of ["connected", "unconnected"] as const) {
      const measured = await runTraffic(
        makeWorkload({ ...udp, socket, timeoutNs: 100e6, ...constantRate(100, 0.1e9) }),
        server.endpoint,
      );
      expect(measured.count("received")).toBe(0);
      expect(measured.count("wrongSource") > 0).toBe(socket === "unconnected");
      expect(measured.count("timedOut") + measured.count("exchangesFailed")).toBe(
        measured.count("sent"),
      );
    }
    await new Promise<void>((resolve) => wrong.close(() => resolve()));
  });

  it("a dead port: connected sockets hear ECONNREFUSED", async () => {
    const measured = await runTraffic(
      makeWorkload({ ...udp, timeoutNs: 100e6, ...constantRate(50, 0.1e9) }),
      await deadEndpoint(),
    );
    expect(measured.count("received")).toBe(0);
    expect(measured.errors().ECONNREFUSED).toBeGreaterThan(0);
  });

  it.each([
    { what: "open", load: constantRate(100, 0.3e9), sent: 30 },
    {
      what: "closed",
      load: { load: { model: "closed", thinkNs: 0, exchanges: 9 }, durationNs: null } as const,
      sent: 9,
    },
  ])("a dead port fails what was sent there at once, and is not hammered: $what", async (given) => {
    const measured = await runTraffic(
      // The run does not end before its time if one exchange waits for its time-out.
      makeWorkload({
        ...udp,
        connections: 3,
        timeoutNs: 3600e9,
        reconnectDelayNs: 1e6,
        ...given.load,
      }),
      await deadEndpoint(),
    );
    expect(measured.count("sent")).toBe(given.sent);
    expect(measured.count("exchangesFailed")).toBe(given.sent);
    expect(measured.count("timedOut")).toBe(0);
    expect(measured.count("refused")).toBe(3);
    expect(measured.errors()).toEqual({ ECONNREFUSED: given.sent });
  });
});
