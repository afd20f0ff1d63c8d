/** Real servers, each under slash8 and under the load generator that is made for it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
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

/**
 * @template Result
 * @param {string} text of a file that is there meanwhile
 * @param {(file: string) => Promise<Result>} use
 * @returns {Promise<Result>}
 */
async function withFile(text, use) {
  const folder = mkdtempSync(join(tmpdir(), "slash8-bench-"));
  const file = join(folder, "input");
  writeFileSync(file, text);
  try {
    return await use(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param {Record<string, any>} report */
const counted = (report) => report.count;

/** Of the keys that are written, and of their values; redis-benchmark's are as long. */
const keys = 10_000;
const valueBytes = 64;

/** By the name that redis-benchmark has for it; sent as arrays, as redis-benchmark sends them. */
const redisCommands = /** @type {const} */ ({
  ping: { message: "PING", expect: { text: "+PONG\r\n" } },
  set: {
    message: `SET key:{{random 0 ${keys - 1} | width 12}} ${"x".repeat(valueBytes)}`,
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
  protocol: "resp",
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
  bars: [
    {
      figure: "cpuUs",
      ours: "slash8 uring",
      theirs: "redis-benchmark",
      most: 1,
      cases: ["PING, 50 connections"],
    },
  ],
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
      return withFile("localhost A\n", (queries) =>
        others(({ port, connections }) => {
          const words = ["dnsperf", "-s", "127.0.0.1", "-p", port, "-d", queries, "-T", 1];
          const outstanding = connections * (run.params.inFlight ?? 1);
          return [...words, "-c", connections, "-q", outstanding, "-l", forLong];
        }, counted)(run),
      );
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

/** Makes a database in the temporary directory, and removes it when it ends. */
const postgresServer = fileURLToPath(
  new URL("../../../scenarios/real-postgres.sh", import.meta.url),
);

/** @param {number} port */
const database = (port) => `postgresql://postgres:secret@127.0.0.1:${port}/postgres`;

const statement = "select 1";

/**
 * @param {number} port
 * @param {Run["params"]} params
 */
const postgresExchange = (port, { command }) => ({
  target: `tcp://127.0.0.1:${port}`,
  ...(command === "prepared"
    ? { protocol: { postgres: { password: "secret", prepare: statement } }, message: "" }
    : { protocol: { postgres: { password: "secret" } }, message: statement }),
});

/** @type {import("../rounds.js").Work} */
export const postgres = {
  name: "postgres",
  title: "PostgreSQL, logged in with SCRAM-SHA-256, closed model; select 1",
  headline: "cpuUs",
  cases: ["simple", "prepared"].map((command) => ({
    label: `${command}, 20 connections`,
    params: { connections: 20, command },
  })),
  server: async (run) => {
    need("psql");
    const ask = (/** @type {number} */ port, /** @type {string} */ query) =>
      runProgram(["psql", database(port), "-Atc", query], undefined);
    // The counters of pg_stat_database wait until a connection ends, where its statements touch no table.
    const count = async (/** @type {number} */ port) => {
      const calls = "select coalesce(sum(calls), 0) from pg_stat_statements";
      return Number(await ask(port, `${calls} where query = 'select $1'`));
    };
    const statistics = ["-c", "shared_preload_libraries=pg_stat_statements"];
    const words = (/** @type {number} */ port) => ["sh", postgresServer, port, ...statistics];
    const server = await startReal("tcp", words, count, run);
    // It has bound its port before it takes logins.
    for (let left = 100; ; left--) {
      try {
        await ask(server.port, "create extension if not exists pg_stat_statements");
        return server;
      } catch (error) {
        if (left > 0) await sleep(100);
        else {
          await server.stop();
          throw error;
        }
      }
    }
  },
  contenders: {
    "slash8 uring": closed("uring", postgresExchange),
    "slash8 node": closed("node", postgresExchange),
    pgbench: async (run) => {
      need("pgbench");
      return withFile(`${statement};\n`, (file) =>
        others(({ port, connections }) => {
          const words = ["pgbench", "-n", "-j", 1, "-c", connections, "-T", forLong, "-f", file];
          return [...words, "-M", run.params.command ?? "simple", database(port)];
        }, counted)(run),
      );
    },
  },
  bars: [],
};

const mosquittoConfiguration = (/** @type {number} */ port) => `listener ${port} 127.0.0.1
allow_anonymous true
persistence false
sys_interval 1
max_inflight_messages 0
max_queued_messages 0
`;

/**
 * @param {number} port
 * @param {Run["params"]} params
 */
const mqttExchange = (port, { inFlight = 1 }) => ({
  target: `tcp://127.0.0.1:${port}`,
  protocol: { mqtt: { topic: "bench", qos: 1 } },
  inFlight,
  message: "x".repeat(valueBytes),
});

/** @type {import("../rounds.js").Work} */
export const mqtt = {
  name: "mqtt",
  title: "Mosquitto, publish with QoS 1, 64 B, closed model",
  headline: "cpuUs",
  // mosquitto_pub has 20 in flight, whatever it is told.
  cases: [{ label: "1 connection, 20 in flight", params: { connections: 1, inFlight: 20 } }],
  server: (run) => {
    need("mosquitto");
    need("mosquitto_sub");
    return startReal(
      "tcp",
      (port, folder) => {
        const file = join(folder, "mosquitto.conf");
        writeFileSync(file, mosquittoConfiguration(port));
        return ["mosquitto", "-c", file];
      },
      async (port) => {
        const words = ["mosquitto_sub", "-h", "127.0.0.1", "-p", port, "-C", 1, "-t"];
        // It publishes its counters once a second: right after that they are true.
        await runProgram([...words, "$SYS/broker/uptime", "-R"], undefined);
        const counter = "$SYS/broker/publish/messages/received";
        return Number(await runProgram([...words, counter], undefined));
      },
      run,
    );
  },
  contenders: {
    "slash8 uring": closed("uring", mqttExchange),
    "slash8 node": closed("node", mqttExchange),
    mosquitto_pub: (run) => {
      need("mosquitto_pub");
      return others(({ port }) => {
        const line = "x".repeat(valueBytes);
        const publish = `mosquitto_pub -h 127.0.0.1 -p ${port} -t bench -q 1 -l`;
        return ["bash", "-c", `exec ${publish} < <(yes ${line})`];
      }, counted)(run);
    },
  },
  bars: [],
};
