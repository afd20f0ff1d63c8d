/**
 * Runs traffic against a built-in server, both over io_uring and as built, and prints what either leaves
 * to the garbage collector. The client is the main thread, the server a thread of its own: each has
 * its own heap. To be run with --expose-gc and room for all that is measured in between.
 */
import { once } from "node:events";
import { PerformanceObserver } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

/**
 * @typedef {object} Task
 * @property {import("../../../../src/scenario/scenario.ts").Workload} workload
 * @property {import("../../../../src/scenario/scenario.ts").BuiltinName} builtin
 * @property {number} rounds      measured, behind one that is not, at most: they end when each end has had a good one
 * @property {BothEnds} good      bytes of a message, of which a round leaves fewer
 * @property {BothEnds} ofTurn    bytes that a turn may cost, whatever it brings
 * @property {number} ofYield     and one after which the event loop had its own
 * @property {boolean} litter     whether another round follows, in which one object is made for every message, on purpose
 * @property {number} exchanges   of a round, at least
 * @property {boolean} busyPoll   of the client's io
 */

/**
 * What was allocated in a round.
 *
 * @typedef {object} Round
 * @property {number} bytes
 * @property {number} messages    exchanges of a client; messages that came to a server
 * @property {number} turns
 * @property {number} yields      turns after which the event loop had its own
 * @property {number} collections that ran meanwhile, of any kind: what they freed is missing in `bytes`
 */

/**
 * A figure of either end.
 *
 * @typedef {object} BothEnds
 * @property {number | null} client null where it does not matter
 * @property {number | null} server
 */

/** @type {Task} */
const task = JSON.parse(workerData ?? process.argv[2]);

/** @param {string} path */
const built = (path) => import(new URL(`../../../../dist/${path}`, import.meta.url).href);
/** @type {typeof import("../../../../src/io/uring/io.ts")} */
const { createUringIo } = await built("io/uring/io.js");
/** @type {typeof import("../../../../src/base/clock.ts")} */
const { monotonicNs } = await built("base/clock.js");

/** What was made last on purpose: reachable, so that it cannot be left out. */
export let litter = { slot: -1 };

/** Messages of the round with litter: few will do, as what is not optimised yet can only leave more. */
const litterExchanges = 5_000;

/**
 * Returns a function that has an object made for every message from then on, on its way in and on its way out.
 *
 * @param {import("../../../../src/io/io.ts").Io} io whose transports are still to be made
 */
function litterOf(io) {
  /** @type {[import("../../../../src/io/io.ts").Transport, import("../../../../src/io/io.ts").TransportEvents][]} */
  const made = [];
  const { transport: create } = io;
  io.transport = (options) => {
    const transport = create.call(io, options);
    made.push([transport, options.events]);
    return transport;
  };
  return () => {
    for (const [transport, events] of made) addLitter(transport, events);
  };
}

/**
 * @param {import("../../../../src/io/io.ts").Transport} transport
 * @param {import("../../../../src/io/io.ts").TransportEvents} events
 */
function addLitter(transport, events) {
  const { received, receivedFrom } = events;
  events.received = (slot, ...rest) => {
    litter = { slot };
    received.call(events, slot, ...rest);
  };
  events.receivedFrom = (slot, ...rest) => {
    litter = { slot };
    receivedFrom.call(events, slot, ...rest);
  };
  const { send } = transport;
  transport.send = (slot, ...rest) => {
    litter = { slot };
    return send.call(transport, slot, ...rest);
  };
}

let collections = 0;
new PerformanceObserver((list) => {
  collections += list.getEntries().length;
}).observe({ entryTypes: ["gc"] });

/** Collections so far; those seen a moment ago, too, which are told of by the event loop. */
async function collectionsSoFar() {
  await new Promise((resolve) => setTimeout(resolve, 20));
  return collections;
}

const usedBytes = () => getHeapStatistics().used_heap_size;
const collect = /** @type {() => void} */ (globalThis.gc);

const ends = /** @type {const} */ (["client", "server"]);

/**
 * @param {Round} round
 * @param {number} most bytes of a message
 * @param {number} ofTurn
 */
function isGood({ bytes, messages, turns, yields, collections }, most, ofTurn) {
  if (collections > 0) return false;
  return bytes - ofTurn * turns - task.ofYield * yields < most * messages;
}

if (isMainThread) await runClient();
else await runServer();

async function runClient() {
  /** @type {typeof import("../../../../src/traffic/create-traffic.ts")} */
  const { createTraffic } = await built("traffic/create-traffic.js");
  /** @type {typeof import("../../../../src/address/flow-space.ts")} */
  const { createFlowSpace } = await built("address/flow-space.js");
  /** @type {typeof import("../../../../src/metrics/recorder.ts")} */
  const { Recorder } = await built("metrics/recorder.js");

  const server = new Worker(new URL(import.meta.url), { workerData: JSON.stringify(task) });
  const [{ endpoint }] = await once(server, "message");
  /** @param {string} what */
  const query = async (what) => {
    server.postMessage(what);
    return (await once(server, "message"))[0];
  };
  const { workload } = task;
  const { connections } = workload;
  const io = createUringIo({ busyPoll: task.busyPoll });
  const beginLitter = litterOf(io);
  const recorder = new Recorder(0, 0, monotonicNs());
  const traffic = await createTraffic({
    workload,
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
      sources: [["127.81.8.1", "127.81.8.1"]],
      ports: [[24_000, 24_000 + connections - 1]],
      destinations: [endpoint],
      connectionsPerSource: null,
    }),
    seed: 1,
    tag: 0,
    io,
    recorder,
    now: monotonicNs,
    saturated: () => false,
  });
  let turns = 0;
  let yields = 0;
  /** @param {number} count */
  async function turn(count) {
    for (let left = count; left > 0; left--) {
      const nowNs = monotonicNs();
      const nextNs = Math.min(traffic.start(nowNs), nowNs + 20e6);
      const turned = io.turn(nextNs, 0);
      turns++;
      if (turned === undefined) continue;
      yields++;
      await turned;
    }
  }
  /** Messages that a snapshot counts; a stream's have no replies. */
  function takeMessages() {
    const { counters, errors, open } = recorder.snapshot(monotonicNs());
    if (errors.length > 0 || open < connections) throw new Error(JSON.stringify({ open, errors }));
    const { length } = counters;
    let count = 0;
    const name = workload.pattern === "stream" ? counter.sent : counter.received;
    for (let at = name; at < length; at += names.length) count += counters[at] ?? 0;
    return count;
  }
  /** @type {typeof import("../../../../src/metrics/snapshot.ts")} */
  const { counter, counters: names } = await built("metrics/snapshot.js");

  traffic.open(monotonicNs());
  while (!traffic.settled) await turn(1);
  traffic.begin(monotonicNs());
  /** @param {number} exchanges */
  async function measureRound(exchanges) {
    await query("begin");
    collect();
    takeMessages();
    const before = await collectionsSoFar();
    turns = 0;
    yields = 0;
    let bytes = 0;
    let messages = 0;
    while (messages < exchanges) {
      const from = usedBytes();
      await turn(100);
      bytes += usedBytes() - from;
      messages += takeMessages();
    }
    /** @type {Round} */
    const client = {
      ...{ bytes, messages, turns, yields },
      collections: (await collectionsSoFar()) - before,
    };
    /** @type {Round} */
    const server = await query("end");
    return { client, server };
  }
  await measureRound(task.exchanges);
  const rounds = [];
  const missing = new Set(ends.filter((end) => task.good[end] !== null));
  while (missing.size > 0 && rounds.length < task.rounds) {
    const round = await measureRound(task.exchanges);
    rounds.push(round);
    for (const end of missing) {
      if (isGood(round[end], task.good[end] ?? 0, task.ofTurn[end] ?? 0)) missing.delete(end);
    }
  }
  let littered = null;
  if (task.litter) {
    beginLitter();
    await query("litter");
    littered = await measureRound(litterExchanges);
  }
  console.log(JSON.stringify({ rounds, littered }));
  // The kernel closes what is left a moment after the process' end: the next one wants the same ports.
  await io.end();
  process.exit(0);
}

async function runServer() {
  if (parentPort === null) throw new Error("this is a thread");
  const port = parentPort;
  /** @type {typeof import("../../../../src/servers/service.ts")} */
  const { Service } = await built("servers/service.js");
  const io = createUringIo();
  const beginLitter = litterOf(io);
  const udp = task.builtin.startsWith("udp")
    ? /** @type {const} */ ({
        mode: "specific",
        idleTimeoutNs: 30e9,
        newPeersPerSecond: null,
        remote: false,
      })
    : null;
  const service = new Service(io, {
    builtin: task.builtin,
    listen: [{ address: "127.0.0.1", port: 0 }],
    options: { delayNs: 0, loss: 0, pause: null, closeAfter: null, bodyBytes: 0, udp },
    seed: 1,
    startNs: monotonicNs(),
    mostOpen: 10_000,
  });
  const [endpoint] = await service.listen();
  const begin = { bytes: 0, messages: 0, collections: 0 };
  let turns = 0;
  let yields = 0;
  port.on("message", async (what) => {
    if (what === "litter") {
      beginLitter();
      port.postMessage("littering");
      return;
    }
    if (what === "begin") {
      collect();
      begin.collections = await collectionsSoFar();
      begin.messages = service.stats().received;
      port.postMessage("begun");
      turns = 0;
      yields = 0;
      begin.bytes = usedBytes();
      return;
    }
    /** @type {Round} */
    const round = {
      bytes: usedBytes() - begin.bytes,
      turns,
      yields,
      messages: service.stats().received - begin.messages,
      collections: (await collectionsSoFar()) - begin.collections,
    };
    port.postMessage(round);
  });
  port.postMessage({ endpoint });
  for (;;) {
    const nowNs = monotonicNs();
    service.tick(nowNs);
    const turned = io.turn(service.nextDeadlineNs(nowNs), 3e6);
    turns++;
    if (turned === undefined) continue;
    yields++;
    await turned;
  }
}
