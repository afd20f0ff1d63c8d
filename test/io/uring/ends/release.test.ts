import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { monotonicNs } from "../../../../src/base/clock.ts";
import type { Peer, Transport } from "../../../../src/io/io.ts";
import { Ring } from "../../../../src/io/uring/ring.ts";
import { RecordingEvents } from "../../../support/recording-events.ts";
import { flowTo, useHarness } from "../harness.ts";
import { CheckedClient } from "../model/checked-client.ts";
import { EchoServer } from "../model/echo-server.ts";

/** What was mapped through koffi and not given back: address -> bytes. */
const mapped = vi.hoisted(() => new Map<number, number>());

vi.mock(import("../../../../src/io/uring/kernel/syscalls.ts"), async (original) => {
  const calls = await original();
  const remember = (address: number, bytes: number) => {
    if (address > 0) mapped.set(address, bytes);
    return address;
  };
  return {
    ...calls,
    mapPages: (bytes) => remember(calls.mapPages(bytes), bytes),
    unmap: (address, bytes) => {
      if (mapped.get(address) === bytes) mapped.delete(address);
      calls.unmap(address, bytes);
    },
  };
});

/** What the kernel says that this process holds, as far as it may come from an io. */
function holdings() {
  const files = readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return []; // The one that listed the folder.
    }
  });
  return {
    files: files.length,
    rings: files.filter((target) => target.includes("io_uring")).length,
    epolls: files.filter((target) => target.includes("eventpoll")).length,
    mappings: mapped.size,
  };
}

/** Bytes of private memory that belongs to no file: V8's, and the pages that we share with the kernel. */
function anonymousBytes(): number {
  let bytes = 0;
  for (const line of readFileSync("/proc/self/maps", "utf8").split("\n")) {
    const [, from = "", to = ""] = /^(\w+)-(\w+) \S+ \w+ 00:00 0\s*$/.exec(line) ?? [];
    if (from !== "") bytes += Number.parseInt(to, 16) - Number.parseInt(from, 16);
  }
  return bytes;
}

describe("an io that has ended", () => {
  const { makeIo, until, end } = useHarness();
  const slots = 9;

  /** Sends back what comes, on its only socket. */
  class UdpEcho extends RecordingEvents {
    transport: Transport | null = null;
    override receivedFrom(
      slot: number,
      bytes: Uint8Array,
      start: number,
      finish: number,
      peer: Peer,
    ): void {
      this.transport?.sendTo(slot, peer, Buffer.from(bytes.subarray(start, finish)), 0, 5);
    }
  }

  /** Everything that an io can have: listeners, connections, both kinds of UDP sockets, pending sends. */
  async function live(files: number | undefined) {
    const server = new EchoServer();
    const serverIo = makeIo(files);
    server.transport = serverIo.transport({ protocol: "tcp", slots, events: server });
    const listener = await server.transport.listen({ address: "127.0.0.1", port: 0 });
    const udpServer = new UdpEcho();
    udpServer.transport = serverIo.transport({ protocol: "udp", slots: 1, events: udpServer });
    const endpoint = await udpServer.transport.bind(0, { address: "127.0.0.1", port: 0 });

    const io = makeIo(files);
    const client = new CheckedClient(slots, listener.endpoint);
    client.transport = io.transport({ protocol: "tcp", slots, events: client });
    const udp = [true, false].map((connected) => {
      const events = new RecordingEvents();
      const transport = io.transport({ protocol: "udp", slots, events, connected });
      for (let slot = 0; slot < slots; slot++) {
        transport.open(slot, flowTo(endpoint, 22_000 + (connected ? 0 : slots) + slot));
      }
      return { events, transport };
    });
    for (let slot = 0; slot < slots; slot++) client.open(slot);
    await until(
      () => client.openCount === slots && udp.every((one) => one.events.openedCount === slots),
    );
    for (let slot = 0; slot < slots; slot++) {
      client.send(slot, 1000);
      for (const { transport } of udp) transport.send(slot, Buffer.from("hello"), 0, 5);
    }
    await until(
      () => client.owing === 0 && udp.every(({ events }) => events.receivedBytes === 5 * slots),
    );
    client.close(0, "fin");
    client.close(1, "reset");
    // What nobody has read when it ends.
    for (let slot = 2; slot < slots; slot++) client.send(slot, 200_000);
    expect(client.problems).toEqual([]);
  }

  it.each([
    ["one ring for a transport", undefined],
    ["many", 2],
  ])("has given everything back: %s", async (_, files) => {
    // What is made once for all ios.
    await live(files);
    await end();
    const before = holdings();
    const bytesBefore = anonymousBytes();
    let most = 0;
    for (let cycle = 0; cycle < 50; cycle++) {
      await live(files);
      most = Math.max(most, holdings().rings);
      await end();
    }
    expect(most).toBeGreaterThanOrEqual(before.rings + (files === undefined ? 5 : 20));
    expect(holdings()).toEqual(before);
    // V8's own heap comes and goes by some MiB; of an io, one staging in each cycle would be 25 MiB.
    expect(anonymousBytes() - bytesBefore).toBeLessThan(20 << 20);
  });

  it("still reports how busy it is, and can be turned", async () => {
    const io = makeIo();
    io.transport({ protocol: "tcp", slots: 1, events: new EchoServer() });
    await end();
    expect(io.utilization()).toBe(0);
    await io.turn(monotonicNs(), 0);
  });
});

it("a ring that the kernel refuses leaves nothing behind", () => {
  const completions = { nowNs: 0, sendFailed() {}, completed() {} };
  const before = holdings();
  const small = { entries: 8, files: 1, buffers: 8, bufferBytes: 4096 };
  const most = 1 << 20;
  for (const [change, code] of [
    [{ entries: 1 << 16 }, "EINVAL"],
    [{ files: most + 1 }, "EMFILE"],
    [{ buffers: 1 << 16 }, "EINVAL"],
  ] as const) {
    expect(() => new Ring(0, { ...small, ...change }, completions)).toThrow(
      expect.objectContaining({ code }),
    );
    expect(holdings()).toEqual(before);
  }
});
