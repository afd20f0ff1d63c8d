import { describe, expect, it } from "vitest";
import type { IdSpec } from "../../../src/messages/ids.ts";
import type { Workload } from "../../../src/scenario/scenario.ts";
import { sendIfOpen, tcpServer, udpServer } from "../../support/raw-servers.ts";
import { constantRate, makeWorkload, runTraffic } from "../../support/traffic.ts";

/** Two bytes of id, then what the server does with the message: "d" drops it, "t" answers twice, "l" after the time-out. */
const id: IdSpec = {
  kind: "binary",
  offset: 0,
  replyOffset: 0,
  bytes: 2,
  byteOrder: "big",
  random: true,
};
const message = { kind: "bytes", base64: Buffer.from("..ping").toString("base64") } as const;

const workload = (changes: Partial<Workload>): Workload =>
  makeWorkload({ id, message, expect: { kind: "any" }, timeoutNs: 1e9, ...changes });

/** As many exchanges, in all. */
const closed = (exchanges: number): Partial<Workload> => ({
  durationNs: null,
  load: { model: "closed", thinkNs: 0, exchanges },
});

describe("replies that have an id", () => {
  it("over UDP: many in flight on one socket, answered in reverse, twice or never", async () => {
    const ids = new Set<number>();
    let batch: Buffer[] = [];
    let count = 0;
    await using server = await udpServer((bytes, { port, address }, socket) => {
      ids.add(bytes.readUInt16BE(0));
      if (count++ % 10 === 0) return;
      batch.push(Buffer.from(`${bytes.toString("latin1", 0, 2)}pong`, "latin1"));
      if (batch.length < 9) return;
      for (const reply of batch.reverse()) socket.send(reply, port, address);
      socket.send(batch[4] as Buffer, port, address);
      batch = [];
    });
    const measured = await runTraffic(
      workload({ protocol: "udp", framing: null, inFlight: 32, ...constantRate(400, 0.5e9) }),
      server.endpoint,
    );
    expect(measured.count("sent")).toBe(200);
    expect(measured.count("received")).toBe(180);
    expect(measured.count("timedOut")).toBe(20);
    expect(measured.count("duplicated")).toBe(20);
    expect(measured.count("reordered")).toBe(160);
    expect(measured.count("unsolicited")).toBe(0);
    expect(ids.size).toBe(200);
  });

  it("over TCP: in any order, and the connection goes on after a time-out", async () => {
    let connections = 0;
    await using server = await tcpServer((socket) => {
      connections++;
      let batch: Buffer[] = [];
      let count = 0;
      socket.on("data", (chunk) => {
        for (let at = 0; at < chunk.length; at += 6) {
          const reply = Buffer.from(chunk.subarray(at, at + 6));
          if (count++ === 3) setTimeout(() => socket.write(reply), 1500);
          else batch.push(reply);
        }
        const now = batch.reverse();
        batch = [];
        if (now.length > 0) socket.write(Buffer.concat(now));
      });
    });
    const measured = await runTraffic(
      workload({ framing: { kind: "fixed", bytes: 6 }, inFlight: 8, ...constantRate(100, 2e9) }),
      server.endpoint,
    );
    expect(connections).toBe(1);
    expect(measured.count("sent")).toBe(200);
    expect(measured.count("received")).toBe(199);
    expect(measured.count("timedOut")).toBe(1);
    expect(measured.count("late")).toBe(1);
    expect(measured.wrongReplies()).toEqual({ TIMEOUT: expect.stringMatching(/^[\s\S]{6}$/) });
    expect(measured.count("unsolicited")).toBe(0);
  });

  it("digits in a line; what has none, or another's, was not requested and shifts nothing", async () => {
    await using server = await tcpServer((socket) => {
      socket.write("hello\n");
      let text = "";
      socket.on("data", (chunk) => {
        text += chunk.toString("latin1");
        const lines = text.split("\n");
        text = lines.pop() ?? "";
        for (const line of lines) {
          const number = /id=(\d+)/.exec(line)?.[1];
          socket.write(`re=${number}\nnotice re=9999999\n`);
        }
      });
    });
    const measured = await runTraffic(
      workload({
        id: { kind: "text", after: "id=", replyAfter: "re=", digits: 7, random: true },
        message: { kind: "template", text: "get {{sequence}} id=0000000\n" },
        framing: { kind: "delimiter", base64: "Cg==", maxBytes: 100 },
        inFlight: 4,
        connections: 3,
        ...closed(60),
      }),
      server.endpoint,
    );
    expect(measured.count("received")).toBe(60);
    expect(measured.count("timedOut")).toBe(0);
    // The last of a connection may come after its end.
    expect(measured.count("unsolicited")).toBeGreaterThanOrEqual(57);
    expect(measured.errors()).toEqual({ UNSOLICITED: measured.count("unsolicited") });
  });

  it("split anywhere, they are found", async () => {
    await using server = await tcpServer((socket) => {
      socket.setNoDelay();
      socket.on("data", async (chunk) => {
        for (const byte of chunk) {
          socket.write(Buffer.of(byte));
          await new Promise((resolve) => setImmediate(resolve));
        }
      });
    });
    const measured = await runTraffic(
      workload({ framing: { kind: "fixed", bytes: 6 }, ...closed(20) }),
      server.endpoint,
    );
    expect(measured.count("received")).toBe(20);
    expect(measured.errors()).toEqual({});
  });

  it("expect: echo compares the whole reply, the id as well", async () => {
    let count = 0;
    await using server = await udpServer((bytes, { port, address }, socket) => {
      if (count++ === 5) bytes[3] = 0;
      sendIfOpen(socket, bytes, port, address);
    });
    const measured = await runTraffic(
      workload({
        protocol: "udp",
        framing: null,
        expect: { kind: "echo" },
        inFlight: 4,
        ...closed(40),
      }),
      server.endpoint,
    );
    expect(measured.count("received")).toBe(40);
    expect(measured.count("corrupted")).toBe(1);
  });

  it.each(["tcp", "udp"] as const)(
    "churn over %s: each connection's reply has its id",
    async (protocol) => {
      let count = 0;
      const serve = (bytes: Buffer, reply: (bytes: Buffer) => void) => {
        if (count++ === 4) reply(Buffer.from("\xee\xeepong", "latin1"));
        reply(bytes);
      };
      await using server = await (protocol === "tcp"
        ? tcpServer((socket) =>
            socket.on("data", (bytes) => serve(bytes, (reply) => socket.write(reply))),
          )
        : udpServer((bytes, { port, address }, socket) =>
            serve(bytes, (reply) => sendIfOpen(socket, reply, port, address)),
          ));
      const measured = await runTraffic(
        workload({
          protocol,
          pattern: "churn",
          framing: protocol === "tcp" ? { kind: "fixed", bytes: 6 } : null,
          exchangesPerConnection: 2,
          totalConnections: 10,
          durationNs: null,
          load: { model: "closed", thinkNs: 0, exchanges: null },
        }),
        server.endpoint,
      );
      expect(measured.count("received")).toBe(20);
      expect(measured.count("unsolicited")).toBe(1);
    },
  );
});
