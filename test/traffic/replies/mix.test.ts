/** Workloads of several messages: each exchange is counted with the message that it is of. */
import { describe, expect, test } from "vitest";
import type { MixSpec } from "../../../src/messages/spec.ts";
import type { CounterName } from "../../../src/metrics/snapshot.ts";
import type { Workload } from "../../../src/scenario/scenario.ts";
import { type RawServer, sendIfOpen, tcpServer, udpServer } from "../../support/raw-servers.ts";
import { constantRate, type Measured, makeWorkload, runTraffic } from "../../support/traffic.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const delimiter = { kind: "delimiter", base64: base64("\n"), maxBytes: 1000 } as const;
const prefix = (text: string) => ({ kind: "prefix", base64: base64(text) }) as const;

const message: MixSpec = {
  kind: "mix",
  messages: [
    { weight: 3, message: { kind: "template", text: "GET {{sequence}}\n" } },
    { weight: 1, message: { kind: "bytes", base64: base64("SET\n") } },
  ],
};
const mixed: Partial<Workload> = {
  message,
  parts: { names: ["get", "set"], addUp: true },
  framing: delimiter,
  expect: { kind: "any" },
};
const exchanges = (count: number): Partial<Workload> => ({
  durationNs: null,
  load: { model: "closed", thinkNs: 0, exchanges: count },
});

/** Answers GET with a value of two lines, and SET with a line; counts both. */
async function store(answers = { get: "one\ntwo\n", set: "OK\n" }) {
  const counts = { get: 0, set: 0 };
  const server = await tcpServer((socket) => {
    let rest = "";
    socket.on("data", (chunk) => {
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop() as string;
      for (const line of lines) {
        const kind = line.startsWith("GET") ? "get" : "set";
        counts[kind]++;
        socket.write(answers[kind]);
      }
    });
  });
  return { counts, server };
}

/** What is measured of the mix, which some of the workload changes; the server ends. */
async function run(
  server: RawServer,
  changes: Partial<Workload>,
  options: { readonly workers?: number } = {},
): Promise<Measured> {
  await using _ = server;
  return await runTraffic(makeWorkload({ ...mixed, ...changes }), server.endpoint, options);
}

const ofParts = ({ parts }: Measured, name: CounterName) => parts.map((part) => part.count(name));

/** The parts add up to the whole. */
function checkSums(measured: Measured, names: readonly CounterName[]): void {
  for (const name of names) {
    const sum = ofParts(measured, name).reduce((a, b) => a + b, 0);
    expect(sum, name).toBe(measured.count(name));
  }
  const samples = measured.parts.map((part) => part.snapshot.steady[0]?.count ?? 0);
  expect(samples.reduce((a, b) => a + b)).toBe(measured.snapshot.steady[0]?.count);
}

const counted: readonly CounterName[] = [
  ...(["sent", "received", "timedOut", "late", "corrupted", "exchangesFailed"] as const),
  ...(["duplicated", "reordered", "bytesSent", "bytesReceived"] as const),
];

describe("over TCP", () => {
  test("each message has the framing and the expectation of its own, exactly by its weight", async () => {
    const { counts, server } = await store();
    const measured = await run(server, {
      ...exchanges(400),
      connections: 5,
      framingEach: [{ kind: "fixed", bytes: 8 }, delimiter],
      expectEach: [prefix("one\ntwo"), { kind: "bytes", base64: base64("OK\n") }],
    });
    expect(measured.errors()).toEqual({});
    expect(ofParts(measured, "received")).toEqual([counts.get, counts.set]);
    expect(counts.get + counts.set).toBe(400);
    // Of each connection all whole blocks of four are exact.
    expect(Math.abs(counts.set - 100)).toBeLessThanOrEqual(5);
    expect(ofParts(measured, "bytesReceived")).toEqual([8 * counts.get, 3 * counts.set]);
    checkSums(measured, counted);
  });

  test("several in flight: replies are those to the requests in their order", async () => {
    const { counts, server } = await store();
    const measured = await run(server, {
      ...exchanges(300),
      inFlight: 8,
      framingEach: [{ kind: "fixed", bytes: 8 }, delimiter],
      expectEach: [prefix("one"), prefix("OK")],
    });
    expect(measured.errors()).toEqual({});
    expect(ofParts(measured, "received")).toEqual([counts.get, counts.set]);
    expect([counts.get, counts.set]).toEqual([225, 75]);
  });

  test("a wrong reply to one message is an error of that alone", async () => {
    const { server } = await store({ get: "one\n", set: "ERR\n" });
    const measured = await run(server, {
      ...exchanges(80),
      expectEach: [prefix("one"), prefix("OK")],
    });
    const [get, set] = measured.parts as [Measured, Measured];
    expect(get.errors()).toEqual({});
    expect(set.errors()).toEqual({ UNEXPECTED: set.count("received") });
    expect(measured.errors()).toEqual(set.errors());
    expect(ofParts(measured, "corrupted")).toEqual([0, 20]);
    checkSums(measured, counted);
  });

  test("open model, several workers: replies that differ by message are not doubted", async () => {
    const { counts, server } = await store({ get: "value\n", set: "OK\n" });
    const measured = await run(
      server,
      { ...constantRate(1000, 0.3e9), connections: 6 },
      { workers: 2 },
    );
    expect(measured.errors()).toEqual({});
    expect(measured.count("unsolicited")).toBe(0);
    expect(ofParts(measured, "received")).toEqual([counts.get, counts.set]);
    expect(measured.parts.map((part) => part.snapshot.steady[3]?.count)).toEqual([
      counts.get,
      counts.set,
    ]);
    checkSums(measured, counted);
  });

  test("time-outs are those of the message that got no reply", async () => {
    const server = await tcpServer((socket) => {
      socket.on("data", (chunk) => {
        if (chunk.toString().startsWith("GET")) socket.write("v\n");
      });
    });
    const measured = await run(server, { ...exchanges(12), timeoutNs: 50e6 });
    const [get, set] = measured.parts as [Measured, Measured];
    expect(set.errors()).toEqual({ TIMEOUT: set.count("sent") });
    // On a machine that is busy with other things, replies may take as long.
    expect(get.count("received") + get.count("timedOut")).toBe(get.count("sent"));
    expect(get.errors().TIMEOUT ?? 0).toBe(get.count("timedOut"));
    checkSums(measured, counted);
  });

  test("echoes of stamped messages of several lengths", async () => {
    const server = await tcpServer((socket) => socket.pipe(socket));
    const sizes: MixSpec = {
      kind: "mix",
      messages: [
        { weight: 1, message: { kind: "size", bytes: 64 } },
        { weight: 1, message: { kind: "size", bytes: 300 } },
      ],
    };
    const measured = await run(server, {
      ...exchanges(200),
      message: sizes,
      inFlight: 3,
      framing: { kind: "echo" },
      expect: { kind: "echo" },
    });
    expect(measured.errors()).toEqual({});
    expect(ofParts(measured, "bytesReceived")).toEqual([64 * 100, 300 * 100]);
    checkSums(measured, counted);
  });

  test("churn: exchanges of connections that come and go", async () => {
    const { counts, server } = await store();
    const measured = await run(server, {
      pattern: "churn",
      connections: 4,
      exchangesPerConnection: 4,
      totalConnections: 30,
      framingEach: [{ kind: "fixed", bytes: 8 }, delimiter],
      expectEach: [prefix("one\ntwo"), prefix("OK")],
      ...exchanges(1),
      load: { model: "closed", thinkNs: 0, exchanges: null },
    });
    expect(measured.errors()).toEqual({});
    expect([counts.get, counts.set]).toEqual([90, 30]);
    expect(ofParts(measured, "received")).toEqual([90, 30]);
    expect(measured.count("offered")).toBe(120);
    checkSums(measured, counted);
  });

  test("a stream: what was sent of each", async () => {
    const received = { bytes: 0 };
    const server = await tcpServer((socket) =>
      socket.on("data", (chunk) => {
        received.bytes += chunk.length;
      }),
    );
    const measured = await run(server, { ...exchanges(40), pattern: "stream", framing: null });
    expect(ofParts(measured, "sent")).toEqual([30, 10]);
    checkSums(measured, counted);
  });

  test("HTTP: the reply to HEAD has no body, statuses are known by message", async () => {
    const server = await tcpServer((socket) => {
      socket.on("data", (chunk) => {
        const isHead = chunk.toString().startsWith("HEAD");
        const status = isHead ? "404 Not Found" : "200 OK";
        socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 2\r\n\r\n${isHead ? "" : "ok"}`);
      });
    });
    const requestOf = (method: string) =>
      ({ kind: "bytes", base64: base64(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`) }) as const;
    const measured = await run(server, {
      ...exchanges(20),
      message: {
        kind: "mix",
        messages: [
          { weight: 1, message: requestOf("GET") },
          { weight: 1, message: requestOf("HEAD") },
        ],
      },
      framing: { kind: "http", maxBytes: 1000 },
      expect: { kind: "any", statuses: [[100, 499]] },
    });
    expect(measured.errors()).toEqual({});
    const statuses = measured.parts.map(({ snapshot }) =>
      snapshot.statuses.map(({ status, count }) => [status, count]),
    );
    expect(statuses).toEqual([[[200, 10]], [[404, 10]]]);
  });
});

describe("over UDP", () => {
  test("with ids replies come in any order, several in flight", async () => {
    const waiting: (() => void)[] = [];
    const server = await udpServer((bytes, from, socket) => {
      waiting.push(() => socket.send(bytes, from.port, from.address));
      // In pairs, the later one first.
      if (waiting.length === 2) for (const send of waiting.splice(0).reverse()) send();
    });
    const measured = await run(server, {
      ...exchanges(40),
      protocol: "udp",
      framing: null,
      inFlight: 4,
      message: {
        kind: "mix",
        messages: [
          { weight: 3, message: { kind: "bytes", base64: base64("????get") } },
          { weight: 1, message: { kind: "bytes", base64: base64("????set!") } },
        ],
      },
      id: {
        kind: "binary",
        offset: 0,
        replyOffset: 0,
        bytes: 4,
        byteOrder: "big",
        random: false,
      },
      expectEach: [
        { kind: "size", minBytes: 7, maxBytes: 7 },
        { kind: "size", minBytes: 8, maxBytes: 8 },
      ],
    });
    expect(measured.errors()).toEqual({});
    expect(ofParts(measured, "received")).toEqual([30, 10]);
    checkSums(measured, counted);
  });

  test("stamped and unstamped messages of one mix", async () => {
    const server = await udpServer((bytes, from, socket) =>
      socket.send(bytes, from.port, from.address),
    );
    const measured = await run(server, {
      ...exchanges(60),
      protocol: "udp",
      framing: null,
      expect: { kind: "echo" },
      message: {
        kind: "mix",
        messages: [
          { weight: 2, message: { kind: "size", bytes: 40 } },
          { weight: 1, message: { kind: "template", text: "n {{sequence}}." } },
        ],
      },
    });
    expect(measured.errors()).toEqual({});
    expect(ofParts(measured, "received")).toEqual([40, 20]);
    checkSums(measured, counted);
  });

  test("late replies to a port that was left are those of their message", async () => {
    const server = await udpServer((bytes, from, socket) => {
      const wait = bytes.toString().startsWith("GET") ? 0 : 100;
      setTimeout(() => sendIfOpen(socket, bytes, from.port, from.address), wait);
    });
    const measured = await run(server, {
      ...exchanges(40),
      protocol: "udp",
      framing: null,
      timeoutNs: 50e6,
    });
    const [, set] = ofParts(measured, "late");
    expect(set).toBeGreaterThan(0);
    checkSums(measured, counted);
  });

  test("late and repeated replies are those of their message", async () => {
    const server = await udpServer((bytes, from, socket) => {
      socket.send(bytes, from.port, from.address);
      if (bytes.length === 40) socket.send(bytes, from.port, from.address);
    });
    const measured = await run(server, {
      ...exchanges(20),
      protocol: "udp",
      framing: null,
      message: {
        kind: "mix",
        messages: [
          { weight: 1, message: { kind: "size", bytes: 40 } },
          { weight: 1, message: { kind: "size", bytes: 50 } },
        ],
      },
    });
    const [twice, once] = ofParts(measured, "duplicated");
    // The last one may come when all is over.
    expect(twice).toBeGreaterThanOrEqual(9);
    expect(once).toBe(0);
    checkSums(measured, counted);
  });
});
