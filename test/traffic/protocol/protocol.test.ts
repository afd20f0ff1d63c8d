import { describe, expect, it, vi } from "vitest";
import type { Snapshot } from "../../../src/metrics/snapshot.ts";
import { tcpServer, udpServer } from "../../support/raw-servers.ts";
import { constantRate, runTraffic } from "../../support/traffic.ts";
import { lineProtocol, lineServer, replyTo, speaking, writeModule } from "./line-protocol.ts";

const path = writeModule(lineProtocol);
const closed = (exchanges: number) => ({ model: "closed", thinkNs: 0, exchanges }) as const;
const until = { durationNs: null } as const;

const failures = ({ openFailures }: Snapshot) =>
  openFailures.examples.map(({ code, awaited, received }) => {
    return [code, awaited, Buffer.from(received).toString()];
  });

describe("a workload with a protocol", () => {
  it("opens its connections, and puts its messages into requests", async () => {
    const heard: string[] = [];
    await using server = await tcpServer(
      lineServer((line) => {
        heard.push(line);
        if (line.startsWith("HELLO bob")) return "WELCOME\nAGAIN\n";
        return line === "HELLO again" ? "OK 1\n" : replyTo(line);
      }),
    );
    const workload = speaking(
      path,
      { name: "bob" },
      { connections: 3, load: closed(30), ...until },
    );
    const measured = await runTraffic(workload, server.endpoint);
    expect(heard.filter((line) => line.startsWith("HELLO bob")).sort()).toEqual([
      "HELLO bob 0",
      "HELLO bob 1",
      "HELLO bob 2",
    ]);
    expect(heard.filter((line) => line.startsWith("GET "))).toHaveLength(30);
    expect(heard).toContain("GET 4 item 4");
    expect(measured.count("received")).toBe(30);
    expect(measured.count("opened")).toBe(3);
    expect(measured.errors()).toEqual({});
    expect(measured.snapshot.statuses).toMatchObject([{ status: 200, count: 30 }]);
  });

  it.each(["request", "churn"] as const)(
    "%s: counts refusals by their code, whatever is expected, and lets the others be checked",
    async (pattern) => {
      await using server = await tcpServer(
        lineServer((line) => {
          if (line.startsWith("HELLO")) return "OK\n";
          if (line.endsWith("item 3")) return "- WRONGTYPE\n";
          return line.endsWith("item 5") ? "= 5 other\n" : replyTo(line);
        }),
      );
      const expected = { kind: "regex", source: "item", flags: "" } as const;
      const changes =
        pattern === "churn"
          ? { pattern, totalConnections: 1, exchangesPerConnection: 10, reconnect: false }
          : { load: closed(10) };
      const workload = speaking(path, {}, { ...changes, expect: expected, ...until });
      const measured = await runTraffic(workload, server.endpoint);
      expect(measured.count("received")).toBe(10);
      expect(measured.count("corrupted")).toBe(2);
      expect(measured.errors()).toEqual({ LINE_WRONGTYPE: 1, UNEXPECTED: 1 });
      const { wrongReplies } = measured.snapshot;
      expect(wrongReplies.map(({ received }) => Buffer.from(received).toString())).toEqual([
        "- WRONGTYPE\n",
        "= 5 other\n",
      ]);
    },
  );

  it.each([
    ["request", false],
    ["request", true],
    ["churn", false],
    ["churn", true],
  ] as const)(
    "%s: counts an error that answers nothing by its own code (ids: %s)",
    async (pattern, matches) => {
      let opened = 0;
      await using server = await tcpServer(
        lineServer((line) => {
          if (!line.startsWith("HELLO")) return `${replyTo(line)}- AFTER\n`;
          opened++;
          return "OK\n- EARLY\n";
        }),
      );
      const changes =
        pattern === "churn"
          ? { pattern, totalConnections: 1, exchangesPerConnection: 4, connections: 1 }
          : { load: closed(4) };
      const workload = speaking(path, { matches }, { ...changes, ...until });
      const measured = await runTraffic(workload, server.endpoint);
      expect(measured.count("received")).toBe(4);
      expect(measured.count("corrupted")).toBe(0);
      expect(measured.count("unsolicited")).toBe(0);
      // A churning client may have closed its connection with its last reply.
      const { LINE_AFTER: after, ...early } = measured.errors();
      expect(early).toEqual({ LINE_EARLY: 1 });
      expect([pattern === "churn" ? 3 : 4, 4]).toContain(after);
      expect(opened).toBe(1);
    },
  );

  it("ends a connection that no reply follows an error on, though nothing is in flight", async () => {
    const last = lineProtocol.replace(
      "status:",
      'closes: (slot) => codes[slot] === "LINE_BYE",\n$&',
    );
    let opened = 0;
    await using server = await tcpServer(
      lineServer((line) => {
        if (!line.startsWith("HELLO")) return replyTo(line);
        return opened++ === 0 ? "OK\n- BYE\n" : "OK\n- EARLY\n";
      }),
    );
    const workload = speaking(
      writeModule(last),
      {},
      { load: closed(4), reconnect: true, ...until },
    );
    const measured = await runTraffic(workload, server.endpoint);
    expect(measured.count("received") + measured.count("exchangesFailed")).toBe(4);
    expect(measured.count("reopenedClosedByTarget")).toBe(1);
    expect(measured.count("reopenedUnsolicited")).toBe(0);
    expect(measured.errors()).toMatchObject({ LINE_BYE: 1, LINE_EARLY: 1 });
    expect(opened).toBe(2);
  });

  it.each(["request", "churn"] as const)(
    "%s: takes pushes and pings out of the replies, and answers them",
    async (pattern) => {
      const pongs: string[] = [];
      await using server = await tcpServer(
        lineServer((line) => {
          if (line.startsWith("HELLO")) return "OK\n! at once\n";
          if (!line.startsWith("PONG")) return `! news\nPING 7\n${replyTo(line)}`;
          pongs.push(line);
          return null;
        }),
      );
      const changes =
        pattern === "churn"
          ? { pattern, totalConnections: 5, exchangesPerConnection: 4, connections: 1 }
          : { load: closed(20) };
      const measured = await runTraffic(
        speaking(path, {}, { ...changes, ...until }),
        server.endpoint,
      );
      expect(measured.count("received")).toBe(20);
      expect(measured.count("unsolicited")).toBe(0);
      expect(measured.count("pushed")).toBe(pattern === "churn" ? 25 : 21);
      expect(measured.count("ignored")).toBe(20);
      expect(measured.errors()).toEqual({});
      expect(pongs.every((line) => line === "PONG 7")).toBe(true);
      expect(pongs.length).toBeGreaterThanOrEqual(15);
    },
  );

  it("finds replies in any order where they say what they answer, over TCP after a time-out too", async () => {
    const waiting: string[] = [];
    let opened = 0;
    await using server = await tcpServer(
      lineServer((line) => {
        if (line.startsWith("HELLO")) {
          opened++;
          return "OK\n";
        }
        // The third gets none in time.
        if (line.startsWith("GET 2 ")) return null;
        waiting.push(replyTo(line));
        return waiting.length < 2 ? null : waiting.splice(0).reverse().join("");
      }),
    );
    const changes = { inFlight: 4, load: closed(13), timeoutNs: 100e6, ...until };
    const measured = await runTraffic(speaking(path, { matches: true }, changes), server.endpoint);
    expect(measured.count("received")).toBe(12);
    expect(measured.count("timedOut")).toBe(1);
    expect(measured.count("corrupted")).toBe(0);
    expect(opened).toBe(1);
  });

  it("over UDP: a datagram is a message, several are in flight, and some are no replies", async () => {
    const waiting: string[] = [];
    await using server = await udpServer((bytes, from, socket) => {
      const send = (text: string) => socket.send(text, from.port, from.address);
      const line = bytes.toString("latin1").trim();
      if (line.startsWith("PONG")) return;
      if (line.startsWith("HELLO")) {
        send("OK\n");
        return;
      }
      waiting.push(replyTo(line));
      if (waiting.length < 2) return;
      send("PING 1\n");
      for (const reply of waiting.splice(0).reverse()) send(reply);
    });
    const changes = { protocol: "udp", inFlight: 4, load: closed(40), ...until } as const;
    const measured = await runTraffic(speaking(path, { matches: true }, changes), server.endpoint);
    expect(measured.count("received")).toBe(40);
    expect(measured.count("ignored")).toBe(20);
    expect(measured.count("unsolicited")).toBe(0);
    expect(measured.snapshot.statuses).toMatchObject([{ status: 200, count: 40 }]);
    expect(measured.errors()).toEqual({});
  });

  it.each(["tcp", "udp"] as const)(
    "stream over %s: answers pings, counts pushes, and what is refused is an error",
    async (protocol) => {
      const pongs: string[] = [];
      const serve = (line: string) => {
        if (line.startsWith("HELLO"))
          return ["OK\n", "! at once\n", "PING 7\n", "- DENIED\n", "= 0 x\n"];
        if (line.startsWith("PONG")) pongs.push(line);
        return [];
      };
      await using server =
        protocol === "tcp"
          ? await tcpServer(lineServer((line) => serve(line).join("") || null))
          : await udpServer((bytes, from, socket) => {
              for (const text of serve(bytes.toString("latin1"))) {
                socket.send(text, from.port, from.address);
              }
            });
      const load = constantRate(200, 0.2e9);
      const changes = { pattern: "stream", protocol, connections: 2, ...load } as const;
      const measured = await runTraffic(speaking(path, {}, changes), server.endpoint);
      expect(measured.count("sent")).toBe(40);
      expect(measured.count("pushed")).toBe(2);
      expect(measured.count("ignored")).toBe(2);
      expect(measured.count("answersSent")).toBe(2);
      expect(measured.errors()).toEqual({ LINE_DENIED: 2 });
      expect(pongs.every((line) => line.startsWith("PONG 7"))).toBe(true);
    },
  );

  it("stream: what breaks the protocol is an error, and ends the connection", async () => {
    const strict = lineProtocol.replace("const found", "if (bytes[start] === 42) return -2;\n$&");
    await using server = await tcpServer(
      lineServer((line) => (line.startsWith("HELLO") ? "OK\n*\n! no more\n" : null)),
    );
    const load = { ...constantRate(200, 0.2e9), timeoutNs: 100e6 };
    const changes = { pattern: "stream", connections: 2, ...load } as const;
    const workload = speaking(writeModule(strict), {}, changes);
    const measured = await runTraffic(workload, server.endpoint);
    expect(measured.count("pushed")).toBe(0);
    expect(measured.errors()).toEqual({ MALFORMED: 2 });
  });

  it("stream: opens its connections, and sends", async () => {
    const heard: string[] = [];
    await using server = await tcpServer(
      lineServer((line) => {
        heard.push(line);
        return line.startsWith("HELLO") ? "OK\n" : null;
      }),
    );
    const changes = { pattern: "stream", connections: 2, load: closed(10), ...until } as const;
    const measured = await runTraffic(speaking(path, {}, changes), server.endpoint);
    expect(measured.count("sent")).toBe(10);
    expect(heard.filter((line) => line.startsWith("GET "))).toHaveLength(10);
  });

  it.each(["hold", "request", "stream", "subscribe"] as const)(
    "%s: keeps connections alive that say nothing",
    async (pattern) => {
      const alive =
        'keepAlive: { everyMs: 20, maxBytes: 5, write: (slot, into, at) => put(into, at, "NOOP\\n") },';
      const module = writeModule(lineProtocol.replace("status:", `${alive}\n$&`));
      let heard = 0;
      await using server = await tcpServer(
        lineServer((line) => {
          if (line.startsWith("HELLO")) return "OK\n";
          if (line !== "NOOP") return replyTo(line);
          heard++;
          return null;
        }),
      );
      const thinking = { model: "closed", thinkNs: 1e9, exchanges: null } as const;
      const load = pattern === "request" ? { load: thinking } : {};
      const changes = { pattern, connections: 2, durationNs: 0.2e9, ...load } as const;
      const measured = await runTraffic(speaking(module, {}, changes), server.endpoint);
      expect(measured.errors()).toEqual({});
      const sent = measured.count("keepAlivesSent");
      expect(sent).toBeGreaterThanOrEqual(2);
      // The reset that ends a connection may take along what was sent right before it.
      await vi.waitFor(() => expect([sent, sent - 1, sent - 2]).toContain(heard));
    },
  );

  it("hold: answers pings on connections that send nothing", async () => {
    const pongs: string[] = [];
    await using server = await tcpServer(
      lineServer((line, socket) => {
        if (line.startsWith("PONG")) pongs.push(line);
        if (pongs.length === 0) return "OK\nPING 3\n";
        socket.end();
        return null;
      }),
    );
    const changes = {
      pattern: "hold",
      connections: 1,
      durationNs: 0.2e9,
      expectClose: true,
    } as const;
    const measured = await runTraffic(speaking(path, {}, changes), server.endpoint);
    expect(measured.count("opened")).toBe(1);
    expect(pongs).toEqual(["PONG 3"]);
    expect(measured.errors()).toEqual({});
  });
});

describe("an opening", () => {
  it.each([
    ["refuses", "NO AUTH\n", "OPEN_LINE_AUTH", null, "NO AUTH\n"],
    ["is not complete in time", "WEL", "OPEN_TIMEOUT", "OK", "WEL"],
  ])(
    "that %s is a failure with the bytes that came",
    async (_, answer, code, awaited, received) => {
      await using server = await tcpServer(lineServer(() => answer));
      const changes = { connectTimeoutNs: 200e6, durationNs: 0.3e9 };
      const measured = await runTraffic(speaking(path, {}, changes), server.endpoint);
      expect(measured.count("opened")).toBe(0);
      expect(measured.count("openFailed")).toBeGreaterThanOrEqual(1);
      expect(failures(measured.snapshot)[0]).toEqual([code, awaited, received]);
      expect(Object.keys(measured.errors())).toContain(code);
    },
  );

  it("that the target ends is one, too", async () => {
    await using server = await tcpServer(
      lineServer((_, socket) => {
        socket.end();
        return null;
      }),
    );
    const measured = await runTraffic(speaking(path, {}, { durationNs: 0.1e9 }), server.endpoint);
    expect(failures(measured.snapshot)[0]).toEqual(["OPEN_CLOSED_BY_TARGET", "OK", ""]);
  });

  it("is gone through again where a connection is opened again, byte by byte", async () => {
    let greeted = 0;
    await using server = await tcpServer(
      lineServer((line, socket) => {
        if (!line.startsWith("HELLO")) {
          socket.end(replyTo(line));
          return null;
        }
        greeted++;
        for (const byte of "WELCOME\nOK\n") socket.write(byte);
        return null;
      }),
    );
    const changes = { load: closed(5), reconnect: true, ...until };
    const measured = await runTraffic(speaking(path, {}, changes), server.endpoint);
    // A request may have left before the end of its connection was seen.
    expect(measured.count("received") + measured.count("exchangesFailed")).toBe(5);
    expect(measured.count("received")).toBeGreaterThan(1);
    // One more may have been about to open when the last reply was there.
    expect([0, 1]).toContain(greeted - measured.count("opened"));
  });
});
