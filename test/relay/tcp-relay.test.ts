import { describe, expect, it } from "vitest";
import type { RelayEvents } from "../../src/relay/relay.ts";
import { TcpRelay } from "../../src/relay/tcp-relay.ts";
import { FakeIo, type FakeTransport } from "../support/fake-io.ts";
import { RecordedEvents, route } from "./routes.ts";

async function relay(mostLinks = 4, routes = [route()]) {
  const io = new FakeIo();
  const recorded = new RecordedEvents();
  const tcp = new TcpRelay(io, routes, recorded satisfies RelayEvents, mostLinks);
  await tcp.listen();
  const [front, back] = io.transports as [FakeTransport, FakeTransport];
  const listeners = front.calls.flatMap((call, index) =>
    call.startsWith("listen") ? [index] : [],
  );
  front.calls.length = 0;
  /** Accepts a client's connection. */
  const accept = (slot: number, port = 50_000 + slot, listener = 0) =>
    front.events.accepted(slot, listeners[listener] ?? -1, { address: "127.0.0.1", port }, 1e9);
  return { tcp, recorded, front, back, accept };
}

describe("TcpRelay", () => {
  it("uses half-open connections, and connects from the next source with the client's port", async () => {
    const { front, back, accept, recorded } = await relay(4, [route(), route("127.0.0.9", 9093)]);
    expect([front.options.halfOpen, back.options.halfOpen]).toEqual([true, true]);
    accept(0);
    accept(1, 50_001, 1);
    accept(2);
    expect([...back.flows.values()]).toEqual([
      flow("127.0.0.2", 50_000, 9092),
      flow("127.0.0.9", 50_001, 9093),
      flow("127.0.0.3", 50_002, 9092),
    ]);
    back.events.opened(0, 1e9);
    expect(recorded.lines).toEqual([
      "opened #1 127.0.0.1:50000 is 127.0.0.2:50000 to 127.0.0.1:9092",
    ]);
  });

  it("forwards bytes and ends, each direction by itself, and reports when both are over", async () => {
    const { front, back, accept, recorded, tcp } = await relay();
    accept(0);
    back.events.opened(0, 1e9);
    front.receive(0, "ask", 1e9);
    front.events.ended?.(0, 1e9);
    expect(back.sent.get(0)).toEqual(["ask"]);
    expect(back.calls).toEqual(["open 0", "finish 0"]);
    back.receive(0, "answer", 1e9);
    expect(front.calls).toEqual([]);
    back.events.ended?.(0, 1e9);
    expect(front.sent.get(0)).toEqual(["answer"]);
    expect(front.calls).toEqual(["finish 0"]);
    front.events.closed(0, null, 2e9);
    expect(tcp.drained()).toBe(false);
    back.events.closed(0, null, 2e9);
    expect(recorded.lines.at(-1)).toBe("closed #1 by client null 3/6");
    expect(tcp.drained()).toBe(true);
    expect(tcp.stats).toMatchObject({ opened: 1, failed: 0, bytesToTarget: 3, bytesToClient: 6 });
  });

  it("keeps bytes and end received before the target has accepted, and pauses reading", async () => {
    const { front, back, accept } = await relay();
    accept(0);
    front.receive(0, "one", 1e9);
    front.receive(0, "two", 1e9);
    front.events.ended?.(0, 1e9);
    expect(front.calls).toEqual(["pause 0"]);
    expect(back.sent.get(0)).toBeUndefined();
    back.events.opened(0, 1e9);
    expect(back.sent.get(0)).toEqual(["one", "two"]);
    expect(back.calls).toEqual(["open 0", "finish 0"]);
    expect(front.calls).toEqual(["pause 0", "resume 0"]);
  });

  it("does not read from one end while the other is blocked, and keeps the order", async () => {
    const { front, back, accept } = await relay();
    accept(0);
    back.events.opened(0, 1e9);
    back.full.add(0);
    for (const text of ["a", "b", "c"]) front.receive(0, text, 1e9);
    front.events.ended?.(0, 1e9);
    expect(front.calls).toEqual(["pause 0"]);
    expect(back.calls).toEqual(["open 0"]);
    back.drain(0, 1e9);
    expect(back.sent.get(0)).toEqual(["a", "b", "c"]);
    expect(back.calls).toEqual(["open 0", "finish 0"]);
    expect(front.calls).toEqual(["pause 0", "resume 0"]);
    front.full.add(0);
    back.receive(0, "d", 1e9);
    expect(back.calls.at(-1)).toBe("pause 0");
    front.drain(0, 1e9);
    expect(back.calls.at(-1)).toBe("resume 0");
    expect(front.sent.get(0)).toEqual(["d"]);
  });

  it("forwards a reset, whichever side sends it", async () => {
    const { front, back, accept, recorded } = await relay();
    accept(0);
    accept(1);
    back.events.opened(0, 1e9);
    back.events.opened(1, 1e9);
    front.events.closed(0, "ECONNRESET", 2e9);
    back.events.closed(1, "EPIPE", 2e9);
    expect(back.calls.at(-1)).toBe("close 0 reset");
    expect(front.calls).toEqual(["close 1 reset"]);
    // Bytes received after it are discarded.
    back.receive(0, "late", 2e9);
    back.events.closed(0, null, 2e9);
    front.events.closed(1, null, 2e9);
    expect(recorded.lines.slice(2)).toEqual([
      "closed #1 by client ECONNRESET 0/4",
      "closed #2 by target EPIPE 0/0",
    ]);
  });

  it("resets a client whose target refuses, and reports the reason", async () => {
    const { front, back, accept, recorded, tcp } = await relay();
    accept(0);
    back.events.closed(0, "ECONNREFUSED", 1e9);
    expect(front.calls).toEqual(["close 0 reset"]);
    front.events.closed(0, null, 1e9);
    expect(recorded.lines).toEqual(["failed 127.0.0.1:50000 ECONNREFUSED"]);
    expect(tcp.stats).toMatchObject({ opened: 0, failed: 1, open: 0 });
  });

  it("uses another port if the client's is in use, and gives up after some attempts", async () => {
    const { back, accept, recorded } = await relay();
    accept(0);
    back.events.closed(0, "EADDRINUSE", 1e9);
    expect(back.flows.get(0)).toEqual(flow("127.0.0.2", 1024, 9092));
    back.events.opened(0, 1e9);
    expect(recorded.lines).toEqual([
      "opened #1 127.0.0.1:50000 is 127.0.0.2:1024 to 127.0.0.1:9092",
    ]);
    accept(1);
    for (let attempt = 0; attempt < 16; attempt++) back.events.closed(1, "EADDRNOTAVAIL", 1e9);
    expect(recorded.lines.at(-1)).toBe("failed 127.0.0.1:50001 EADDRNOTAVAIL");
  });

  it("ends the connection to the target of a client that has disconnected, without another attempt", async () => {
    const { front, back, accept, recorded, tcp } = await relay();
    accept(0, 0);
    expect(back.flows.get(0)?.sourcePort).toBe(1024);
    front.events.closed(0, "ECONNRESET", 1e9);
    expect(back.calls).toEqual(["open 0", "close 0 reset"]);
    back.events.closed(0, "EADDRINUSE", 1e9);
    expect(back.calls).toHaveLength(2);
    expect(recorded.lines).toEqual([]);
    expect(tcp.drained()).toBe(true);
  });

  it("resets clients without room, and has room again when both connections of a link have closed", async () => {
    const { front, back, accept, recorded } = await relay(1);
    accept(0);
    accept(1);
    expect(recorded.lines).toEqual(["failed 127.0.0.1:50001 EFULL"]);
    expect(front.calls).toEqual(["close 1 reset"]);
    front.events.closed(1, null, 1e9);
    front.events.closed(0, null, 1e9);
    accept(0);
    expect(recorded.lines.at(-1)).toBe("failed 127.0.0.1:50000 EFULL");
    front.events.closed(0, null, 1e9);
    back.events.closed(0, null, 1e9);
    accept(0);
    expect(recorded.lines).toHaveLength(2);
    expect(back.calls.filter((call) => call.startsWith("open"))).toHaveLength(2);
  });

  it("drains: stops listening, existing links continue; aborts by resets", async () => {
    const { front, back, accept, recorded, tcp } = await relay();
    accept(0);
    back.events.opened(0, 1e9);
    tcp.drain();
    expect(front.listening.size).toBe(0);
    back.receive(0, "still", 1e9);
    expect(front.sent.get(0)).toEqual(["still"]);
    tcp.abort();
    expect([front.calls.at(-1), back.calls.at(-1)]).toEqual(["close 0 reset", "close 0 reset"]);
    front.events.closed(0, null, 1e9);
    back.events.closed(0, null, 1e9);
    expect(recorded.lines.at(-1)).toBe("closed #1 by relay null 0/5");
    expect(tcp.drained()).toBe(true);
  });
});

function flow(sourceAddress: string, sourcePort: number, destinationPort: number) {
  return { sourceAddress, sourcePort, destinationAddress: "127.0.0.1", destinationPort };
}
