import { afterEach, describe, expect, it } from "vitest";
import { monotonicNs } from "../../src/base/clock.ts";
import { backends } from "../../src/io/backends.ts";
import type { Io, KernelTimes, TransportOptions } from "../../src/io/io.ts";
import { ownPort } from "../support/ports/own-ports.ts";
import { RecordingEvents } from "../support/recording-events.ts";

/** An io whose transports note the kernel's times, which nobody reads; slow ones do not. */
export function timedIo(io: Io): Io {
  return {
    kind: io.kind,
    transport: (options) =>
      io.transport(
        options.mostReadBytes === undefined
          ? { ...options, kernelTimes: new NotedTimes() }
          : options,
      ),
    turn: (deadlineNs, slackNs) => io.turn(deadlineNs, slackNs),
    wake: () => io.wake(),
    needsLoop: () => io.needsLoop(),
    utilization: () => io.utilization(),
    get awakeNs() {
      return io.awakeNs;
    },
    get events() {
      return io.events;
    },
    end: () => io.end(),
  };
}

class NotedTimes implements KernelTimes {
  readonly receivedNs = new Float64Array(1);
  submittedNs = Number.NaN;

  submitting(nowNs: number): void {
    this.submittedNs = nowNs;
  }
}

/** What one `received` said: how much, when the kernel had it, and when it was handed out. */
class TimedEvents extends RecordingEvents {
  readonly times = new NotedTimes();
  readonly came: { readonly length: number; readonly kernelNs: number; readonly nowNs: number }[] =
    [];

  override received(
    slot: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    nowNs = Number.NaN,
  ): void {
    super.received(slot, bytes, start, end);
    this.came.push({ length: end - start, kernelNs: this.times.receivedNs[0] as number, nowNs });
  }
}

/** How long a client does not look: more than the kernel ever takes for a packet on a machine that is not stuck. */
const busyNs = 20e6;
/** What the two clocks may be apart, and the kernel late for a packet: far less than that. */
const toleranceNs = 5e6;
/** Where others keep the kernel from its work, the next one shows it. */
const mostTries = 50;

/** The kernel's times: what every Io must note, or say that it cannot. */
export function describeKernelTimes(name: string, create: () => Io): void {
  describe(`the kernel's times over ${name}`, () => {
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

    const obstacle = backends[makeIo().kind].capabilities.kernelTimesObstacle;
    const can = obstacle === null;

    it.skipIf(can).each(["tcp", "udp"] as const)(
      "says where they cannot be had: %s",
      (protocol) => {
        const events = new TimedEvents();
        const options = { protocol, slots: 1, events, kernelTimes: events.times };
        expect(() => makeIo().transport(options)).toThrow("SO_TIMESTAMPNS");
      },
    );

    let tests = 0;
    async function pair(address: string, changes: Partial<TransportOptions>) {
      const { protocol = "tcp" } = changes;
      const served = new RecordingEvents();
      const server = makeIo();
      const there = server.transport({ protocol, slots: 4, events: served });
      const port = ownPort(700 + tests++);
      const endpoint =
        protocol === "tcp"
          ? (await there.listen({ address, port: 0 })).endpoint
          : await there.bind(0, { address, port: 0 });
      const events = new TimedEvents();
      const client = makeIo();
      const here = client.transport({
        protocol,
        slots: 2,
        events,
        kernelTimes: events.times,
        ...changes,
      });
      here.open(1, {
        sourceAddress: address === "::1" ? "::1" : "127.79.9.1",
        sourcePort: port,
        destinationAddress: endpoint.address,
        destinationPort: endpoint.port,
      });
      await until(() => events.openedCount === 1);
      const send = (text: string) => here.send(1, Buffer.from(text), 0, text.length);
      const reply = (text: string) => {
        const bytes = Buffer.from(text);
        const [peer] = served.peers;
        if (protocol === "tcp" || peer === undefined) there.send(0, bytes, 0, bytes.length);
        else there.sendTo(0, peer, bytes, 0, bytes.length);
        server.turn(monotonicNs(), 0);
      };
      return { events, served, send, reply, there };
    }

    const kinds: readonly [string, string, Partial<TransportOptions>][] = [
      ["TCP", "127.0.0.51", { protocol: "tcp" }],
      ["TCP", "::1", { protocol: "tcp" }],
      ["connected UDP", "127.0.0.52", { protocol: "udp", connected: true }],
      ["connected UDP", "::1", { protocol: "udp", connected: true }],
      ["unconnected UDP", "127.0.0.53", { protocol: "udp", connected: false }],
    ];

    it.runIf(can).each(kinds)(
      "of %s at %s, while the client is busy",
      async (_, address, changes) => {
        const { events, served, send, reply } = await pair(address, changes);
        let isSeen = false;
        for (let tries = 0; !isSeen && tries < mostTries; tries++) {
          const beforeNs = monotonicNs();
          send("request");
          await until(() => served.receivedBytes === 7 * (tries + 1));
          expect(events.times.submittedNs).toBeGreaterThanOrEqual(beforeNs);
          reply("reply");
          const repliedNs = monotonicNs();
          while (monotonicNs() < repliedNs + busyNs);
          await until(() => events.receivedBytes === 5 * (tries + 1));
          const came = events.came.at(-1);
          const kernelNs = came?.kernelNs ?? Number.NaN;
          // Only of the first packets of a machine is it not known.
          if (tries > 0) expect(kernelNs).toBeGreaterThan(events.times.submittedNs - toleranceNs);
          expect(came?.nowNs).toBeGreaterThanOrEqual(repliedNs + busyNs);
          isSeen = kernelNs < repliedNs + toleranceNs;
        }
        expect(isSeen).toBe(true);
      },
    );

    it.runIf(can)("are those of the last segment where several are read at once", async () => {
      const { events, served, send, reply } = await pair("127.0.0.54", { protocol: "tcp" });
      send("request");
      await until(() => served.receivedBytes === 7);
      let kernelNs = Number.NaN;
      let lastNs = 0;
      for (let tries = 1; Number.isNaN(kernelNs) && tries <= mostTries; tries++) {
        reply("first");
        const firstNs = monotonicNs();
        while (monotonicNs() < firstNs + busyNs);
        lastNs = monotonicNs();
        reply("last");
        await until(() => events.receivedBytes === 9 * tries);
        kernelNs = events.came.at(-1)?.kernelNs ?? Number.NaN;
      }
      expect(kernelNs).toBeGreaterThan(lastNs - toleranceNs);
      expect(events.text(1)).toMatch(/^(firstlast)+$/);
    });

    it.runIf(can)("come with an empty datagram, and an end of a stream is one", async () => {
      const udp = await pair("127.0.0.55", { protocol: "udp", connected: true });
      udp.send("");
      await until(() => udp.served.peers.length === 1);
      udp.reply("");
      await until(() => udp.events.came.length === 1);
      udp.reply("more");
      await until(() => udp.events.came.length === 2);
      expect(udp.events.came.map(({ length }) => length)).toEqual([0, 4]);

      const tcp = await pair("127.0.0.56", { protocol: "tcp" });
      tcp.send("request");
      await until(() => tcp.served.receivedBytes === 7);
      tcp.reply("last words");
      tcp.there.close(0, "fin");
      await until(() => tcp.events.closedCount === 1);
      expect(tcp.events.text(1)).toBe("last words");
      expect(tcp.events.log.at(-1)).toBe("closed 1 null");
    });
  });
}
