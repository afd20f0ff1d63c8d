/** Source ports that another program has taken since the plan was made are passed over. */
import dgram from "node:dgram";
import { once } from "node:events";
import net from "node:net";
import { describe, expect, it } from "vitest";
import type { Endpoint } from "../../../src/address/flow.ts";
import type { Workload } from "../../../src/scenario/scenario.ts";
import { ownPort } from "../../support/ports/own-ports.ts";
import { sendIfOpen, tcpServer, udpServer } from "../../support/raw-servers.ts";
import { testIo } from "../../support/test-io.ts";
import { makeWorkload, runTraffic } from "../../support/traffic.ts";

/** Of this file alone, and over either io another. */
const source = testIo === "uring" ? "127.90.0.7" : "127.90.0.8";
const sources = [source, source] as const;
const firstPort = ownPort(0);

interface Taken extends AsyncDisposable {
  readonly ports: readonly number[];
}

/** Ports of the source, as numbers from its first one. */
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Another program's UDP sockets. */
async function udpTaken(which: readonly number[]): Promise<Taken> {
  const sockets = await Promise.all(
    which.map(async (number) => {
      const socket = dgram.createSocket("udp4").bind(firstPort + number, source);
      await once(socket, "listening");
      return socket;
    }),
  );
  return {
    ports: which.map((number) => firstPort + number),
    async [Symbol.asyncDispose]() {
      await Promise.all(
        sockets.map((socket) => new Promise<void>((done) => socket.close(() => done()))),
      );
    },
  };
}

/** Another program's TCP sockets: even ones listen, odd ones are connected to the same server. */
async function tcpTaken(which: readonly number[], to: Endpoint): Promise<Taken> {
  const sockets = await Promise.all(
    which.map(async (number) => {
      const port = firstPort + number;
      if (number % 2 === 0) {
        const server = net.createServer().listen({ port, host: source });
        await once(server, "listening");
        return () => new Promise<unknown>((done) => server.close(done));
      }
      const { address: host, port: toPort } = to;
      const socket = net.connect({ host, port: toPort, localAddress: source, localPort: port });
      await once(socket, "connect");
      return async () => {
        socket.resetAndDestroy();
        if (!socket.closed) await once(socket, "close");
      };
    }),
  );
  return {
    ports: which.map((number) => firstPort + number),
    async [Symbol.asyncDispose]() {
      await Promise.all(sockets.map((close) => close()));
    },
  };
}

/** An echo, and the source ports from which it was asked. */
async function echo(protocol: "tcp" | "udp") {
  const from = new Set<number>();
  const server = await (protocol === "tcp"
    ? tcpServer((socket) => {
        socket.on("data", (bytes) => {
          from.add(socket.remotePort ?? 0);
          socket.write(bytes);
        });
      })
    : udpServer((bytes, { address, port }, socket) => {
        from.add(port);
        sendIfOpen(socket, bytes, port, address);
      }));
  const take = (which: readonly number[]) =>
    protocol === "tcp" ? tcpTaken(which, server.endpoint) : udpTaken(which);
  return {
    server,
    take,
    /** Ports that were used, as numbers from the first one. */
    used: () => [...from].map((port) => port - firstPort).toSorted((a, b) => a - b),
  };
}

function workloadOf(protocol: "tcp" | "udp", changes: Partial<Workload>): Workload {
  const datagrams = protocol === "udp" ? { protocol, framing: null } : {};
  return makeWorkload({ ...datagrams, durationNs: null, timeoutNs: 20e9, ...changes });
}

const asks: Partial<Workload> = {
  connections: 3,
  load: { model: "closed", thinkNs: 0, exchanges: 30 },
};
const visits: Partial<Workload> = { pattern: "churn", connections: 2, totalConnections: 10 };

describe.each(["tcp", "udp"] as const)("ports that are taken, over %s", (protocol) => {
  it("are passed over for the next ones of the same connection", async () => {
    const { server, take, used } = await echo(protocol);
    await using _ = server;
    await using _taken = await take(numbers(5));
    const measured = await runTraffic(workloadOf(protocol, asks), server.endpoint, {
      sources,
      firstPort,
      ports: 60,
    });
    expect(measured.errors()).toEqual({});
    expect(measured.count("received")).toBe(30);
    expect(measured.count("failed")).toBe(0);
    expect(measured.count("opened")).toBe(3);
    // Every third is the same connection's: 0, 3, 6 and 1, 4, 7 and 2, 5.
    expect(used()).toEqual([5, 6, 7]);
    expect(measured.count("portsTaken")).toBe(5);
  });

  it("are passed over by connections that come and go", async () => {
    const { server, take, used } = await echo(protocol);
    await using _ = server;
    await using _taken = await take([0, 1, 2, 7, 8]);
    const measured = await runTraffic(workloadOf(protocol, visits), server.endpoint, {
      sources,
      firstPort,
      ports: 60,
    });
    expect(measured.errors()).toEqual({});
    expect(measured.count("received")).toBe(10);
    expect(measured.count("opened")).toBe(10);
    expect(used()).toEqual([3, 4, 5, 6, 9, 10, 11, 12, 13, 14]);
    expect(measured.count("portsTaken")).toBe(5);
  });

  it("that lie in a row by the hundreds are passed over as well", async () => {
    const { server, take, used } = await echo(protocol);
    await using _ = server;
    await using _taken = await take(numbers(300));
    for (const changes of [{ ...asks, connections: 1 }, visits]) {
      const measured = await runTraffic(workloadOf(protocol, changes), server.endpoint, {
        sources,
        firstPort,
        ports: 2000,
      });
      expect(measured.errors()).toEqual({});
      expect(measured.count("failed")).toBe(0);
      expect(measured.count("portsTaken")).toBeGreaterThan(8);
    }
    expect(used().every((number) => number >= 300)).toBe(true);
  });

  it("are failures of the generator where there are no others", async () => {
    const { server, take, used } = await echo(protocol);
    await using _ = server;
    await using _taken = await take([0, 2, 4]);
    // Of two connections one has the even ports, and the other has free ones.
    const measured = await runTraffic(
      workloadOf(protocol, { ...asks, connections: 2 }),
      server.endpoint,
      { sources, firstPort, ports: 6 },
    );
    expect(measured.errors()).toEqual({ EADDRINUSE: 1 });
    expect(measured.snapshot.errors.map(({ side }) => side)).toEqual(["generator"]);
    expect(measured.count("failed")).toBe(1);
    expect(measured.count("portsTaken")).toBe(0);
    expect(measured.count("received")).toBe(30);
    expect(used()).toEqual([1]);
  });
});

describe("over UDP", () => {
  it.each(["unconnected", "rotating"] as const)("an %s socket passes them over", async (socket) => {
    const { server, take, used } = await echo("udp");
    await using _ = server;
    const which = [0, 1, 4, 5, 6, 12, 13];
    await using _taken = await take(which);
    const rotateEvery = socket === "rotating" ? 2 : null;
    const measured = await runTraffic(
      workloadOf("udp", { ...asks, socket, rotateEvery }),
      server.endpoint,
      { sources, firstPort, ports: 60 },
    );
    expect(measured.errors()).toEqual({});
    expect(measured.count("received")).toBe(30);
    expect(measured.count("portsTaken")).toBeGreaterThan(2);
    expect(used().filter((number) => which.includes(number))).toEqual([]);
  });

  it("an address that the machine does not have is not a port that is taken", async () => {
    const { server } = await echo("udp");
    await using _ = server;
    const measured = await runTraffic(
      workloadOf("udp", { ...asks, durationNs: 0.1e9 }),
      server.endpoint,
      { sources: ["192.0.2.1", "192.0.2.1"], firstPort, ports: 60 },
    );
    expect(measured.errors()).toEqual({ EADDRNOTAVAIL: 3 });
    expect(measured.count("portsTaken")).toBe(0);
  });
});
