import { afterEach, describe, expect, it } from "vitest";
import { monotonicNs } from "../../../src/base/clock.ts";
import type { Peer } from "../../../src/io/io.ts";
import { errno } from "../../../src/io/uring/kernel/abi.ts";
import type { Ring } from "../../../src/io/uring/ring.ts";
import { SocketTransport } from "../../../src/io/uring/socket-transport.ts";
import { udp } from "../../../src/io/uring/udp.ts";
import { ownPort } from "../../support/ports/own-ports.ts";
import { RecordingEvents } from "../../support/recording-events.ts";
import { failQueued } from "./failing-ring.ts";
import { useHarness } from "./harness.ts";
import { bytesFrom } from "./model/checked-client.ts";

class SenderEvents extends RecordingEvents {
  readonly senders: Peer[] = [];
  override receivedFrom(slot: number, bytes: Uint8Array, start: number, end: number, peer: Peer) {
    super.receivedFrom(slot, bytes, start, end, peer);
    this.senders.push(peer);
  }
}

describe("a wildcard socket that knows the destination address", () => {
  const { makeIo, until } = useHarness();
  const ends: (() => void)[] = [];
  afterEach(() => {
    for (const end of ends.splice(0)) end();
  });

  /** A transport whose ring is in sight, bound to any address. */
  async function wildcard(address: string) {
    const rings: Ring[] = [];
    const events = new SenderEvents();
    const transport = new SocketTransport(
      udp,
      { protocol: "udp", slots: 1, events, packetInfo: true },
      16,
      (ring) => rings.push(ring),
    );
    const { port } = await transport.bind(0, { address, port: 0 });
    const [ring] = rings;
    if (ring === undefined) throw new Error("a ring was made");
    const turn = () => {
      transport.beforeTurn();
      ring.wait(0);
      ring.drain(Number.POSITIVE_INFINITY);
    };
    ends.push(() => {
      transport.beginEnd();
      const endNs = monotonicNs() + 20e9;
      while (transport.taken > 0 && monotonicNs() < endNs) turn();
      ring.close();
      transport.release();
    });
    return { events, transport, ring, turn, port };
  }

  /** Clients that ask one address each, and hear it alone: they are connected. */
  async function clients(destinations: readonly string[], port: number, from: string) {
    const events = new RecordingEvents();
    const transport = makeIo().transport({ protocol: "udp", slots: 8, events, connected: true });
    for (const [slot, destinationAddress] of destinations.entries()) {
      transport.open(slot, {
        sourceAddress: from,
        sourcePort: ownPort(100) + slot,
        destinationAddress,
        destinationPort: port,
      });
    }
    await until(() => events.openedCount === destinations.length);
    return { events, transport };
  }

  const cases = [
    { any: "0.0.0.0", from: "127.81.0.9", destinations: ["127.0.0.1", "127.0.0.77", "127.9.8.7"] },
    { any: "::", from: "::1", destinations: ["::1"] },
  ];
  // Of one size and of others: segmentation batches and single ones.
  const sizes = [20, 20, 20, 0, 33, 20, 1000, 1000, 7];

  for (const { any, from, destinations } of cases) {
    for (const full of [false, true]) {
      it(`answers from there, bound to ${any}${full ? ", when the kernel takes nothing" : ""}`, async () => {
        const server = await wildcard(any);
        const { events, transport } = await clients(destinations, server.port, from);
        for (const slot of destinations.keys()) transport.send(slot, Buffer.from("?"), 0, 1);
        await until(() => {
          server.turn();
          return server.events.senders.length === destinations.length;
        });
        expect(server.events.senders.map(({ local }) => local).sort()).toEqual(
          [...destinations].sort(),
        );
        const sent = sizes.map((size, index) => bytesFrom(index, 0, size));
        for (const [index, known] of server.events.senders.entries()) {
          // As it was handed out, and as somebody else would name it.
          const { address, port, local = "" } = known;
          const peer = index % 2 === 0 ? known : { address, port, local };
          for (const bytes of sent) server.transport.sendTo(0, peer, bytes, 0, bytes.length);
        }
        if (full) {
          expect(failQueued(server.ring, server.transport, -errno.again)).toBeGreaterThan(0);
          const [peer] = server.events.senders;
          if (peer === undefined) throw new Error("somebody asked");
          expect(server.transport.sendTo(0, peer, Buffer.from("last"), 0, 4)).toBe(false);
        }
        const total =
          sizes.reduce((sum, size) => sum + size, 0) * destinations.length + (full ? 4 : 0);
        await until(() => {
          server.turn();
          return events.receivedBytes === total;
        });
        for (const slot of destinations.keys()) {
          const got = (events.bytes.get(slot) ?? []).slice(0, sizes.length);
          expect(got.map((bytes, index) => bytes.equals(sent[index] as Buffer))).toEqual(
            sizes.map(() => true),
          );
        }
      });
    }
  }

  it("replies without that option where no address is given", async () => {
    const server = await wildcard("0.0.0.0");
    const { events } = await clients(["127.0.0.1"], server.port, "127.81.0.9");
    server.transport.sendTo(
      0,
      { address: "127.81.0.9", port: ownPort(100) },
      Buffer.from("x"),
      0,
      1,
    );
    await until(() => {
      server.turn();
      return events.receivedBytes === 1;
    });
  });
});
