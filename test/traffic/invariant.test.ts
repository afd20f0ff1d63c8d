import type net from "node:net";
import { describe, expect, it } from "vitest";
import { phases } from "../../src/metrics/snapshot.ts";
import type { Workload } from "../../src/scenario/scenario.ts";
import { sendIfOpen, tcpServer, udpServer } from "../support/raw-servers.ts";
import { constantRate, makeWorkload, runTraffic } from "../support/traffic.ts";

/** What a server does to each connection in turn. */
const manners: readonly ((socket: net.Socket, chunk: Buffer) => void)[] = [
  (socket, chunk) => socket.write(chunk),
  () => {},
  (socket) => socket.resetAndDestroy(),
  (socket, chunk) => socket.end(chunk.subarray(0, 5)),
  (socket, chunk) => setTimeout(() => socket.write(chunk), 50),
  (socket, chunk) => socket.write(Buffer.concat([chunk, chunk])),
  (socket) => socket.pause(),
];

const closed = (thinkNs: number, exchanges: number | null): Partial<Workload> => ({
  load: { model: "closed", thinkNs, exchanges },
});
const open = constantRate(2000, 0.3e9);
const pausing: Partial<Workload> = {
  durationNs: 0.2e9,
  warmUpNs: 0.1e9,
  load: {
    model: "open",
    startRatePerSecond: 1000,
    stages: [
      { durationNs: 0.1e9, ratePerSecond: 1000 },
      { durationNs: 0, ratePerSecond: 0 },
      { durationNs: 0.1e9, ratePerSecond: 0 },
      { durationNs: 0, ratePerSecond: 1000 },
      { durationNs: 0.1e9, ratePerSecond: 1000 },
    ],
    arrivals: "constant",
  },
};

const workloads: readonly [string, Partial<Workload>][] = [
  ["request, open", { ...open, inFlight: 3 }],
  ["request, open with a pause", pausing],
  ["request, closed", { ...closed(0, null), inFlight: 3 }],
  ["request, closed, thinking", { ...closed(5e6, null), inFlight: 2 }],
  ["request, closed, few exchanges", { ...closed(0, 3), durationNs: null }],
  ["hold, a sample", { pattern: "hold", verify: true, keepAliveNs: 9e6, keepAliveConnections: 3 }],
  ["hold", { pattern: "hold", verify: true, keepAliveNs: 30e6 }],
  ["churn, open", { ...open, pattern: "churn", exchangesPerConnection: 3 }],
  ["churn, closed", { ...closed(0, null), pattern: "churn", close: "reset", warmUpNs: 50e6 }],
  ["churn, few", { pattern: "churn", totalConnections: 21, durationNs: null }],
  ["large messages", { ...open, message: { kind: "size", bytes: 256 * 1024 } }],
];

/** They share a thread with the servers: each must get its turns while it lasts. */
const runsAtOnce = 8;

/** When the run is ended early, ns after its begin; null: not. */
const ends: readonly (number | null)[] = [null, -1e9, 0, 60e6];

describe("every exchange sent comes to one end, and every workload to its own", () => {
  for (const protocol of ["tcp", "udp"] as const) {
    it(`over ${protocol}, whatever the server does and whenever it is ended`, async () => {
      let connections = 0;
      await using server =
        protocol === "tcp"
          ? await tcpServer((socket) => {
              const manner = manners[connections++ % manners.length] ?? (() => {});
              socket.on("data", (chunk) => manner(socket, chunk));
            })
          : await udpServer((bytes, { port, address }, socket) => {
              const copies = [1, 0, 2, 1, 1][connections++ % 5] ?? 0;
              const answer = () => sendIfOpen(socket, bytes, port, address);
              for (let i = 0; i < copies; i++) setTimeout(answer, connections % 3 === 0 ? 50 : 0);
            });
      const runs = workloads.flatMap(([name, changes]) =>
        ends.map((end) => ({ name, changes, end })),
      );
      const check = async ({ name, changes, end }: (typeof runs)[number]) => {
        const datagrams =
          protocol === "udp"
            ? { protocol, framing: null, message: { kind: "size", bytes: 64 } }
            : {};
        const measured = await runTraffic(
          makeWorkload({
            connections: 7,
            timeoutNs: 40e6,
            connectTimeoutNs: 200e6,
            reconnect: true,
            reconnectDelayNs: 10e6,
            ...changes,
            ...(datagrams as Partial<Workload>),
          }),
          server.endpoint,
          {
            workers: 2,
            during: (traffic, beginNs) => {
              if (end !== null) for (const one of traffic) one.endAt(beginNs + end);
            },
          },
        );
        for (const phase of phases) {
          const [offered, sent, blocked] = (["offered", "sent", "unsent"] as const).map((counter) =>
            measured.count(counter, phase),
          );
          const ended = (["received", "timedOut", "exchangesFailed"] as const).reduce(
            (sum, counter) => sum + measured.count(counter, phase),
            0,
          );
          const where = `${name}, ended ${end}, ${phase}`;
          expect(ended, where).toBe(sent);
          expect(offered, where).toBeGreaterThanOrEqual((sent ?? 0) + (blocked ?? 0));
        }
        expect(measured.snapshot.open).toBe(0);
        if (end === null) expect(measured.count("sent"), name).toBeGreaterThan(0);
      };
      while (runs.length > 0) await Promise.all(runs.splice(0, runsAtOnce).map(check));
    });
  }
});
