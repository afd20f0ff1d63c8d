import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { kind } from "../../../src/protocols/protocol.ts";
import type { UnsolicitedSpec, Workload } from "../../../src/scenario/scenario.ts";
import { Asides } from "../../../src/traffic/replies/asides.ts";
import type { TrafficContext } from "../../../src/traffic/traffic.ts";
import { tcpServer, udpServer } from "../../support/raw-servers.ts";
import { constantRate, makeWorkload, runTraffic } from "../../support/traffic.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const lines = { kind: "delimiter", base64: base64("\r\n"), maxBytes: 1000 } as const;
const pings: UnsolicitedSpec = {
  ignore: [
    { kind: "regex", source: "^NOTICE \\d", flags: "" },
    { kind: "bytes", base64: base64("+OK\r\n") },
  ],
  answer: [
    { to: { kind: "prefix", base64: base64("PING 2") }, base64: base64("PONG two\r\n") },
    { to: { kind: "prefix", base64: base64("PING") }, base64: base64("PONG\r\n") },
  ],
};

const workload = (changes: Partial<Workload>): Workload =>
  makeWorkload({
    framing: lines,
    message: { kind: "template", text: "get {{sequence}}\r\n" },
    expect: { kind: "prefix", base64: base64("value") },
    unsolicited: pings,
    ...changes,
  });

/** Answers each "get", and asks before and behind every fifth answer, in the same write; notes what it is told. */
function asking(socket: Socket, heard: string[], onAsked = () => {}): void {
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
    const parts = text.split("\r\n");
    text = parts.pop() ?? "";
    for (const part of parts) {
      const number = /^get (\d+)$/.exec(part)?.[1];
      if (number === undefined) heard.push(part);
      else if (Number(number) % 5 !== 0) socket.write(`value ${number}\r\n`);
      else {
        onAsked();
        socket.write(`PING 1\r\nNOTICE 7\r\nvalue ${number}\r\nPING 2\r\n+OK\r\n`);
      }
    }
  });
}

describe("messages of the peer that are no replies", () => {
  it.each([
    ["request", {}],
    ["request", { inFlight: 4 }],
    ["churn", { totalConnections: 40, exchangesPerConnection: 2, close: "reset" as const }],
  ] as const)("%s %o: are ignored or answered, and disturb nothing", async (pattern, changes) => {
    const heard: string[] = [];
    let asked = 0;
    await using server = await tcpServer((socket) => asking(socket, heard, () => asked++));
    const closed = {
      model: "closed",
      thinkNs: 0,
      exchanges: pattern === "churn" ? null : 100,
    } as const;
    const measured = await runTraffic(
      workload({ pattern, connections: 2, durationNs: null, load: closed, ...changes }),
      server.endpoint,
    );
    const exchanges = pattern === "churn" ? 80 : 100;
    expect(measured.count("received")).toBe(exchanges);
    expect(measured.errors()).toEqual({});
    expect(measured.count("unsolicited")).toBe(0);
    expect(measured.count("reopenedUnsolicited")).toBe(0);
    expect(asked).toBeGreaterThanOrEqual(20);
    // The connection of a churn is closed when its last reply is there.
    const least = pattern === "churn" ? asked : 4 * asked;
    expect(measured.count("ignored")).toBeGreaterThanOrEqual(least);
    expect(measured.count("ignored")).toBeLessThanOrEqual(4 * asked);
    expect(measured.count("answersSent")).toBeGreaterThanOrEqual(least / 2);
    if (pattern === "request") {
      expect(measured.count("ignored")).toBe(4 * asked);
      expect(measured.count("answersSent")).toBe(2 * asked);
      expect(heard.filter((one) => one === "PONG")).toHaveLength(asked);
      expect(heard.filter((one) => one === "PONG two")).toHaveLength(asked);
    }
  });

  it("what no rule fits is still unsolicited", async () => {
    await using server = await tcpServer((socket) => {
      socket.write("PING 9\r\nHELLO\r\n");
      asking(socket, []);
    });
    const measured = await runTraffic(
      workload({ ...constantRate(20, 0.3e9), connections: 1 }),
      server.endpoint,
    );
    expect(measured.count("unsolicited")).toBe(1);
    expect(measured.errors()).toEqual({ UNSOLICITED: 1 });
  });

  it("a hold that sends nothing answers", async () => {
    const heard: string[] = [];
    await using server = await tcpServer((socket) => {
      asking(socket, heard);
      socket.write("PI");
      setTimeout(() => socket.writable && socket.write("NG\r\n"), 20);
    });
    const measured = await runTraffic(
      workload({ pattern: "hold", connections: 10, durationNs: 0.3e9 }),
      server.endpoint,
    );
    expect(measured.errors()).toEqual({});
    expect(measured.count("answersSent")).toBe(10);
    expect(heard).toEqual(new Array(10).fill("PONG"));
    expect(measured.count("sent")).toBe(0);
  });

  it("UDP: a datagram is a message", async () => {
    const heard: string[] = [];
    await using server = await udpServer((bytes, from, socket) => {
      const text = bytes.toString("latin1");
      if (!text.startsWith("get")) heard.push(text);
      else {
        socket.send("PING", from.port, from.address);
        socket.send(`value of ${text}`, from.port, from.address);
      }
    });
    const measured = await runTraffic(
      workload({
        protocol: "udp",
        framing: null,
        message: { kind: "template", text: "get {{sequence}}" },
        durationNs: null,
        load: { model: "closed", thinkNs: 0, exchanges: 50 },
      }),
      server.endpoint,
    );
    expect(measured.count("received")).toBe(50);
    expect(measured.count("answersSent")).toBe(50);
    expect(heard.length).toBeGreaterThanOrEqual(49);
    expect(new Set(heard)).toEqual(new Set(["PONG\r\n"]));
    expect(measured.errors()).toEqual({});
  });
});

describe("answers that the peer does not read", () => {
  it("wait in order until it does, up to a limit", () => {
    const sent: string[] = [];
    const failed: string[] = [];
    const counts = new Map<number, number>();
    let full = false;
    const context = {
      workload: { protocol: "tcp" },
      portion: { firstConnection: 0 },
      now: () => 0,
      recorder: {
        count: (_at: number, which: number, by: number) =>
          counts.set(which, (counts.get(which) ?? 0) + by),
        failed: (_client: number, code: string) => failed.push(code),
      },
    } as unknown as TrafficContext;
    const asides = new Asides(
      {
        answerBytes: 1024,
        keepAlive: null,
        classify: () => kind.push,
        answer(_slot, bytes, start, end, into, at) {
          into.set(bytes.subarray(start, end), at);
          return end - start;
        },
      },
      context,
    );
    asides.attach({
      clock: { at: () => 0 } as never,
      transport: {
        send(_slot: number, bytes: Uint8Array, start: number, end: number) {
          sent.push(Buffer.from(bytes.subarray(start, end)).toString());
          return !full;
        },
      } as never,
      takes: () => !full,
      filled: () => {
        full = true;
      },
    });
    const take = (text: string) => asides.take(0, Buffer.from(text), 0, text.length);
    expect(take("a")).toBe(true);
    full = true;
    take("b");
    take("c");
    expect(sent).toEqual(["a"]);
    full = false;
    asides.drained(0);
    expect(sent).toEqual(["a", "bc"]);
    full = true;
    const kilobyte = "x".repeat(1024);
    for (let n = 0; n < 65; n++) take(kilobyte);
    expect(failed).toEqual(["ANSWERS_NOT_READ"]);
    full = false;
    asides.opened(0);
    asides.drained(0);
    expect(sent).toHaveLength(2);
  });

  it("wait for others that send on the same connection, who wait for them", () => {
    const sent: string[] = [];
    const full = { host: false, neighbour: true };
    let isRead = false;
    const context = {
      workload: { protocol: "tcp" },
      portion: { firstConnection: 0 },
      now: () => 0,
      recorder: { count() {}, failed() {} },
    } as unknown as TrafficContext;
    const rules = {
      answerBytes: 8,
      keepAlive: null,
      classify: () => kind.ignore,
      answer(_slot: number, bytes: Uint8Array, start: number, end: number, into: Uint8Array) {
        into.set(bytes.subarray(start, end));
        return end - start;
      },
    };
    const asides = new Asides(rules, context);
    const of = (who: keyof typeof full) => ({
      takes: () => !full[who],
      filled: () => {
        full[who] = true;
      },
    });
    asides.besides(of("neighbour"));
    asides.attach({
      ...of("host"),
      clock: { at: () => 0 } as never,
      transport: {
        send(_slot: number, bytes: Uint8Array, start: number, end: number) {
          sent.push(Buffer.from(bytes.subarray(start, end)).toString());
          return isRead;
        },
      } as never,
    });
    asides.take(0, Buffer.from("a"), 0, 1);
    expect(sent).toEqual([]);
    // The neighbour learns that the slot has drained after the answers, and of what they filled.
    full.neighbour = false;
    asides.drained(0);
    expect(sent).toEqual(["a"]);
    expect(full).toEqual({ host: true, neighbour: true });
    expect(asides.hasFilled(0)).toBe(true);
    isRead = true;
    full.host = false;
    full.neighbour = false;
    asides.take(0, Buffer.from("b"), 0, 1);
    expect(sent).toEqual(["a", "b"]);
    expect(asides.hasFilled(0)).toBe(false);
  });
});
