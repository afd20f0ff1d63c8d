/** Opening, churning and holding connections. */
import { runReference, startReference } from "../processes.js";
import { serverOf } from "../rounds.js";
import { agentsOf, exchangeFigures, load } from "../slash8.js";
import { cpuBetween, sampleUsage, settle } from "../usage.js";
import { referenceFigures } from "./exchanges.js";

/** @typedef {import("../rounds.js").Run} Run */

const messageBytes = 64;
/** Sources of the C references, so that their automatic ports do not run out. */
const cSources = 50;
const atOnce = { open: 100, churn: 50 };
/** tcp-server records when every 1,000th connection was accepted. */
const noteEvery = 1_000;
/** Length of the first and last part of a run that are compared, in connections. */
const part = 10_000;

/** @param {Run} run */
const startEcho = ({ params, pinning }) =>
  startReference("tcp-server", ["echo", params.connections ?? 1], pinning?.server);

/**
 * Opens connections, by any program, and measures it from outside, by when the server accepted
 * them and by /proc: in the same way for all.
 *
 * @param {Run} run
 * @param {(onStart: (pid: number) => void) => Promise<any>} open
 */
async function measureOpening(run, open) {
  const server = serverOf(run);
  const { connections = 1 } = run.params;
  await settle(server.pids);
  const before = await server.report();
  let pid = 0;
  const sampler = sampleUsage(() => (pid === 0 ? [] : agentsOf(pid)));
  try {
    const result = await open((started) => {
      pid = started;
    });
    const after = await server.report();
    // A round may start between two records: its own start with the next one.
    const first = Math.floor(before.accepted / noteEvery);
    const notes = after.acceptedNs.slice(first, first + connections / noteEvery);
    if (notes.length < connections / noteEvery)
      throw new Error("not all connections were accepted");
    const at = (/** @type {number} */ count) => notes[count / noteEvery - 1];
    const perOpenUs = (/** @type {number} */ from, /** @type {number} */ to) =>
      (at(to) - at(from)) / 1e3 / (to - from);
    const cpuPerOpenUs = (/** @type {number} */ from, /** @type {number} */ to) =>
      (cpuBetween(sampler.samples, at(from), at(to)) * 1e6) / (to - from);
    // The first record may include other connections in part: what comes before it is left out.
    const edge = Math.min(part, connections / 2);
    return {
      result,
      figures: {
        cpuUs: cpuPerOpenUs(noteEvery, connections),
        wallUs: perOpenUs(noteEvery, connections),
        perSecond: 1e6 / perOpenUs(noteEvery, connections),
        lastToFirst:
          perOpenUs(connections - edge + noteEvery, connections) / perOpenUs(noteEvery, edge),
        openSeconds: (perOpenUs(noteEvery, connections) * connections) / 1e6,
        rssMb: Math.max(...sampler.samples.map(({ rssBytes }) => rssBytes)) / 1e6,
      },
    };
  } finally {
    sampler.stop();
  }
}

/** @type {import("../rounds.js").Work} */
export const connect = {
  name: "connect",
  title: "Opening 60,000 connections to one address and port",
  headline: "wallUs",
  cases: [{ label: "60,000", params: { connections: 60_000 } }],
  server: startEcho,
  contenders: {
    "slash8 uring": async (run) => {
      const { figures } = await measureOpening(run, (onStart) =>
        load({
          io: "uring",
          workload: {
            target: `tcp://127.0.0.1:${serverOf(run).port}`,
            pattern: "hold",
            sources: "127.64.0.1-127.64.0.2",
            connections: run.params.connections,
            duration: "100ms",
          },
          gates: ["total.errors == 0"],
          cpu: run.pinning?.client,
          onStart,
        }),
      );
      return opening(figures);
    },
    "C epoll": async (run) => {
      const args = [serverOf(run).port, run.params.connections ?? 1, cSources, atOnce.open];
      const { figures, result } = await measureOpening(run, () =>
        runReference("tcp-open", args, run.pinning?.client),
      );
      return { ...opening(figures), cpuUs: (result.cpuSeconds * 1e6) / result.count };
    },
  },
  bars: [
    { figure: "wallUs", ours: "slash8 uring", theirs: "C epoll", most: 1 },
    { figure: "cpuUs", ours: "slash8 uring", theirs: "C epoll", most: 1 },
    { figure: "lastToFirst", ours: "slash8 uring", most: 1.5 },
  ],
};

/** @param {import("../rounds.js").Figures} figures those that are shown */
function opening({ cpuUs = 0, wallUs = 0, perSecond = 0, lastToFirst = 0 }) {
  return { cpuUs, wallUs, perSecond, lastToFirst };
}

/** @type {import("../rounds.js").Work} */
export const churn = {
  name: "churn",
  title: "Connect, one exchange of 64 B, close; 50 at a time",
  headline: "perSecond",
  cases: [{ label: "50 at a time", params: { connections: atOnce.churn } }],
  server: startEcho,
  contenders: {
    "slash8 uring": async (run) => {
      const result = await load({
        io: "uring",
        workload: {
          target: `tcp://127.0.0.1:${serverOf(run).port}`,
          pattern: "churn",
          sources: "127.64.0.1-127.64.0.4",
          connections: run.params.connections,
          exchangesPerConnection: 1,
          message: { size: messageBytes },
          framing: { fixed: messageBytes },
          close: "fin",
          warmUp: `${run.warmUpSeconds * 1e3}ms`,
          duration: `${run.seconds * 1e3}ms`,
        },
        cpu: run.pinning?.client,
      });
      const { cpuUs, userUs, perSecond } = exchangeFigures(result);
      return { cpuUs, userUs, perSecond, ...errorFigures(result) };
    },
    "C epoll": async (run) => {
      const { pinning, warmUpSeconds, seconds } = run;
      const args = [
        serverOf(run).port,
        atOnce.churn,
        cSources,
        messageBytes,
        warmUpSeconds,
        seconds,
      ];
      const said = await runReference("tcp-churn", args, pinning?.client);
      const { cpuUs, userUs, perSecond } = referenceFigures(said);
      return { cpuUs, userUs, perSecond, addressNotAvailable: said.addressNotAvailable };
    },
  },
  bars: [
    { figure: "perSecond", ours: "slash8 uring", theirs: "C epoll", least: 1 },
    { figure: "addressNotAvailable", ours: "slash8 uring", most: 0 },
    { figure: "otherErrors", ours: "slash8 uring", most: 0 },
  ],
};

/** @param {Record<string, any>} result */
function errorFigures(result) {
  let [addressNotAvailable, otherErrors] = [0, 0];
  for (const { code, count } of result.workloads.bench.errors) {
    if (code.includes("EADDRNOTAVAIL")) addressNotAvailable += count;
    else otherErrors += count;
  }
  return { addressNotAvailable, otherErrors };
}

/** Opens connections, verifies each by an echo, and closes them. */
const held = async (/** @type {Run} */ run) => {
  const { connections = 1 } = run.params;
  const { figures, result } = await measureOpening(run, (onStart) =>
    load({
      io: "uring",
      workload: {
        target: `tcp://127.0.0.1:${serverOf(run).port}`,
        pattern: "hold",
        sources: "127.64.0.0/24",
        connections,
        message: { size: messageBytes },
        framing: { fixed: messageBytes },
        // Faster than possible: it paces the echoes, not the opening.
        connectRate: "50000/s",
        verify: true,
        timeout: "30s",
        duration: `${Math.ceil(connections / 50_000) + 1}s`,
      },
      cpu: run.pinning?.client,
      onStart,
    }),
  );
  const { connections: seen, exchanges } = result.workloads.bench;
  const { cpuUs, wallUs, perSecond, openSeconds, rssMb } = figures;
  return {
    cpuUs,
    wallUs,
    perSecond,
    openSeconds,
    rssMb,
    lost: connections - seen.peak + seen.failed + seen.closedByTarget,
    unverified: connections - exchanges.received,
  };
};

const sizes = (/** @type {readonly number[]} */ counts) =>
  counts.map((connections) => ({
    label: connections.toLocaleString("en"),
    params: { connections },
  }));

const holding = {
  server: startEcho,
  contenders: { "slash8 uring": held },
};

/** @type {import("../rounds.js").Work} */
export const scale = {
  ...holding,
  name: "scale",
  title: "Cost per connection, opened, verified and held",
  headline: "wallUs",
  cases: sizes([10_000, 100_000]),
  bars: [
    { figure: "cpuUs", ours: "slash8 uring", across: ["10,000", "100,000"], most: 1.5 },
    { figure: "lost", ours: "slash8 uring", most: 0 },
    { figure: "unverified", ours: "slash8 uring", most: 0 },
  ],
};

/** @type {import("../rounds.js").Work} */
export const million = {
  ...holding,
  name: "million",
  title: "1,000,000 connections, opened, verified and held",
  headline: "openSeconds",
  cases: sizes([10_000, 1_000_000]),
  rounds: 1,
  bars: [
    { figure: "openSeconds", ours: "slash8 uring", most: 90, cases: ["1,000,000"] },
    { figure: "rssMb", ours: "slash8 uring", most: 250, cases: ["1,000,000"] },
    { figure: "lost", ours: "slash8 uring", most: 0, cases: ["1,000,000"] },
    { figure: "unverified", ours: "slash8 uring", most: 0, cases: ["1,000,000"] },
    { figure: "cpuUs", ours: "slash8 uring", across: ["10,000", "1,000,000"], most: 1.5 },
  ],
};
