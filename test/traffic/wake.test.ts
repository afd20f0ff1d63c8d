/** What comes to be due during a turn ends it: over a transport without sockets, by a clock set by hand. */
import { expect, it } from "vitest";
import { createFlowSpace } from "../../src/address/flow-space.ts";
import { Recorder } from "../../src/metrics/recorder.ts";
import type { Workload } from "../../src/scenario/scenario.ts";
import { createTraffic } from "../../src/traffic/create-traffic.ts";
import { FakeIo, type FakeTransport } from "../support/fake-io.ts";
import { constantRate, makeWorkload } from "../support/traffic.ts";

const ms = 1e6;

/** One connection; `open` has it open, where the pattern opens any, and begins at 0. */
async function setUp(changes: Partial<Workload>) {
  const io = new FakeIo();
  let nowNs = -1;
  const traffic = await createTraffic({
    workload: makeWorkload(changes),
    index: 0,
    portion: { worker: 0, firstConnection: 0, connections: 1, portion: 0, ofPortions: 1, cycle: 1 },
    space: createFlowSpace({
      sources: [["127.0.0.1", "127.0.0.1"]],
      ports: [[1024, 1100]],
      destinations: [{ address: "127.0.0.1", port: 9 }],
      connectionsPerSource: null,
    }),
    seed: 1,
    tag: 1,
    io,
    recorder: new Recorder(0, 0, 0),
    now: () => nowNs,
    saturated: () => false,
  });
  const transport = io.transports[0] as FakeTransport;
  const at = (ns: number) => {
    nowNs = ns;
    return ns;
  };
  return {
    io,
    transport,
    open() {
      traffic.open(at(-1));
      traffic.start(-1);
      if (transport.calls.includes("open 0")) transport.events.opened(0, -1);
      traffic.begin(0);
    },
    start: (ns: number) => traffic.start(at(ns)),
    reply(ns: number) {
      transport.receive(0, transport.sent.get(0)?.at(-1) ?? "", at(ns));
    },
    sent: () => transport.sent.get(0)?.length ?? 0,
  };
}

it("an arrival that no connection was free for is followed by one with a time", async () => {
  const { io, open, start, reply, sent } = await setUp(constantRate(100, 1e9));
  open();
  expect(start(0)).toBe(10 * ms);
  expect(sent()).toBe(1);
  expect(start(15 * ms)).toBeGreaterThan(100 * ms);
  io.woken = 0;
  reply(16 * ms);
  expect(sent()).toBe(2);
  expect(io.woken).toBe(0);
  reply(17 * ms);
  expect(sent()).toBe(2);
  expect(io.woken).toBe(1);
  expect(start(17 * ms)).toBe(20 * ms);
});

it("a client that begins to think has a time for its next message", async () => {
  const { io, open, start, reply, sent } = await setUp({
    durationNs: 1e9,
    load: { model: "closed", thinkNs: 5 * ms, exchanges: null },
  });
  open();
  start(0);
  expect(sent()).toBe(1);
  io.woken = 0;
  reply(2 * ms);
  expect(io.woken).toBe(1);
  expect(start(2 * ms)).toBe(7 * ms);
});

it("a connection that is opened again has a time for it", async () => {
  const { io, transport, open, start } = await setUp({
    durationNs: 1e9,
    reconnect: true,
    reconnectDelayNs: 50 * ms,
  });
  open();
  start(0);
  io.woken = 0;
  transport.events.closed(0, "ECONNRESET", 3 * ms);
  expect(io.woken).toBe(1);
  expect(start(3 * ms)).toBe(53 * ms);
});

it("a churning slot that rests has a time for its next connection", async () => {
  const { io, transport, open, start } = await setUp({
    pattern: "churn",
    durationNs: 1e9,
    reconnectDelayNs: 50 * ms,
  });
  open();
  start(0);
  io.woken = 0;
  transport.events.closed(0, "ECONNREFUSED", 3 * ms);
  expect(io.woken).toBe(1);
  expect(start(3 * ms)).toBe(53 * ms);
});
