/** Request and reply in the closed model: TCP, HTTP, UDP, and slash8's own server. */
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { measureOutside } from "../outside.js";
import { runReference, startReference } from "../processes.js";
import { need, reference } from "../programs.js";
import { serverOf } from "../rounds.js";
import { exchangeFigures, load, serve } from "../slash8.js";
import { cpuBetween, sampleUsage } from "../usage.js";

/** @typedef {import("../rounds.js").Run} Run */

const messageBytes = 64;
/** @param {Record<string, any>} report */
const echoes = (report) => report.bytes / messageBytes;
/** @param {Record<string, any>} report */
const replies = (report) => report.replies;
/** @param {Record<string, any>} report */
const received = (report) => report.received;

const fixed = { message: { size: messageBytes }, framing: { fixed: messageBytes } };

/**
 * slash8 in the closed model.
 *
 * @param {import("../slash8.js").IoKind} io
 * @param {(port: number, params: Run["params"]) => Readonly<Record<string, unknown>>} exchange target, message and framing
 */
export const closed = (io, exchange) => async (/** @type {Run} */ run) => {
  const { connections, port, warmUpSeconds, seconds, cpu } = client(run);
  const { cpuUs, userUs, perSecond, p50Us } = exchangeFigures(
    await load({
      io,
      workload: {
        pattern: "request",
        sources: "127.0.0.1",
        connections,
        ...exchange(port, run.params),
        warmUp: `${warmUpSeconds * 1e3}ms`,
        duration: `${seconds * 1e3}ms`,
      },
      gates: ["total.errors == 0"],
      cpu,
    }),
  );
  return { cpuUs, userUs, perSecond, p50Us };
};

/** @param {"tcp" | "udp"} protocol */
const cClient = (protocol) => async (/** @type {Run} */ run) => {
  const { connections, port, warmUpSeconds, seconds, cpu } = client(run);
  const args = [protocol, port, connections, messageBytes, warmUpSeconds, seconds];
  return referenceFigures(await runReference("echo-client", args, cpu));
};

/** @param {Record<string, any>} said what a reference printed on its steady state */
export function referenceFigures({ count, perSecond, userSeconds, systemSeconds, p50Us }) {
  const cpuUs = ((userSeconds + systemSeconds) * 1e6) / count;
  return { cpuUs, userUs: (userSeconds * 1e6) / count, perSecond, p50Us };
}

/**
 * Returns the parameters of a client.
 *
 * @param {Run} run
 * @param {{ readonly port: number }} [server]
 */
function client(run, server = serverOf(run)) {
  const { params, pinning, warmUpSeconds, seconds } = run;
  const { connections = 1 } = params;
  return { connections, port: server.port, warmUpSeconds, seconds, cpu: pinning?.client };
}

/**
 * Runs another program against the run's server.
 *
 * @param {(run: ReturnType<typeof client>) => readonly (string | number)[]} words
 * @param {(report: Record<string, any>) => number} count
 */
export const others = (words, count) => (/** @type {Run} */ run) => {
  const options = client(run);
  return measureOutside(words(options), { ...options, server: serverOf(run), count });
};

const netLoop = fileURLToPath(new URL("../net-loop.js", import.meta.url));

/** @param {number} port */
const echoExchange = (port) => ({ target: `tcp://127.0.0.1:${port}`, ...fixed });

/** @param {Run} run */
const startEcho = ({ params, pinning }) =>
  startReference("tcp-server", ["echo", params.connections ?? 1], pinning?.server);

const bySize = (/** @type {readonly number[]} */ sizes, /** @type {string} */ what) =>
  sizes.map((connections) => ({
    label: `${connections.toLocaleString("en")} ${what}`,
    params: { connections },
  }));

/** @type {import("../rounds.js").Work} */
export const tcpEcho = {
  name: "tcp-echo",
  title: "TCP request/response, 64 B, closed model",
  headline: "cpuUs",
  cases: bySize([50, 1_000, 10_000], "connections"),
  server: startEcho,
  contenders: {
    "slash8 uring": closed("uring", echoExchange),
    "slash8 node": closed("node", echoExchange),
    "plain net": others(({ port, connections }) => {
      const message = "x".repeat(messageBytes);
      return [process.execPath, netLoop, port, connections, message, messageBytes];
    }, echoes),
    "C epoll": cClient("tcp"),
  },
  bars: [
    { figure: "cpuUs", ours: "slash8 uring", theirs: "C epoll", most: 1.05 },
    { figure: "cpuUs", ours: "slash8 uring", theirs: "plain net", most: 0.75 },
    { figure: "userUs", ours: "slash8 uring", most: 1 },
    { figure: "cpuUs", ours: "slash8 node", theirs: "plain net", most: 1 },
  ],
};

/**
 * Measures what serving costs: the C client sends, and the server's CPU time counts.
 *
 * @param {(run: Run) => Promise<{ port: number, pids: number[], stop: () => Promise<unknown> }>} begin
 */
const served = (begin) => async (/** @type {Run} */ run) => {
  const server = await begin(run);
  const sampler = sampleUsage(() => server.pids);
  try {
    const { connections, port, warmUpSeconds, seconds, cpu } = client(run, server);
    const args = ["tcp", port, connections, messageBytes, warmUpSeconds, seconds];
    const {
      fromNs,
      seconds: steadySeconds,
      count,
      perSecond,
    } = await runReference("echo-client", args, cpu);
    const used = cpuBetween(sampler.samples, fromNs, fromNs + steadySeconds * 1e9);
    return { cpuUs: (used * 1e6) / count, perSecond };
  } finally {
    sampler.stop();
    await server.stop();
  }
};

/** @type {import("../rounds.js").Work} */
export const tcpServer = {
  name: "tcp-server",
  title: "TCP echo server under the C client: the server's CPU",
  headline: "cpuUs",
  cases: bySize([50, 1_000], "connections"),
  contenders: {
    "slash8 uring": served(({ pinning }) => serve("tcp-echo", "uring", pinning?.server)),
    "slash8 node": served(({ pinning }) => serve("tcp-echo", "node", pinning?.server)),
    "C epoll": served(startEcho),
  },
  bars: [{ figure: "cpuUs", ours: "slash8 uring", theirs: "C epoll", most: 1 }],
};

/** @param {number} port */
const url = (port) => `http://127.0.0.1:${port}/`;
/** @param {number} port */
const request = (port) => `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`;
/** Length of a reply of tcp-server.c. */
const responseBytes = 127;
/** Longer than any measurement, in seconds: the client is ended when the measurement is over. */
export const forLong = 1_000;

/** @param {number} port */
const httpExchange = (port) => ({
  target: `tcp://127.0.0.1:${port}`,
  message: request(port),
  framing: "http",
  expect: { prefix: "HTTP/1.1 200 OK\r\n" },
});

/** @type {import("../rounds.js").Work} */
export const http = {
  name: "http",
  title: "HTTP keep-alive",
  headline: "cpuUs",
  cases: bySize([50, 1_000], "connections"),
  server: ({ params, pinning }) =>
    startReference("tcp-server", ["http", params.connections ?? 1], pinning?.server),
  contenders: {
    "slash8 uring": closed("uring", httpExchange),
    "slash8 node": closed("node", httpExchange),
    wrk: others(({ port, connections }) => {
      need("wrk");
      return ["wrk", "-t", 1, "-c", connections, "-d", forLong, url(port)];
    }, replies),
    "ab -k": others(({ port, connections }) => {
      need("ab");
      // -n after -t, which sets it to 50,000.
      const words = ["ab", "-k", "-q", "-c", connections, "-t", forLong, "-n", 10_000_000];
      return [...words, url(port)];
    }, replies),
    autocannon: others(({ port, connections }) => {
      const program = fileURLToPath(import.meta.resolve("autocannon"));
      const words = [process.execPath, program, "--no-progress", "-c", connections];
      return [...words, "-d", forLong, url(port)];
    }, replies),
    "plain net": others(({ port, connections }) => {
      const words = [process.execPath, netLoop, port, connections];
      return [...words, request(port), responseBytes];
    }, replies),
  },
  bars: [
    { figure: "cpuUs", ours: "slash8 uring", theirs: "wrk", most: 0.85 },
    { figure: "perSecond", ours: "slash8 uring", theirs: "wrk", least: 1.1 },
  ],
};

/** @param {number} port */
const udpExchange = (port) => ({
  target: `udp://127.0.0.1:${port}`,
  message: { size: messageBytes },
});

/** @type {import("../rounds.js").Work} */
export const udpEcho = {
  name: "udp-echo",
  title: "UDP request/response, 64 B, closed model (dnsperf: queries of its own)",
  headline: "cpuUs",
  cases: bySize([50, 1_000], "flows"),
  server: ({ pinning }) => startReference("udp-server", ["echo"], pinning?.server),
  contenders: {
    "slash8 uring": closed("uring", udpExchange),
    "slash8 node": closed("node", udpExchange),
    "C epoll": cClient("udp"),
    dnsperf: async (run) => {
      need("dnsperf");
      const server = await startReference("udp-server", ["dns"], run.pinning?.server);
      try {
        const queries = join(dirname(reference("udp-server")), "queries");
        writeFileSync(queries, "example.com A\n");
        const measure = others(({ port, connections }) => {
          const words = ["dnsperf", "-s", "127.0.0.1", "-p", port, "-d", queries, "-T", 1];
          return [...words, "-c", connections, "-q", connections, "-l", forLong];
        }, received);
        return await measure({ ...run, server });
      } finally {
        await server.stop();
      }
    },
  },
  bars: [{ figure: "cpuUs", ours: "slash8 uring", theirs: "C epoll", most: 1.1 }],
};
