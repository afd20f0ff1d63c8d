import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Endpoint } from "../../../src/address/flow.ts";
import { monotonicNs } from "../../../src/base/clock.ts";
import type { Io, Peer, Transport } from "../../../src/io/io.ts";
import { Ring } from "../../../src/io/uring/ring.ts";
import { ownPort } from "../../support/ports/own-ports.ts";
import { RecordingEvents } from "../../support/recording-events.ts";
import { flowTo, useHarness } from "./harness.ts";
import { bytesFrom, CheckedClient } from "./model/checked-client.ts";
import { EchoServer } from "./model/echo-server.ts";

/** A turn looks at every ring: five times as many take ten times as long. */
const slots = 40;

/** Sends each datagram back. */
class UdpEcho extends RecordingEvents {
  transport: Transport | null = null;
  override receivedFrom(
    slot: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    peer: Peer,
  ): void {
    const copy = Buffer.from(bytes.subarray(start, end));
    this.transport?.sendTo(slot, peer, copy, 0, copy.length);
  }
}

/** Answers 100 ms late, when all who wait are asleep. */
const lateServer = `
  const { parentPort } = require("node:worker_threads");
  const server = require("node:net").createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (data) => setTimeout(() => socket.write(data), 100));
  });
  server.listen({ host: "127.0.0.1", port: 0, backlog: 1000 }, () =>
    parentPort.postMessage(server.address().port));
`;
const workers: Worker[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  return Promise.all(workers.splice(0).map((worker) => worker.terminate()));
});

/** A server in a thread of its own. */
async function startLateServer(): Promise<Endpoint> {
  const worker = new Worker(lateServer, { eval: true });
  workers.push(worker);
  const port = await new Promise<number>((resolve) => worker.once("message", resolve));
  return { address: "127.0.0.1", port };
}

/** Turns with one deadline only, which must not be reached. */
async function waitOnce(io: Io, withinNs: number, done: () => boolean) {
  const deadlineNs = monotonicNs() + withinNs;
  while (!done()) {
    await io.turn(deadlineNs, 0);
    if (monotonicNs() >= deadlineNs) throw new Error("slept through what came");
  }
}

describe.each([8, 1])(
  `tables of %d descriptors, under ${slots} connections and ${slots} sockets`,
  (files) => {
    const { makeIo, until } = useHarness();

    async function connections() {
      const server = new EchoServer();
      const serverIo = makeIo(files);
      server.transport = serverIo.transport({ protocol: "tcp", slots, events: server });
      const listener = await server.transport.listen({ address: "127.0.0.1", port: 0 });
      const client = new CheckedClient(slots, listener.endpoint);
      const io = makeIo(files);
      client.transport = io.transport({ protocol: "tcp", slots, events: client });
      return { server, client, io };
    }

    it("does its work, and returns in time, though rings always claim to have more", async () => {
      vi.spyOn(Ring.prototype, "hasWork", "get").mockReturnValue(true);
      const { client, io } = await connections();
      for (let slot = 0; slot < slots; slot++) client.open(slot);
      await until(() => client.openCount === slots);
      for (let slot = 0; slot < slots; slot++) client.send(slot, 100 + slot);
      await until(() => client.owing === 0);
      const deadlineNs = monotonicNs() + 5e6;
      await io.turn(deadlineNs, 0);
      expect(monotonicNs()).toBeGreaterThanOrEqual(deadlineNs);
    });

    it("TCP: echoes, ends and uses each slot again", async () => {
      const { server, client } = await connections();
      for (let round = 0; round < 3; round++) {
        // Another order each time, so that rings are first used at any place.
        for (let slot = 0; slot < slots; slot++) client.open((slot * 37 + round * 11) % slots);
        await until(() => client.openCount === slots);
        for (let slot = 0; slot < slots; slot++)
          client.send(slot, slot === 20 ? 300_000 : 100 + slot);
        await until(() => client.owing === 0 && server.live.length === slots);
        for (let slot = 0; slot < slots; slot++) {
          const how = (slot + round) % 3 === 0 ? "reset" : "fin";
          if (slot % 2 === 0) client.close(slot, how);
          else server.transport?.close(server.live[slot] ?? 0, how);
        }
        for (let slot = 0; slot < slots; slot++) client.close(slot, "fin");
        await until(() => client.closes === client.opens && server.live.length === 0);
      }
      expect(client.opens).toBe(3 * slots);
      expect(client.problems).toEqual([]);
      expect(server.problems).toEqual([]);
    });

    it.each([true, false])(
      "UDP: echoes, closes and uses each slot again; connected: %s",
      async (connected) => {
        const server = new UdpEcho();
        server.transport = makeIo(files).transport({ protocol: "udp", slots, events: server });
        const endpoints: Endpoint[] = [];
        for (let slot = 0; slot < slots; slot++) {
          endpoints.push(await server.transport.bind(slot, { address: "127.0.0.1", port: 0 }));
        }
        const events = new RecordingEvents();
        const io = makeIo(files);
        const client = io.transport({ protocol: "udp", slots, events, connected });
        for (let round = 0; round < 3; round++) {
          events.bytes.clear();
          for (let at = 0; at < slots; at++) {
            const slot = (at * 37 + round * 11) % slots;
            client.open(slot, flowTo(endpoints[slot] as Endpoint, ownPort(100 + slot)));
          }
          await until(() => events.openedCount === (round + 1) * slots);
          const sent = endpoints.map((_, slot) => [
            bytesFrom(slot, 0, 64),
            bytesFrom(slot, 64, slot),
          ]);
          for (let slot = 0; slot < slots; slot++) {
            for (const bytes of sent[slot] ?? []) client.send(slot, bytes, 0, bytes.length);
          }
          await until(() => [...events.bytes.values()].flat().length === 2 * slots);
          for (let slot = 0; slot < slots; slot++) {
            expect(events.bytes.get(slot)).toEqual(sent[slot]?.map((bytes) => Buffer.from(bytes)));
          }
          for (let slot = 0; slot < slots; slot++) client.close(slot, "fin");
          await until(() => events.closedCount === (round + 1) * slots);
        }
        expect(events.log.filter((line) => line.startsWith("errored"))).toEqual([]);
      },
    );
  },
);

describe.each([8, 1])("tables of %d descriptors, under 100 connections", (files) => {
  const { makeIo, until } = useHarness();

  it("a wait for all of them ends when any has an event", async () => {
    // More rings than one look at epoll tells of.
    const many = 100;
    const client = new CheckedClient(many, await startLateServer());
    const io = makeIo(files);
    client.transport = io.transport({ protocol: "tcp", slots: many, events: client });
    for (let slot = 0; slot < many; slot++) client.open(slot);
    await until(() => client.openCount === many);
    for (const slot of [0, 63, 64, 99, 8, 7]) {
      client.send(slot, 10);
      await waitOnce(io, 30e9, () => client.owing === 0);
    }
    for (let slot = 0; slot < many; slot++) client.send(slot, 10);
    await waitOnce(io, 30e9, () => client.owing === 0);
    expect(client.problems).toEqual([]);
  });
});

describe("a ring that has more to do than one call does", () => {
  const { makeIo, until } = useHarness();

  // The kernel takes some 20 steps in a call, and of those it leaves it tells no eventfd.
  it("continues at once: there is no wait between the steps that open connections", async () => {
    const many = 512;
    const client = new CheckedClient(many, await startLateServer());
    const io = makeIo(many / 2);
    client.transport = io.transport({ protocol: "tcp", slots: many, events: client });
    for (let slot = 0; slot < many; slot++) client.open(slot);
    await waitOnce(io, 30e9, () => client.openCount === many);
    expect(client.problems).toEqual([]);
  });
  it.each(["reset", "fin"] as const)(
    "closes those that are still being opened: %s",
    async (how) => {
      // More than a ring has entries: the cancellations fill it, and most come between two steps.
      const many = 3000;
      const client = new CheckedClient(many, await startLateServer());
      const io = makeIo(many - 1);
      client.transport = io.transport({ protocol: "tcp", slots: many, events: client });
      for (let slot = 0; slot < many; slot++) client.open(slot);
      for (let slot = 0; slot < many; slot++) client.close(slot, how);
      await until(() => client.closes === many);
      expect(client.problems).toEqual([]);
    },
  );
});
