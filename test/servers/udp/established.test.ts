/** A server with a socket for each peer, over a fake transport: the races in the order given by the test. */
import { describe, expect, test } from "vitest";
import type { Peer } from "../../../src/io/io.ts";
import type { UdpOptions } from "../../../src/scenario/scenario.ts";
import { startUdpEcho } from "../fake-service.ts";

const here = [
  { address: "127.0.0.1", port: 7000 },
  { address: "127.0.0.2", port: 7000 },
] as const;
const anna: Peer = { address: "127.5.5.5", port: 5555 };
const otto: Peer = { address: "127.6.6.6", port: 6666 };
const second = 1e9;

async function start(udp: Partial<UdpOptions> = {}, mostOpen = 8) {
  const started = await startUdpEcho(
    here,
    {
      mode: "established",
      idleTimeoutNs: 10 * second,
      newPeersPerSecond: null,
      remote: false,
      ...udp,
    },
    mostOpen,
  );
  const { transport } = started;
  /** Takes the sentinels that the server sent to itself on the socket, oldest first. */
  const marks = (slot = 0): string[] => {
    const all = transport.sent.get(slot) ?? [];
    transport.sent.set(
      slot,
      all.filter((text) => !text.startsWith("s8qm")),
    );
    return all.filter((text) => text.startsWith("s8qm"));
  };
  const echoes = (slot: number) =>
    (transport.sent.get(slot) ?? []).filter((text) => !text.startsWith("s8qm"));
  /** Delivers a sentinel to the socket it was sent to, or to another slot. */
  const giveBack = (mark: string | undefined, slot = 0, socket = slot) => {
    if (mark === undefined) throw new Error("no sentinel was sent");
    transport.receive(slot, mark, 0, here[socket as 0 | 1]);
  };
  /** Lets the flow's socket become its peer's only one. */
  const settle = (slot: number, socket = 0) => {
    transport.events.opened(slot, 0);
    giveBack(marks(socket)[0], socket);
  };
  return { ...started, marks, echoes, giveBack, settle };
}

describe("a flow", () => {
  test("gets a socket from the address sent to, connected to its peer, and is answered before and after", async () => {
    const { service, transport, echoes, settle } = await start();
    expect(transport.options).toMatchObject({ connected: true, reuse: "address" });
    transport.receive(1, "first", 0, anna);
    expect(transport.flows.get(2)).toEqual({
      sourceAddress: "127.0.0.2",
      sourcePort: 7000,
      destinationAddress: "127.5.5.5",
      destinationPort: 5555,
    });
    expect(echoes(1)).toEqual(["first"]);
    settle(2, 1);
    transport.receive(2, "second", 0);
    expect(echoes(2)).toEqual(["second"]);
    expect(service.stats()).toMatchObject({ accepted: 1, open: 1, received: 2, replied: 2 });
  });

  test("is another one at another address", async () => {
    const { transport } = await start();
    transport.receive(0, "x", 0, anna);
    transport.receive(1, "x", 0, anna);
    transport.receive(0, "x", 0, anna);
    expect([...transport.flows.keys()]).toEqual([2, 3]);
  });

  test("what queued on the bound socket comes before what its own receives", async () => {
    const { transport, marks, echoes, giveBack, udp } = await start();
    transport.receive(0, "1", 0, anna);
    transport.events.opened(2, 0);
    const [mark] = marks();
    transport.receive(2, "4", 0);
    transport.receive(2, "5", 0);
    transport.receive(0, "2", 0, anna);
    transport.receive(0, "3", 0, anna);
    expect([echoes(0), echoes(2)]).toEqual([["1", "2", "3"], []]);
    giveBack(mark);
    transport.receive(2, "6", 0);
    expect(echoes(2)).toEqual(["4", "5", "6"]);
    expect(udp()).toMatchObject({ handedOver: 2, handedBack: 0, own: 0 });
  });

  test("one sentinel stands for all that were opened before it, and for none opened later", async () => {
    const { transport, marks, echoes, giveBack } = await start();
    for (const port of [1, 2, 3]) transport.receive(0, "", 0, { address: "127.5.5.5", port });
    transport.events.opened(2, 0);
    const [first] = marks();
    transport.events.opened(3, 0);
    transport.events.opened(4, 0);
    expect(marks()).toEqual([]);
    for (const slot of [2, 3, 4]) transport.receive(slot, "held", 0);
    giveBack(first);
    expect([2, 3, 4].map((slot) => echoes(slot).length)).toEqual([1, 0, 0]);
    const [next, ...more] = marks();
    expect(more).toEqual([]);
    giveBack(next);
    expect([2, 3, 4].map((slot) => echoes(slot).length)).toEqual([1, 1, 1]);
    expect(marks()).toEqual([]);
  });

  test("stray datagrams on its socket are served as their own flows, by the bound socket", async () => {
    const { transport, echoes, settle, udp } = await start();
    transport.receive(0, "a", 0, anna);
    // Otto is not known yet: what strays here starts his flow.
    transport.receive(2, "o1", 0, otto);
    expect(transport.flows.get(3)).toMatchObject({ destinationPort: 6666 });
    transport.receive(2, "o2", 0, otto);
    settle(2);
    transport.receive(2, "a2", 0);
    expect(echoes(0)).toEqual(["a", "o1", "o2"]);
    expect(transport.calls.filter((call) => call.startsWith("sendTo")).slice(0, 3)).toEqual([
      "sendTo 127.5.5.5:5555",
      "sendTo 127.6.6.6:6666",
      "sendTo 127.6.6.6:6666",
    ]);
    expect(echoes(2)).toEqual(["a2"]);
    expect(udp()).toMatchObject({ handedBack: 2, handedOver: 0 });
  });

  test("a sentinel that was dropped or strayed is sent again; an old one still counts", async () => {
    const { service, transport, marks, echoes, giveBack } = await start();
    transport.receive(0, "", 0, anna);
    transport.receive(0, "", 0, otto);
    transport.events.opened(2, 0);
    const [lost] = marks();
    service.tick(0.05 * second);
    expect(marks()).toEqual([]);
    service.tick(0.11 * second);
    const [again] = marks();
    expect(again).not.toBe(lost);
    transport.receive(2, "held", 0);
    // On another flow's socket it says nothing about the queue.
    giveBack(again, 3, 0);
    expect(echoes(2)).toEqual([]);
    expect(marks().length).toBe(1);
    giveBack(lost);
    expect(echoes(2)).toEqual(["held"]);
    expect(service.stats().udp?.own).toBe(0);
  });

  test("waits for sentinels a second at most, as another server may have the address now", async () => {
    const { service, transport, echoes } = await start();
    transport.receive(0, "", 0, anna);
    transport.events.opened(2, 0);
    transport.receive(2, "held", 0);
    for (let time = 0; time <= 1.2; time += 0.05) service.tick(time * second);
    expect(echoes(2)).toEqual(["held"]);
  });

  test("ends when it was silent on every socket; its slot is used again", async () => {
    const { service, transport, settle } = await start();
    const closes = () => transport.calls.filter((call) => call.startsWith("close"));
    transport.receive(0, "", 0, anna);
    transport.receive(0, "", 0, otto);
    settle(2);
    settle(3);
    transport.receive(2, "", 5 * second);
    service.tick(10 * second);
    expect(transport.calls.at(-1)).toBe("redirect 3 127.0.0.1:9");
    for (const time of [10.01, 10.04, 10.06]) service.tick(time * second);
    expect(closes()).toEqual(["close 3 fin"]);
    transport.events.closed(3, null, 10.1 * second);
    service.tick(14 * second);
    expect(closes().length).toBe(1);
    service.tick(15 * second);
    // Time alone may pass without a turn that reads: no close before some of them.
    service.tick(16 * second);
    service.tick(16 * second);
    expect(closes().length).toBe(1);
    service.tick(16 * second);
    expect(closes()).toEqual(["close 3 fin", "close 2 fin"]);
    // What arrives meanwhile is served by the bound socket, and starts no other flow yet.
    transport.receive(0, "still", 15 * second, anna);
    expect(transport.calls.filter((call) => call.startsWith("open")).length).toBe(2);
    transport.events.closed(2, null, 15 * second);
    expect(service.stats()).toMatchObject({ accepted: 2, open: 0 });
    transport.receive(0, "again", 16 * second, anna);
    expect(transport.flows.get(2)).toMatchObject({ destinationPort: 5555 });
  });

  test("that is leaving goes on if its socket had something queued, in the order of arrival", async () => {
    const { service, transport, marks, echoes, giveBack, settle } = await start();
    transport.receive(0, "", 0, anna);
    settle(2);
    service.tick(10 * second);
    transport.receive(2, "queued", 10.01 * second);
    expect(transport.calls.filter((call) => call.startsWith("redirect"))).toEqual([
      "redirect 2 127.0.0.1:9",
      "redirect 2 127.5.5.5:5555",
    ]);
    expect(echoes(2)).toEqual(["queued"]);
    // What arrived between the two went to the bound socket, and is before what arrives now.
    transport.receive(2, "third", 10.02 * second);
    transport.receive(0, "second", 10.02 * second, anna);
    expect([echoes(0), echoes(2)]).toEqual([["", "second"], ["queued"]]);
    giveBack(marks()[0]);
    expect(echoes(2)).toEqual(["queued", "third"]);
    for (let time = 10.1; time < 19; time += 0.1) service.tick(time * second);
    expect(transport.calls.filter((call) => call.startsWith("close"))).toEqual([]);
  });

  test("that is leaving goes on if its peer sends to the bound socket", async () => {
    const { service, transport, marks, echoes, giveBack, settle } = await start();
    transport.receive(0, "", 0, anna);
    settle(2);
    service.tick(10 * second);
    transport.receive(0, "back", 10.01 * second, anna);
    expect(transport.calls.includes("redirect 2 127.5.5.5:5555")).toBe(true);
    giveBack(marks()[0]);
    transport.receive(2, "own", 10.02 * second);
    expect([echoes(0), echoes(2)]).toEqual([["", "back"], ["own"]]);
    expect(service.stats()).toMatchObject({ accepted: 1, open: 1 });
  });

  test("whose socket is not available has its peer served nevertheless", async () => {
    const { service, transport, echoes } = await start({}, 1);
    transport.receive(0, "a", 0, anna);
    transport.receive(0, "o", 0, otto);
    transport.events.closed(2, "EMFILE", 0);
    transport.receive(0, "a", 1, anna);
    expect(echoes(0)).toEqual(["a", "o", "a"]);
    expect(service.stats().udp).toMatchObject({ withoutSocket: 3 });
    expect(service.stats().open).toBe(0);
    transport.receive(0, "a", second, anna);
    expect(transport.calls.filter((call) => call.startsWith("open")).length).toBe(2);
  });

  test("draining: flows go on, bound sockets are read to their end, new peers get no socket", async () => {
    const { service, transport, echoes, settle } = await start();
    transport.receive(0, "", 0, anna);
    settle(2);
    service.drain(0);
    transport.receive(0, "queued", 0.05 * second, otto);
    service.tick(0.1 * second);
    expect(service.hasDrained).toBe(false);
    expect(echoes(0)).toEqual(["", "queued"]);
    service.tick(0.2 * second);
    const closed = transport.calls.filter((call) => call.startsWith("close"));
    expect(closed).toEqual(["close 0 fin", "close 1 fin"]);
    for (const slot of [0, 1]) transport.events.closed(slot, null, 0.2 * second);
    transport.receive(2, "own", second);
    expect(echoes(2)).toEqual(["own"]);
    expect(service.hasDrained).toBe(false);
    service.tick(11 * second);
    // What arrives as it leaves waits for no sentinel: nothing is queued on a socket that is closed.
    transport.receive(2, "late", 11.01 * second);
    transport.receive(2, "later", 11.02 * second);
    expect(echoes(2)).toEqual(["own", "late", "later"]);
    service.tick(21.02 * second);
    for (let turn = 0; turn < 3; turn++) service.tick(21.1 * second);
    expect(transport.calls.at(-1)).toBe("close 2 fin");
    transport.events.closed(2, null, 21.1 * second);
    expect(service.hasDrained).toBe(true);
    expect(transport.calls.filter((call) => call.startsWith("open")).length).toBe(1);
  });
});
