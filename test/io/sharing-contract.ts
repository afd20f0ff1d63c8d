import { afterEach, describe, expect, it } from "vitest";
import type { Endpoint } from "../../src/address/flow.ts";
import { monotonicNs } from "../../src/base/clock.ts";
import { backends } from "../../src/io/backends.ts";
import type { Io, Transport, TransportOptions } from "../../src/io/io.ts";
import { ownPort } from "../support/ports/own-ports.ts";
import { RecordingEvents } from "../support/recording-events.ts";

/** UDP sockets that share an address and port: what every Io must do, run over each platform's own. */
export function describeSharing(name: string, create: () => Io): void {
  describe(`shared UDP endpoints over ${name}`, () => {
    const ios: Io[] = [];
    afterEach(async () => {
      await Promise.all(ios.splice(0).map((io) => io.end()));
    });

    function make(options: Partial<TransportOptions> = {}) {
      const io = create();
      ios.push(io);
      const events = new RecordingEvents();
      const transport = io.transport({ protocol: "udp", slots: 64, events, ...options });
      return { io, events, transport };
    }

    async function until(done: () => boolean): Promise<void> {
      const deadline = monotonicNs() + 20e9;
      while (!done()) {
        if (monotonicNs() > deadline) throw new Error("waited 20 s in vain");
        for (const io of ios) await io.turn(monotonicNs(), 0);
      }
    }

    async function openFrom(transport: Transport, events: RecordingEvents, slot: number, to: End) {
      const { openedCount } = events;
      transport.open(slot, {
        sourceAddress: to.from,
        sourcePort: to.port,
        destinationAddress: to.to.address,
        destinationPort: to.to.port,
      });
      await until(() => events.openedCount > openedCount);
    }

    it.each(["127.0.0.31", "::1"])(
      "a connected socket gets its own flow, the bound one the others, at %s",
      async (address) => {
        const server = make({ connected: true, reuse: "address" });
        const here = await server.transport.bind(0, { address, port: 0 });
        const source = address === "::1" ? "::1" : "127.79.2.1";
        const clients = make({ connected: true });
        for (const slot of [0, 1]) {
          const from = { from: source, port: ownPort(500) + slot, to: here };
          await openFrom(clients.transport, clients.events, slot, from);
        }
        const say = (slot: number, text: string) =>
          clients.transport.send(slot, Buffer.from(text), 0, text.length);
        say(0, "before");
        await until(() => server.events.text(0) === "before");
        const peer = { address: source, port: ownPort(500) };
        await openFrom(server.transport, server.events, 7, {
          from: address,
          port: here.port,
          to: peer,
        });
        for (const text of ["one", "two"]) {
          say(0, text);
          say(1, text);
        }
        await until(() => server.events.receivedBytes === 18);
        expect(server.events.text(7)).toBe("onetwo");
        expect(server.events.text(0)).toBe("beforeonetwo");
        expect(server.events.peers.map(({ port }) => port)).toEqual([
          ownPort(500),
          ownPort(501),
          ownPort(501),
        ]);

        // Each answers as itself; the connected one needs no name, and takes none.
        server.transport.sendTo(7, { address: "127.0.0.99", port: 9 }, Buffer.from("a"), 0, 1);
        server.transport.sendTo(0, { address: source, port: ownPort(501) }, Buffer.from("b"), 0, 1);
        await until(() => clients.events.receivedBytes === 2);
        expect([clients.events.text(0), clients.events.text(1)]).toEqual(["a", "b"]);

        // When it has gone the flow's datagrams are the bound one's again.
        server.transport.close(7, "fin");
        await until(() => server.events.closedCount === 1);
        say(0, "after");
        await until(() => server.events.text(0).endsWith("after"));
        expect(server.events.text(7)).toBe("onetwo");
      },
    );

    it.each(["127.0.0.35", "::1"])(
      "a connected socket that turns away still brings what had come, and the bound one what comes, at %s",
      async (address) => {
        const server = make({ connected: true, reuse: "address" });
        const here = await server.transport.bind(0, { address, port: 0 });
        const peer = { address: address === "::1" ? "::1" : "127.79.2.5", port: ownPort(530) };
        const client = make({ connected: true });
        const from = { from: peer.address, port: peer.port, to: here };
        await openFrom(client.transport, client.events, 0, from);
        await openFrom(server.transport, server.events, 7, {
          from: address,
          port: here.port,
          to: peer,
        });
        const say = async (text: string) => {
          client.transport.send(0, Buffer.from(text), 0, text.length);
          // The server's own loop does not turn.
          await client.io.turn(monotonicNs(), 0);
        };
        await say("queued");
        server.transport.redirect(7, { address, port: 9 });
        await until(() => server.events.text(7) === "queued");
        await say("later");
        await until(() => server.events.text(0) === "later");
        server.transport.redirect(7, peer);
        await server.io.turn(monotonicNs(), 0);
        await say("back");
        await until(() => server.events.text(7) === "queuedback");
        expect(server.events.text(0)).toBe("later");
        expect(server.events.peers.map(({ port }) => port)).toEqual([peer.port]);
        server.transport.send(7, Buffer.from("x"), 0, 1);
        await until(() => client.events.text(0) === "x");
      },
    );

    it("of unconnected ones the last bound gets all", async () => {
      const servers = [make({ reuse: "address" }), make({ reuse: "address" })] as const;
      const here = await servers[0].transport.bind(0, { address: "127.0.0.32", port: 0 });
      await servers[1].transport.bind(0, here);
      const client = make({ connected: true });
      await openFrom(client.transport, client.events, 0, {
        from: "127.79.2.2",
        port: ownPort(510),
        to: here,
      });
      client.transport.send(0, Buffer.from("x"), 0, 1);
      await until(() => servers[1].events.text(0) === "x");
      expect(servers[0].events.receivedBytes).toBe(0);
    });

    it("by port, every flow goes to one of them, and both get some", async () => {
      const obstacle = backends[make().io.kind].capabilities.reusePortObstacle();
      if (obstacle !== null) {
        expect(() => make({ reuse: "port" })).toThrow(obstacle);
        return;
      }
      const servers = [make({ reuse: "port" }), make({ reuse: "port" })] as const;
      const here = await servers[0].transport.bind(0, { address: "127.0.0.33", port: 0 });
      await servers[1].transport.bind(0, here);
      const client = make({ connected: true });
      for (let slot = 0; slot < 64; slot++) {
        await openFrom(client.transport, client.events, slot, {
          from: "127.79.2.3",
          port: ownPort(1000) + slot,
          to: here,
        });
        for (let time = 0; time < 2; time++) client.transport.send(slot, Buffer.from("x"), 0, 1);
      }
      await until(() => servers[0].events.receivedBytes + servers[1].events.receivedBytes === 128);
      const ports = servers.map(({ events }) => new Set(events.peers.map(({ port }) => port)));
      expect(ports.map(({ size }) => size).every((size) => size > 0)).toBe(true);
      expect(new Set([...(ports[0] ?? []), ...(ports[1] ?? [])]).size).toBe(64);
      expect((ports[0]?.size ?? 0) + (ports[1]?.size ?? 0)).toBe(64);
    });

    it("reports the address that a datagram was sent to, and replies from it, or says why it cannot", async () => {
      const obstacle = backends[make().io.kind].capabilities.packetInfoObstacle;
      if (obstacle !== null) {
        expect(() => make({ packetInfo: true })).toThrow(obstacle);
        return;
      }
      const server = make({ packetInfo: true });
      const { port } = await server.transport.bind(0, { address: "0.0.0.0", port: 0 });
      const client = make({ connected: true });
      const to = { address: "127.0.0.34", port };
      await openFrom(client.transport, client.events, 0, {
        from: "127.79.2.4",
        port: ownPort(520),
        to,
      });
      client.transport.send(0, Buffer.from("x"), 0, 1);
      await until(() => server.events.text(0) === "x");
      const peer = { address: "127.79.2.4", port: ownPort(520), local: "127.0.0.34" };
      server.transport.sendTo(0, peer, Buffer.from("y"), 0, 1);
      await until(() => client.events.text(0) === "y");
    });
  });
}

interface End {
  readonly from: string;
  readonly port: number;
  readonly to: Endpoint;
}
