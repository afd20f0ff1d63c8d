import { describe, expect, it } from "vitest";
import { monotonicNs } from "../../../src/base/clock.ts";
import { createUringIo } from "../../../src/io/uring/io.ts";
import type { Ring } from "../../../src/io/uring/ring.ts";
import { SocketTransport } from "../../../src/io/uring/socket-transport.ts";
import { tcp } from "../../../src/io/uring/tcp.ts";
import { RecordingEvents } from "../../support/recording-events.ts";

const clients = 150;

describe("accepting into tables of direct descriptors", () => {
  it.each([
    ["one", 100, 1000],
    ["several, of which the last is small", 100, 30],
  ])("%s: what finds no room waits, and none is lost", async (_, slots, files) => {
    const server = new RecordingEvents();
    const rings: Ring[] = [];
    const serving = new SocketTransport(
      tcp,
      { protocol: "tcp", slots, events: server },
      files,
      (ring) => rings.push(ring),
    );
    const turn = () => {
      serving.beforeTurn();
      for (const ring of rings) {
        ring.wait(0);
        serving.nowNs = monotonicNs();
        ring.drain(Number.POSITIVE_INFINITY);
      }
    };
    const listeners = [
      await serving.listen({ address: "127.0.0.1", port: 0 }),
      await serving.listen({ address: "127.0.0.2", port: 0 }),
    ];
    const io = createUringIo();
    const events = new RecordingEvents();
    const client = io.transport({ protocol: "tcp", slots: clients, events });
    for (let slot = 0; slot < clients; slot++) {
      const { address, port } = listeners[slot % 2]?.endpoint ?? { address: "", port: 0 };
      client.open(slot, {
        sourceAddress: "127.78.9.1",
        sourcePort: 20_000 + slot,
        destinationAddress: address,
        destinationPort: port,
      });
    }
    const until = async (done: () => boolean) => {
      const endNs = monotonicNs() + 20e9;
      for (let more = 100; more > 0; more--) {
        if (done()) more = Math.min(more, 20);
        else if (monotonicNs() < endNs) more = 100;
        turn();
        await io.turn(monotonicNs(), 0);
      }
      expect(done()).toBe(true);
    };
    await until(() => events.openedCount === clients && server.peers.length === slots);
    expect(events.closedCount).toBe(0);
    expect(server.peers.length).toBe(slots);

    for (let slot = 0; slot < slots; slot++) serving.close(slot, "fin");
    await until(() => server.peers.length === clients && events.closedCount === slots);

    serving.beginEnd();
    await until(() => serving.taken === 0);
    for (const ring of rings) ring.close();
    await io.end();
  });
});
