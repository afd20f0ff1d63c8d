/** Programs of the bench: each on its CPU, watched, and ended with the bench whatever happens. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

const slash8 = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/**
 * Runs node to its end.
 *
 * @param {readonly string[]} args
 * @param {number | undefined} cpu  CPU to pin it to, or undefined
 * @returns {Promise<string>} its standard output
 * @throws  when it fails; its standard error is in the message
 */
export async function runNode(args, cpu) {
  const child = start(args, cpu);
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const [status, signal] = await once(child, "close");
  if (status !== 0) throw new Error(`${args.join(" ")}: ${signal ?? status}\n${stderr}`);
  return stdout;
}

/**
 * Runs `slash8` to its end; as `runNode`.
 *
 * @param {readonly string[]} args
 * @param {number | undefined} cpu
 */
export function runSlash8(args, cpu) {
  return runNode([slash8, ...args], cpu);
}

/**
 * Starts `slash8 serve <builtin>` on a free port and waits until it listens.
 *
 * @param {string} builtin
 * @param {number | undefined} cpu
 * @returns {Promise<{ readonly port: number, readonly stop: () => Promise<void> }>}
 */
export async function startServer(builtin, cpu) {
  const child = start([slash8, "serve", builtin, "--listen", "127.0.0.1:0"], cpu);
  let said = "";
  /** @type {Promise<number>} */
  const listening = new Promise((resolve, reject) => {
    /** @param {string} text */
    const hear = (text) => {
      said += text;
      const port = /^listening on 127\.0\.0\.1:(\d+)$/m.exec(said)?.[1];
      if (port !== undefined) resolve(Number(port));
    };
    child.stdout.setEncoding("utf8").on("data", hear);
    child.stderr.setEncoding("utf8").on("data", hear);
    child.on("close", () => reject(new Error(`slash8 serve ${builtin} ended: ${said}`)));
  });
  const port = await listening;
  const stop = async () => {
    if (!running.has(child)) return;
    child.kill("SIGTERM");
    await once(child, "close");
  };
  return { port, stop };
}

/**
 * @param {readonly string[]} args
 * @param {number | undefined} cpu
 */
function start(args, cpu) {
  const words = [process.execPath, ...args];
  const [program, ...rest] = cpu === undefined ? words : ["taskset", "-c", String(cpu), ...words];
  const child = spawn(/** @type {string} */ (program), rest, { stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  child.on("close", () => running.delete(child));
  return child;
}
