import { describe, expect, it } from "vitest";
import type { Endpoint } from "../../../src/address/flow.ts";
import type { Io, Transport } from "../../../src/io/io.ts";
import { errno } from "../../../src/io/uring/kernel/abi.ts";
import type { Completions } from "../../../src/io/uring/ring.ts";
import { ownPort } from "../../support/ports/own-ports.ts";
import { RecordingEvents } from "../../support/recording-events.ts";
import { flowTo, useHarness } from "./harness.ts";
import { bytesFrom } from "./model/checked-client.ts";

/** Receives of this transport that ended as all of the ring's buffers were in use. */
function countShortages(transport: Transport): () => number {
  const completions = transport as unknown as Completions;
  const completed = completions.completed.bind(completions);
  let count = 0;
  completions.completed = (ring, slot, tag, result, flags) => {
    if (result === -errno.noBuffers) count++;
    completed(ring, slot, tag, result, flags);
  };
  return () => count;
}

/** Reads what each slot is sent: it must be the next of that slot's own bytes. */
class Reader extends RecordingEvents {
  readonly got: number[];
  readonly problems: string[] = [];
  react: (slot: number) => void = () => {};

  constructor(slots: number) {
    super();
    this.got = new Array<number>(slots).fill(0);
  }

  override received(slot: number, bytes: Uint8Array, start: number, end: number): void {
    const at = this.got[slot] ?? 0;
    const wanted = bytesFrom(slot, at, end - start);
    if (!wanted.equals(bytes.subarray(start, end))) {
      this.problems.push(`${end - start} bytes from ${at} of slot ${slot} are not what was sent`);
    }
    this.got[slot] = at + end - start;
    this.receivedBytes += end - start;
    this.react(slot);
  }

  override closed(slot: number, code: string | null): void {
    super.closed(slot, code);
    if (code !== null) this.problems.push(`closed ${slot} ${code}`);
  }
}

/** A server that sends when the test says so. */
class Sender extends RecordingEvents {
  /** Slot here, by the client's source port. */
  readonly slots = new Map<number, number>();
  override accepted(slot: number, listener: number, peer: { address: string; port: number }): void {
    super.accepted(slot, listener, peer);
    this.slots.set(peer.port, slot);
  }
}

const firstPort = ownPort(0);

describe("more arrives at once than there are buffers", () => {
  const { makeIo, until } = useHarness();

  /** Turns one io alone, while the other's kernel side fills up. */
  async function turnAlone(io: Io, count: number) {
    for (let turn = 0; turn < count; turn++) await io.turn(0, 0);
  }

  describe("TCP", () => {
    async function connected(slots: number, files?: number) {
      const server = new Sender();
      const serverIo = makeIo();
      const serving = serverIo.transport({ protocol: "tcp", slots, events: server });
      const listener = await serving.listen({ address: "127.0.0.1", port: 0 });
      const reader = new Reader(slots);
      const io = makeIo(files);
      const client = io.transport({ protocol: "tcp", slots, events: reader });
      for (let slot = 0; slot < slots; slot++) {
        client.open(slot, flowTo(listener.endpoint, firstPort + slot));
      }
      await until(() => reader.openedCount === slots && server.slots.size === slots);
      const shortages = countShortages(client);
      const theirs = (slot: number) => server.slots.get(firstPort + slot) ?? -1;
      const sendToAll = (at: number, length: number) => {
        for (let slot = 0; slot < slots; slot++) {
          serving.send(theirs(slot), bytesFrom(slot, at, length), 0, length);
        }
      };
      return { server, serverIo, serving, reader, io, client, shortages, theirs, sendToAll };
    }

    it("a reply on each of 1,500 connections", async () => {
      const slots = 1500;
      const { serverIo, reader, sendToAll } = await connected(slots);
      for (let round = 0; round < 3; round++) {
        sendToAll(round * 100, 100);
        await turnAlone(serverIo, 10);
        await until(() => reader.receivedBytes === (round + 1) * slots * 100);
      }
      expect(reader.problems).toEqual([]);
      expect(new Set(reader.got)).toEqual(new Set([300]));
    });

    // A ring alone has 512 buffers, one of several 128.
    it.each([
      [60, undefined],
      [50, 30],
    ])("replies of many buffers on each of %d connections, %s to a ring", async (slots, files) => {
      const { serverIo, reader, shortages, sendToAll } = await connected(slots, files);
      sendToAll(0, 400_000);
      await turnAlone(serverIo, 10);
      await until(() => reader.receivedBytes === slots * 400_000);
      expect(shortages()).toBeGreaterThan(0);
      expect(reader.problems).toEqual([]);
    });

    it("while connections are paused, resumed and closed", async () => {
      const slots = 60;
      const length = 400_000;
      const { server, serverIo, serving, reader, client, shortages, theirs, sendToAll } =
        await connected(slots, 30);
      let seen = 0;
      // From inside the events of those who got a buffer, to those who may get none.
      reader.react = (slot) => {
        const other = slots - 1 - slot;
        const what = seen++ % 5;
        if (what === 0) client.pause(other);
        if (what === 1 || what === 2) client.resume(other);
        if (what === 2) client.pause(other);
        if (what === 2 || what === 3) client.resume(other);
        if (slot % 20 === 0 && (reader.got[slot] ?? 0) > length / 2) client.close(slot, "fin");
      };
      sendToAll(0, length);
      await turnAlone(serverIo, 10);
      const closed = slots / 20;
      await until(() => {
        for (let slot = 0; slot < slots; slot++) client.resume(slot);
        const whole = reader.got.filter((bytes) => bytes === length).length;
        return whole >= slots - closed && reader.closedCount === closed;
      });
      expect(shortages()).toBeGreaterThan(0);
      // The end comes behind the last bytes, also where it came while nobody could read.
      await until(() => server.closedCount === closed);
      for (let slot = 0; slot < slots; slot++) {
        if (slot % 20 === 0) continue;
        serving.send(theirs(slot), bytesFrom(slot, length, 25_000), 0, 25_000);
        serving.close(theirs(slot), "fin");
      }
      await turnAlone(serverIo, 10);
      await until(() => {
        for (let slot = 0; slot < slots; slot++) client.resume(slot);
        return reader.closedCount === slots;
      });
      expect(reader.got.filter((bytes) => bytes === length + 25_000).length).toBe(slots - closed);
      expect(reader.problems).toEqual([]);
    });
  });

  describe("UDP", () => {
    const datagrams = 100;

    function payload(slot: number, index: number): Buffer {
      return bytesFrom(slot * datagrams + index, 0, 20 + (index % 3));
    }

    function expectAll(events: RecordingEvents, slots: number) {
      for (let slot = 0; slot < slots; slot++) {
        const wanted = [...Array(datagrams).keys()].map((index) => payload(slot, index));
        expect(events.bytes.get(slot)).toEqual(wanted.map((bytes) => Buffer.from(bytes)));
      }
      expect(events.log.filter((line) => line.startsWith("errored"))).toEqual([]);
    }

    it.each([true, false])(
      "a hundred datagrams on each of 20 sockets; connected: %s",
      async (connected) => {
        const slots = 20;
        const server = new RecordingEvents();
        const serverIo = makeIo();
        const serving = serverIo.transport({ protocol: "udp", slots: 1, events: server });
        const endpoint = await serving.bind(0, { address: "127.0.0.1", port: 0 });
        const events = new RecordingEvents();
        const client = makeIo().transport({ protocol: "udp", slots, events, connected });
        for (let slot = 0; slot < slots; slot++)
          client.open(slot, flowTo(endpoint, firstPort + slot));
        await until(() => events.openedCount === slots);
        const shortages = countShortages(client);
        for (let index = 0; index < datagrams; index++) {
          for (let slot = 0; slot < slots; slot++) {
            const bytes = payload(slot, index);
            const peer = { address: "127.81.0.1", port: firstPort + slot };
            serving.sendTo(0, peer, bytes, 0, bytes.length);
          }
        }
        await turnAlone(serverIo, 10);
        await until(() => [...events.bytes.values()].flat().length === slots * datagrams);
        expect(shortages()).toBeGreaterThan(0);
        expectAll(events, slots);
      },
    );

    it("a hundred datagrams on each of a server's 20 sockets", async () => {
      const slots = 20;
      const events = new RecordingEvents();
      const serving = makeIo().transport({ protocol: "udp", slots, events });
      const endpoints: Endpoint[] = [];
      for (let slot = 0; slot < slots; slot++) {
        endpoints.push(await serving.bind(slot, { address: "127.0.0.1", port: 0 }));
      }
      const clients = new RecordingEvents();
      const io = makeIo();
      const client = io.transport({ protocol: "udp", slots, events: clients });
      for (const [slot, endpoint] of endpoints.entries()) {
        client.open(slot, flowTo(endpoint, firstPort + slot));
      }
      await until(() => clients.openedCount === slots);
      const shortages = countShortages(serving);
      for (let index = 0; index < datagrams; index++) {
        for (let slot = 0; slot < slots; slot++) {
          const bytes = payload(slot, index);
          client.send(slot, bytes, 0, bytes.length);
        }
      }
      await turnAlone(io, 10);
      await until(() => [...events.bytes.values()].flat().length === slots * datagrams);
      expect(shortages()).toBeGreaterThan(0);
      expectAll(events, slots);
    });
  });
});
