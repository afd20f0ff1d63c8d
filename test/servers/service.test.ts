/** What all built-in servers share, over a fake transport and a clock that the test advances. */
import { describe, expect, test } from "vitest";
import { writeStamp } from "../../src/messages/stamp.ts";
import type { BuiltinName, BuiltinOptions, UdpOptions } from "../../src/scenario/scenario.ts";
import { slackNs } from "../../src/servers/replies/delay-line.ts";
import { Service } from "../../src/servers/service.ts";
import { FakeIo, type FakeTransport } from "../support/fake-io.ts";

const peer = { address: "127.5.5.5", port: 5555 };
const faultless: BuiltinOptions = {
  delayNs: 0,
  loss: 0,
  pause: null,
  closeAfter: null,
  bodyBytes: 2,
  udp: null,
};

const perAddress: UdpOptions = {
  mode: "per-address",
  idleTimeoutNs: 30e9,
  newPeersPerSecond: null,
  remote: false,
};

async function start(builtin: BuiltinName, faults: Partial<BuiltinOptions> = {}, mostOpen = 8) {
  const io = new FakeIo();
  const listen = [
    { address: "127.0.0.1", port: 7000 },
    { address: "127.0.0.2", port: 7000 },
  ];
  const udp = builtin.startsWith("udp") ? perAddress : null;
  const options = { ...faultless, udp, ...faults };
  const service = new Service(io, { builtin, listen, options, seed: 1, startNs: 0, mostOpen });
  expect(await service.listen()).toEqual(listen);
  const transport = io.transports[0] as FakeTransport;
  const accept = (slot: number) => transport.events.accepted(slot, 0, peer, 0);
  const steps = () => transport.calls.filter((call) => !/^(listen|bind|sendTo)/.test(call));
  return { service, transport, accept, steps };
}

describe("echo", () => {
  test("sends back what it read, at once, and counts it", async () => {
    const { service, transport, accept } = await start("tcp-echo");
    accept(3);
    transport.receive(3, "one", 0);
    transport.receive(3, "x".repeat(1000), 0);
    expect(transport.sent.get(3)).toEqual(["one", "x".repeat(1000)]);
    expect(service.stats()).toEqual({
      accepted: 1,
      open: 1,
      received: 2,
      replied: 2,
      bytesReceived: 1003,
      bytesSent: 1003,
      udp: null,
      byWorkload: [],
    });
    transport.events.closed(3, null, 0);
    expect(service.stats().open).toBe(0);
  });

  test("does not read from a client that accepts nothing, keeps its bytes, and resumes afterwards", async () => {
    const { transport, accept, steps } = await start("tcp-echo");
    accept(0);
    accept(1);
    transport.full.add(0);
    transport.receive(0, "kept", 0);
    // A transport may have read more before it was paused.
    transport.receive(0, "held", 0);
    transport.receive(1, "other", 0);
    expect(steps()).toEqual(["pause 0"]);
    expect(transport.sent.get(0)).toBeUndefined();
    transport.drain(0, 0);
    expect(transport.sent.get(0)).toEqual(["kept", "held"]);
    expect(transport.sent.get(1)).toEqual(["other"]);
    expect(steps()).toEqual(["pause 0", "resume 0"]);
  });

  test("waits again when it is full again while catching up", async () => {
    const { transport, accept, steps } = await start("tcp-echo");
    accept(0);
    transport.full.add(0);
    for (const text of ["a", "b", "c"]) transport.receive(0, text, 0);
    transport.drain(0, 0);
    transport.full.add(0);
    transport.receive(0, "d", 0);
    transport.receive(0, "e", 0);
    expect(steps().at(-1)).toBe("pause 0");
    transport.drain(0, 0);
    expect(transport.sent.get(0)).toEqual(["a", "b", "c", "d", "e"]);
    expect(steps().at(-1)).toBe("resume 0");
  });

  test("discards what it held for a connection that has ended", async () => {
    const { transport, accept } = await start("tcp-echo", { delayNs: 10 });
    accept(0);
    transport.receive(0, "old", 0);
    transport.events.closed(0, "ECONNRESET", 1);
    accept(0);
    transport.receive(0, "new", 2);
    transport.receive(0, "-", 20);
    expect(transport.sent.get(0)).toEqual(["new"]);
  });

  test("answers each datagram to its sender, empty ones too", async () => {
    const { service, transport } = await start("udp-echo");
    transport.receive(1, "", 0, peer);
    transport.receive(1, "hi", 0, { address: "127.6.6.6", port: 6 });
    expect(transport.sent.get(1)).toEqual(["", "hi"]);
    expect(transport.calls.slice(2)).toEqual(["sendTo 127.5.5.5:5555", "sendTo 127.6.6.6:6"]);
    expect(service.stats()).toMatchObject({ received: 2, replied: 2, bytesSent: 2 });
  });

  test("drops datagrams while the socket accepts none", async () => {
    const { transport, steps } = await start("udp-echo");
    transport.full.add(0);
    for (const text of ["kept", "lost"]) transport.receive(0, text, 0, peer);
    transport.drain(0, 0);
    transport.receive(0, "after", 0, peer);
    expect(transport.sent.get(0)).toEqual(["kept", "after"]);
    expect(steps()).toEqual([]);
  });
});

describe("delay", () => {
  test("sends a reply that long after its request, in order, and returns when", async () => {
    const { service, transport, accept } = await start("tcp-echo", { delayNs: 100 });
    accept(0);
    accept(1);
    expect(service.nextDeadlineNs(0)).toBe(100);
    transport.receive(0, "a", 10);
    transport.receive(1, "b", 20);
    expect(service.nextDeadlineNs(30)).toBe(110);
    service.tick(109);
    expect(transport.sent.size).toBe(0);
    service.tick(110);
    expect(transport.sent.get(0)).toEqual(["a"]);
    expect(transport.sent.has(1)).toBe(false);
    transport.receive(0, "c", 125);
    expect(transport.sent.get(1)).toEqual(["b"]);
    service.tick(1_000);
    expect(transport.sent.get(0)).toEqual(["a", "c"]);
  });

  test("ends a turn in time for a reply whose request is still to arrive", async () => {
    const { service, transport } = await start("udp-echo", { delayNs: 10e6 });
    expect(service.nextDeadlineNs(0) + slackNs).toBeLessThanOrEqual(10e6);
    transport.receive(0, "a", 1e6, peer);
    expect(service.nextDeadlineNs(9e6)).toBe(11e6);
  });

  test("holds many replies at once, whole", async () => {
    const { service, transport } = await start("udp-echo", { delayNs: 100 });
    const texts = Array.from({ length: 1_000 }, (_, index) => `${index}`.repeat(1 + (index % 200)));
    for (const [index, text] of texts.entries()) transport.receive(0, text, index / 100, peer);
    service.tick(1_000);
    expect(transport.sent.get(0)).toEqual(texts);
  });

  test("does not read from a connection with too much waiting", async () => {
    const { service, transport, accept, steps } = await start("tcp-echo", { delayNs: 100 });
    accept(0);
    for (let chunk = 0; chunk < 5; chunk++) transport.receive(0, "x".repeat(60_000), chunk);
    expect(steps()).toEqual(["pause 0"]);
    service.tick(103);
    expect(steps()).toEqual(["pause 0"]);
    service.tick(104);
    expect(steps()).toEqual(["pause 0", "resume 0"]);
    expect(transport.sent.get(0)?.length).toBe(5);
  });
});

describe("pause", () => {
  const pause = { everyNs: 1_000, forNs: 300 };

  test("answers at its end what arrived during it, and reads no more before", async () => {
    const { service, transport, accept, steps } = await start("tcp-echo", { pause });
    accept(0);
    accept(1);
    transport.receive(0, "before", 699);
    expect(transport.sent.get(0)).toEqual(["before"]);
    expect(service.nextDeadlineNs(699)).toBe(1_000);
    transport.receive(0, "in", 700);
    transport.receive(1, "it", 800);
    transport.receive(0, "twice", 900);
    service.tick(999);
    expect(transport.sent.get(0)).toEqual(["before"]);
    expect(steps()).toEqual(["pause 0", "pause 1"]);
    service.tick(1_000);
    expect(transport.sent.get(0)).toEqual(["before", "in", "twice"]);
    expect(transport.sent.get(1)).toEqual(["it"]);
    expect(steps()).toEqual(["pause 0", "pause 1", "resume 0", "resume 1"]);
    transport.receive(0, "after", 1_001);
    expect(transport.sent.get(0)?.at(-1)).toBe("after");
  });

  test("what arrives after a pause overtakes nothing, even before the next tick", async () => {
    const { transport, accept } = await start("tcp-echo", { pause });
    accept(0);
    transport.receive(0, "in", 700);
    transport.receive(0, "after", 1_005);
    expect(transport.sent.get(0)).toEqual(["in", "after"]);
  });

  test("with a delay: read at the pause's end, answered that much later, if not in the next", async () => {
    const { service, transport, accept } = await start("tcp-echo", { pause, delayNs: 200 });
    accept(0);
    transport.receive(0, "a", 600);
    transport.receive(0, "b", 750);
    for (const [nowNs, sent] of [
      [999, 0],
      [1_000, 1],
      [1_199, 1],
      [1_200, 2],
    ] as const) {
      service.tick(nowNs);
      expect(transport.sent.get(0)?.length ?? 0).toBe(sent);
    }
  });

  test("a paused UDP server has room for what a receive buffer holds", async () => {
    const { service, transport } = await start("udp-sink", { pause });
    for (let index = 0; index < 1_000; index++) transport.receive(0, "datagram", 700, peer);
    const { received } = service.stats();
    expect(received).toBeGreaterThan(200);
    expect(received).toBeLessThan(300);
    transport.receive(0, "after", 1_000, peer);
    for (let index = 0; index < 100; index++) transport.receive(0, "next pause", 1_700, peer);
    expect(service.stats().received).toBe(received + 101);
  });
});

describe("loss", () => {
  test("leaves requests unanswered, and datagrams of a sink uncounted", async () => {
    for (const builtin of ["tcp-echo", "udp-sink"] as const) {
      const { service, transport, accept } = await start(builtin, { loss: 1 });
      if (builtin === "tcp-echo") accept(0);
      transport.receive(0, "x", 0, builtin === "tcp-echo" ? null : peer);
      const counted = builtin === "tcp-echo" ? 1 : 0;
      expect(service.stats()).toMatchObject({ received: counted, bytesReceived: counted });
      expect(transport.sent.size).toBe(0);
    }
  });

  test("does not count towards closeAfter", async () => {
    const { service, transport, accept, steps } = await start("tcp-echo", {
      loss: 0.5,
      closeAfter: 10,
    });
    accept(0);
    let requests = 0;
    while (steps().length === 0 && requests < 1_000) {
      transport.receive(0, "x", 0);
      requests++;
    }
    expect(steps()).toEqual(["close 0 fin"]);
    expect(service.stats().replied).toBe(10);
    expect(requests).toBeGreaterThan(10);
  });
});

describe("closeAfter", () => {
  test("closes after that many replies and answers nothing more", async () => {
    const { transport, accept, steps } = await start("tcp-echo", { closeAfter: 2 });
    for (let connection = 0; connection < 2; connection++) {
      accept(0);
      for (const text of ["a", "b", "c"]) transport.receive(0, text, 0);
      expect(transport.sent.get(0)).toEqual(["a", "b"]);
      expect(steps()).toEqual(["close 0 fin"]);
      transport.events.closed(0, null, 0);
      transport.sent.clear();
      transport.calls.length = 0;
    }
  });

  test("waits for the last reply to be sent: delayed, and then held up by the client", async () => {
    const { service, transport, accept, steps } = await start("tcp-echo", {
      closeAfter: 2,
      delayNs: 100,
    });
    accept(0);
    for (const text of ["a", "b", "c"]) transport.receive(0, text, 0);
    transport.full.add(0);
    service.tick(100);
    expect(steps()).toEqual(["pause 0"]);
    transport.drain(0, 110);
    expect(transport.sent.get(0)).toEqual(["a", "b"]);
    expect(steps()).toEqual(["pause 0", "close 0 fin", "resume 0"]);
  });

  test("waits for a last reply that the client holds up", async () => {
    const { transport, accept, steps } = await start("tcp-echo", { closeAfter: 1 });
    accept(0);
    transport.full.add(0);
    transport.receive(0, "a", 0);
    expect(steps()).toEqual(["pause 0"]);
    transport.drain(0, 0);
    expect(transport.sent.get(0)).toEqual(["a"]);
    expect(steps()).toEqual(["pause 0", "resume 0", "close 0 fin"]);
  });

  test("a sink closes after that many chunks", async () => {
    const { service, transport, accept, steps } = await start("tcp-sink", { closeAfter: 2 });
    accept(5);
    for (const text of ["a", "b", "c"]) transport.receive(5, text, 0);
    expect(steps()).toEqual(["close 5 fin"]);
    expect(service.stats().bytesReceived).toBe(2);
  });
});

describe("sinks", () => {
  const stamped = (workload: number, connection: number, sequence: number) => {
    const bytes = Buffer.alloc(20);
    writeStamp(bytes, 0, workload, connection, sequence, 0);
    return bytes.toString("latin1");
  };

  test("UDP: counts stamped datagrams by workload", async () => {
    const { service, transport } = await start("udp-sink");
    for (const [workload, connection, sequence] of [
      [0, 0, 0],
      [2, 7, 0],
      [2, 7, 2],
      [2, 7, 1],
      [2, 7, 2],
      [2, 8, 0],
      [2, 2 ** 32 - 1, 5],
    ] as const) {
      transport.receive(0, stamped(workload, connection, sequence), 0, peer);
    }
    transport.receive(1, "no stamp", 0, peer);
    expect(service.stats()).toMatchObject({
      received: 8,
      replied: 0,
      byWorkload: [
        { workload: 0, received: 1, duplicated: 0, reordered: 0, bytesReceived: 20 },
        { workload: 2, received: 5, duplicated: 1, reordered: 1, bytesReceived: 120 },
      ],
    });
  });

  test("count what arrives in a workload's steady state by its seconds: messages, over TCP bytes", async () => {
    const udp = await start("udp-sink");
    const tcp = await start("tcp-sink");
    for (const { service } of [udp, tcp]) {
      service.planSteady(1, 10e9, 12.5e9);
      // No message of this one comes.
      service.planSteady(2, 10e9, 12.5e9);
    }
    tcp.accept(0);
    for (const [sequence, seconds] of [9.9, 10, 10.999, 11, 12.4, 12.5].entries()) {
      udp.transport.receive(0, stamped(1, 0, sequence), seconds * 1e9, peer);
      tcp.transport.receive(0, stamped(1, 0, sequence), seconds * 1e9);
    }
    // A copy, and a workload whose steady state is not known.
    udp.transport.receive(0, stamped(1, 0, 3), 11.5e9, peer);
    udp.transport.receive(0, stamped(3, 0, 3), 11.5e9, peer);
    expect(udp.service.stats().byWorkload).toMatchObject([
      { workload: 1, received: 6, duplicated: 1, arrivals: [2, 1, 1] },
      { workload: 3, received: 1, arrivals: null },
    ]);
    expect(tcp.service.stats().byWorkload).toMatchObject([
      { workload: 1, bytesReceived: 120, arrivals: [40, 20, 20] },
    ]);
  });

  test("TCP: counts bytes by the stamp that a connection starts with", async () => {
    const { service, transport, accept } = await start("tcp-sink");
    accept(0);
    accept(1);
    transport.receive(0, stamped(1, 0, 0), 0);
    transport.receive(0, "the rest", 0);
    transport.receive(1, "no stamp", 0);
    transport.receive(1, stamped(1, 0, 0), 0);
    transport.events.closed(1, null, 0);
    accept(1);
    transport.receive(1, stamped(3, 0, 0), 0);
    expect(service.stats().bytesReceived).toBe(20 + 8 + 8 + 20 + 20);
    expect(service.stats().byWorkload).toMatchObject([
      { workload: 1, bytesReceived: 28 },
      { workload: 3, bytesReceived: 20 },
    ]);
  });
});

describe("the open-file limit", () => {
  test("stops listening when it is full, and resumes when there is room", async () => {
    const { service, transport, accept } = await start("tcp-echo", {}, 2);
    accept(0);
    expect(transport.listening.size).toBe(2);
    accept(1);
    expect(transport.listening.size).toBe(0);
    service.tick(1);
    expect(transport.listening.size).toBe(0);
    expect(service.nextDeadlineNs(0)).toBeLessThanOrEqual(50e6);
    transport.events.closed(1, null, 2);
    service.tick(3);
    await Promise.resolve();
    await Promise.resolve();
    expect(transport.listening.size).toBe(2);
  });

  test("tries again when the port is taken, and stops when it fills up meanwhile", async () => {
    const { service, transport, accept } = await start("tcp-echo", {}, 1);
    const settled = () => new Promise((resolve) => setImmediate(resolve));
    accept(0);
    transport.events.closed(0, null, 0);
    transport.refusal = Object.assign(new Error(), { code: "EADDRINUSE" });
    service.tick(1);
    await settled();
    expect(transport.listening.size).toBe(0);
    service.tick(2);
    accept(0);
    await settled();
    expect(transport.listening.size).toBe(0);
    transport.events.closed(0, null, 3);
    service.tick(4);
    await settled();
    expect(transport.listening.size).toBe(2);
  });
});

test("listens on all endpoints or on none", async () => {
  const io = new FakeIo();
  const listen = [{ address: "127.0.0.1", port: 1 }];
  const service = new Service(io, {
    builtin: "tcp-echo",
    listen,
    options: faultless,
    seed: 1,
    startNs: 0,
    mostOpen: 1,
  });
  const transport = io.transports[0] as FakeTransport;
  transport.refusal = Object.assign(new Error("taken"), { code: "EADDRINUSE" });
  await expect(service.listen()).rejects.toThrow("taken");
  expect(transport.listening.size).toBe(0);
});
