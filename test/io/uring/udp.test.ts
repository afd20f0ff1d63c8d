import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Endpoint } from "../../../src/address/flow.ts";
import { monotonicNs } from "../../../src/base/clock.ts";
import type { Io, Peer, Transport, TransportOptions } from "../../../src/io/io.ts";
import { createNodeIo } from "../../../src/io/node/io.ts";
import { errno, sqeWords } from "../../../src/io/uring/kernel/abi.ts";
import type { Ring } from "../../../src/io/uring/ring.ts";
import { SocketTransport } from "../../../src/io/uring/socket-transport.ts";
import { udp } from "../../../src/io/uring/udp.ts";
import { rounds } from "../../support/fuzz.ts";
import { freePort } from "../../support/ports/free-port.ts";
import { ownPort } from "../../support/ports/own-ports.ts";
import { RecordingEvents } from "../../support/recording-events.ts";
import { failQueued, ringEntries } from "./failing-ring.ts";
import { flowTo, useHarness } from "./harness.ts";
import { bytesFrom } from "./model/checked-client.ts";

const addresses = ["127.0.0.1", "::1"];
const mostBytes = 65_507;

/** Takes datagrams, and sends them back where asked to. */
class Receiver extends RecordingEvents {
  transport: Transport | null = null;
  echo = false;
  override receivedFrom(
    slot: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    peer: Peer,
  ): void {
    this.peers.push({ address: peer.address, port: peer.port });
    this.received(slot, bytes, start, end);
    if (!this.echo) return;
    const copy = Buffer.from(bytes.subarray(start, end));
    this.transport?.sendTo(slot, peer, copy, 0, copy.length);
  }
  count(slot = 0): number {
    return this.bytes.get(slot)?.length ?? 0;
  }
}

describe("UDP", () => {
  const { makeIo, until, turns } = useHarness();

  async function receiver(address: string) {
    const events = new Receiver();
    const transport = makeIo().transport({
      protocol: "udp",
      slots: 2,
      events,
      receiveBufferBytes: 8 << 20,
    });
    events.transport = transport;
    return { events, transport, endpoint: await transport.bind(0, { address, port: 0 }) };
  }

  async function sender(endpoint: Endpoint, options: Partial<TransportOptions> = {}) {
    const events = new RecordingEvents();
    const io = makeIo();
    const transport = io.transport({ protocol: "udp", slots: 4, events, ...options });
    transport.open(0, flowTo(endpoint, ownPort(0)));
    await until(() => events.openedCount === 1);
    return { events, transport, io };
  }

  function sendAll(transport: Transport, slot: number, sizes: readonly number[]): Buffer[] {
    return sizes.map((size, index) => {
      const bytes = bytesFrom(index, 0, size);
      const copy = Buffer.from(Buffer.allocUnsafeSlow(size + 2).fill(0));
      copy.set(bytes, 1);
      expect(transport.send(slot, copy, 1, size + 1)).toBe(true);
      copy.fill(0xee);
      return bytes;
    });
  }

  function expectSame(received: readonly Buffer[], sent: readonly Buffer[]): void {
    expect(received.map(({ length }) => length)).toEqual(sent.map(({ length }) => length));
    for (const [index, bytes] of sent.entries()) {
      if (received[index]?.equals(bytes) !== true) throw new Error(`datagram ${index} is another`);
    }
  }

  // Runs of one size leave as segmentation batches; a change of size, an empty one or a full batch ends them.
  const sizes = fc
    .array(
      fc.tuple(
        fc.oneof(
          { weight: 6, arbitrary: fc.constantFrom(0, 1, 7, 8, 64, 1400) },
          { weight: 1, arbitrary: fc.constantFrom(1471, 9000, 32_753, 32_754, mostBytes) },
        ),
        fc.integer({ min: 1, max: 150 }),
      ),
      { minLength: 1, maxLength: 8 },
    )
    .map((runs) => runs.flatMap(([size, count]) => Array(size > 1400 ? 3 : count).fill(size)));

  it.each([
    ["127.0.0.1", true],
    ["127.0.0.1", false],
    ["::1", true],
    ["::1", false],
  ])(
    "every datagram arrives as it was sent, in order: to %s, connected: %s",
    async (address, connected) => {
      const { events, endpoint } = await receiver(address);
      const from = await sender(endpoint, { connected });
      await fc.assert(
        fc.asyncProperty(sizes, async (sizes) => {
          events.bytes.clear();
          events.peers.length = 0;
          const sent = sendAll(from.transport, 0, sizes);
          await until(() => events.count() === sent.length);
          expectSame(events.bytes.get(0) ?? [], sent);
          const { sourceAddress } = flowTo(endpoint, 0);
          for (const peer of events.peers) {
            expect(peer).toEqual({ address: sourceAddress, port: ownPort(0) });
          }
        }),
        { numRuns: rounds(3, 150) },
      );
      expect(from.events.log).toEqual(["opened 0"]);
    },
  );

  it.each(addresses)(
    "a segmentation batch arrives as datagrams where nobody takes it whole: %s",
    async (address) => {
      const io = createNodeIo();
      try {
        const events = new Receiver();
        const transport = io.transport({ protocol: "udp", slots: 1, events });
        const endpoint = await transport.bind(0, { address, port: 0 });
        const from = await sender(endpoint);
        const sent = sendAll(from.transport, 0, Array(130).fill(100));
        await arrivals(io, () => events.count() === 130);
        expectSame(events.bytes.get(0) ?? [], sent);
      } finally {
        await io.end();
      }
    },
  );

  async function arrivals(io: Io, done: () => boolean) {
    const endNs = monotonicNs() + 20e9;
    while (!done() && monotonicNs() < endNs) {
      await turns(1);
      await io.turn(monotonicNs() + 1e6, 5e6);
    }
  }

  it.each(addresses)(
    "a server answers each of several peers, whole segmentation batches too: %s",
    async (address) => {
      const { events, endpoint } = await receiver(address);
      events.echo = true;
      const clients = new RecordingEvents();
      const transport = makeIo().transport({ protocol: "udp", slots: 3, events: clients });
      for (let slot = 0; slot < 3; slot++)
        transport.open(slot, flowTo(endpoint, ownPort(10) + slot));
      await until(() => clients.openedCount === 3);
      const sent: Buffer[][] = [[], [], []];
      const sizes = [64, 64, 64, 0, 0, 64, 9, mostBytes, 64, 64];
      for (let round = 0; round < 5; round++) {
        for (let slot = 0; slot < 3; slot++) {
          sent[slot]?.push(...sendAll(transport, slot, sizes.slice(round, round + slot + 3)));
        }
        await turns(round % 2);
      }
      const total = sent.flat().length;
      await until(() => [...clients.bytes.values()].flat().length === total);
      for (let slot = 0; slot < 3; slot++) {
        expectSame(clients.bytes.get(slot) ?? [], sent[slot] ?? []);
      }
      expect(new Set(events.peers.map(({ port }) => port))).toEqual(
        new Set([ownPort(10), ownPort(11), ownPort(12)]),
      );
      expect(clients.log.filter((line) => line.startsWith("errored"))).toEqual([]);
    },
  );

  it.each([
    ["reset", [50, 50, 50]],
    ["fin", Array(20).fill(50)],
  ] as const)(
    "closed amid a segmentation batch by %s, is told of no more, or of what had come",
    async (how, reported) => {
      const { events, transport, endpoint } = await receiver("127.0.0.1");
      const seen: number[] = [];
      events.receivedFrom = (slot, _bytes, start, end) => {
        seen.push(end - start);
        if (seen.length === 3) transport.close(slot, how);
      };
      const from = await sender(endpoint);
      sendAll(from.transport, 0, Array(20).fill(50));
      await until(() => events.closedCount === 1);
      expect(seen).toEqual(reported);
    },
  );

  it.each(addresses)(
    "a refusal costs one datagram of a segmentation batch, not all: %s",
    async (address) => {
      const port = await freePort("udp", address);
      const dead = { address, port };
      const from = await sender(dead, { connected: true });
      const other = await receiver(address);
      from.transport.open(1, flowTo(other.endpoint, ownPort(1)));
      await until(() => from.events.openedCount === 2);
      // The refusal comes while nobody looks: what is sent next, in the same turn, is told of it.
      sendAll(from.transport, 0, [10]);
      sendAll(from.transport, 1, Array(12).fill(60_000));
      const late = makeIo();
      const events = new Receiver();
      await late.transport({ protocol: "udp", slots: 1, events }).bind(0, dead);
      const sent = sendAll(from.transport, 0, Array(10).fill(30));
      await until(() => events.count() === 9);
      await turns(3);
      expectSame(events.bytes.get(0) ?? [], sent.slice(1));
      expect(from.events.log.filter((line) => line.startsWith("errored"))).toEqual([
        "errored 0 ECONNREFUSED",
      ]);
    },
  );

  it("says EMSGSIZE of what is too long for any datagram, and sends the others", async () => {
    for (const connected of [true, false]) {
      const { events, endpoint } = await receiver("127.0.0.1");
      const from = await sender(endpoint, { connected });
      const long = Buffer.alloc(700_000);
      sendAll(from.transport, 0, [5, 5]);
      for (const length of [65_508, 200_000, 700_000]) from.transport.send(0, long, 0, length);
      sendAll(from.transport, 0, [5, 5]);
      await until(() => events.count() === 4 && from.events.log.length === 4);
      expect(from.events.log.slice(1)).toEqual(Array(3).fill("errored 0 EMSGSIZE"));
      from.transport.close(0, "fin");
      await until(() => from.events.closedCount === 1);
    }
  });

  describe("what the kernel would not take", () => {
    /** A transport whose ring is in sight, with an unconnected slot 0 and a connected one, opened. */
    async function inSight(endpoint: Endpoint, connected: boolean) {
      const rings: Ring[] = [];
      const events = new RecordingEvents();
      const transport = new SocketTransport(
        udp,
        { protocol: "udp", slots: 1, events, connected },
        16,
        (ring) => rings.push(ring),
      );
      transport.open(0, flowTo(endpoint, ownPort(20)));
      const [ring] = rings;
      if (ring === undefined) throw new Error("a ring was made");
      const turn = () => {
        transport.beforeTurn();
        ring.wait(0);
        // What has been submitted is not queued any more.
        for (let entry = 0; entry < ringEntries * sqeWords; entry += sqeWords)
          ring.amend(entry, 9, 0);
        ring.drain(Number.POSITIVE_INFINITY);
      };
      const turnUntil = (done: () => boolean) => {
        const endNs = monotonicNs() + 20e9;
        while (!done()) {
          if (monotonicNs() > endNs) throw new Error("waited 20 s in vain");
          turn();
        }
      };
      turnUntil(() => events.openedCount === 1);
      const end = () => {
        transport.beginEnd();
        turnUntil(() => transport.taken === 0);
        ring.close();
      };
      return { events, transport, ring, turn, turnUntil, end };
    }

    const sizes = [20, 20, 20, 0, 0, 33, 20, 20, 1000, 1000, 1000, 1000, 7];

    for (const connected of [true, false]) {
      for (const address of addresses) {
        it(`goes later, in order: EAGAIN, ${address}, connected: ${connected}`, async () => {
          const { events: theirs, endpoint } = await receiver(address);
          const { events, transport, ring, turnUntil, end } = await inSight(endpoint, connected);
          const sent = sendAll(transport, 0, sizes);
          expect(failQueued(ring, transport, -errno.again)).toBe(7);
          const more = bytesFrom(99, 0, 12);
          expect(transport.send(0, more, 0, 12)).toBe(false);
          turnUntil(() => events.drainedCount > 0);
          await until(() => theirs.count() === sent.length + 1);
          expectSame(theirs.bytes.get(0) ?? [], [...sent, more]);
          expect(events.log).toEqual(["opened 0"]);
          end();
        });

        it(`goes one by one: no segmentation on the path, ${address}, connected: ${connected}`, async () => {
          for (const code of [errno.invalid, errno.ioError, errno.messageSize]) {
            const { events: theirs, endpoint } = await receiver(address);
            const { events, transport, ring, turn, turnUntil, end } = await inSight(
              endpoint,
              connected,
            );
            const sent = sendAll(transport, 0, Array(40).fill(50));
            expect(failQueued(ring, transport, -code)).toBe(1);
            turnUntil(() => events.drainedCount > 0);
            sent.push(...sendAll(transport, 0, Array(5).fill(60)));
            turn();
            await until(() => theirs.count() === sent.length);
            expectSame(theirs.bytes.get(0) ?? [], sent);
            expect(events.log).toEqual(["opened 0"]);
            sendAll(transport, 0, [8, 8, 8]);
            expect(failQueued(ring, transport, -code)).toBe(3);
            expect(events.log.length).toBe(4);
            end();
          }
        });
      }
    }

    it("is forgotten with its socket: the slot's next one gets its own errors", async () => {
      const { events: theirs, endpoint } = await receiver("127.0.0.1");
      const { events, transport, ring, turnUntil, end } = await inSight(endpoint, true);
      sendAll(transport, 0, Array(40).fill(50));
      transport.close(0, "fin");
      expect(failQueued(ring, transport, -errno.invalid)).toBe(1);
      turnUntil(() => events.closedCount === 1);
      transport.open(0, flowTo(endpoint, ownPort(20)));
      turnUntil(() => events.openedCount === 2);
      transport.send(0, Buffer.alloc(65_508), 0, 65_508);
      turnUntil(() => events.log.includes("errored 0 EMSGSIZE"));
      await until(() => theirs.count() === 40);
      end();
    });
  });

  it("closed by fin and reset, may be bound again from inside closed, and stays so", async () => {
    const { events, transport } = await receiver("127.0.0.1");
    let bound: Promise<Endpoint> | null = null;
    const { closed } = events;
    events.closed = (slot, code) => {
      closed.call(events, slot, code);
      bound ??= transport.bind(0, { address: "127.0.0.1", port: 0 });
    };
    transport.close(0, "fin");
    transport.close(0, "reset");
    await until(() => events.closedCount === 1);
    const from = await sender(await (bound ?? Promise.reject(new Error("it is bound again"))));
    const sent = sendAll(from.transport, 0, [50]);
    await until(() => events.count() === 1);
    expectSame(events.bytes.get(0) ?? [], sent);
    expect(events.closedCount).toBe(1);
  });
});
