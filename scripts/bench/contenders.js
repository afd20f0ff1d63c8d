/** Who is compared: each takes a server's port and a load, and gives what its client did. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runNode, runSlash8 } from "./processes.js";

/**
 * @typedef {import("./steady.js").Measured} Measured
 *
 * @typedef {object} Load
 * @property {number} port
 * @property {number} connections
 * @property {number} warmUpSeconds
 * @property {number} seconds
 * @property {number | undefined} cpu for the client, or undefined
 *
 * @typedef {object} Comparison
 * @property {string} name
 * @property {string} server name of a built-in server
 * @property {string} ours the contender that the others are compared with
 * @property {Readonly<Record<string, (load: Load) => Promise<Measured>>>} contenders
 */

/** @type {readonly Comparison[]} */
export const comparisons = [
  {
    name: "echo, 64 B",
    server: "tcp-echo",
    ours: "slash8",
    contenders: {
      slash8: (load) => slash8("message: { size: 64 }\n    framing: { fixed: 64 }", load),
      "net loop": (load) => loop("net-loop.js", load),
    },
  },
  {
    name: "HTTP",
    server: "tcp-http",
    ours: "slash8",
    contenders: {
      // The request that autocannon sends, byte for byte.
      slash8: (load) =>
        slash8(
          `message: "GET / HTTP/1.1\\r\\nHost: 127.0.0.1:${load.port}\\r\\nConnection: keep-alive\\r\\n\\r\\n"\n` +
            "    framing: http",
          load,
        ),
      autocannon: (load) => loop("autocannon-loop.js", load),
    },
  },
];

/**
 * @param {string} file
 * @param {Load} load
 * @returns {Promise<Measured>}
 */
async function loop(file, { port, connections, warmUpSeconds, seconds, cpu }) {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const args = [port, connections, warmUpSeconds, seconds].map(String);
  return JSON.parse(await runNode([path, ...args], cpu));
}

/**
 * A closed-model run on the portable path with one worker.
 *
 * @param {string} exchange the scenario's lines on message and framing
 * @param {Load} load
 * @returns {Promise<Measured>}
 * @throws  when the run is not valid, or met an error
 */
async function slash8(exchange, { port, connections, warmUpSeconds, seconds, cpu }) {
  const folder = mkdtempSync(join(tmpdir(), "slash8-bench-"));
  try {
    const file = join(folder, "bench.yaml");
    writeFileSync(
      file,
      `version: 1
name: bench
workloads:
  bench:
    target: tcp://127.0.0.1:${port}
    pattern: request
    sources: 127.0.0.1
    connections: ${connections}
    ${exchange}
    warmUp: ${warmUpSeconds * 1e3}ms
    duration: ${seconds * 1e3}ms
gates:
  - total.errors == 0
`,
    );
    const words = ["load", file, "--io", "node", "--workers", "1", "--json", "--quiet"];
    const result = JSON.parse(await runSlash8([...words, "--out", folder], cpu));
    const { exchanges, steady } = result.workloads.bench;
    const { userSeconds, systemSeconds } = result.run.clientCpu;
    return {
      exchanges: exchanges.received,
      seconds: (steady.toMs - steady.fromMs) / 1e3,
      cpuSeconds: userSeconds + systemSeconds,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
