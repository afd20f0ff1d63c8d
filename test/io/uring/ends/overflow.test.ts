import { describe, expect, it } from "vitest";
import { opcode } from "../../../../src/io/uring/kernel/abi.ts";
import { Ring } from "../../../../src/io/uring/ring.ts";
import { useHarness } from "../harness.ts";
import { CheckedClient } from "../model/checked-client.ts";
import { EchoServer } from "../model/echo-server.ts";

const tag = 0x7f00;

describe("more completions than their ring holds", () => {
  const { makeIo, until } = useHarness();

  it.each([100, 200, 1000])("come in their order, none lost: %d into 32", (count) => {
    const seen: number[] = [];
    const ring = new Ring(
      0,
      { entries: 8, files: 1, buffers: 8, bufferBytes: 4096 },
      {
        nowNs: 0,
        sendFailed() {},
        completed(ring, slot) {
          seen.push(slot);
          // From inside the drain, too: these stand behind all others.
          if (slot < 50) ring.entry(opcode.nop, -1, 0, 0, 0, 0, count + slot, tag, 0);
        },
      },
    );
    try {
      for (let slot = 0; slot < count; slot++) {
        ring.entry(opcode.nop, -1, 0, 0, 0, 0, slot, tag, 0);
      }
      ring.wait(0);
      expect(ring.ready).toBe(true);
      while (ring.ready || ring.queued > 0) {
        ring.drain(Number.POSITIVE_INFINITY);
        ring.wait(0);
      }
      expect(seen).toEqual([...Array(count + 50).keys()]);
    } finally {
      ring.close();
    }
  });

  it("of thousands that open, close and end in one turn: all reported, and no failed send hidden", async () => {
    // A ring of several holds 4,096 completions.
    const perRing = 4300;
    const slots = perRing + 5;
    const sending = 8;
    const server = new EchoServer();
    const serverIo = makeIo();
    server.transport = serverIo.transport({ protocol: "tcp", slots, events: server });
    const listener = await server.transport.listen({ address: "127.0.0.1", port: 0 });
    const client = new CheckedClient(slots, listener.endpoint);
    const io = makeIo(perRing);
    client.transport = io.transport({ protocol: "tcp", slots, events: client });
    for (let slot = 0; slot < sending; slot++) client.open(slot);
    await until(() => server.live.length === sending);
    for (const slot of server.live) server.transport.pause(slot);
    for (let slot = sending; slot < slots; slot++) client.open(slot);
    await until(() => client.openCount === slots && server.live.length === slots);

    // What closes tells so at once. Every fifth send is a submission: their bytes have room for no more.
    for (let slot = sending; slot < perRing; slot++) client.close(slot, "fin");
    for (let round = 0; round < 200; round++) {
      for (let slot = 0; slot < sending; slot++) client.send(slot, 100_000);
    }
    expect(client.blocks).toBe(sending);
    for (const slot of server.live) server.transport.resume(slot);
    await until(() => client.owing === 0 && client.openCount === slots - perRing + sending);
    expect(client.drains).toBe(sending);

    for (let slot = sending; slot < perRing; slot++) client.open(slot);
    await until(() => client.openCount === slots);
    await io.end();
    await until(() => server.live.length === 0);
    expect(client.closes).toBe(client.opens);
    expect(client.problems).toEqual([]);
    expect(server.problems).toEqual([]);
  });
});
