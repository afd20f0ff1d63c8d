import { describe, expect, it } from "vitest";
import { monotonicNs } from "../../../../src/base/clock.ts";
import type { Io } from "../../../../src/io/io.ts";
import { useHarness } from "../harness.ts";
import { CheckedClient } from "../model/checked-client.ts";
import { EchoServer } from "../model/echo-server.ts";

describe("the end of an io", () => {
  const { makeIo, until, turns, end } = useHarness();

  async function serve(slots: number, files?: number) {
    const server = new EchoServer();
    const io = makeIo(files);
    server.transport = io.transport({ protocol: "tcp", slots, events: server });
    const listener = await server.transport.listen({ address: "127.0.0.1", port: 0 });
    return { server, io, listener };
  }

  async function connect(slots: number, files?: number) {
    const served = await serve(slots, files);
    const client = new CheckedClient(slots, served.listener.endpoint);
    const io = makeIo(files);
    client.transport = io.transport({ protocol: "tcp", slots, events: client });
    return { ...served, serverIo: served.io, client, io };
  }

  for (const event of ["opened", "received", "drained", "closed"]) {
    it.each([8, 3])(`comes from inside ${event}, %d slots to a ring`, async (files) => {
      const { client, io, server } = await connect(8, files);
      const ends: Promise<void>[] = [];
      client.react = (what, slot) => {
        if (what !== event) {
          if (what === "opened") client.send(slot, 200_000);
          if (what === "received" && event === "closed") client.close(slot, "fin");
        } else if (client.closes === 8 || event !== "closed") {
          ends.push(io.end());
        }
      };
      for (let slot = 0; slot < 8; slot++) client.open(slot);
      await until(() => ends.length > 0);
      await end();
      await Promise.all(ends);
      expect(client.closes).toBe(8);
      expect(client.problems).toEqual([]);
      expect(server.problems).toEqual([]);
    });
  }

  // With that many free slots a server accepts all that come; else one after the other.
  it.each([10_000, 40, 7])(
    "comes from inside accepted, while others wait: %d slots",
    async (slots) => {
      const { server, io: serverIo, listener } = await serve(slots);
      const client = new CheckedClient(40, listener.endpoint);
      client.transport = makeIo().transport({ protocol: "tcp", slots: 40, events: client });
      for (let slot = 0; slot < 40; slot++) client.open(slot);
      let ended = false;
      server.onAccepted = () => {
        void serverIo.end().then(() => {
          ended = true;
        });
      };
      await until(() => ended);
      await until(() => client.closes === 40);
      expect(server.closedCount).toBe(server.acceptedCount);
      expect(server.problems).toEqual([]);
      expect(client.closes).toBe(40);
      expect(client.problems).toEqual([]);
    },
  );

  it("comes while connections follow each other on the same descriptors", async () => {
    for (let round = 0; round < 30; round++) {
      const { client, server } = await connect(3, 2);
      // Both sides close at once, so that the next is accepted while the last has something to come.
      client.react = (what, slot) => {
        if (what === "opened") client.send(slot, 10);
        else if (what === "received") client.close(slot, round % 2 === 0 ? "fin" : "reset");
        else if (what === "closed") client.open(slot);
      };
      for (let slot = 0; slot < 3; slot++) client.open(slot);
      await until(() => client.closes > round);
      await turns(round % 4);
      client.react = () => {};
      await end();
      expect(client.closes).toBe(client.opens);
      expect(server.closedCount).toBe(server.acceptedCount);
      expect(client.problems).toEqual([]);
      expect(server.problems).toEqual([]);
    }
  });

  it("resolves at once where nothing was started, and for every call", async () => {
    const io = makeIo();
    const client = new CheckedClient(1, { address: "127.0.0.1", port: 1 });
    client.transport = io.transport({ protocol: "tcp", slots: 1, events: client });
    await Promise.all([io.end(), io.end()]);
    await io.end();
  });

  it("leaves calls without harm", async () => {
    const { client, io, server, serverIo, listener } = await connect(2);
    client.open(0);
    await until(() => server.live.length === 1 && client.openCount === 1);
    await end();
    for (const [theirs, transport] of [
      [io, client.transport],
      [serverIo, server.transport],
    ] as const) {
      if (transport === null) throw new Error("there is a transport");
      expect(transport.send(0, Buffer.alloc(3), 0, 3)).toBe(true);
      transport.pause(0);
      transport.resume(0);
      transport.close(0, "fin");
      transport.close(1, "reset");
      client.open(1);
      await turnOf(theirs);
      expect(theirs.utilization()).toBeLessThanOrEqual(1);
    }
    listener.close();
    await expect(server.transport?.listen({ address: "127.0.0.1", port: 0 })).rejects.toThrow(
      "ended",
    );
    const udpIo = makeIo();
    const udp = udpIo.transport({ protocol: "udp", slots: 2, events: server });
    await udp.bind(0, { address: "127.0.0.1", port: 0 });
    await end();
    await expect(udp.bind(1, { address: "127.0.0.1", port: 0 })).rejects.toThrow("ended");
    expect(udp.send(0, Buffer.alloc(3), 0, 3)).toBe(true);
    await turnOf(udpIo);
  });

  async function turnOf(io: Io) {
    await io.turn(monotonicNs() + 1e5, 0);
  }
});
