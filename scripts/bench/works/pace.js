/** One connection's latency, and rates that must be held. */

import { setTimeout as sleep } from "node:timers/promises";
import { runReference, start, startOnPort, startReference } from "../processes.js";
import { need } from "../programs.js";
import { serverOf } from "../rounds.js";
import { exchangeFigures, load } from "../slash8.js";
import { cpuBetween, sampleUsage } from "../usage.js";

/** @typedef {import("../rounds.js").Run} Run */

const messageBytes = 64;

/**
 * A message as sockperf's own client sends it: number (8 bytes), flags (2: 1 from a client, 2 requests a
 * reply), length (4), all in network order. So both send to the same server, sockperf's.
 */
function sockperfMessage() {
  const message = Buffer.alloc(messageBytes);
  message.writeBigUInt64BE(1n, 0);
  message.writeUInt16BE(3, 8);
  message.writeUInt32BE(messageBytes, 10);
  return { hex: message.toString("hex") };
}

/** @param {import("../slash8.js").IoKind} io */
const slash8 = (io) => async (/** @type {Run} */ run) => {
  const { params, warmUpSeconds, seconds, pinning } = run;
  const result = await load({
    io,
    workload: {
      target: `tcp://127.0.0.1:${serverOf(run).port}`,
      pattern: "request",
      sources: "127.0.0.1",
      connections: 1,
      message: sockperfMessage(),
      framing: { fixed: messageBytes },
      ...(params.perSecond === undefined ? {} : { rate: `${params.perSecond}/s` }),
      warmUp: `${warmUpSeconds * 1e3}ms`,
      duration: `${seconds * 1e3}ms`,
    },
    gates: ["total.errors == 0"],
    cpu: pinning?.client,
  });
  const { p50Us, perSecond, cpuShare } = exchangeFigures(result);
  return { p50Us, perSecond, cpuShare };
};

/**
 * sockperf as a client. It reports half round trips by default, and excludes its own
 * warm-up and the first and last moments of a run.
 *
 * @param {"ping-pong" | "under-load"} mode under-load, which is not for the closed model, would by default
 *   have only every 100th message answered
 */
const sockperf = (mode) => async (/** @type {Run} */ run) => {
  const { params, warmUpSeconds, seconds, pinning } = run;
  if (mode === "under-load" && params.perSecond === undefined) return null;
  const words = ["sockperf", mode, "--tcp", "--full-rtt", "-i", "127.0.0.1"];
  words.push("-p", String(serverOf(run).port), "-m", String(messageBytes));
  words.push("-t", String(Math.ceil(seconds + warmUpSeconds)));
  if (params.perSecond !== undefined) words.push("--mps", String(params.perSecond));
  if (mode === "under-load") words.push("--reply-every", "1");
  const started = start(words, pinning?.client);
  const sampler = sampleUsage(() => [started.pid]);
  const { status, stdout, stderr } = await started.ended;
  sampler.stop();
  if (status !== 0) throw new Error(`${words.join(" ")}: status ${status}\n${stderr}`);
  const [, valid = "", observed = ""] =
    /\[Valid Duration\] RunTime=([\d.]+) sec; .*ReceivedMessages=(\d+)/.exec(stdout) ?? [];
  const [, p50Us = ""] = /percentile 50\.000 = +([\d.]+)/.exec(stdout) ?? [];
  // The middle half of its run: a sampled process, unlike one that has exited, has CPU times.
  const { samples } = sampler;
  const [from, to] = [0.25, 0.75].map(
    (ratio) => samples[Math.floor(samples.length * ratio)]?.ns ?? 0,
  );
  return {
    p50Us: Number(p50Us),
    perSecond: Number(observed) / Number(valid),
    cpuShare: (cpuBetween(samples, from ?? 0, to ?? 0) * 1e9) / ((to ?? 0) - (from ?? 0)),
  };
};

/** @param {Run} run */
const startSockperf = async ({ pinning }) => {
  need("sockperf");
  const words = (/** @type {number} */ port) => [
    "sockperf",
    "server",
    "--tcp",
    "-i",
    "127.0.0.1",
    "-p",
    port,
  ];
  const { port, pid, end } = await startOnPort("tcp", words, pinning?.server);
  return { port, pids: [pid], stop: () => end("SIGKILL") };
};

/** @type {import("../rounds.js").Work} */
export const pingPong = {
  name: "ping-pong",
  title: "One TCP connection, 64 B, sockperf's server; full round trips",
  headline: "p50Us",
  cases: [
    { label: "closed", params: {} },
    { label: "1,000/s", params: { perSecond: 1_000 } },
  ],
  server: startSockperf,
  contenders: {
    "slash8 uring": slash8("uring"),
    "slash8 node": slash8("node"),
    sockperf: sockperf("ping-pong"),
    "sockperf under-load": sockperf("under-load"),
  },
  bars: [
    { figure: "p50Us", ours: "slash8 uring", theirs: "sockperf", most: 1.1, cases: ["closed"] },
    {
      figure: "p50Us",
      ours: "slash8 uring",
      theirs: "sockperf",
      least: 0.85,
      most: 1.15,
      cases: ["1,000/s"],
    },
    // A whole CPU would be 1: this excludes a spinning core.
    { figure: "cpuShare", ours: "slash8 uring", most: 0.5, cases: ["1,000/s"] },
  ],
};

/** A rate is counted over at least this many messages, as one more or less at the edges is not an error. */
const fewestCounted = 500;

/**
 * Returns how long a run at a rate is measured, s.
 *
 * @param {Run} run
 */
const measuredSeconds = ({ params, seconds }) =>
  Math.max(seconds, fewestCounted / (params.perSecond ?? 1));

/**
 * An open-model run, with its rate as the server saw it. slash8 counts an exchange by when it should have
 * started, so by its own count a backlog that is worked off in the drain would look like a rate that was held.
 *
 * @param {import("../slash8.js").IoKind} io
 */
const paced = (io) => async (/** @type {Run} */ run) => {
  const { params, warmUpSeconds, pinning } = run;
  const { connections = 1, perSecond = 1 } = params;
  const server = serverOf(run);
  const seconds = measuredSeconds(run);
  let over = false;
  const loading = load({
    io,
    workload: {
      target: `tcp://127.0.0.1:${server.port}`,
      pattern: "request",
      sources: "127.0.0.1",
      connections,
      message: { size: messageBytes },
      framing: { fixed: messageBytes },
      rate: `${perSecond}/s`,
      warmUp: `${warmUpSeconds * 1e3}ms`,
      // The window below begins when the server sees the first message, and must lie within.
      duration: `${seconds * 1e3 + 500}ms`,
    },
    cpu: pinning?.client,
  }).finally(() => {
    over = true;
  });
  const [result, seenPerSecond] = await Promise.all([
    loading,
    watchRate(server, warmUpSeconds, seconds, () => over),
  ]);
  const { p50Us, cpuShare } = exchangeFigures(result);
  return {
    offPercent: Math.abs(seenPerSecond / perSecond - 1) * 100,
    perSecond: seenPerSecond,
    p50Us,
    sendLagP99Us: result.workloads.bench.sendLag.percentiles["99"] / 1e3,
    cpuShare,
  };
};

/**
 * Counts messages per second at a server, from the first message and the warm-up on.
 *
 * @param {import("../processes.js").Server} server
 * @param {number} warmUpSeconds
 * @param {number} seconds
 * @param {() => boolean} over whether the client has exited
 */
export async function watchRate(server, warmUpSeconds, seconds, over) {
  const idle = (await server.report()).bytes;
  while ((await server.report()).bytes === idle && !over()) await sleep(5);
  await sleep(warmUpSeconds * 1e3);
  const from = await server.report();
  await sleep(seconds * 1e3);
  const to = await server.report();
  return (to.bytes - from.bytes) / messageBytes / ((to.ns - from.ns) / 1e9);
}

/**
 * A loop that only reads the clock: shows how late the machine alone makes a message of this rate.
 *
 * @param {Run} run
 */
async function spinClock(run) {
  const { perSecond = 1 } = run.params;
  const args = [perSecond, measuredSeconds(run)];
  const { p99Us } = await runReference("spin-clock", args, run.pinning?.client);
  return { sendLagP99Us: p99Us };
}

/**
 * The same messages from a loop that never sleeps: shows how late the machine and its sockets make them.
 *
 * @param {Run} run
 */
async function pacedReference(run) {
  const { params, warmUpSeconds, pinning } = run;
  const { connections = 1, perSecond = 1 } = params;
  const message = [serverOf(run).port, connections, messageBytes, perSecond];
  const args = [...message, warmUpSeconds, measuredSeconds(run)];
  const { p99Us } = await runReference("paced-client", args, pinning?.client);
  return { sendLagP99Us: p99Us };
}

/** @type {import("../rounds.js").Work} */
export const rate = {
  name: "rate",
  title:
    "Rate held, open model, 64 B over TCP; C busy-waiting sends the same, C clock loop nothing: it only reads the clock",
  headline: "sendLagP99Us",
  cases: [100, 1_000, 10_000, 50_000].map((perSecond) => ({
    label: `${perSecond.toLocaleString("en")}/s`,
    params: { perSecond, connections: 100 },
  })),
  server: ({ params, pinning }) =>
    startReference("tcp-server", ["echo", params.connections ?? 1], pinning?.server),
  contenders: {
    "slash8 uring": paced("uring"),
    "C busy-waiting": pacedReference,
    "C clock loop": spinClock,
  },
  bars: [
    { figure: "offPercent", ours: "slash8 uring", most: 0.5 },
    { figure: "sendLagP99Us", ours: "slash8 uring", most: 100, cases: ["10,000/s"] },
  ],
};
