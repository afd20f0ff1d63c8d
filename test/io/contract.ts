import { afterEach, describe, expect, it } from "vitest";
import { monotonicNs } from "../../src/base/clock.ts";
import { activationObstacle, createActivationSocket } from "../../src/io/activation-socket.ts";
import type { Io, Listener, Peer, Transport, TransportOptions } from "../../src/io/io.ts";
import { ownPort } from "../support/ports/own-ports.ts";
import { RecordingEvents } from "../support/recording-events.ts";

/**
 * What every Io must do; run over each platform's own.
 *
 * @param part of an io that it is over another one: its TCP connections alone, encrypted ones without a half-open state
 */
export function describeIo(
  name: string,
  create: () => Io,
  part: "all" | "tcp" | "tls" = "all",
): void {
  type Define = (name: string, body: () => void | Promise<void>) => void;
  const nothing: Define = () => {};
  const itIfHalfOpen: Define = part === "tls" ? nothing : it;
  const itIfAll: Define = part === "all" ? it : nothing;
  const describeIfAll: Define =
    part === "all" ? (title, body) => describe(title, () => void body()) : nothing;
  describe(`io over ${name}`, () => {
    const ios: Io[] = [];
    function makeIo(): Io {
      const io = create();
      ios.push(io);
      return io;
    }
    afterEach(async () => {
      await Promise.all(ios.splice(0).map((io) => io.end()));
    });

    async function until(io: Io, done: () => boolean, other?: Io): Promise<void> {
      const deadline = monotonicNs() + 100e9;
      while (!done()) {
        if (monotonicNs() > deadline) throw new Error("waited 100 s in vain");
        await io.turn(monotonicNs() + 1e6, 5e6);
        await other?.turn(monotonicNs(), 0);
      }
    }

    describe("TCP", () => {
      class EchoEvents extends RecordingEvents {
        transport: Transport | null = null;
        override received(slot: number, bytes: Uint8Array, start: number, end: number): void {
          super.received(slot, bytes, start, end);
          const copy = Buffer.from(bytes.subarray(start, end));
          this.transport?.send(slot, copy, 0, copy.length);
        }
      }

      async function echo(slots = 16): Promise<{
        io: Io;
        events: EchoEvents;
        transport: Transport;
        listener: Listener;
      }> {
        const io = makeIo();
        const events = new EchoEvents();
        const transport = io.transport({ protocol: "tcp", slots, events });
        events.transport = transport;
        const listener = await transport.listen({ address: "127.0.0.1", port: 0 });
        return { io, events, transport, listener };
      }

      function flowTo(listener: Listener, sourceAddress: string, sourcePort: number) {
        return {
          sourceAddress,
          sourcePort,
          destinationAddress: listener.endpoint.address,
          destinationPort: listener.endpoint.port,
        };
      }

      it("opens from the requested source address and port, echoes, and closes once", async () => {
        const server = await echo();
        const events = new RecordingEvents();
        const io = makeIo();
        const client = io.transport({ protocol: "tcp", slots: 2, events });
        client.open(0, flowTo(server.listener, "127.77.3.4", 12_345));
        await until(io, () => events.openedCount === 1, server.io);
        expect(client.send(0, Buffer.from("xhellox"), 1, 6)).toBe(true);
        await until(io, () => events.receivedBytes === 5, server.io);
        expect(events.text(0)).toBe("hello");
        expect(server.events.peers).toEqual([{ address: "127.77.3.4", port: 12_345 }]);
        client.close(0, "fin");
        await until(
          io,
          () => events.closedCount === 1 && server.events.closedCount === 1,
          server.io,
        );
        expect(events.log).toEqual(["opened 0", "closed 0 null"]);
        expect(server.events.log.at(-1)).toMatch(/^closed \d+ null$/);
      });

      it("takes the same tuple again at once, after fin and after reset", async () => {
        const server = await echo();
        const events = new RecordingEvents();
        const io = makeIo();
        const client = io.transport({ protocol: "tcp", slots: 1, events });
        for (const how of ["fin", "reset", "fin"] as const) {
          const { openedCount, closedCount } = events;
          client.open(0, flowTo(server.listener, "127.77.3.5", 12_346));
          await until(io, () => events.openedCount > openedCount, server.io);
          client.close(0, how);
          await until(io, () => events.closedCount > closedCount, server.io);
          await until(io, () => server.events.closedCount > closedCount, server.io);
        }
        expect(events.log.filter((line) => line !== "opened 0")).toEqual([
          "closed 0 null",
          "closed 0 null",
          "closed 0 null",
        ]);
      });

      it("reports a reset by the peer with its code", async () => {
        const server = await echo();
        const events = new RecordingEvents();
        const io = makeIo();
        const client = io.transport({ protocol: "tcp", slots: 1, events });
        client.open(0, flowTo(server.listener, "127.77.3.6", 12_347));
        await until(
          io,
          () => server.events.peers.length === 1 && events.openedCount === 1,
          server.io,
        );
        server.transport.close(Number(server.events.log[0]?.split(" ")[1]), "reset");
        await until(io, () => events.closedCount === 1, server.io);
        expect(events.log).toEqual(["opened 0", "closed 0 ECONNRESET"]);
      });

      it("reports an orderly end by the peer, after the last bytes", async () => {
        const server = await echo();
        const events = new RecordingEvents();
        const io = makeIo();
        const client = io.transport({ protocol: "tcp", slots: 1, events });
        client.open(0, flowTo(server.listener, "127.77.3.6", 12_348));
        await until(
          io,
          () => server.events.peers.length === 1 && events.openedCount === 1,
          server.io,
        );
        const slot = Number(server.events.log[0]?.split(" ")[1]);
        server.transport.send(slot, Buffer.from("bye"), 0, 3);
        server.transport.close(slot, "fin");
        await until(io, () => events.closedCount === 1, server.io);
        expect(events.text(0)).toBe("bye");
        expect(events.log).toEqual(["opened 0", "closed 0 null"]);
      });

      it("a reset ends what a fin waits for: bytes that the peer does not read, or itself", async () => {
        const server = await echo();
        for (const [index, bytes] of [0, 32 * 1024 * 1024].entries()) {
          const events = new RecordingEvents();
          const io = makeIo();
          const client = io.transport({ protocol: "tcp", slots: 1, events });
          client.open(0, flowTo(server.listener, "127.77.3.8", 12_360 + index));
          await until(
            io,
            () => server.events.peers.length === index + 1 && events.openedCount === 1,
            server.io,
          );
          server.transport.pause(Number(server.events.log.at(-1)?.split(" ")[1]));
          if (bytes > 0) expect(client.send(0, Buffer.alloc(bytes), 0, bytes)).toBe(false);
          client.close(0, "fin");
          client.close(0, "reset");
          await until(io, () => events.closedCount === 1, server.io);
          expect(events.log).toEqual(["opened 0", "closed 0 null"]);
        }
      });

      it("opens nothing any more once it ends, and ends once", async () => {
        const server = await echo();
        class Stubborn extends RecordingEvents {
          transport: Transport | null = null;
          override closed(slot: number, code: string | null): void {
            super.closed(slot, code);
            this.transport?.open(slot, flowTo(server.listener, "127.77.3.9", 12_370));
          }
        }
        const events = new Stubborn();
        const io = makeIo();
        const client = io.transport({ protocol: "tcp", slots: 1, events });
        events.transport = client;
        client.open(0, flowTo(server.listener, "127.77.3.9", 12_370));
        await until(io, () => events.openedCount === 1, server.io);
        await Promise.all([io.end(), io.end()]);
        expect(events.log).toEqual(["opened 0", "closed 0 null"]);
      });

      itIfHalfOpen("half open: each direction ends by itself, behind its bytes", async () => {
        const bytes = 8 * 1024 * 1024;
        const [io, serverIo] = [makeIo(), makeIo()];
        const events = new RecordingEvents();
        const serverEvents = new RecordingEvents();
        const halfOpen = { protocol: "tcp", slots: 4, halfOpen: true } as const;
        const client = io.transport({ ...halfOpen, events });
        const server = serverIo.transport({ ...halfOpen, events: serverEvents });
        const listener = await server.listen({ address: "127.0.0.1", port: 0 });
        client.open(0, flowTo(listener, "127.77.3.10", 12_371));
        await until(
          io,
          () => events.openedCount === 1 && serverEvents.peers.length === 1,
          serverIo,
        );
        const slot = Number(serverEvents.log[0]?.split(" ")[1]);
        server.pause(slot);
        expect(client.send(0, Buffer.alloc(bytes, 1), 0, bytes)).toBe(false);
        client.finish(0);
        await io.turn(monotonicNs() + 5e6, 0);
        await serverIo.turn(monotonicNs() + 5e6, 0);
        expect(serverEvents.log).not.toContain(`ended ${slot}`);
        server.resume(slot);
        await until(io, () => serverEvents.log.includes(`ended ${slot}`), serverIo);
        expect(serverEvents.receivedBytes).toBe(bytes);
        expect(events.closedCount + serverEvents.closedCount).toBe(0);
        server.send(slot, Buffer.from("late"), 0, 4);
        await until(io, () => events.text(0) === "late", serverIo);
        server.send(slot, Buffer.from("r"), 0, 1);
        server.finish(slot);
        await until(io, () => events.closedCount + serverEvents.closedCount === 2, serverIo);
        expect(events.text(0)).toBe("later");
        expect(events.log.slice(1)).toEqual(["ended 0", "closed 0 null"]);
        expect(serverEvents.log.slice(1)).toEqual([`ended ${slot}`, `closed ${slot} null`]);
      });

      itIfHalfOpen(
        "half open: an end of both sides at once closes both, and slots can be reused",
        async () => {
          class Finishing extends RecordingEvents {
            transport: Transport | null = null;
            override accepted(slot: number, listener: number, peer: Peer): void {
              super.accepted(slot, listener, peer);
              this.transport?.finish(slot);
            }
          }
          const [io, serverIo] = [makeIo(), makeIo()];
          const events = new RecordingEvents();
          const serverEvents = new Finishing();
          const halfOpen = { protocol: "tcp", slots: 20, halfOpen: true } as const;
          const client = io.transport({ ...halfOpen, events });
          const server = serverIo.transport({ ...halfOpen, events: serverEvents });
          serverEvents.transport = server;
          const listener = await server.listen({ address: "127.0.0.1", port: 0 });
          for (let round = 1; round <= 10; round++) {
            for (let slot = 0; slot < 20; slot++) {
              client.open(slot, flowTo(listener, "127.77.3.11", 12_400 + slot));
            }
            await until(io, () => events.openedCount === round * 20, serverIo);
            for (let slot = 0; slot < 20; slot++) client.finish(slot);
            await until(
              io,
              () => events.closedCount + serverEvents.closedCount === round * 40,
              serverIo,
            );
          }
          const strange = [...events.log, ...serverEvents.log].filter(
            (line) => line.startsWith("closed") && !line.endsWith("null"),
          );
          expect(strange).toEqual([]);
        },
      );

      itIfHalfOpen(
        "half open: a reset ends both directions, whichever has ended before",
        async () => {
          const [io, serverIo] = [makeIo(), makeIo()];
          const events = new RecordingEvents();
          const serverEvents = new RecordingEvents();
          const halfOpen = { protocol: "tcp", slots: 2, halfOpen: true } as const;
          const client = io.transport({ ...halfOpen, events });
          const server = serverIo.transport({ ...halfOpen, events: serverEvents });
          const listener = await server.listen({ address: "127.0.0.1", port: 0 });
          for (const slot of [0, 1]) {
            client.open(slot, flowTo(listener, "127.77.3.12", 12_430 + slot));
            await until(
              io,
              () => events.openedCount === slot + 1 && serverEvents.peers.length === slot + 1,
              serverIo,
            );
            const accepted = Number(serverEvents.log.at(-1)?.split(" ")[1]);
            client.finish(slot);
            await until(io, () => serverEvents.log.at(-1) === `ended ${accepted}`, serverIo);
            if (slot === 0) server.close(accepted, "reset");
            else client.close(slot, "reset");
            await until(io, () => events.closedCount === slot + 1, serverIo);
            // Whoever has heard the end hears nothing more; what it sends fails, if not at once.
            const ended = () => {
              if (slot === 1) server.send(accepted, Buffer.from("x"), 0, 1);
              return serverEvents.closedCount === slot + 1;
            };
            await until(io, ended, serverIo);
          }
          expect(serverEvents.log.at(-1)).toMatch(/^closed \d (EPIPE|ECONNRESET)$/);
          expect(events.log).toEqual([
            "opened 0",
            "closed 0 ECONNRESET",
            "opened 1",
            "closed 1 null",
          ]);
        },
      );

      it("reports a refused connection and a source port in use, and frees the slot", async () => {
        const server = await echo();
        const { port } = server.listener.endpoint;
        const events = new RecordingEvents();
        const io = makeIo();
        const client = io.transport({ protocol: "tcp", slots: 3, events });
        client.open(0, flowTo(server.listener, "127.0.0.1", port));
        await until(io, () => events.closedCount === 1);
        expect(events.log[0]).toBe("closed 0 EADDRINUSE");
        server.listener.close();
        client.open(0, flowTo(server.listener, "127.77.3.7", 12_349));
        await until(io, () => events.closedCount === 2);
        expect(events.log[1]).toBe("closed 0 ECONNREFUSED");
      });

      it("says when a slot is full, keeps the order, and says when it takes more", async () => {
        const server = await echo();
        const events = new RecordingEvents();
        const io = makeIo();
        const client = io.transport({ protocol: "tcp", slots: 1, events });
        client.open(0, flowTo(server.listener, "127.77.3.8", 12_350));
        await until(
          io,
          () => events.openedCount === 1 && server.events.peers.length === 1,
          server.io,
        );
        const slot = Number(server.events.log[0]?.split(" ")[1]);
        server.transport.pause(slot);
        const chunkBytes = 256 * 1024;
        let chunks = 0;
        while (client.send(0, Buffer.alloc(chunkBytes, chunks), 0, chunkBytes)) chunks++;
        chunks++;
        expect(events.drainedCount).toBe(0);
        server.transport.resume(slot);
        await until(io, () => server.events.receivedBytes === chunks * chunkBytes, server.io);
        await until(io, () => events.drainedCount === 1, server.io);
        await until(io, () => events.receivedBytes === chunks * chunkBytes, server.io);
        const echoed = Buffer.concat(events.bytes.get(0) ?? []);
        for (let chunk = 0; chunk < chunks; chunk++) {
          expect(echoed[chunk * chunkBytes]).toBe(chunk % 256);
          expect(echoed[(chunk + 1) * chunkBytes - 1]).toBe(chunk % 256);
        }
      });

      itIfAll(
        "reads no more than it was asked to at once, and nothing while it is paused",
        async () => {
          const server = await echo();
          const sizes: number[] = [];
          const events = new (class extends RecordingEvents {
            override received(slot: number, bytes: Uint8Array, start: number, end: number): void {
              super.received(slot, bytes, start, end);
              sizes.push(end - start);
              client.pause(slot);
            }
          })();
          const io = makeIo();
          const client: Transport = io.transport({
            protocol: "tcp",
            slots: 1,
            events,
            mostReadBytes: 1000,
            receiveBufferBytes: 4096,
          });
          client.open(0, flowTo(server.listener, "127.77.3.4", 12_399));
          await until(io, () => events.openedCount === 1, server.io);
          const text = Buffer.from("0123456789".repeat(1000));
          client.send(0, text, 0, text.length);
          for (let reads = 1; events.receivedBytes < text.length; reads++) {
            await until(io, () => sizes.length === reads, server.io);
            for (let turn = 0; turn < 5; turn++) {
              await io.turn(monotonicNs(), 0);
              await server.io.turn(monotonicNs(), 0);
            }
            expect(sizes.length).toBe(reads);
            client.resume(0);
          }
          expect(Math.max(...sizes)).toBeLessThanOrEqual(1000);
          expect(events.text(0)).toBe(text.toString());
          server.transport.close(Number(server.events.log.at(-1)?.split(" ")[1]), "reset");
          await until(io, () => events.closedCount === 1, server.io);
          expect(events.log.at(-1)).toBe("closed 0 ECONNRESET");
        },
      );

      it("holds many connections and ends them all", async () => {
        const server = await echo(200);
        const events = new RecordingEvents();
        const io = makeIo();
        const client = io.transport({ protocol: "tcp", slots: 200, events });
        for (let slot = 0; slot < 200; slot++) {
          client.open(slot, flowTo(server.listener, `127.78.0.${1 + (slot % 50)}`, 20_000 + slot));
        }
        await until(io, () => events.openedCount === 200, server.io);
        await io.end();
        expect(events.closedCount).toBe(200);
        await until(server.io, () => server.events.closedCount === 200);
        await io.end();
      });
    });

    const canHandOver = activationObstacle(process.platform) === null;
    (part === "tls" ? nothing : describe.skipIf(!canHandOver))("sockets handed over", () => {
      it("TCP: takes what connected before it listened, and stops when it is closed", async () => {
        const held = await createActivationSocket("tcp", { address: "127.0.0.1", port: 0 });
        const clientIo = makeIo();
        const clientEvents = new RecordingEvents();
        const client = clientIo.transport({ protocol: "tcp", slots: 1, events: clientEvents });
        client.open(0, {
          sourceAddress: "127.77.4.1",
          sourcePort: 12_360,
          destinationAddress: held.endpoint.address,
          destinationPort: held.endpoint.port,
        });
        await until(clientIo, () => clientEvents.openedCount === 1);
        const io = makeIo();
        const events = new RecordingEvents();
        const transport = io.transport({ protocol: "tcp", slots: 4, events });
        const listener = await transport.listen(held.endpoint, held.fd);
        expect(listener.endpoint).toEqual(held.endpoint);
        expect(listener.accepting).toBe(true);
        await until(io, () => events.peers.length === 1);
        expect(events.peers).toEqual([{ address: "127.77.4.1", port: 12_360 }]);
        listener.close();
        await until(io, () => !listener.accepting);
        client.send(0, Buffer.from("still there"), 0, 11);
        await until(clientIo, () => events.receivedBytes === 11, io);
      });

      it("UDP: reads what came before it was bound", async () => {
        const held = await createActivationSocket("udp", { address: "127.0.0.1", port: 0 });
        const clientIo = makeIo();
        const clientEvents = new RecordingEvents();
        const client = clientIo.transport({ protocol: "udp", slots: 1, events: clientEvents });
        client.open(0, {
          sourceAddress: "127.77.4.2",
          sourcePort: 12_361,
          destinationAddress: held.endpoint.address,
          destinationPort: held.endpoint.port,
        });
        await until(clientIo, () => clientEvents.openedCount === 1);
        client.send(0, Buffer.from("early"), 0, 5);
        await clientIo.turn(monotonicNs(), 0);
        const io = makeIo();
        const events = new RecordingEvents();
        const transport = io.transport({ protocol: "udp", slots: 1, events });
        expect(await transport.bind(0, held.endpoint, held.fd)).toEqual(held.endpoint);
        await until(io, () => events.receivedBytes === 5, clientIo);
        expect(events.text(0)).toBe("early");
      });
    });

    describeIfAll("UDP", () => {
      class UdpEchoEvents extends RecordingEvents {
        transport: Transport | null = null;
        replySlot: number | null = null;
        override receivedFrom(
          slot: number,
          bytes: Uint8Array,
          start: number,
          end: number,
          peer: Peer,
        ): void {
          super.receivedFrom(slot, bytes, start, end, peer);
          const copy = Buffer.from(bytes.subarray(start, end));
          this.transport?.sendTo(this.replySlot ?? slot, peer, copy, 0, copy.length);
        }
      }

      async function echo(address: string) {
        const io = makeIo();
        const events = new UdpEchoEvents();
        const transport = io.transport({ protocol: "udp", slots: 4, events });
        events.transport = transport;
        const endpoint = await transport.bind(0, { address, port: 0 });
        return { io, events, transport, endpoint };
      }

      function flowTo(
        endpoint: { address: string; port: number },
        sourceAddress: string,
        sourcePort: number,
      ) {
        return {
          sourceAddress,
          sourcePort,
          destinationAddress: endpoint.address,
          destinationPort: endpoint.port,
        };
      }

      // Buffers that were too small would cut without a word: the longest datagrams come back whole.
      const ends = [
        { address: "127.0.0.9", source: "127.79.1.2", longest: 65_507 },
        { address: "::1", source: "::1", longest: 65_527 },
      ] as const;
      for (const [connected, { address, source, longest }] of [true, false].flatMap((is) =>
        ends.map((end) => [is, end] as const),
      )) {
        it(`sends from the requested source and receives replies, connected: ${connected}, at ${address}`, async () => {
          const server = await echo(address);
          const io = makeIo();
          const events = new RecordingEvents();
          const client = io.transport({ protocol: "udp", slots: 2, events, connected });
          client.open(1, flowTo(server.endpoint, source, ownPort(456)));
          await until(io, () => events.openedCount === 1);
          for (const size of [0, 1, longest]) {
            const { length } = events.bytes.get(1) ?? [];
            expect(client.send(1, Buffer.alloc(size, 7), 0, size)).toBe(true);
            await until(io, () => (events.bytes.get(1)?.length ?? 0) === length + 1, server.io);
            expect(events.bytes.get(1)?.at(-1)?.length).toBe(size);
          }
          expect(server.events.peers[0]).toEqual({ address: source, port: ownPort(456) });
          client.send(1, Buffer.alloc(longest + 1), 0, longest + 1);
          await until(io, () => events.log.includes("errored 1 EMSGSIZE"));
          client.close(1, "fin");
          await until(io, () => events.closedCount === 1);
          expect(events.log).toEqual(["opened 1", "errored 1 EMSGSIZE", "closed 1 null"]);
        });
      }

      it("unconnected: reports replies from elsewhere separately; connected: does not receive them", async () => {
        for (const connected of [false, true]) {
          const server = await echo("127.0.0.10");
          await server.transport.bind(1, { address: "127.0.0.11", port: 0 });
          server.events.replySlot = 1;
          const io = makeIo();
          const events = new RecordingEvents();
          const client = io.transport({ protocol: "udp", slots: 1, events, connected });
          client.open(0, flowTo(server.endpoint, "127.79.1.3", ownPort(457)));
          await until(io, () => events.openedCount === 1);
          client.send(0, Buffer.from("who"), 0, 3);
          await until(io, () => server.events.peers.length === 1, server.io);
          if (connected) {
            await io.turn(monotonicNs() + 20e6, 5e6);
            expect(events.receivedBytes).toBe(0);
          } else {
            await until(io, () => events.peers.length === 1, server.io);
            expect(events.peers[0]?.address).toBe("127.0.0.11");
          }
          await io.end();
          await server.io.end();
        }
      });

      it("connected: gets ECONNREFUSED from a closed port and stays usable", async () => {
        const server = await echo("127.0.0.12");
        await server.io.end();
        const io = makeIo();
        const events = new RecordingEvents();
        const client = io.transport({ protocol: "udp", slots: 1, events, connected: true });
        client.open(0, flowTo(server.endpoint, "127.79.1.4", ownPort(458)));
        await until(io, () => events.openedCount === 1);
        client.send(0, Buffer.from("x"), 0, 1);
        await until(io, () => events.log.length === 2);
        expect(events.log[1]).toBe("errored 0 ECONNREFUSED");
        client.close(0, "fin");
        await until(io, () => events.closedCount === 1);
      });

      /** N sockets on one endpoint, and a client that sends what they hear. */
      async function broadcast(
        endpoint: { address: string; port: number },
        listeners: number,
        options: Pick<TransportOptions, "reuse" | "groups">,
      ) {
        const io = makeIo();
        const events = new RecordingEvents();
        const transport = io.transport({ protocol: "udp", slots: listeners, events, ...options });
        const first = await transport.bind(0, endpoint);
        for (let slot = 1; slot < listeners; slot++) await transport.bind(slot, first);
        return { io, events, endpoint: first, transport };
      }

      async function speaker(endpoint: { address: string; port: number }, port: number) {
        const io = makeIo();
        const events = new RecordingEvents();
        const client = io.transport({
          protocol: "udp",
          slots: 1,
          events,
          connected: true,
          broadcast: endpoint.address === "127.255.255.255",
        });
        client.open(0, flowTo(endpoint, "127.79.1.5", port));
        await until(io, () => events.openedCount === 1);
        return { io, events, client };
      }

      for (const address of ["127.255.255.255", "239.255.0.77"]) {
        it(`every listener on ${address} gets every datagram once`, async () => {
          const groups = address.startsWith("239") ? { groups: [address] } : {};
          const all = await broadcast({ address, port: 0 }, 4, { reuse: "address", ...groups });
          const { io, client } = await speaker(all.endpoint, ownPort(470));
          const sent = 50;
          for (let n = 0; n < sent; n++) client.send(0, Buffer.from([n, 1]), 0, 2);
          await until(io, () => all.events.receivedBytes >= 4 * 2 * sent, all.io);
          await all.io.turn(monotonicNs() + 5e6, 5e6);
          for (let slot = 0; slot < 4; slot++) {
            const numbers = (all.events.bytes.get(slot) ?? []).map((bytes) => bytes[0]);
            expect(numbers).toEqual(Array.from({ length: sent }, (_, n) => n));
          }
          expect(all.events.peers[0]).toEqual({ address: "127.79.1.5", port: ownPort(470) });
        });
      }

      it("exactly one receiver gets what is sent to any other address", async () => {
        const all = await broadcast({ address: "127.79.2.1", port: 0 }, 4, { reuse: "address" });
        const { io, client } = await speaker(all.endpoint, ownPort(471));
        for (let n = 0; n < 50; n++) client.send(0, Buffer.from([n]), 0, 1);
        await until(io, () => all.events.receivedBytes >= 50, all.io);
        await all.io.turn(monotonicNs() + 5e6, 5e6);
        const counts = [0, 1, 2, 3].map((slot) => all.events.bytes.get(slot)?.length ?? 0);
        expect(counts.sort()).toEqual([0, 0, 0, 50]);
      });

      it("a receiver leaves, receives nothing meanwhile, and joins again", async () => {
        const address = "127.255.255.255";
        const all = await broadcast({ address, port: 0 }, 2, { reuse: "address" });
        const { io, client } = await speaker(all.endpoint, ownPort(473));
        const send = async (text: string, ...slots: number[]) => {
          const before = slots.map((slot) => all.events.text(slot));
          client.send(0, Buffer.from(text), 0, text.length);
          const allReceived = () =>
            slots.every((slot, i) => all.events.text(slot) === before[i] + text);
          await until(io, allReceived, all.io);
        };
        await send("a", 0, 1);
        all.transport.close(1, "fin");
        await until(all.io, () => all.events.closedCount === 1);
        expect(all.events.log.at(-1)).toBe("closed 1 null");
        await send("b", 0);
        await all.transport.bind(1, all.endpoint);
        await send("c", 0, 1);
        expect([0, 1].map((slot) => all.events.text(slot))).toEqual(["abc", "ac"]);
      });

      it("a broadcast without leave to is refused with EACCES", async () => {
        const io = makeIo();
        const events = new RecordingEvents();
        const endpoint = { address: "127.255.255.255", port: ownPort(999) };
        const client = io.transport({ protocol: "udp", slots: 1, events, connected: false });
        client.open(0, flowTo(endpoint, "127.79.1.6", ownPort(472)));
        await until(io, () => events.openedCount === 1);
        client.send(0, Buffer.from("x"), 0, 1);
        await until(io, () => events.log.includes("errored 0 EACCES"));
      });

      it("a group that is none ends bind with its error", async () => {
        const wrong = broadcast({ address: "127.79.2.2", port: 0 }, 1, { groups: ["10.1.2.3"] });
        await expect(wrong).rejects.toMatchObject({ code: "EINVAL" });
      });

      it("closes by reset as well, connected or not, and the source port is free again", async () => {
        const server = await echo("127.0.0.14");
        for (const connected of [true, false]) {
          const io = makeIo();
          const events = new RecordingEvents();
          const client = io.transport({ protocol: "udp", slots: 1, events, connected });
          for (const time of [1, 2, 3]) {
            client.open(0, flowTo(server.endpoint, "127.79.1.5", ownPort(464)));
            await until(io, () => events.openedCount === time);
            client.send(0, Buffer.from("x"), 0, 1);
            await until(io, () => events.receivedBytes === time, server.io);
            client.close(0, "reset");
            await until(io, () => events.closedCount === time);
          }
          expect(events.log.filter((line) => line !== "opened 0")).toEqual(
            new Array(3).fill("closed 0 null"),
          );
        }
      });

      it("reports a source port in use", async () => {
        const server = await echo("127.0.0.13");
        const io = makeIo();
        const events = new RecordingEvents();
        const client = io.transport({ protocol: "udp", slots: 1, events });
        client.open(0, flowTo(server.endpoint, "127.0.0.13", server.endpoint.port));
        await until(io, () => events.closedCount === 1);
        expect(events.log).toEqual(["closed 0 EADDRINUSE"]);
        await expect(server.transport.bind(2, server.endpoint)).rejects.toMatchObject({
          code: "EADDRINUSE",
        });
      });
    });

    itIfAll("reports how busy its thread was since the last call", async () => {
      const io = makeIo();
      const events = new RecordingEvents();
      io.transport({ protocol: "udp", slots: 1, events }).open(0, {
        sourceAddress: "127.79.1.9",
        sourcePort: ownPort(460),
        destinationAddress: "127.79.1.9",
        destinationPort: ownPort(461),
      });
      await until(io, () => events.openedCount === 1);
      await io.turn(monotonicNs() + 1e6, 5e6);
      io.utilization();
      for (let pass = 0; pass < 20; pass++) await io.turn(monotonicNs() + 5e6, 5e6);
      const idle = io.utilization();
      const endNs = monotonicNs() + 50e6;
      while (monotonicNs() < endNs) await io.turn(monotonicNs(), 0);
      const busy = io.utilization();
      expect(idle).toBeGreaterThanOrEqual(0);
      expect(busy).toBeLessThanOrEqual(1);
      expect(busy).toBeGreaterThan(idle);
    });

    itIfAll("a turn that may be late is not late for what was before it", async () => {
      const begunNs = monotonicNs();
      const io = makeIo();
      await new Promise((resolve) => setTimeout(resolve, 500));
      await io.turn(monotonicNs() + 1e6, 5e6);
      await new Promise((resolve) => setTimeout(resolve, 500));
      const events = new RecordingEvents();
      const transport = io.transport({ protocol: "tcp", slots: 1, events });
      const listener = await transport.listen({ address: "127.0.0.1", port: 0 });
      const waitedNs = monotonicNs() - begunNs;
      const turnedNs = monotonicNs();
      await io.turn(monotonicNs() + 1e6, 5e6);
      expect(monotonicNs() - turnedNs).toBeLessThan(waitedNs / 2);
      listener.close();
    });

    itIfAll("a turn ends early when an event requests it", async () => {
      const io = makeIo();
      class Waking extends RecordingEvents {
        override opened(slot: number): void {
          super.opened(slot);
          io.wake();
        }
      }
      const events = new Waking();
      const transport = io.transport({ protocol: "udp", slots: 1, events });
      for (const slackNs of [0, 10e6]) {
        transport.open(0, {
          sourceAddress: "127.79.1.10",
          sourcePort: ownPort(462),
          destinationAddress: "127.79.1.10",
          destinationPort: ownPort(463),
        });
        const deadlineNs = monotonicNs() + 600e9;
        while (events.openedCount === 0) await io.turn(deadlineNs, slackNs);
        expect(monotonicNs()).toBeLessThan(deadlineNs);
        transport.close(0, "fin");
        await until(io, () => events.closedCount === 1);
        events.openedCount = 0;
        events.closedCount = 0;
      }
    });

    itIfAll(
      "a turn gives the event loop a pass where that is needed, and does not wait",
      async () => {
        const io = makeIo();
        const events = new RecordingEvents();
        const transport = io.transport({ protocol: "tcp", slots: 1, events });
        await transport.listen({ address: "127.0.0.1", port: 0 });
        await io.turn(monotonicNs(), 0);
        let passes = 0;
        const pass = () => {
          passes++;
          if (passes < 3) setImmediate(pass);
        };
        setImmediate(pass);
        const deadlineNs = monotonicNs() + 600e9;
        while (passes < 3) {
          io.needsLoop();
          await io.turn(io.kind === "node" ? monotonicNs() : deadlineNs, 0);
        }
        expect(monotonicNs()).toBeLessThan(deadlineNs);
      },
    );

    itIfAll("a turn lasts until its deadline, and not longer", async () => {
      const io = makeIo();
      for (const waitNs of [0, 0.2e6, 3e6, 12e6]) {
        const deadlineNs = monotonicNs() + waitNs;
        await io.turn(deadlineNs, 0);
        expect(monotonicNs()).toBeGreaterThanOrEqual(deadlineNs);
      }
    });
  });
}
