import { describe, expect, it } from "vitest";
import { UdpRelay } from "../../src/relay/udp-relay.ts";
import { FakeIo, type FakeTransport } from "../support/fake-io.ts";
import { RecordedEvents, route } from "./routes.ts";

const idleNs = 10e9;

async function relay(mostLinks = 4, routes = [route()]) {
  const io = new FakeIo();
  const recorded = new RecordedEvents();
  const udp = new UdpRelay(io, routes, recorded, mostLinks, idleNs);
  await udp.listen();
  const [front, back] = io.transports as [FakeTransport, FakeTransport];
  const client = (port: number) => ({ address: "127.0.0.1", port });
  return { udp, recorded, front, back, client };
}

describe("UdpRelay", () => {
  it("opens a connected flow for each client, and keeps datagrams until it is open", async () => {
    const { front, back, client, recorded, udp } = await relay();
    expect(back.options.connected).toBe(true);
    front.receive(0, "a1", 1e9, client(50_000));
    front.receive(0, "a2", 1e9, client(50_000));
    front.receive(0, "", 1e9, client(50_000));
    front.receive(0, "b1", 1e9, client(50_001));
    expect(
      [...back.flows.values()].map((flow) => `${flow.sourceAddress}:${flow.sourcePort}`),
    ).toEqual(["127.0.0.2:50000", "127.0.0.3:50001"]);
    expect(back.sent.size).toBe(0);
    back.events.opened(0, 1e9);
    back.events.opened(1, 1e9);
    expect([back.sent.get(0), back.sent.get(1)]).toEqual([["a1", "a2", ""], ["b1"]]);
    expect(recorded.lines[0]).toBe(
      "opened #1 127.0.0.1:50000 is 127.0.0.2:50000 to 127.0.0.1:9092",
    );
    expect(udp.stats).toMatchObject({ opened: 2, sentToTarget: 4, bytesToTarget: 6 });
  });

  it("sends replies to the client of their flow, from the endpoint that the client uses", async () => {
    const { front, back, client } = await relay(4, [route(), route("127.0.0.9", 9093)]);
    front.receive(1, "x", 1e9, client(50_000));
    front.receive(0, "y", 1e9, client(50_000));
    back.events.opened(0, 1e9);
    back.events.opened(1, 1e9);
    back.receive(1, "to y", 1e9);
    back.receive(0, "to x", 1e9);
    expect(front.sent).toEqual(
      new Map([
        [0, ["to y"]],
        [1, ["to x"]],
      ]),
    );
    expect(front.calls.slice(2)).toEqual(["sendTo 127.0.0.1:50000", "sendTo 127.0.0.1:50000"]);
  });

  it("keeps datagrams in order while a socket is full, and drops those without room", async () => {
    const { front, back, client, udp } = await relay();
    front.receive(0, "1", 1e9, client(50_000));
    back.events.opened(0, 1e9);
    back.full.add(0);
    for (const text of ["2", "3", "4"]) front.receive(0, text, 1e9, client(50_000));
    expect(back.sent.get(0)).toEqual(["1"]);
    back.drain(0, 1e9);
    expect(back.sent.get(0)).toEqual(["1", "2", "3", "4"]);
    back.full.add(0);
    const long = "x".repeat(60_000);
    for (let count = 0; count < 20; count++) front.receive(0, long, 1e9, client(50_000));
    expect(udp.stats.dropped).toBeGreaterThan(0);
    const { dropped } = udp.stats;
    back.drain(0, 1e9);
    expect(back.sent.get(0)).toHaveLength(4 + 20 - dropped);
  });

  it("ends flows that are idle, the longest idle first, and counts those without a reply", async () => {
    const { front, back, client, recorded, udp } = await relay();
    for (const [index, port] of [50_000, 50_001, 50_002].entries()) {
      front.receive(0, "hi", (1 + index) * 1e9, client(port));
      back.events.opened(index, 1e9);
    }
    back.receive(0, "ho", 5e9);
    udp.tick(12.5e9);
    expect(recorded.lines.slice(3)).toEqual(["closed #2 by relay null 2/0"]);
    expect(back.calls.at(-1)).toBe("close 1 fin");
    udp.tick(15e9);
    expect(recorded.lines.slice(4)).toEqual([
      "closed #3 by relay null 2/0",
      "closed #1 by relay null 2/2",
    ]);
    expect(udp.stats).toMatchObject({ open: 0, unanswered: 2 });
    back.events.closed(1, null, 15e9);
    front.receive(0, "again", 16e9, client(50_001));
    expect(back.calls.at(-1)).toBe("open 1");
  });

  it("makes room ahead of need, and drops the datagram if there is none", async () => {
    const { front, back, client, recorded, udp } = await relay(8);
    for (let port = 50_000; port < 50_008; port++) {
      front.receive(0, "hi", port * 1e6, client(port));
      back.events.opened(port - 50_000, 1e9);
    }
    // With fewer than two free, the flow that was silent longest is ended: two so far.
    expect(recorded.lines.filter((line) => line.includes("EFULL"))).toEqual([
      "closed #1 by relay EFULL 2/0",
      "closed #2 by relay EFULL 2/0",
    ]);
    front.receive(0, "hi", 60e9, client(50_008));
    expect(recorded.lines.at(-1)).toBe("failed 127.0.0.1:50008 EFULL");
    expect(udp.stats).toMatchObject({ failed: 1, dropped: 1 });
    back.events.closed(0, null, 61e9);
    front.receive(0, "hi", 61e9, client(50_008));
    expect(back.calls.at(-1)).toBe("open 0");
  });

  it("uses another port if the client's is in use; reports errors and continues", async () => {
    const { front, back, client, recorded } = await relay();
    front.receive(0, "hi", 1e9, client(50_000));
    back.events.closed(0, "EADDRINUSE", 1e9);
    expect(back.flows.get(0)?.sourcePort).toBe(1024);
    back.events.opened(0, 1e9);
    expect(back.sent.get(0)).toEqual(["hi"]);
    back.events.errored(0, "ECONNREFUSED", 1e9);
    front.receive(0, "ho", 1e9, client(50_000));
    expect(back.sent.get(0)).toEqual(["hi", "ho"]);
    front.receive(0, "hi", 1e9, client(50_001));
    for (let attempt = 0; attempt < 16; attempt++) back.events.closed(1, "EADDRINUSE", 1e9);
    expect(recorded.lines.slice(1)).toEqual([
      "errored #1 ECONNREFUSED",
      "failed 127.0.0.1:50001 EADDRINUSE",
    ]);
  });

  it("drains: starts no flow, and is drained when nothing was received for a while", async () => {
    const { front, back, client, recorded, udp } = await relay();
    expect(udp.drained(1e9)).toBe(true);
    front.receive(0, "hi", 1e9, client(50_000));
    back.events.opened(0, 1e9);
    udp.drain();
    front.receive(0, "new", 1.1e9, client(50_001));
    expect(udp.stats.dropped).toBe(1);
    expect(udp.drained(1.2e9)).toBe(false);
    back.receive(0, "ho", 1.2e9);
    expect(front.sent.get(0)).toEqual(["ho"]);
    expect(udp.drained(1.3e9)).toBe(false);
    expect(udp.drained(1.5e9)).toBe(true);
    udp.abort();
    expect(recorded.lines.at(-1)).toBe("closed #1 by relay null 2/2");
    expect(udp.stats.open).toBe(0);
  });
});
