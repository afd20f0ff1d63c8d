import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { monotonicNs } from "../../../src/base/clock.ts";
import { createMessage } from "../../../src/messages/create-message.ts";
import { emptyKey } from "../../../src/messages/message.ts";
import { membershipColumns } from "../../../src/metrics/broadcast/membership-rows.ts";
import { phase, timing } from "../../../src/metrics/snapshot.ts";
import type { Workload } from "../../../src/scenario/scenario.ts";
import { sendIfOpen, tcpServer, udpServer } from "../../support/raw-servers.ts";
import { constantRate, type Measured, makeWorkload, runTraffic } from "../../support/traffic.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const crlf = { kind: "delimiter", base64: base64("\r\n"), maxBytes: 10_000 } as const;
const publisher = { index: 3, connections: 2 };
const texts = createMessage(
  { kind: "template", text: "MSG {{stamp}}\r\n" },
  { workload: 3, seed: 1, tag: 1, timed: true },
);

/** A message that was due 20 ms ago and sent 5 ms ago. */
function messageOf(connection: number, sequence: number, at: number = phase.steady): Buffer {
  const into = Buffer.alloc(texts.maxBytes);
  const nowNs = monotonicNs();
  const times = { intendedNs: nowNs - 20e6, sentNs: nowNs - 5e6, phase: at };
  texts.write(into, 0, { ...emptyKey(), ...times, connection, sequence });
  return into;
}

const subscribe = (changes: Partial<Workload> = {}): Workload =>
  makeWorkload({
    pattern: "subscribe",
    framing: null,
    expect: { kind: "any" },
    durationNs: 0.2e9,
    timeoutNs: 1e9,
    open: [
      {
        name: null,
        message: { kind: "template", text: "SUB {{connection}}\r\n" },
        receive: { framing: crlf, expect: { kind: "any" } },
        capture: [],
      },
    ],
    ...changes,
  });

/** Calls back once a subscriber has subscribed, with its number. */
function onSubscribed(socket: Socket, then: (subscriber: number) => void): void {
  socket.once("data", (chunk) => {
    socket.write("OK\r\n");
    then(Number(/^SUB (\d+)/.exec(chunk.toString())?.[1]));
  });
}

const run = (workload: Workload, endpoint: Parameters<typeof runTraffic>[1], workers = 1) =>
  runTraffic(workload, endpoint, { index: 5, publishers: [publisher], workers });

function rowsOf({ subscriptions }: Measured): number[][] {
  return subscriptions
    .flatMap(({ rows }) =>
      Array.from({ length: rows.length / membershipColumns }, (_, n) => [
        ...rows.slice(n * membershipColumns, (n + 1) * membershipColumns),
      ]),
    )
    .sort((a, b) => (a[0] as number) - (b[0] as number));
}
const countsOf = (measured: Measured) =>
  rowsOf(measured).map(([subscriber, , , ...counts]) => [subscriber, ...counts]);

describe("over TCP", () => {
  it("every message counts once for each subscriber, in the phase that it was due in", async () => {
    await using server = await tcpServer((socket) => {
      onSubscribed(socket, (subscriber) => {
        socket.write(messageOf(0, 0, phase.warmUp));
        const wire = Buffer.concat([
          messageOf(0, 1),
          messageOf(0, 2),
          messageOf(1, 0),
          // Again, and late, and one of another run, which nobody counts.
          messageOf(0, 2),
          messageOf(1, 2),
          messageOf(1, 1),
          Buffer.from("MSG czgBAwwA hello\r\n"),
        ]);
        // Chunks as they come: in one piece, or cut anywhere.
        let at = 0;
        const cut = subscriber === 0 ? wire.length : 7 + 10 * subscriber;
        const timer = setInterval(() => {
          if (at >= wire.length || !socket.writable) clearInterval(timer);
          else socket.write(wire.subarray(at, at + cut));
          at += cut;
        }, 1);
      });
    });
    const measured = await run(
      subscribe({ connections: 4, durationNs: 0.3e9 }),
      server.endpoint,
      2,
    );
    expect(countsOf(measured)).toEqual([0, 1, 2, 3].map((one) => [one, 6, 6, 1, 1]));
    expect(measured.count("received", "steady")).toBe(4 * 5);
    expect(measured.count("received", "warmUp")).toBe(4);
    expect(measured.count("duplicated")).toBe(4);
    expect(measured.count("reordered")).toBe(4);
    expect(measured.errors()).toEqual({});
    const latency = measured.snapshot.steady[timing.responseTime];
    const transit = measured.snapshot.steady[timing.serviceTime];
    expect(latency).toMatchObject({ count: 20 });
    expect(latency?.min).toBeGreaterThanOrEqual(20e6);
    expect(transit?.min).toBeGreaterThanOrEqual(5e6);
    expect((latency?.sum ?? 0) - (transit?.sum ?? 0)).toBe(20 * 15e6);
  });

  it("messages of others are not counted", async () => {
    await using server = await tcpServer((socket) => {
      onSubscribed(socket, () => {
        socket.write(messageOf(2, 0));
        socket.write(messageOf(0, 0));
      });
    });
    const measured = await run(subscribe(), server.endpoint);
    expect(countsOf(measured)).toEqual([[0, 1, 1, 0, 0]]);
    expect(measured.subscriptions[0]?.foreign).toBeGreaterThanOrEqual(1);
  });

  it("pings are answered, whatever stands around them, and what is on its way at the end is awaited", async () => {
    let pongs = 0;
    await using server = await tcpServer((socket) => {
      onSubscribed(socket, () => {
        socket.write(Buffer.concat([messageOf(0, 0), Buffer.from("PING\r\n"), messageOf(0, 1)]));
        socket.on("data", (chunk) => {
          pongs += chunk.toString().split("PONG\r\n").length - 1;
          // Steady state is over by then.
          setTimeout(() => socket.writable && socket.write(messageOf(0, 2)), 300);
        });
      });
    });
    const unsolicited = {
      ignore: [],
      answer: [{ to: { kind: "prefix", base64: base64("PING") }, base64: base64("PONG\r\n") }],
    } as const;
    const workload = subscribe({ framing: crlf, unsolicited, connections: 3, durationNs: 0.1e9 });
    const measured = await run(workload, server.endpoint);
    expect(pongs).toBe(3);
    expect(measured.count("answersSent")).toBe(3);
    expect(countsOf(measured)).toEqual([0, 1, 2].map((one) => [one, 3, 3, 0, 0]));
    expect(measured.errors()).toEqual({});
  });

  it("a subscriber whose connection ends subscribes again, and has a row for each", async () => {
    let connections = 0;
    await using server = await tcpServer((socket) => {
      const number = connections++;
      onSubscribed(socket, () => {
        socket.write(messageOf(0, 10 * number));
        // The end of it comes on the next connection: nothing is made of that.
        socket.write(messageOf(0, 10 * number + 1).subarray(0, 30));
        if (number === 0) setTimeout(() => socket.end(), 20);
      });
    });
    const workload = subscribe({ reconnect: true, reconnectDelayNs: 10e6, durationNs: 0.3e9 });
    const measured = await run(workload, server.endpoint);
    expect(connections).toBe(2);
    const rows = rowsOf(measured);
    expect(rows.map(([, , , received]) => received)).toEqual([1, 1]);
    expect((rows[0] as number[])[2]).toBeLessThanOrEqual((rows[1] as number[])[1] as number);
    expect(measured.count("closedByTarget")).toBe(1);
    expect(measured.errors()).toEqual({ CLOSED_BY_TARGET: 1 });
  });
});

it("over UDP a datagram is whole", async () => {
  await using server = await udpServer((_bytes, from, socket) => {
    sendIfOpen(socket, Buffer.from("OK\r\n"), from.port, from.address);
    for (let sequence = 0; sequence < 3; sequence++) {
      sendIfOpen(socket, messageOf(1, sequence), from.port, from.address);
    }
  });
  const [step] = subscribe().open;
  const open = [{ ...step, receive: { framing: null, expect: { kind: "any" } } }];
  const workload = subscribe({ protocol: "udp", open: open as Workload["open"] });
  expect(countsOf(await run(workload, server.endpoint))).toEqual([[0, 3, 3, 0, 0]]);
});

describe("those who publish", () => {
  it.each(["request", "stream"] as const)(
    "%s: every message says when it was due and sent",
    async (pattern) => {
      const received: Buffer[] = [];
      await using server = await tcpServer((socket) => {
        socket.on("data", (chunk) => {
          received.push(chunk);
          if (pattern === "request")
            socket.write("+OK\r\n".repeat(chunk.toString().split("\r\n").length - 1));
        });
      });
      const before = monotonicNs();
      const workload = makeWorkload({
        pattern,
        publishes: ["subscribers"],
        message: { kind: "template", text: "PUB {{stamp}}\r\n" },
        framing: pattern === "request" ? crlf : null,
        expect: { kind: "any" },
        ...constantRate(200, 0.2e9),
      });
      const measured = await runTraffic(workload, server.endpoint, { index: 3 });
      const stamps = Buffer.concat(received).toString().split("\r\n").slice(0, -1);
      expect(stamps).toHaveLength(measured.count("sent"));
      for (const [sequence, line] of stamps.entries()) {
        const stamp = Buffer.from(line.slice(4), "base64url");
        expect(stamp.subarray(0, 4)).toEqual(Buffer.from([0x73, 0x38, 1, 3]));
        expect(stamp.readUIntLE(8, 6)).toBe(sequence);
        const intendedNs = Number(stamp.readBigUInt64LE(16));
        const sentNs = Number(stamp.readBigUInt64LE(24) & 0xffffffffffffffn);
        expect(intendedNs).toBeGreaterThan(before);
        expect(sentNs).toBeGreaterThanOrEqual(intendedNs);
        expect(stamp[31]).toBe(phase.steady);
      }
    },
  );

  it("a stream answers the pings of its target", async () => {
    let pongs = 0;
    await using server = await tcpServer((socket) => {
      socket.write("PI");
      setTimeout(() => socket.writable && socket.write("NG\r\nother\r\n"), 50);
      socket.on("data", (chunk) => {
        pongs += chunk.toString().split("PONG").length - 1;
      });
    });
    const unsolicited = {
      ignore: [],
      answer: [{ to: { kind: "prefix", base64: base64("PING") }, base64: base64("PONG\r\n") }],
    } as const;
    const workload = makeWorkload({
      pattern: "stream",
      framing: crlf,
      unsolicited,
      expect: { kind: "any" },
      message: { kind: "template", text: "x\r\n" },
      ...constantRate(200, 0.3e9),
    });
    const measured = await runTraffic(workload, server.endpoint);
    expect(pongs).toBe(1);
    expect(measured.count("answersSent")).toBe(1);
    expect(measured.errors()).toEqual({});
  });
});
