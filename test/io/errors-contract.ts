import { afterEach, describe, expect, it } from "vitest";
import type { Endpoint } from "../../src/address/flow.ts";
import { monotonicNs } from "../../src/base/clock.ts";
import { backends } from "../../src/io/backends.ts";
import type { Io } from "../../src/io/io.ts";
import { freePort } from "../support/ports/free-port.ts";
import { ownPort } from "../support/ports/own-ports.ts";
import { RecordingEvents } from "../support/recording-events.ts";

/** ICMP errors on sockets that are not connected: what every Io must do, or say that it cannot. */
export function describeErrors(name: string, create: () => Io): void {
  describe(`ICMP errors over ${name}`, () => {
    const ios: Io[] = [];
    afterEach(async () => {
      await Promise.all(ios.splice(0).map((io) => io.end()));
    });

    function makeIo(): Io {
      const io = create();
      ios.push(io);
      return io;
    }

    async function until(done: () => boolean): Promise<void> {
      const deadline = monotonicNs() + 20e9;
      while (!done()) {
        if (monotonicNs() > deadline) throw new Error("waited 20 s in vain");
        for (const io of ios) await io.turn(monotonicNs(), 0);
      }
    }

    async function client(destination: Endpoint, receiveErrors: boolean) {
      const io = makeIo();
      const events = new RecordingEvents();
      const options = { protocol: "udp", slots: 4, events, connected: false } as const;
      const transport = io.transport(receiveErrors ? { ...options, receiveErrors } : options);
      transport.open(1, {
        sourceAddress: destination.address === "::1" ? "::1" : "127.79.3.1",
        sourcePort: ownPort(600),
        destinationAddress: destination.address,
        destinationPort: destination.port,
      });
      await until(() => events.openedCount === 1);
      const send = (text: string) => transport.send(1, Buffer.from(text), 0, text.length);
      const errors = () => events.log.filter((line) => line === "errored 1 ECONNREFUSED").length;
      return { io, events, transport, send, errors };
    }

    const can = backends[makeIo().kind].capabilities.receiveErrorsObstacle === null;

    it.skipIf(can)("says where they cannot be had", () => {
      const io = makeIo();
      const events = new RecordingEvents();
      const options = { protocol: "udp", slots: 1, events, connected: false } as const;
      expect(() => io.transport({ ...options, receiveErrors: true })).toThrow("IP_RECVERR");
    });

    it("are not received unless requested", async () => {
      const port = await freePort("udp", "127.0.0.41");
      const { io, send, events } = await client({ address: "127.0.0.41", port }, false);
      for (let i = 0; i < 5; i++) {
        send("x");
        await io.turn(monotonicNs() + 5e6, 0);
      }
      expect(events.log).toEqual(["opened 1"]);
    });

    for (const address of ["127.0.0.42", "::1"]) {
      it.runIf(can)(
        `are reported once each, one by one and many at once, at ${address}`,
        async () => {
          const port = await freePort("udp", address);
          const { send, errors, events, transport } = await client({ address, port }, true);
          for (let sent = 1; sent <= 10; sent++) {
            send("x");
            await until(() => errors() === sent);
          }
          for (let i = 0; i < 30; i++) send(`${"y".repeat(i)}`);
          await until(() => errors() === 40);
          transport.close(1, "fin");
          await until(() => events.closedCount === 1);
          expect(errors()).toBe(40);
          expect(events.log.length).toBe(42);
        },
      );

      it.runIf(can)(
        `cost no datagram: what is sent behind them arrives, at ${address}`,
        async () => {
          const port = await freePort("udp", address);
          const { send, errors, transport } = await client({ address, port }, true);
          for (let round = 1; round <= 10; round++) {
            send("lost");
            await until(() => errors() === round);
          }
          const server = makeIo();
          const serverEvents = new RecordingEvents();
          const listening = server.transport({ protocol: "udp", slots: 1, events: serverEvents });
          send("lost as well");
          await listening.bind(0, { address, port });
          // The error of the one before may stand on the socket by now.
          for (let i = 0; i < 20; i++) send(`message ${i};`);
          await until(() => serverEvents.text(0).endsWith("message 19;"));
          const missing = Array.from({ length: 20 }, (_, i) => `message ${i};`).filter(
            (text) => !serverEvents.text(0).includes(text),
          );
          expect(missing).toEqual([]);
          transport.close(1, "fin");
        },
      );
    }
  });
}
