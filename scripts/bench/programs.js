/** Programs that are compared or needed: whether they are installed, and the compiled C references. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Debian's package for each program. */
const packages = /** @type {const} */ ({
  ab: "apache2-utils",
  dnsperf: "dnsperf",
  gcc: "gcc libc6-dev",
  h2load: "nghttp2-client",
  iperf3: "iperf3",
  mosquitto: "mosquitto",
  mosquitto_pub: "mosquitto-clients",
  mosquitto_sub: "mosquitto-clients",
  "nats-server": "nats-server",
  nginx: "nginx-light",
  pgbench: "postgresql-contrib",
  psql: "postgresql-client",
  "redis-benchmark": "redis-tools",
  "redis-cli": "redis-tools",
  "redis-server": "redis-server",
  sockperf: "sockperf",
  unbound: "unbound",
  "unbound-control": "unbound",
  wrk: "wrk",
});

/** @typedef {keyof typeof packages} Program */

/** A contender cannot take part on this machine; the message says what is missing. */
export class MissingError extends Error {}

/**
 * @param {Program} program
 * @throws MissingError when it is not installed
 */
export function need(program) {
  const found = spawnSync("sh", ["-c", 'command -v "$0"', program]).status === 0;
  if (!found) throw new MissingError(`${program} is missing: apt install ${packages[program]}`);
}

const sources = fileURLToPath(new URL("reference/", import.meta.url));

/** Names of the references, "tcp-server" and so on. */
export const references = readdirSync(sources)
  .filter((name) => name.endsWith(".c"))
  .map((name) => name.slice(0, -2));

/** @type {string | null} folder of the compiled references */
let compiled = null;

/**
 * Returns the path of a reference, compiled with all the others at the first call, into a folder that is
 * removed with this process.
 *
 * @param {string} name one of `references`
 * @returns {string}
 * @throws MissingError without a compiler
 */
export function reference(name) {
  compiled ??= compile();
  return join(compiled, name);
}

function compile() {
  need("gcc");
  const folder = mkdtempSync(join(tmpdir(), "slash8-reference-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  for (const name of references) {
    const words = ["-std=gnu17", "-O2", "-Wall", "-Wextra", "-Werror", "-o", join(folder, name)];
    const { status, stderr } = spawnSync("gcc", [...words, join(sources, `${name}.c`)], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`${name}.c: ${stderr}`);
  }
  return folder;
}
