/** Real servers, each under slash8 and under the load generator that is made for it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, run as runProgram, startOnPort } from "../processes.js";
import { need } from "../programs.js";
import { tree } from "../usage.js";
import { closed, forLong, others } from "./exchanges.js";

/** @typedef {import("../rounds.js").Run} Run */

/**
 * Starts a server that other programs have made, in a folder that is removed after it.
 *
 * @param {"tcp" | "udp"} protocol
 * @param {(port: number, folder: string) => readonly (string | number)[]} words may write files to the folder
 * @param {(port: number, folder: string) => Promise<number>} count exchanges so far, by its own counters
 * @param {Run} run
 * @returns {Promise<import("../processes.js").Server>}
 */
async function startReal(protocol, words, count, { pinning }) {
  const folder = mkdtempSync(join(tmpdir(), "slash8-bench-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const server = await startOnPort(protocol, (port) => words(port, folder), pinning?.server);
    const { port, pid } = server;
    return {
      port,
      pids: tree(pid),
      report: async () => ({
        count: await count(port, folder),
        ns: Number(process.hrtime.bigint()),
      }),
      stop: async () => {
        await server.end("SIGTERM");
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** @param {Record<string, any>} report */
const counted = (report) => report.count;

/** Of the keys that are written, and of their values; redis-benchmark's are as long. */
const keys = 10_000;
const valueBytes = 64;

/** Parts of a command as Redis' clients send them. */
const resp = (/** @type {readonly [length: number, text: string][]} */ ...parts) =>
  `*${parts.length}\r\n${parts.map(([length, text]) => `$${length}\r\n${text}\r\n`).join("")}`;

/** By the name that redis-benchmark has for it. */
const redisCommands = /** @type {const} */ ({
  ping: { message: resp([4, "PING"]), expect: { text: "+PONG\r\n" } },
  set: {
    message: resp(
      [3, "SET"],
      [16, `key:{{random 0 ${keys - 1} | width 12}}`],
      [valueBytes, "x".repeat(valueBytes)],
    ),
    expect: { text: "+OK\r\n" },
  },
});

/** @param {Run["params"]} params */
const redisCommand = ({ command }) => (command === "set" ? "set" : "ping");

/**
 * @param {number} port
 * @param {Run["params"]} params
 */
const redisExchange = (port, params) => ({
  target: `tcp://127.0.0.1:${port}`,
  framing: { delimiter: "\r\n" },
  ...redisCommands[redisCommand(params)],
});

/** @type {import("../rounds.js").Work} */
export const redis = {
  name: "redis",
  title: "Redis, closed model; SET of 64 B to 10,000 keys",
  headline: "cpuUs",
  cases: ["ping", "set"].map((command) => ({
    label: `${command.toUpperCase()}, 50 connections`,
    params: { connections: 50, command },
  })),
  server: (run) => {
    need("redis-server");
    need("redis-cli");
    const calls = new RegExp(`^cmdstat_${redisCommand(run.params)}:calls=(\\d+)`, "m");
    return startReal(
      "tcp",
      (port, folder) => {
        const words = ["redis-server", "--port", port, "--bind", "127.0.0.1", "--dir", folder];
        return [...words, "--save", "", "--appendonly", "no", "--protected-mode", "no"];
      },
      async (port) => {
        const words = ["redis-cli", "-h", "127.0.0.1", "-p", port, "info", "commandstats"];
        return Number(calls.exec(await runProgram(words, undefined))?.[1] ?? 0);
      },
      run,
    );
  },
  contenders: {
    "slash8 uring": closed("uring", redisExchange),
    "slash8 node": closed("node", redisExchange),
    "redis-benchmark": (run) => {
      need("redis-benchmark");
      return others(({ port, connections }) => {
        const words = ["redis-benchmark", "-h", "127.0.0.1", "-p", port, "-c", connections, "-q"];
        const of = { ping: "ping_mbulk", set: "set" }[redisCommand(run.params)];
        return [...words, "-n", 2_000_000_000, "-t", of, "-r", keys, "-d", valueBytes];
      }, counted)(run);
    },
  },
  bars: [{ figure: "cpuUs", ours: "slash8 uring", theirs: "redis-benchmark", most: 1 }],
};

/** Id, flags (recursion desired), one question: an A record of localhost, which unbound knows by itself. */
const dnsQuery = "0000 0100 0001 0000 0000 0000 096c6f63616c686f737400 0001 0001";
const dnsReplyBytes = 43;

/**
 * @param {number} port
 * @param {Run["params"]} params
 */
const dnsExchange = (port, { inFlight = 1 }) => ({
  target: `udp://127.0.0.1:${port}`,
  inFlight,
  message: { hex: dnsQuery },
  id: { offset: 0, bytes: 2, random: true },
  expect: { size: dnsReplyBytes },
});

/**
 * @param {number} port
 * @param {string} folder with its socket for questions about it, for which it needs no certificate
 */
const unboundConfiguration = (port, folder) => `server:
  interface: 127.0.0.1
  port: ${port}
  do-tcp: no
  do-ip6: no
  num-threads: 1
  username: ""
  chroot: ""
  directory: ""
  pidfile: ""
  use-syslog: no
  do-daemonize: no
  local-zone: "." refuse
  local-zone: "localhost." static
  local-data: "localhost. 10800 IN A 127.0.0.1"
  so-rcvbuf: 0
remote-control:
  control-enable: yes
  control-interface: ${folder}/control
  control-use-cert: no
`;

/** @type {import("../rounds.js").Work} */
export const dns = {
  name: "dns",
  title: "unbound over UDP, closed model; ids at random, replies by id",
  headline: "cpuUs",
  cases: [
    { label: "50 flows", params: { connections: 50 } },
    { label: "4 flows, 32 in flight each", params: { connections: 4, inFlight: 32 } },
  ],
  server: (run) => {
    need("unbound");
    need("unbound-control");
    return startReal(
      "udp",
      (port, folder) => {
        writeFileSync(join(folder, "unbound.conf"), unboundConfiguration(port, folder));
        return ["unbound", "-d", "-c", join(folder, "unbound.conf")];
      },
      async (_, folder) => {
        const words = ["unbound-control", "-c", join(folder, "unbound.conf"), "stats_noreset"];
        const said = await runProgram(words, undefined);
        return Number(/^total\.num\.queries=(\d+)/m.exec(said)?.[1]);
      },
      run,
    );
  },
  contenders: {
    "slash8 uring": closed("uring", dnsExchange),
    "slash8 node": closed("node", dnsExchange),
    dnsperf: async (run) => {
      need("dnsperf");
      const folder = mkdtempSync(join(tmpdir(), "slash8-bench-"));
      const queries = join(folder, "queries");
      writeFileSync(queries, "localhost A\n");
      try {
        return await others(({ port, connections }) => {
          const words = ["dnsperf", "-s", "127.0.0.1", "-p", port, "-d", queries, "-T", 1];
          const outstanding = connections * (run.params.inFlight ?? 1);
          return [...words, "-c", connections, "-q", outstanding, "-l", forLong];
        }, counted)(run);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  },
  bars: [],
};

/** The certificate and its key, for localhost. */
const certificate = fileURLToPath(
  new URL("../../../scenarios/real-nginx-tls.pem", import.meta.url),
);

/**
 * @param {number} port
 * @param {number} statusPort over which nginx says how many requests it has answered
 * @param {string} folder
 */
const nginxConfiguration = (port, statusPort, folder) => `daemon off;
master_process off;
error_log stderr;
pid ${folder}/pid;
events {
  worker_connections 8192;
}
http {
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  ssl_certificate ${certificate};
  ssl_certificate_key ${certificate};
  server {
    listen 127.0.0.1:${port} ssl backlog=4096;
    location / {
      return 200 "hello\\n";
    }
  }
  server {
    listen 127.0.0.1:${statusPort};
    location / {
      stub_status;
    }
  }
}
`;

/** @param {number} port */
const httpsExchange = (port) => ({
  target: `tcp://127.0.0.1:${port}`,
  tls: { ca: certificate, serverName: "localhost", alpn: "http/1.1" },
  message: "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
  framing: "http",
  expect: { status: 200 },
});

/** @type {import("../rounds.js").Work} */
export const https = {
  name: "https",
  title: "nginx over TLS 1.3, keep-alive, closed model",
  headline: "cpuUs",
  cases: [50, 500].map((connections) => ({
    label: `${connections} connections`,
    params: { connections },
  })),
  server: async (run) => {
    need("nginx");
    const statusPort = await freePort();
    let asked = 0;
    return startReal(
      "tcp",
      (port, folder) => {
        const file = join(folder, "nginx.conf");
        writeFileSync(file, nginxConfiguration(port, statusPort, folder));
        return ["nginx", "-e", "stderr", "-p", folder, "-c", file];
      },
      async () => {
        const said = await (await fetch(`http://127.0.0.1:${statusPort}/`)).text();
        // It counts the requests for this as well.
        asked++;
        return Number(/^ \d+ \d+ (\d+) $/m.exec(said)?.[1]) - asked;
      },
      run,
    );
  },
  contenders: {
    "slash8 uring": closed("uring", httpsExchange),
    "slash8 node": closed("node", httpsExchange),
    "h2load --h1": (run) => {
      need("h2load");
      return others(({ port, connections }) => {
        const words = ["h2load", "--h1", "-t", 1, "-c", connections, "-D", forLong];
        return [...words, `https://127.0.0.1:${port}/`];
      }, counted)(run);
    },
    wrk: (run) => {
      need("wrk");
      return others(({ port, connections }) => {
        return ["wrk", "-t", 1, "-c", connections, "-d", forLong, `https://127.0.0.1:${port}/`];
      }, counted)(run);
    },
  },
  bars: [],
};
