/** One-way UDP: only what arrived counts. */
import {
  run as runProgram,
  runReference,
  start,
  startOnPort,
  startReference,
} from "../processes.js";
import { need } from "../programs.js";
import { load } from "../slash8.js";
import { cpuSeconds, running, sampleUsage, tree } from "../usage.js";

/** @typedef {import("../rounds.js").Run} Run */

/**
 * slash8 with its built-in sink, which checks the number of each datagram. The sink starts on the
 * client's CPU, as a child of the run, and is moved to the server's before traffic starts.
 */
const slash8 =
  (/** @type {import("../slash8.js").IoKind} */ io) => async (/** @type {Run} */ run) => {
    const { pinning, params, seconds } = run;
    /** @type {NodeJS.Timeout | undefined} */
    let mover;
    const moved = new Set();
    const result = await load({
      io,
      servers: { sink: { builtin: "udp-sink", listen: "127.0.0.1:0" } },
      workload: {
        target: "sink",
        pattern: "stream",
        sources: "127.0.0.1",
        connections: 1,
        message: { size: params.bytes },
        duration: `${seconds * 1e3}ms`,
      },
      gates: ["total.errors == 0"],
      cpu: pinning?.client,
      onStart: (pid) => {
        if (pinning === null) return;
        mover = setInterval(() => {
          for (const sink of running(tree(pid), "servers/process/main.js")) {
            if (moved.has(sink)) continue;
            moved.add(sink);
            void runProgram(["taskset", "-a", "-c", "-p", pinning.server, sink], undefined);
          }
        }, 20);
      },
    }).finally(() => clearInterval(mover));
    const { exchanges } = result.workloads.bench;
    const { userSeconds, systemSeconds } = result.run.generator.cpu;
    if (exchanges.countedBy !== "server") throw new Error("the sink did not count");
    if (pinning !== null && moved.size === 0) throw new Error("the sink was not found");
    return figures(exchanges.sent, exchanges.received, seconds, userSeconds + systemSeconds);
  };

/**
 * @param {number} sent
 * @param {number} received
 * @param {number} seconds
 * @param {number} cpu client's, s
 */
function figures(sent, received, seconds, cpu) {
  return {
    cpuUs: (cpu * 1e6) / sent,
    perSecond: received / seconds,
    missingPercent: (1 - received / sent) * 100,
  };
}

/**
 * @param {readonly string[]} blast
 * @param {readonly string[]} sink
 */
const c = (blast, sink) => async (/** @type {Run} */ run) => {
  const { pinning, params, seconds } = run;
  const server = await startReference("udp-server", ["sink", ...sink], pinning?.server);
  try {
    const args = [server.port, params.bytes ?? 0, seconds, ...blast];
    const said = await runReference("udp-blast", args, pinning?.client);
    const { received } = await server.report();
    return figures(said.count, received, said.seconds, said.userSeconds + said.systemSeconds);
  } finally {
    await server.stop();
  }
};

/**
 * Runs another program's client to its end, and returns its output and its CPU time.
 *
 * @param {readonly (string | number)[]} words
 * @param {number | undefined} cpu
 */
async function observe(words, cpu) {
  const started = start(words, cpu);
  const sampler = sampleUsage(() => [started.pid]);
  const { status, stdout, stderr } = await started.ended;
  sampler.stop();
  if (status !== 0) throw new Error(`${words.join(" ")}: status ${status}\n${stderr}${stdout}`);
  return { stdout, cpu: Math.max(...sampler.samples.map(cpuSeconds)) };
}

/** @param {Run} run */
async function sockperf({ pinning, params, seconds }) {
  need("sockperf");
  const server = await startOnPort(
    "udp",
    (port) => ["sockperf", "server", "-i", "127.0.0.1", "-p", port],
    pinning?.server,
  );
  try {
    const words = ["sockperf", "throughput", "-i", "127.0.0.1", "-p", server.port];
    const command = [...words, "-m", params.bytes ?? 0, "-t", Math.ceil(seconds)];
    const { stdout, cpu } = await observe(command, pinning?.client);
    const [, sent, lasted] = /Total of (\d+) messages sent in ([\d.]+) sec/.exec(stdout) ?? [];
    // It prints what it received when it is interrupted.
    const said = await server.end("SIGINT");
    const [, received] = /Total (\d+) messages received/.exec(said.stdout) ?? [];
    return figures(Number(sent), Number(received), Number(lasted), cpu);
  } finally {
    await server.end("SIGKILL");
  }
}

/** @param {Run} run */
async function iperf3({ pinning, params, seconds }) {
  need("iperf3");
  const server = await startOnPort(
    "tcp",
    (port) => ["iperf3", "-s", "-1", "-p", port],
    pinning?.server,
  );
  try {
    const words = ["iperf3", "-c", "127.0.0.1", "-p", server.port, "-u", "-b", 0, "--json"];
    const command = [...words, "-l", params.bytes ?? 0, "-t", Math.ceil(seconds)];
    const { stdout, cpu } = await observe(command, pinning?.client);
    const { packets, lost_packets: lost, seconds: lasted } = JSON.parse(stdout).end.sum;
    return figures(packets, packets - lost, lasted, cpu);
  } finally {
    await server.end("SIGKILL");
  }
}

/** @type {import("../rounds.js").Work} */
export const udpStream = {
  name: "udp-stream",
  title: "UDP one way, datagrams received",
  headline: "perSecond",
  cases: [64, 1_400].map((bytes) => ({
    label: `${bytes.toLocaleString("en")} B`,
    params: { bytes },
  })),
  contenders: {
    "slash8 uring": slash8("uring"),
    "slash8 node": slash8("node"),
    sockperf,
    iperf3,
    "C sendmmsg": c([], []),
    "C UDP_SEGMENT": c(["segment"], []),
    "C UDP_SEGMENT, UDP_GRO": c(["segment"], ["gro"]),
  },
  bars: [
    { figure: "perSecond", ours: "slash8 uring", theirs: "sockperf", least: 3 },
    { figure: "perSecond", ours: "slash8 uring", theirs: "iperf3", least: 3 },
  ],
};
