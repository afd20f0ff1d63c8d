/** slash8 itself, as its users run it: a scenario in a file, the result as JSON. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pinWhenThere } from "./pinning.js";
import { start, waitForOutput } from "./processes.js";
import { MissingError } from "./programs.js";
import { running, tree } from "./usage.js";

const program = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** Exit statuses of slash8, as in its README. */
const status = { pass: 0, cannotHold: 3, invalid: 4 };

/** @typedef {"node" | "uring"} IoKind */

/**
 * Returns the processes of a run that send: not the coordinator, which has the same role for slash8 as this
 * bench has for the other clients.
 *
 * @param {number} pid the coordinator's
 */
export function agentsOf(pid) {
  return running(tree(pid), "agent/main");
}

/**
 * Runs a scenario of one workload, "bench", with one worker.
 *
 * @param {object} what
 * @param {IoKind} what.io
 * @param {Readonly<Record<string, unknown>>} what.workload
 * @param {Readonly<Record<string, unknown>>} [what.servers]
 * @param {readonly string[]} [what.gates]
 * @param {number | undefined} what.cpu of the agent
 * @param {(pid: number) => void} [what.onStart]
 * @returns {Promise<Record<string, any>>} the result
 * @throws  MissingError where this machine does not have the io; Error where a gate failed. A run in which
 *          the generator did not keep up has a result like any other: its figures show it.
 */
export async function load({ io, workload, servers = {}, gates = [], cpu, onStart }) {
  const folder = mkdtempSync(join(tmpdir(), "slash8-bench-"));
  try {
    const file = join(folder, "bench.yaml");
    // JSON is valid YAML.
    const scenario = { version: 1, name: "bench", servers, workloads: { bench: workload }, gates };
    writeFileSync(file, JSON.stringify(scenario));
    const options = ["--io", io, "--workers", 1, "--json", "--quiet", "--out", folder];
    const started = start([process.execPath, program, "load", file, ...options], undefined);
    onStart?.(started.pid);
    const unpin = pinWhenThere(() => agentsOf(started.pid), cpu);
    const ended = await started.ended;
    unpin();
    if (ended.status === status.cannotHold) throw new MissingError(ended.stderr.trim());
    if (ended.status !== status.pass && ended.status !== status.invalid) {
      throw new Error(`slash8 load: status ${ended.status}\n${ended.stderr}`);
    }
    return JSON.parse(ended.stdout);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Starts `slash8 serve` on a free port.
 *
 * @param {string} builtin
 * @param {IoKind} io
 * @param {number | undefined} cpu
 */
export async function serve(builtin, io, cpu) {
  const words = [program, "serve", builtin, "--io", io, "--listen", "127.0.0.1:0"];
  const started = start([process.execPath, ...words], cpu);
  const [, port] = await waitForOutput(started, /^listening on 127\.0\.0\.1:(\d+)$/m).catch(
    async (error) => {
      const { status: ended, stderr } = await started.ended;
      throw ended === status.cannotHold ? new MissingError(stderr.trim()) : error;
    },
  );
  return { port: Number(port), pids: tree(started.pid), stop: () => started.end("SIGTERM") };
}

/**
 * Returns the figures of a workload of exchanges, in its steady state. CPU time is the load generator's (the agents'),
 * without that of the coordinator, which sends nothing.
 *
 * @param {Record<string, any>} result
 */
export function exchangeFigures(result) {
  const { exchanges, responseTime, steady } = result.workloads.bench;
  const { userSeconds, systemSeconds } = result.run.generator.cpu;
  const seconds = (steady.toMs - steady.fromMs) / 1e3;
  return {
    cpuUs: ((userSeconds + systemSeconds) * 1e6) / exchanges.received,
    userUs: (userSeconds * 1e6) / exchanges.received,
    perSecond: exchanges.received / seconds,
    p50Us: responseTime.percentiles["50"] / 1e3,
    cpuShare: (userSeconds + systemSeconds) / result.run.generator.cpu.overSeconds,
  };
}
