/** What one turn hands out is bounded: a flood on one transport does not stop the clock of another. */
import dgram from "node:dgram";
import { afterEach, describe, expect, it } from "vitest";
import { monotonicNs } from "../../src/base/clock.ts";
import type { Io } from "../../src/io/io.ts";
import { createNodeIo } from "../../src/io/node/io.ts";
import { uringObstacle } from "../../src/io/uring/availability.ts";
import { createUringIo } from "../../src/io/uring/io.ts";
import { RecordingEvents } from "../support/recording-events.ts";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** Takes at least 1 ms for each datagram, and notes when it is said to have come. */
class SlowEvents extends RecordingEvents {
  readonly cameNs: number[] = [];
  override receivedFrom(
    _slot: number,
    _bytes: Uint8Array,
    _start: number,
    _end: number,
    _peer: unknown,
    nowNs = 0,
  ): void {
    this.cameNs.push(nowNs);
    const endNs = monotonicNs() + 1e6;
    while (monotonicNs() < endNs);
  }
}

async function boundTo(io: Io, slots = 1) {
  const events = new SlowEvents();
  const transport = io.transport({ protocol: "udp", slots, events });
  const { port } = await transport.bind(0, { address: "127.0.0.1", port: 0 });
  return { events, port };
}

/** Sends that many datagrams; they have arrived when it resolves. */
async function send(port: number, count: number): Promise<void> {
  const socket = dgram.createSocket("udp4");
  const sent = Array.from(
    { length: count },
    (_, index) =>
      new Promise<void>((resolve, reject) => {
        socket.send(`${index}`, port, "127.0.0.1", (error) => (error ? reject(error) : resolve()));
      }),
  );
  await Promise.all(sent);
  await new Promise<void>((resolve) => socket.close(() => resolve()));
}

const flood = 100;
/** One turn may last 2 ms and what is handed out between two looks at the clock; all at once would be 100 ms. */
const mostInOneTurn = 20;

const ios = [
  ["node", () => createNodeIo()],
  ...(uringObstacle() === null ? [["io_uring", () => createUringIo()] as const] : []),
] as const;

describe.each(ios)("a flood over %s", (name, create) => {
  function makeIo(): Io {
    const io = create();
    cleanups.push(() => io.end());
    return io;
  }

  it("comes over several turns, in its order, none lost", async () => {
    const io = makeIo();
    const { events, port } = await boundTo(io);
    await io.turn(monotonicNs(), 0);
    await send(port, flood);
    const perTurn: number[] = [];
    while (events.cameNs.length < flood) {
      const before = events.cameNs.length;
      await io.turn(monotonicNs() + 1e6, 0);
      perTurn.push(events.cameNs.length - before);
    }
    expect(Math.max(...perTurn)).toBeLessThanOrEqual(mostInOneTurn);
    expect(events.cameNs).toHaveLength(flood);
    expect(events.cameNs).toEqual(events.cameNs.toSorted((a, b) => a - b));
  });

  it("does not hold up what comes on another transport, nor what is due", async () => {
    const io = makeIo();
    const flooded = await boundTo(io);
    const other = await boundTo(io);
    await io.turn(monotonicNs(), 0);
    await send(flooded.port, flood);
    await send(other.port, 1);
    while (other.events.cameNs.length === 0) await io.turn(monotonicNs() + 1e6, 0);
    // Node hands out 32 datagrams of a socket before it looks at the next; its turns end meanwhile.
    expect(flooded.events.cameNs.length).toBeLessThan(flood / 2);
  });

  it.runIf(name === "io_uring")("is told with the time at which it came", async () => {
    const io = makeIo();
    const { events, port } = await boundTo(io);
    await io.turn(monotonicNs(), 0);
    await send(port, flood);
    while (events.cameNs.length < 20) await io.turn(monotonicNs(), 0);
    // The kernel hands over 20 and more at once; 16 are handed out in the first turn.
    expect(events.cameNs[19]).toBe(events.cameNs[0]);
  });
});
