/** Times of the kernel: over a transport without sockets, with stamps and clocks set by hand. */
import { expect, it } from "vitest";
import { createFlowSpace } from "../../src/address/flow-space.ts";
import type { KernelTimes } from "../../src/io/io.ts";
import { Recorder } from "../../src/metrics/recorder.ts";
import { timing } from "../../src/metrics/snapshot.ts";
import type { Workload } from "../../src/scenario/scenario.ts";
import { createTraffic } from "../../src/traffic/create-traffic.ts";
import { FakeIo, type FakeTransport } from "../support/fake-io.ts";
import { constantRate, makeWorkload } from "../support/traffic.ts";

const ms = 1e6;
const us = 1e3;

/** A connection, open, of a workload that begins at 0. */
async function setUp(changes: Partial<Workload>, connections = 1) {
  const io = new FakeIo();
  let nowNs = -1;
  const recorder = new Recorder(0, 0, 0);
  const traffic = await createTraffic({
    workload: makeWorkload({ wireTime: true, connections, durationNs: 1e9, ...changes }),
    index: 0,
    portion: {
      worker: 0,
      firstConnection: 0,
      connections,
      portion: 0,
      ofPortions: 1,
      cycle: connections,
    },
    space: createFlowSpace({
      sources: [["127.0.0.1", "127.0.0.1"]],
      ports: [[1024, 1100]],
      destinations: [{ address: "127.0.0.1", port: 9 }],
      connectionsPerSource: null,
    }),
    seed: 1,
    tag: 1,
    io,
    recorder,
    now: () => nowNs,
    saturated: () => false,
  });
  const transport = io.transports[0] as FakeTransport;
  const kernel = transport.options.kernelTimes as KernelTimes;
  traffic.open(-1);
  traffic.start(-1);
  for (let slot = 0; slot < connections; slot++) transport.events.opened(slot, -1);
  traffic.begin(0);
  return {
    kernel,
    transport,
    start(ns: number) {
      nowNs = ns;
      traffic.start(ns);
    },
    /** The kernel has received it at `receivedNs`, the client is woken at `wokenNs`, and handed it a little later. */
    reply(slot: number, receivedNs: number, wokenNs: number, nth = -1) {
      nowNs = wokenNs + 7 * us;
      kernel.receivedNs[0] = receivedNs;
      transport.receive(slot, transport.sent.get(slot)?.at(nth) ?? "", wokenNs);
    },
    wireTimes: () => recorder.snapshot(2e9),
  };
}

it.each(["tcp", "udp"] as const)(
  "an exchange over %s: from the submission of its request to the kernel's stamp of its reply",
  async (protocol) => {
    const { kernel, start, reply, wireTimes } = await setUp({
      protocol,
      ...constantRate(100, 1e9),
      ...(protocol === "udp" ? { framing: null } : {}),
    });
    start(0.2 * ms);
    kernel.submitting(0.5 * ms);
    reply(0, 2 * ms, 5 * ms);
    const { steady, slowest } = wireTimes();
    expect(steady[timing.responseTime]).toMatchObject({ count: 1, min: 5 * ms });
    expect(steady[timing.wireTime]).toMatchObject({ count: 1, min: 1.5 * ms, max: 1.5 * ms });
    expect(slowest).toEqual([
      {
        client: 0,
        worstNs: 5 * ms,
        times: {
          intendedNs: 0,
          lagNs: 0.2 * ms,
          queuedNs: 0.3 * ms,
          wireNs: 1.5 * ms,
          wakeNs: 3 * ms,
          handOutNs: 7 * us,
        },
      },
    ]);
  },
);

it("requests that leave together were submitted together, later ones were not", async () => {
  const { kernel, start, reply, wireTimes } = await setUp({ load: closed }, 3);
  start(0);
  kernel.submitting(1 * ms);
  reply(0, 2 * ms, 3 * ms);
  kernel.submitting(4 * ms);
  reply(0, 4.25 * ms, 5 * ms);
  reply(1, 9 * ms, 10 * ms);
  reply(2, 17 * ms, 18 * ms);
  const wire = wireTimes().steady[timing.wireTime];
  expect(wire).toMatchObject({ count: 4, min: 0.25 * ms, max: 16 * ms, sum: 25.25 * ms });
});

it("several in flight on a connection have a submission each", async () => {
  const { kernel, start, reply, wireTimes } = await setUp({ load: closed, inFlight: 2 });
  start(0);
  kernel.submitting(1 * ms);
  reply(0, 3 * ms, 3 * ms, 0);
  kernel.submitting(4 * ms);
  reply(0, 5 * ms, 5 * ms, 1);
  kernel.submitting(6 * ms);
  reply(0, 7 * ms, 7 * ms, 2);
  const wire = wireTimes().steady[timing.wireTime];
  expect(wire).toMatchObject({ count: 3, sum: 2 * ms + 4 * ms + 3 * ms });
});

it("without a stamp, and with one that cannot be true, there is a response time and no wire time", async () => {
  const { kernel, start, reply, wireTimes } = await setUp({ load: closed });
  start(0);
  for (const [at, receivedNs] of [
    [10 * ms, Number.NaN],
    [20 * ms, 5 * ms],
    [30 * ms, 500 * ms],
  ] as const) {
    kernel.submitting(at);
    reply(0, receivedNs, at + 5 * ms);
  }
  const { steady, slowest } = wireTimes();
  expect(steady[timing.responseTime]?.count).toBe(3);
  expect(steady[timing.wireTime]?.count).toBe(0);
  expect(slowest[0]?.times).toMatchObject({ queuedNs: null, wireNs: null, wakeNs: null });
});

it("clocks that differ by less than a reply's way do not make a time negative, or longer than it was", async () => {
  const { kernel, start, reply, wireTimes } = await setUp({ load: closed });
  start(0);
  kernel.submitting(10 * ms);
  reply(0, 10 * ms - 50 * us, 11 * ms);
  kernel.submitting(20 * ms);
  reply(0, 21 * ms + 50 * us, 21 * ms);
  const wire = wireTimes().steady[timing.wireTime];
  expect(wire).toMatchObject({ count: 2, min: 0, max: 1 * ms });
});

it("a reply that completes when its connection ends has no stamp", async () => {
  const { kernel, transport, start, wireTimes } = await setUp({
    load: closed,
    framing: { kind: "http", maxBytes: 1000 },
    expect: { kind: "any" },
  });
  start(0);
  kernel.submitting(1 * ms);
  kernel.receivedNs[0] = 2 * ms;
  transport.receive(0, "HTTP/1.1 200 OK\r\n\r\nbody", 3 * ms);
  transport.events.closed(0, null, 500 * ms);
  const { steady } = wireTimes();
  expect(steady[timing.responseTime]).toMatchObject({ count: 1, min: 500 * ms });
  expect(steady[timing.wireTime]?.count).toBe(0);
});

it("nobody who does not ask has the kernel's times", async () => {
  const { transport } = await setUp({ wireTime: false, load: closed });
  expect(transport.options.kernelTimes).toBeUndefined();
});

const closed = { model: "closed", thinkNs: 0, exchanges: null } as const;
