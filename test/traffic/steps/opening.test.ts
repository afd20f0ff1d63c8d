/** Steps that connections go through before they count as open, over both ios. */
import type net from "node:net";
import { describe, expect, it } from "vitest";
import { timing } from "../../../src/metrics/snapshot.ts";
import type { OpenStep, Workload } from "../../../src/scenario/scenario.ts";
import { tcpServer, udpServer } from "../../support/raw-servers.ts";
import { constantRate, type Measured, makeWorkload, runTraffic } from "../../support/traffic.ts";

const text = (message: string) => ({
  kind: "bytes" as const,
  base64: Buffer.from(message).toString("base64"),
});
const framed = { ...text("\r\n"), kind: "delimiter" as const, maxBytes: 1000 };

function step(send: string | null, expected: string | null, name: string | null = null): OpenStep {
  return {
    name,
    capture: [],
    message: send === null ? null : text(send),
    receive: expected === null ? null : { framing: framed, expect: text(expected) },
  };
}

const greeting = step(null, "220 hello\r\n");
const login = step("AUTH secret\r\n", "+OK\r\n", "login");

/** A closed-model workload of lines, with these steps. */
function workloadOf(open: readonly OpenStep[], changes: Partial<Workload> = {}): Workload {
  return makeWorkload({
    connections: 3,
    open,
    message: text("PING\r\n"),
    framing: framed,
    expect: text("+PONG\r\n"),
    durationNs: null,
    load: { model: "closed", thinkNs: 0, exchanges: 30 },
    connectTimeoutNs: 10e9,
    ...changes,
  });
}

/** As `workloadOf`, where no connection is ever open: only a duration ends it. */
function failing(open: readonly OpenStep[], changes: Partial<Workload> = {}): Workload {
  const load = { model: "closed", thinkNs: 0, exchanges: null } as const;
  return workloadOf(open, { durationNs: 0.05e9, load, ...changes });
}

/** What a server does with the lines of a connection; null: it is done with it. */
type Answer = (line: string, socket: net.Socket) => void;

/** A server that greets, and answers each line. */
function lineServer(answer: Answer, greet: (socket: net.Socket) => void = () => {}) {
  return tcpServer((socket) => {
    let rest = "";
    greet(socket);
    socket.on("data", (chunk) => {
      const [...all] = (rest + chunk.toString("latin1")).split("\r\n");
      rest = all.pop() ?? "";
      for (const line of all) answer(line, socket);
    });
  });
}

/** Greets with a line, and answers PING only to who has given the password. */
function redisLike(counts: Record<string, number> = {}) {
  const known = new WeakSet<net.Socket>();
  return lineServer(
    (line, socket) => {
      counts[line] = (counts[line] ?? 0) + 1;
      if (line === "AUTH secret") known.add(socket);
      else if (line !== "PING" || !known.has(socket)) {
        socket.write("-NOAUTH\r\n");
        return;
      }
      socket.write(line === "PING" ? "+PONG\r\n" : "+OK\r\n");
    },
    (socket) => socket.write("220 hello\r\n"),
  );
}

function expectOpenFailed(measured: Measured, code: string, connections: number) {
  expect(measured.errors()).toEqual({ [code]: connections });
  expect(measured.count("failed")).toBe(connections);
  expect(measured.count("openFailed")).toBe(connections);
  expect(measured.count("opened")).toBe(0);
  expect(measured.count("sent")).toBe(0);
  expect(measured.snapshot.openPeak).toBe(0);
}

/** What the first failures received, as text. */
function examples(measured: Measured): string[] {
  return measured.snapshot.openFailures.examples.map(({ received }) =>
    Buffer.from(received).toString("latin1"),
  );
}

describe("opening steps over TCP", () => {
  it("are gone through by each connection, once, before its first request", async () => {
    const counts: Record<string, number> = {};
    await using server = await redisLike(counts);
    const measured = await runTraffic(workloadOf([greeting, login]), server.endpoint, {
      workers: 2,
    });
    expect(measured.errors()).toEqual({});
    expect(counts).toEqual({ "AUTH secret": 3, PING: 30 });
    expect(measured.count("opened")).toBe(3);
    expect(measured.count("received")).toBe(30);
    expect(measured.count("unsolicited")).toBe(0);
    // What the steps sent and received belongs to no exchange.
    expect(measured.count("bytesSent")).toBe(30 * 6);
    expect(measured.count("bytesReceived")).toBe(30 * 7);
    const [connect, open] = [timing.connectTime, timing.openTime].map(
      (which) => measured.snapshot.steady[which],
    );
    expect(connect?.count).toBe(3);
    expect(open?.count).toBe(3);
    expect(open?.sum).toBeGreaterThan(connect?.sum ?? 0);
  });

  it("that only send are over when they have sent", async () => {
    const counts: Record<string, number> = {};
    await using server = await lineServer((line, socket) => {
      counts[line] = (counts[line] ?? 0) + 1;
      if (line === "PING") socket.write("+PONG\r\n");
    });
    const silent = [step("HELLO\r\n", null), step("MODE\r\n", null)];
    const measured = await runTraffic(workloadOf(silent), server.endpoint);
    expect(measured.errors()).toEqual({});
    expect(counts).toEqual({ HELLO: 3, MODE: 3, PING: 30 });
  });

  it("have the connection's number and source in their messages, and framings of their own", async () => {
    const hellos: string[] = [];
    await using server = await lineServer((line, socket) => {
      if (line !== "PING") {
        hellos.push(line);
        expect(line.split(" ")[3]).toBe(`${socket.remoteAddress}:${socket.remotePort}`);
      }
      socket.write(line === "PING" ? "+PONG\r\n" : "0005hello");
    });
    const hello: OpenStep = {
      name: null,
      capture: [],
      message: { kind: "template", text: "HELLO {{connection}} {{sequence}} {{source}}\r\n" },
      receive: { framing: { kind: "fixed", bytes: 9 }, expect: text("0005hello") },
    };
    const measured = await runTraffic(workloadOf([hello]), server.endpoint);
    expect(measured.errors()).toEqual({});
    const numbers = hellos.map((line) => line.split(" ").slice(0, 3).join(" "));
    expect(numbers.sort()).toEqual(["HELLO 0 0", "HELLO 1 0", "HELLO 2 0"]);
  });

  it("keep what a reply says for the workload's messages, anew for each connection", async () => {
    let logins = 0;
    const tokens = new WeakMap<net.Socket, string>();
    await using server = await lineServer((line, socket) => {
      if (line === "LOGIN") {
        tokens.set(socket, `T${logins++}`);
        socket.write(`session=${tokens.get(socket)}; path=/\r\n`);
      } else {
        const isKnown = line === `PING ${tokens.get(socket)}`;
        socket.write(isKnown ? "+PONG\r\n" : "-WHO\r\n");
        if (logins === 3) socket.end();
      }
    });
    const open: OpenStep = {
      name: null,
      message: text("LOGIN\r\n"),
      receive: { framing: framed, expect: { kind: "any" } },
      capture: [
        {
          name: "token",
          afterBase64: text("session=").base64,
          beforeBase64: text(";").base64,
          maxBytes: 16,
        },
      ],
    };
    const measured = await runTraffic(
      workloadOf([open], {
        message: { kind: "template", text: "PING {{token}}\r\n" },
        reconnect: true,
        reconnectDelayNs: 1e6,
      }),
      server.endpoint,
    );
    // Of connections that the target has ended; none has another's token.
    expect(Object.keys(measured.errors()).filter((code) => code !== "EOF")).toEqual([]);
    expect(logins).toBeGreaterThan(3);
  });

  it("fail a connection whose reply is not what is expected, with what came", async () => {
    await using server = await lineServer((_line, socket) => {
      socket.write("-ERR invalid password\r\n");
    });
    const wrong = failing([step("AUTH wrong\r\n", "+OK\r\n")]);
    const measured = await runTraffic(wrong, server.endpoint);
    expectOpenFailed(measured, "OPEN_1_UNEXPECTED", 3);
    expect(measured.snapshot.openFailures.bySteps).toEqual([{ step: 0, count: 3 }]);
    expect(examples(measured)).toEqual(new Array(3).fill("-ERR invalid password\r\n"));
  });

  it("wait for a reply that takes its time", async () => {
    await using server = await lineServer(
      (line, socket) => socket.write(line === "PING" ? "+PONG\r\n" : "+OK\r\n"),
      (socket) => setTimeout(() => socket.write("220 hello\r\n"), 150),
    );
    const measured = await runTraffic(workloadOf([greeting, login]), server.endpoint);
    expect(measured.errors()).toEqual({});
    expect(measured.snapshot.steady[timing.openTime]?.min).toBeGreaterThan(100e6);
    expect(measured.count("received")).toBe(30);
  });

  it("have all of connectTimeout, and a reply that never comes ends the attempt", async () => {
    await using server = await lineServer(
      () => {},
      (socket) => socket.write("220 hello\r\n+O"),
    );
    const measured = await runTraffic(
      failing([greeting, step(null, "+OK\r\n", "login")], { connectTimeoutNs: 0.3e9 }),
      server.endpoint,
    );
    expectOpenFailed(measured, "OPEN_2_TIMEOUT", 3);
    expect(examples(measured)).toEqual(["+O", "+O", "+O"]);
  });

  it.each([
    ["in order", (socket: net.Socket) => socket.end(), "OPEN_2_CLOSED_BY_TARGET"],
    ["by a reset", (socket: net.Socket) => socket.resetAndDestroy(), "OPEN_2_ECONNRESET"],
  ])("fail a connection that the target closes in the middle %s", async (_how, close, code) => {
    await using server = await lineServer(
      (_line, socket) => close(socket),
      (socket) => socket.write("220 hello\r\n"),
    );
    const measured = await runTraffic(failing([greeting, login]), server.endpoint);
    expectOpenFailed(measured, code, 3);
  });

  it("fail a connection whose reply breaks the framing", async () => {
    await using server = await lineServer(
      () => {},
      (socket) => socket.write("x".repeat(2000)),
    );
    const measured = await runTraffic(failing([greeting]), server.endpoint);
    expectOpenFailed(measured, "OPEN_1_MALFORMED", 3);
    expect(examples(measured)).toEqual(new Array(3).fill("x".repeat(128)));
  });

  it("read replies that are cut at every byte", async () => {
    const slowly = (socket: net.Socket, reply: string) => {
      socket.write(reply.slice(0, 1));
      if (reply.length > 1) setTimeout(() => slowly(socket, reply.slice(1)), 2);
    };
    await using server = await lineServer(
      (line, socket) => (line === "PING" ? socket.write("+PONG\r\n") : slowly(socket, "+OK\r\n")),
      (socket) => slowly(socket, "220 hello\r\n"),
    );
    const measured = await runTraffic(
      workloadOf([greeting, login], { connections: 20 }),
      server.endpoint,
    );
    expect(examples(measured)).toEqual([]);
    expect(measured.errors()).toEqual({});
    expect(measured.count("opened")).toBe(20);
  });

  it("read several replies in one chunk where nothing is sent between them, and else refuse them", async () => {
    await using server = await lineServer(
      (_line, socket) => socket.write("+PONG\r\n"),
      (socket) => socket.write("220 hello\r\n+OK\r\n"),
    );
    const two = [greeting, step(null, "+OK\r\n")];
    expect((await runTraffic(workloadOf(two), server.endpoint)).errors()).toEqual({});
    const early = await runTraffic(failing([greeting, login]), server.endpoint);
    expectOpenFailed(early, "OPEN_2_UNEXPECTED", 3);
    expect(examples(early)).toEqual(new Array(3).fill("+OK\r\n"));
  });

  it("leave what comes behind their last reply to the workload", async () => {
    await using server = await lineServer((line, socket) =>
      socket.write(line === "PING" ? "+PONG\r\n" : "+OK\r\nnews\r\nmore\r\n"),
    );
    const measured = await runTraffic(workloadOf([login]), server.endpoint);
    // The workload has asked for nothing yet.
    expect(measured.errors()).toEqual({ UNSOLICITED: 6 });
    expect(measured.count("openFailed")).toBe(0);
    expect(measured.count("received")).toBe(30);
  });
});

describe("opening steps of other patterns", () => {
  it("hold: a connection that has been refused is not held", async () => {
    let connections = 0;
    await using server = await lineServer((_line, socket) =>
      socket.write(connections++ < 4 ? "+OK\r\n" : "-ERR\r\n"),
    );
    const measured = await runTraffic(
      workloadOf([login], { pattern: "hold", connections: 6, framing: null, durationNs: 0.05e9 }),
      server.endpoint,
    );
    expect(measured.errors()).toEqual({ OPEN_1_UNEXPECTED: 2 });
    expect(measured.count("opened")).toBe(4);
    expect(measured.count("openAtEnd")).toBe(4);
    expect(measured.snapshot.openPeak).toBe(4);
  });

  it("stream: nothing is sent before they are over", async () => {
    const seen = new Map<net.Socket, string[]>();
    await using server = await lineServer((line, socket) => {
      const all = seen.get(socket) ?? [];
      seen.set(socket, [...all, line]);
      if (line.startsWith("AUTH")) socket.write("+OK\r\n");
    });
    const measured = await runTraffic(
      workloadOf([login], { pattern: "stream", framing: null, ...constantRate(300, 0.1e9) }),
      server.endpoint,
    );
    expect(measured.errors()).toEqual({});
    expect(measured.count("sent")).toBe(30);
    for (const [first, ...others] of seen.values()) {
      expect(first).toBe("AUTH secret");
      expect(new Set(others)).toEqual(new Set(["PING"]));
    }
  });

  it("churn: each connection goes through them anew, within the response time of its first exchange", async () => {
    const counts: Record<string, number> = {};
    await using server = await lineServer((line, socket) => {
      counts[line] = (counts[line] ?? 0) + 1;
      if (line === "PING") socket.write("+PONG\r\n");
      else setTimeout(() => socket.write("+OK\r\n"), 30);
    });
    const measured = await runTraffic(
      workloadOf([login], {
        pattern: "churn",
        exchangesPerConnection: 2,
        totalConnections: 9,
        load: { model: "closed", thinkNs: 0, exchanges: null },
      }),
      server.endpoint,
    );
    expect(measured.errors()).toEqual({});
    expect(counts).toEqual({ "AUTH secret": 9, PING: 18 });
    expect(measured.count("opened")).toBe(9);
    const response = measured.snapshot.steady[timing.responseTime];
    expect(response?.count).toBe(18);
    // Half of them are first exchanges.
    expect(response?.sum).toBeGreaterThan(9 * 25e6);
  });

  it("churn: one that is refused is neither sent on nor owed anything", async () => {
    await using server = await lineServer((_line, socket) => socket.write("-ERR\r\n"));
    const measured = await runTraffic(
      workloadOf([login], {
        pattern: "churn",
        totalConnections: 5,
        load: { model: "closed", thinkNs: 0, exchanges: null },
      }),
      server.endpoint,
    );
    expectOpenFailed(measured, "OPEN_1_UNEXPECTED", 5);
    expect(measured.count("unsent")).toBe(5);
  });
});

describe("opening steps of connections that are opened again", () => {
  it("reconnect: after the target has closed a connection, and until they succeed", async () => {
    let logins = 0;
    await using server = await lineServer((line, socket) => {
      if (line === "PING") {
        socket.write("+PONG\r\n");
        if (logins === 1) socket.end();
      } else socket.write(logins++ === 1 ? "-BUSY\r\n" : "+OK\r\n");
    });
    const measured = await runTraffic(
      workloadOf([login], { connections: 1, reconnect: true, reconnectDelayNs: 1e6 }),
      server.endpoint,
    );
    expect(logins).toBe(3);
    // One request had left when the target closed.
    expect(measured.errors()).toEqual({ EOF: 1, OPEN_1_UNEXPECTED: 1 });
    expect(measured.count("opened")).toBe(2);
    expect(measured.count("received")).toBe(29);
  });

  it("reopen: after a time-out", async () => {
    const counts: Record<string, number> = {};
    await using server = await lineServer((line, socket) => {
      counts[line] = (counts[line] ?? 0) + 1;
      if (line !== "PING") socket.write("+OK\r\n");
      else if (counts.PING !== 3) socket.write("+PONG\r\n");
    });
    const measured = await runTraffic(
      workloadOf([login], { connections: 1, reconnect: true, timeoutNs: 0.1e9 }),
      server.endpoint,
    );
    expect(measured.errors()).toEqual({ TIMEOUT: 1 });
    expect(measured.count("reopenedTimeout")).toBe(1);
    expect(counts["AUTH secret"]).toBe(2);
    expect(measured.count("opened")).toBe(2);
    expect(measured.count("received")).toBe(29);
  });
});

describe("opening steps over UDP", () => {
  const hello: OpenStep = {
    name: "hello",
    capture: [],
    message: text("HELLO"),
    receive: { framing: null, expect: text("WELCOME") },
  };
  const udp = (changes: Partial<Workload>) =>
    workloadOf([hello], {
      protocol: "udp",
      framing: null,
      message: text("PING"),
      expect: text("PONG"),
      ...changes,
    });

  it("each take one datagram, and come again with each port of a rotating socket", async () => {
    const greeted = new Set<number>();
    await using server = await udpServer((bytes, from, socket) => {
      const isHello = bytes.toString() === "HELLO";
      if (isHello) greeted.add(from.port);
      const reply = isHello ? "WELCOME" : greeted.has(from.port) ? "PONG" : "WHO";
      socket.send(reply, from.port, from.address);
    });
    const plain = await runTraffic(udp({}), server.endpoint);
    expect(plain.errors()).toEqual({});
    expect(plain.count("received")).toBe(30);
    expect(greeted.size).toBe(3);
    const rotating = await runTraffic(udp({ socket: "rotating", rotateEvery: 5 }), server.endpoint);
    expect(rotating.errors()).toEqual({});
    expect(rotating.count("received")).toBe(30);
    expect(rotating.count("rotated")).toBeGreaterThan(0);
    // A flow that rotates stays open.
    expect(rotating.count("opened")).toBe(3);
    const all = rotating.snapshot.steady[timing.openTime]?.count;
    expect(all).toBe(rotating.count("rotated") + 3);
  });

  it("fail after `timeout`, and are not sent again", async () => {
    let hellos = 0;
    await using server = await udpServer(() => hellos++);
    const measured = await runTraffic(
      udp({
        timeoutNs: 0.1e9,
        durationNs: 0.1e9,
        load: { model: "closed", thinkNs: 0, exchanges: null },
      }),
      server.endpoint,
    );
    expectOpenFailed(measured, "OPEN_1_TIMEOUT", 3);
    expect(hellos).toBe(3);
  });

  it("a rotating flow of which one fails has ended", async () => {
    let hellos = 0;
    await using server = await udpServer((bytes, from, socket) => {
      const reply = bytes.toString() !== "HELLO" ? "PONG" : hellos++ === 0 ? "WELCOME" : "NO";
      socket.send(reply, from.port, from.address);
    });
    const measured = await runTraffic(
      udp({
        connections: 1,
        socket: "rotating",
        rotateEvery: 5,
        ...constantRate(100, 0.2e9),
      }),
      server.endpoint,
    );
    expect(measured.errors()).toEqual({ OPEN_1_UNEXPECTED: 1 });
    expect(measured.count("received")).toBe(5);
    expect(measured.count("openAtEnd")).toBe(0);
  });
});
