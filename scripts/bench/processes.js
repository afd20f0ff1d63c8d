/** Processes of the bench: each on its CPU, supervised, and ended with the bench in any case. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { reference } from "./programs.js";

/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/**
 * @typedef {object} Ended
 * @property {number | null} status
 * @property {string} stdout
 * @property {string} stderr
 *
 * @typedef {object} Started
 * @property {import("node:child_process").ChildProcessWithoutNullStreams} child
 * @property {number} pid
 * @property {Promise<Ended>} ended
 * @property {(signal: NodeJS.Signals) => Promise<Ended>} end sends the signal and waits
 *
 * @typedef {object} Server
 * @property {number} port
 * @property {number[]} pids of the processes that serve
 * @property {() => Promise<Record<string, any>>} report its counters, with the time in `ns`
 * @property {() => Promise<unknown>} stop
 */

/**
 * Starts a program.
 *
 * @param {readonly (string | number)[]} words program and arguments
 * @param {number | undefined} cpu  CPU to pin it to, or undefined
 * @returns {Started}
 */
export function start(words, cpu) {
  const pinned = cpu === undefined ? words : ["taskset", "-c", cpu, ...words];
  const [program = "", ...args] = pinned.map(String);
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  running.add(child);
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  // The program may exit before it is sent anything: its status says why.
  child.stdin.on("error", () => {});
  /** @type {Promise<Ended>} */
  const ended = new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => {
      running.delete(child);
      resolve({ status, stdout, stderr });
    });
  });
  const end = (/** @type {NodeJS.Signals} */ signal) => {
    child.kill(signal);
    return ended;
  };
  return { child, pid: child.pid ?? 0, ended, end };
}

/**
 * Runs a program to its end.
 *
 * @param {readonly (string | number)[]} words
 * @param {number | undefined} cpu
 * @returns {Promise<string>} its standard output
 * @throws  when it fails
 */
export async function run(words, cpu) {
  const { child, ended } = start(words, cpu);
  child.stdin.end();
  const { status, stdout, stderr } = await ended;
  if (status !== 0) throw new Error(`${words.join(" ")}: status ${status}\n${stderr || stdout}`);
  return stdout;
}

/**
 * Runs a C reference, which prints one JSON object.
 *
 * @param {string} name
 * @param {readonly (string | number)[]} args
 * @param {number | undefined} cpu
 * @returns {Promise<Record<string, any>>}
 */
export async function runReference(name, args, cpu) {
  return JSON.parse(await run([reference(name), ...args], cpu));
}

/**
 * Starts a C reference server on a free port.
 *
 * @param {string} name
 * @param {readonly (string | number)[]} args after the port
 * @param {number | undefined} cpu
 * @returns {Promise<Server>}
 */
export async function startReference(name, args, cpu) {
  const { child, ended } = start([reference(name), 0, ...args], cpu);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${name} exited: ${(await ended).stderr}`);
    return JSON.parse(value);
  };
  const report = () => {
    child.stdin.write("\n");
    return read();
  };
  const stop = () => {
    child.stdin.end();
    return ended;
  };
  return { ...(await read()), report, stop };
}

/**
 * Waits until a program prints a match on standard output.
 *
 * @param {Started} started
 * @param {RegExp} pattern
 * @returns {Promise<RegExpExecArray>}
 */
export async function waitForOutput({ child, ended }, pattern) {
  let said = "";
  return new Promise((resolve, reject) => {
    child.stdout.on("data", (text) => {
      said += text;
      const match = pattern.exec(said);
      if (match) resolve(match);
    });
    ended.then(({ stderr }) => reject(new Error(`the server exited: ${stderr}`)), reject);
  });
}

/**
 * Starts a server on a given port, and waits until it has bound it.
 *
 * @param {"tcp" | "udp"} protocol
 * @param {(port: number) => readonly (string | number)[]} words
 * @param {number | undefined} cpu
 * @returns {Promise<Started & { readonly port: number }>}
 */
export async function startOnPort(protocol, words, cpu) {
  const port = await freePort();
  const started = start(words(port), cpu);
  let ended = false;
  const note = () => {
    ended = true;
  };
  started.ended.then(note, note);
  // A socket without a peer: "local:port 00000000:0000".
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const entry = new RegExp(`^ *\\d+: [0-9A-F]+:${hex} 0+:0000 `, "m");
  const holds = () =>
    [protocol, `${protocol}6`].some((file) =>
      entry.test(readFileSync(`/proc/net/${file}`, "utf8")),
    );
  while (!holds()) {
    if (ended) throw new Error(`${words(port).join(" ")} exited: ${(await started.ended).stderr}`);
    await sleep(20);
  }
  return { ...started, port };
}

/** Returns a port that is used neither by TCP nor by the kernel's automatic choice now. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  server.close();
  await once(server, "close");
  return port;
}
