/** The end of many connections, over a transport without sockets. */
import { describe, expect, it } from "vitest";
import { createFlowSpace } from "../../../src/address/flow-space.ts";
import { Recorder } from "../../../src/metrics/recorder.ts";
import { Connections } from "../../../src/traffic/connections/connections.ts";
import { PhaseClock } from "../../../src/traffic/phase-clock.ts";
import { FakeIo, type FakeTransport } from "../../support/fake-io.ts";
import { makeWorkload } from "../../support/traffic.ts";

const slots = 3000;
const timeoutNs = 1e9;
const connectTimeoutNs = 10e9;

function setUp(connectRatePerSecond: number | null, count = slots) {
  const io = new FakeIo();
  const recorder = new Recorder(0, 0, 0);
  let nowNs = 0;
  const connections = new Connections(
    {
      workload: makeWorkload({
        connections: count,
        timeoutNs,
        connectTimeoutNs,
        connectRatePerSecond,
      }),
      index: 0,
      portion: {
        worker: 0,
        firstConnection: 0,
        connections: count,
        portion: 0,
        ofPortions: 1,
        cycle: count,
      },
      space: createFlowSpace({
        sources: [["127.0.0.1", "127.0.0.9"]],
        ports: [[1024, 32767]],
        destinations: [{ address: "127.0.0.1", port: 9 }],
        connectionsPerSource: null,
      }),
      seed: 1,
      tag: 1,
      io,
      recorder,
      now: () => nowNs,
      saturated: () => false,
    },
    {
      slots: count,
      tuple: (slot) => slot,
      client: (slot) => slot,
      connection: (slot) => slot,
      steps: null,
      reset: null,
      reconnect: false,
    },
    new PhaseClock(0, null),
    {
      ready() {},
      received() {},
      receivedFrom() {},
      drained() {},
      lost: () => false,
      failed() {},
    },
  );
  connections.openAll(0);
  const transport = io.transports[0] as FakeTransport;
  const at = (ns: number) => {
    nowNs = ns;
  };
  return { connections, transport, at, errors: () => recorder.snapshot(nowNs).errors };
}

function openAll() {
  const parts = setUp(null);
  const { connections, transport } = parts;
  connections.start(0);
  for (let slot = 0; slot < slots; slot++) transport.events.opened(slot, 0);
  expect(connections.settled).toBe(true);
  transport.calls.length = 0;
  return parts;
}

describe("connections at their begin", () => {
  it.each([null, 1e6])(
    "are opened no faster than they complete, at a rate of %s",
    (connectRatePerSecond) => {
      const { connections, transport } = setUp(connectRatePerSecond);
      let nextNs = 0;
      for (let turn = 0; turn < 1000 && nextNs < Number.POSITIVE_INFINITY; turn++) {
        nextNs = connections.start(1e9);
      }
      const connecting = transport.calls.length;
      expect(nextNs).toBe(Number.POSITIVE_INFINITY);
      expect(connecting).toBeLessThanOrEqual(2048);
      for (let slot = 0; slot < slots; slot++) {
        transport.events.opened(slot, 1e9);
        expect(transport.calls.length).toBe(Math.min(slots, connecting + slot + 1));
      }
      expect(connections.settled).toBe(true);
    },
  );
});

describe("connections that take too long", () => {
  it("are given up, however many there are to look at, and none before its time", () => {
    const many = 100_000;
    const { connections, transport } = setUp(null, many);
    connections.start(0);
    // All but one of those that begin; the last of them all stays the only one on its way.
    for (let slot = 0; slot < many - 1; slot++) transport.events.opened(slot, 0);
    for (let turn = 0; turn < 10; turn++) connections.start(0);
    transport.calls.length = 0;
    const lookFor = (nowNs: number) => {
      for (let turn = 0; turn < 10; turn++) connections.start(nowNs + turn * 100e6);
      // The transport is asked again until the slot is free.
      return [...new Set(transport.calls)];
    };
    expect(lookFor(connectTimeoutNs / 2)).toEqual([]);
    expect(lookFor(connectTimeoutNs + 1e9)).toEqual([`close ${many - 1} reset`]);
  });
});

describe("connections that were opened in a pause of ours", () => {
  it("are not given up by the first look after it, which comes before the events", () => {
    const { connections, transport } = setUp(null, 2);
    connections.start(0);
    connections.start(connectTimeoutNs / 2);
    transport.calls.length = 0;
    connections.start(2 * connectTimeoutNs);
    expect(transport.calls).toEqual([]);
    transport.events.opened(0, 2 * connectTimeoutNs);
    connections.start(2.1 * connectTimeoutNs);
    expect(transport.calls).toEqual(["close 1 reset"]);
  });
});

describe("connections that do not end", () => {
  const ends = {
    "closed for good": (connections: Connections) => connections.close(0, "fin"),
    "opened again": (connections: Connections) => {
      connections.reopen(0, "closedByTarget", "fin", 0);
    },
  };
  it.each(Object.keys(ends) as (keyof typeof ends)[])("and are %s are reset once", (end) => {
    const { connections, transport, errors, at } = openAll();
    ends[end](connections);
    for (const ns of [0.5, 1.5, 2.5, 3.5].map((times) => times * timeoutNs)) {
      at(ns);
      connections.start(ns);
      // The first look after the time-out may come before what has come in a pause.
      const isOver = ns > 2 * timeoutNs;
      expect(transport.calls).toEqual(["close 0 fin", ...(isOver ? ["close 0 reset"] : [])]);
    }
    connections.end("fin");
    connections.start(9 * timeoutNs);
    transport.events.closed(0, null, 9 * timeoutNs);
    expect(transport.calls.filter((call) => call.startsWith("close 0 "))).toHaveLength(2);
    for (let slot = 1; slot < slots; slot++) transport.events.closed(slot, null, 9 * timeoutNs);
    expect(connections.none).toBe(true);
    expect(errors()).toMatchObject([{ code: "TIMEOUT", side: "target", count: slots }]);
  });

  it("are reset at the end of all", () => {
    const { connections, transport, at } = openAll();
    connections.reopen(0, "closedByTarget", "fin", 0);
    connections.end("fin");
    at(timeoutNs);
    connections.start(timeoutNs);
    expect(transport.calls).toContain("close 0 reset");
  });
});

describe("connections at their end", () => {
  it("close some at a time, the next when one has gone, and none by force while that goes on", () => {
    const { connections, transport, errors, at } = openAll();
    connections.end("fin");
    const atOnce = transport.calls.length;
    expect(atOnce).toBeLessThan(slots);
    for (let slot = 0; slot < slots; slot++) {
      // Slow, but steady: far longer than the time-out in all.
      at(slot * 0.5 * timeoutNs);
      connections.start(slot * 0.5 * timeoutNs);
      expect(transport.calls.length).toBe(Math.min(slots, atOnce + slot));
      transport.events.closed(slot, null, slot * 0.5 * timeoutNs);
    }
    expect(new Set(transport.calls)).toEqual(
      new Set(Array.from({ length: slots }, (_, slot) => `close ${slot} fin`)),
    );
    expect(connections.none).toBe(true);
    expect(errors()).toEqual([]);
  });

  it("are all closed by force when none has closed for as long as the time-out", () => {
    const { connections, transport, errors, at } = openAll();
    connections.end("fin");
    const atOnce = transport.calls.length;
    expect(connections.start(0)).toBe(timeoutNs);
    transport.events.closed(0, null, 0.5 * timeoutNs);
    expect(connections.start(timeoutNs)).toBe(1.5 * timeoutNs);
    at(1.5 * timeoutNs);
    connections.start(1.5 * timeoutNs);
    expect(transport.calls.slice(atOnce + 1)).toEqual(
      Array.from({ length: atOnce }, (_, i) => `close ${i + 1} reset`),
    );
    for (let slot = 1; slot < slots; slot++) transport.events.closed(slot, null, 1.6 * timeoutNs);
    expect(connections.none).toBe(true);
    expect(errors()).toMatchObject([{ code: "TIMEOUT", side: "target", count: slots - 1 }]);
  });
});
