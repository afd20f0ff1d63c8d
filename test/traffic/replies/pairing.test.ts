import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { timing } from "../../../src/metrics/snapshot.ts";
import type { Workload } from "../../../src/scenario/scenario.ts";
import { sendIfOpen, tcpServer, udpServer } from "../../support/raw-servers.ts";
import { constantRate, makeWorkload, runTraffic } from "../../support/traffic.ts";

const lines = { kind: "delimiter", base64: Buffer.from("\n").toString("base64"), maxBytes: 1000 };
const numbered = { kind: "template", text: "m {{sequence}}\n" } as const;
const same = { kind: "bytes", base64: Buffer.from("a\n").toString("base64") } as const;
const any = { kind: "any" } as const;

/** Numbered lines, of which nothing is expected. */
const chat = (changes: Partial<Workload>): Workload =>
  makeWorkload({
    framing: lines as Workload["framing"],
    message: numbered,
    expect: any,
    timeoutNs: 1e9,
    reconnect: true,
    ...changes,
  });
/** 10 messages in half a second, then none. */
const thenSilence: Workload["load"] = {
  model: "open",
  startRatePerSecond: 20,
  stages: [
    { durationNs: 0.5e9, ratePerSecond: 20 },
    { durationNs: 0, ratePerSecond: 0 },
    { durationNs: 1.5e9, ratePerSecond: 0 },
  ],
  arrivals: "constant",
};
const closed = (exchanges: number): Partial<Workload> => ({
  durationNs: null,
  load: { model: "closed", thinkNs: 0, exchanges },
});

/** Calls back for each line that comes, with its number on the connection. */
function onLines(socket: Socket, serve: (line: string, number: number) => void): void {
  let text = "";
  let number = 0;
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
    const parts = text.split("\n");
    text = parts.pop() ?? "";
    for (const part of parts) serve(`${part}\n`, number++);
  });
}

const writeTo = (socket: Socket, text: string) => {
  if (socket.writable) socket.write(text);
};

describe("over TCP", () => {
  it("churn: a greeting that is taken for the reply is found out by what is left over", async () => {
    await using server = await tcpServer((socket) => {
      writeTo(socket, "hello\n");
      onLines(socket, (line) => setTimeout(() => writeTo(socket, line), 5));
    });
    const measured = await runTraffic(
      chat({
        pattern: "churn",
        message: same,
        connections: 2,
        totalConnections: 20,
        ...closed(20),
      }),
      server.endpoint,
    );
    expect(measured.count("unsolicited")).toBeGreaterThanOrEqual(1);
    expect(measured.errors().UNSOLICITED).toBe(measured.count("unsolicited"));
  });

  it("churn: nothing is left over where nothing greets", async () => {
    await using server = await tcpServer((socket) => {
      onLines(socket, (line) => writeTo(socket, line));
    });
    const measured = await runTraffic(
      chat({
        pattern: "churn",
        message: same,
        connections: 2,
        totalConnections: 40,
        ...closed(40),
      }),
      server.endpoint,
    );
    expect(measured.count("received")).toBe(40);
    expect(measured.errors()).toEqual({});
  });

  it("a late reply in pieces is not taken for the next one's", async () => {
    let number = 0;
    await using server = await tcpServer((socket) => {
      onLines(socket, (line) => {
        if (number++ !== 4) {
          setTimeout(() => writeTo(socket, line), 20);
          return;
        }
        setTimeout(() => writeTo(socket, line.slice(0, 2)), 700);
        setTimeout(() => writeTo(socket, line.slice(2)), 740);
      });
    });
    const measured = await runTraffic(
      // Always one in flight, and more in between than are remembered.
      chat({ timeoutNs: 400e6, ...closed(40) }),
      server.endpoint,
    );
    expect(measured.count("timedOut")).toBeGreaterThanOrEqual(1);
    expect(measured.snapshot.steady[timing.serviceTime]?.min).toBeGreaterThanOrEqual(19e6);
  });

  it("a greeting in the midst of things is no reply, and shifts none", async () => {
    const greetings: number[] = [];
    await using server = await tcpServer((socket) => {
      onLines(socket, (line, number) => {
        if (number === 3) {
          greetings.push(number);
          writeTo(socket, "hello, you\n");
          setTimeout(() => writeTo(socket, line), 40);
        } else setTimeout(() => writeTo(socket, line), 40);
      });
    });
    for (const message of [numbered, same]) {
      const measured = await runTraffic(chat({ message, ...closed(8) }), server.endpoint);
      expect(measured.count("received")).toBe(8);
      expect(measured.count("unsolicited")).toBe(1);
      expect(measured.errors()).toEqual({ UNSOLICITED: 1 });
      expect(measured.wrongReplies()).toEqual({ UNSOLICITED: "hello, you\n" });
      // Each took what the server took for it.
      expect(measured.snapshot.steady[timing.serviceTime]?.min).toBeGreaterThanOrEqual(39e6);
    }
    expect(greetings.length).toBe(2);
  });

  it("a greeting before the first request leaves the connection in step", async () => {
    await using server = await tcpServer((socket) => {
      socket.write("220 ready\n");
      onLines(socket, (line) => setTimeout(() => writeTo(socket, line), 20));
    });
    const measured = await runTraffic(chat(constantRate(20, 0.5e9)), server.endpoint);
    expect(measured.count("unsolicited")).toBe(1);
    expect(measured.count("received")).toBe(10);
    expect(measured.snapshot.steady[timing.serviceTime]?.min).toBeGreaterThanOrEqual(19e6);
  });

  it("a greeting taken for the first reply is found out by the second", async () => {
    await using server = await tcpServer((socket) => {
      onLines(socket, (line, number) => {
        if (number === 0) writeTo(socket, "hello\n");
        setTimeout(() => writeTo(socket, line), 20);
      });
    });
    const measured = await runTraffic(chat(closed(20)), server.endpoint);
    expect(measured.count("unsolicited")).toBeGreaterThanOrEqual(1);
    const early = measured.count("received");
    expect(early).toBeGreaterThanOrEqual(18);
    expect(measured.count("received") + measured.count("exchangesFailed")).toBe(20);
    // All but the one that met it first.
    const p50 = measured.snapshot.steady[timing.serviceTime];
    expect((p50?.sum ?? 0) / early).toBeGreaterThanOrEqual(18e6);
  });

  it("a second reply to the same request is left over, whenever it comes", async () => {
    for (const delayMs of [0, 5]) {
      await using server = await tcpServer((socket) => {
        onLines(socket, (line) => {
          if (delayMs === 0) writeTo(socket, line + line);
          else {
            writeTo(socket, line);
            setTimeout(() => writeTo(socket, line), delayMs);
          }
        });
      });
      const measured = await runTraffic(
        chat({ message: same, connections: 2, ...constantRate(40, 0.5e9) }),
        server.endpoint,
      );
      const received = measured.count("received");
      expect(received).toBeGreaterThan(10);
      // Where it comes later, its connection may have been given up for the one before.
      const seen = measured.count("unsolicited");
      expect(seen).toBeGreaterThanOrEqual(delayMs === 0 ? received - 2 : 1);
      expect(measured.count("reopenedUnsolicited")).toBeGreaterThan(0);
    }
  });

  it("where replies repeat their request, a second one of them, or a lost one, costs nothing else", async () => {
    let connections = 0;
    await using server = await tcpServer((socket) => {
      connections++;
      onLines(socket, (line, number) => {
        if (number % 10 === 7) setTimeout(() => writeTo(socket, line), 20);
        if (number % 10 !== 9) writeTo(socket, line);
      });
    });
    // Nothing says that they do: the first replies show it.
    const measured = await runTraffic(
      chat({ inFlight: 3, timeoutNs: 150e6, ...constantRate(200, 0.5e9) }),
      server.endpoint,
    );
    expect(connections).toBe(1);
    const { TIMEOUT = 0, UNSOLICITED = 0, ...others } = measured.errors();
    expect(others).toEqual({});
    expect(TIMEOUT).toBeGreaterThanOrEqual(9);
    expect(measured.count("received")).toBe(measured.count("sent") - TIMEOUT);
    expect(measured.count("received")).toBeGreaterThan(50);
    expect(UNSOLICITED).toBeGreaterThan(5);
  });

  it("several in flight: after a lost one the connection is out of step for two time-outs at most", async () => {
    await using server = await tcpServer((socket) => {
      onLines(socket, (line, number) => {
        if (number !== 5) writeTo(socket, line);
      });
    });
    const measured = await runTraffic(
      chat({ message: same, inFlight: 4, timeoutNs: 100e6, ...constantRate(100, 0.8e9) }),
      server.endpoint,
    );
    // Each connection loses one, and is found out: about one in every two time-outs.
    expect(measured.count("timedOut")).toBeGreaterThanOrEqual(2);
    expect(measured.count("reopenedTimeout")).toBeGreaterThanOrEqual(2);
    expect(measured.count("received")).toBeGreaterThan(measured.count("timedOut"));
  });

  it("what is left over after the last reply of all is seen as well", async () => {
    await using server = await tcpServer((socket) => {
      onLines(socket, (line, number) => {
        if (number === 0) writeTo(socket, line + line);
        else writeTo(socket, line);
      });
    });
    const measured = await runTraffic(chat(closed(1)), server.endpoint);
    expect(measured.errors()).toEqual({ UNSOLICITED: 1 });
  });

  it("a lost line costs itself alone, and its connection", async () => {
    await using server = await tcpServer((socket) => {
      onLines(socket, (line, number) => {
        if (number !== 2) writeTo(socket, line);
      });
    });
    const measured = await runTraffic(
      chat({ message: same, timeoutNs: 60e6, ...constantRate(100, 0.5e9), connections: 2 }),
      server.endpoint,
    );
    const sent = measured.count("sent");
    // Every third of a connection is lost, and it is opened again.
    expect(measured.count("received")).toBeGreaterThanOrEqual(sent / 3);
    // At the end none is opened any more.
    const reopened = measured.count("reopenedTimeout");
    expect(reopened).toBeLessThanOrEqual(measured.count("timedOut"));
    expect(reopened).toBeGreaterThanOrEqual(measured.count("timedOut") - 2);
    expect(measured.count("late")).toBe(0);
    expect(measured.count("exchangesFailed")).toBe(0);
  });

  it("with expect: echo, the connection goes on after a lost line, and replies find their way in any order", async () => {
    let connections = 0;
    await using server = await tcpServer((socket) => {
      connections++;
      const held: string[] = [];
      onLines(socket, (line, number) => {
        if (number === 2) return;
        held.push(line);
        if (held.length === 3) for (const one of held.splice(0).reverse()) writeTo(socket, one);
      });
    });
    const measured = await runTraffic(
      chat({ expect: { kind: "echo" }, inFlight: 4, timeoutNs: 400e6, durationNs: 0.4e9 }),
      server.endpoint,
    );
    expect(connections).toBe(1);
    expect(measured.count("corrupted")).toBe(0);
    expect(measured.count("received")).toBeGreaterThan(30);
    // The lost line, and what was waiting for company when the run ended.
    expect(measured.count("timedOut")).toBeLessThanOrEqual(1 + 4);
  });

  it("a malformed reply costs its exchange and its connection", async () => {
    await using server = await tcpServer((socket) => {
      onLines(socket, (line, number) => {
        // Longer than a reply may be.
        writeTo(socket, number % 3 === 2 ? `${"x".repeat(2000)}\n` : line);
      });
    });
    const measured = await runTraffic(chat({ connections: 2, ...closed(60) }), server.endpoint);
    const malformed = measured.errors().MALFORMED ?? 0;
    expect(malformed).toBeGreaterThanOrEqual(15);
    expect(measured.count("received")).toBe(60 - malformed);
    expect(measured.count("exchangesFailed")).toBe(malformed);
    expect(measured.count("reopenedMalformed")).toBeGreaterThanOrEqual(malformed - 2);
  });

  it("a reply that expect refuses is a reply, unless another one follows", async () => {
    await using server = await tcpServer((socket) => {
      onLines(socket, (_line, number) => writeTo(socket, number % 5 === 4 ? "ERR\n" : "OK\n"));
    });
    const expected = { kind: "bytes", base64: Buffer.from("OK\n").toString("base64") } as const;
    const measured = await runTraffic(chat({ expect: expected, ...closed(40) }), server.endpoint);
    expect(measured.count("received")).toBe(40);
    expect(measured.errors()).toEqual({ UNEXPECTED: 8 });
    expect(measured.count("reopenedUnsolicited")).toBe(0);
  });

  it("two replies that expect refuses are a reply and one too many, and the connection goes on", async () => {
    await using server = await tcpServer((socket) => {
      onLines(socket, () => {
        writeTo(socket, "no\n");
        setTimeout(() => writeTo(socket, "nor this\n"), 5);
      });
    });
    for (const message of [numbered, same]) {
      const measured = await runTraffic(
        chat({ message, expect: { kind: "echo" }, ...closed(5) }),
        server.endpoint,
      );
      expect(measured.count("sent")).toBe(5);
      expect(measured.count("received") + measured.count("exchangesFailed")).toBe(5);
      expect(measured.errors().UNEXPECTED).toBeGreaterThanOrEqual(1);
      expect(measured.errors().UNSOLICITED).toBeGreaterThanOrEqual(1);
    }
  });

  it("what a target ends between two exchanges is opened again for the next one", async () => {
    await using server = await tcpServer((socket) => {
      onLines(socket, (line, number) => {
        if (number === 4) socket.end(line);
        else writeTo(socket, line);
      });
    });
    const measured = await runTraffic(
      chat({ connections: 2, ...constantRate(100, 0.5e9) }),
      server.endpoint,
    );
    // What leaves in the moment in which the target ends the connection fails with it, and nothing else.
    const { EOF = 0, ECONNRESET = 0, ...others } = measured.errors();
    expect(others).toEqual({});
    expect(measured.count("exchangesFailed")).toBe(EOF + ECONNRESET);
    expect(measured.count("received") + EOF + ECONNRESET).toBe(measured.count("sent"));
    expect(measured.count("closedByTarget")).toBeGreaterThan(1);
    expect(measured.count("reopenedClosedByTarget")).toBeGreaterThan(0);
  });

  it("a body that ends with its connection is a reply, and the next request opens another at once", async () => {
    await using server = await tcpServer((socket) => {
      socket.on("data", () => socket.end("HTTP/1.0 200 OK\r\n\r\nhello"));
    });
    const get = Buffer.from("GET / HTTP/1.0\r\n\r\n").toString("base64");
    const measured = await runTraffic(
      chat({
        framing: { kind: "http", maxBytes: 1000 } as Workload["framing"],
        message: { kind: "bytes", base64: get },
        // Nobody waits for it.
        reconnectDelayNs: 60e9,
        ...closed(10),
      }),
      server.endpoint,
    );
    expect(measured.count("received")).toBe(10);
    expect(measured.errors()).toEqual({});
    expect(measured.count("reopenedClosedByTarget")).toBeGreaterThanOrEqual(9);
  });

  it("what was sent to a mute target has timed out, in the drain as well", async () => {
    await using server = await tcpServer(() => {});
    const measured = await runTraffic(
      chat({ connections: 10, timeoutNs: 200e6, ...constantRate(50, 0.4e9) }),
      server.endpoint,
    );
    expect(measured.count("sent")).toBe(20);
    expect(measured.count("timedOut")).toBe(20);
    expect(measured.count("exchangesFailed")).toBe(0);
  });
});

describe("over UDP", () => {
  it("each reply comes twice, without stamps: the second is a duplicate, and no other's reply", async () => {
    await using server = await udpServer((_bytes, { port, address }, socket) => {
      sendIfOpen(socket, Buffer.from("OK"), port, address);
      sendIfOpen(socket, Buffer.from("OK"), port, address);
    });
    const measured = await runTraffic(
      makeWorkload({
        protocol: "udp",
        framing: null,
        message: same,
        expect: any,
        // Each exchange takes two turns of the loop, and what is due by then is sent for as long.
        timeoutNs: 20e9,
        ...constantRate(100, 0.5e9),
      }),
      server.endpoint,
    );
    expect(measured.count("received")).toBe(50);
    expect(measured.count("duplicated")).toBe(50);
    expect(measured.errors()).toEqual({});
  });

  it("churn: a reply that comes twice answers nothing else", async () => {
    await using server = await udpServer((_bytes, { port, address }, socket) => {
      sendIfOpen(socket, Buffer.from("OK"), port, address);
      sendIfOpen(socket, Buffer.from("OK"), port, address);
    });
    const measured = await runTraffic(
      makeWorkload({
        protocol: "udp",
        pattern: "churn",
        framing: null,
        message: same,
        expect: any,
        timeoutNs: 1e9,
        totalConnections: 30,
        ...closed(30),
      }),
      server.endpoint,
    );
    expect(measured.count("received")).toBe(30);
    expect(measured.count("unsolicited")).toBe(0);
  });

  const datagrams = (bytes: number, changes: Partial<Workload>): Workload =>
    makeWorkload({
      protocol: "udp",
      framing: null,
      expect: any,
      message: { kind: "size", bytes },
      ...changes,
    });

  it.each([8, 64])("a server that does not echo %i bytes is a normal server", async (bytes) => {
    await using server = await udpServer((_, { port, address }, socket) => {
      sendIfOpen(socket, Buffer.from("OK"), port, address);
    });
    const measured = await runTraffic(
      datagrams(bytes, { connections: 3, ...closed(60) }),
      server.endpoint,
    );
    expect(measured.count("received")).toBe(60);
    expect(measured.errors()).toEqual({});
  });

  it.each([8, 64])(
    "a late reply of %i bytes is late, on the port that it was sent to",
    async (bytes) => {
      const ports = new Set<number>();
      await using server = await udpServer((_, { port, address }, socket) => {
        ports.add(port);
        setTimeout(() => sendIfOpen(socket, Buffer.from("OK"), port, address), 500);
      });
      const measured = await runTraffic(
        datagrams(bytes, { timeoutNs: 100e6, durationNs: 2e9, load: thenSilence }),
        server.endpoint,
      );
      expect(measured.count("received")).toBe(0);
      expect(measured.count("timedOut")).toBe(measured.count("sent"));
      expect(measured.wrongReplies()).toEqual({ TIMEOUT: "OK" });
      // Those that were sent in time for their reply to come before the end.
      expect(measured.count("late")).toBeGreaterThanOrEqual(measured.count("sent") / 2);
      expect(ports.size).toBe(measured.count("sent"));
      expect(measured.count("reopenedTimeout")).toBeGreaterThanOrEqual(ports.size - 1);
    },
  );

  it("two replies that expect refuses are a reply and one too many, and the flow goes on", async () => {
    await using server = await udpServer((_, { port, address }, socket) => {
      sendIfOpen(socket, Buffer.from("no"), port, address);
      setTimeout(() => sendIfOpen(socket, Buffer.from("nor this"), port, address), 5);
    });
    const measured = await runTraffic(
      datagrams(64, { expect: { kind: "echo" }, ...closed(5) }),
      server.endpoint,
    );
    expect(measured.count("sent")).toBe(5);
    expect(measured.count("received")).toBe(5);
    expect(measured.errors().UNEXPECTED).toBe(5);
    expect(measured.errors().UNSOLICITED).toBeGreaterThanOrEqual(1);
  });

  it("stamps that are sent back name their request, and the flow stays where it is", async () => {
    const ports = new Set<number>();
    let count = 0;
    await using server = await udpServer((bytes, { port, address }, socket) => {
      ports.add(port);
      const lateMs = count++ % 4 === 3 ? 900 : 0;
      setTimeout(() => sendIfOpen(socket, bytes, port, address), lateMs);
    });
    const measured = await runTraffic(
      datagrams(64, { timeoutNs: 600e6, ...constantRate(10, 0.8e9) }),
      server.endpoint,
    );
    expect(ports.size).toBe(1);
    expect(measured.count("timedOut")).toBeGreaterThanOrEqual(2);
    expect(measured.count("late")).toBeGreaterThanOrEqual(1);
    expect(measured.count("received") + measured.count("timedOut")).toBe(measured.count("sent"));
  });

  it("what another run has left over is unsolicited, and no error of the target", async () => {
    await using server = await udpServer((bytes, { port, address }, socket) => {
      const leftOver = Buffer.from(bytes);
      leftOver.writeUInt16LE(0x7777, 14);
      sendIfOpen(socket, leftOver, port, address);
      sendIfOpen(socket, bytes, port, address);
    });
    const measured = await runTraffic(datagrams(64, closed(20)), server.endpoint);
    expect(measured.count("received")).toBe(20);
    expect(measured.count("unsolicited")).toBeGreaterThanOrEqual(19);
    expect([measured.count("duplicated"), measured.count("late")]).toEqual([0, 0]);
    expect(measured.errors()).toEqual({});
  });

  it("the stamp of another flow is not taken for a reply", async () => {
    await using server = await udpServer((bytes, { port, address }, socket) => {
      const other = Buffer.from(bytes);
      other.writeUInt32LE(7, 4);
      sendIfOpen(socket, other, port, address);
      setTimeout(() => sendIfOpen(socket, bytes, port, address), 5);
    });
    const measured = await runTraffic(datagrams(64, closed(5)), server.endpoint);
    expect(measured.count("received")).toBe(5);
    expect(measured.errors()).toEqual({ UNSOLICITED: 5 });
  });
});
