/** The shipped protocols against real servers, in one run: what these count is what the result says, exactly. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { RunResult } from "../../../src/results/result.ts";
import { freePort } from "../../support/ports/free-port.ts";
import { isInstalled } from "../../support/programs.ts";
import { runScenario } from "../../support/run-scenario.ts";
import { type Broker, startBroker } from "./kafka-broker.ts";

const scenarios = join(import.meta.dirname, "../../../scenarios");
const hasPostgres = isInstalled("postgres") || isInstalled("/usr/lib/postgresql/15/bin/postgres");
const hasMemcached = isInstalled("memcached");
const hasRedis = isInstalled("redis-server");

type Workloads = Record<string, Record<string, unknown>>;
/** So many exchanges of each workload, however long they take: what is counted does not depend on speed. */
const exchanges = 400;
const load = { exchanges, timeout: "60s" };

/** The workloads of a shipped scenario, of which there are servers at other ports. */
function shipped(name: string, targets: Readonly<Record<string, string>>): Workloads {
  const text = readFileSync(join(scenarios, `${name}.yaml`), "utf8");
  const { workloads } = parse(text, { merge: true }) as { workloads: Workloads };
  return Object.fromEntries(
    Object.entries(workloads).map(([workload, fields]) => {
      const { rate: _rate, duration: _duration, target, ...rest } = fields;
      return [workload, { ...rest, ...load, target: targets[target as string] }];
    }),
  );
}

const children: ChildProcess[] = [];
let log = "";
let broker: Broker;
const web = http.createServer();
const requests = new Map<string, number>();
let ports: Record<"postgres" | "memcached" | "redis", number>;
let result: RunResult;

beforeAll(async () => {
  ports = { postgres: await freePort(), memcached: await freePort(), redis: await freePort() };
  const { postgres, memcached, redis } = ports;
  const workloads: Workloads = {};
  if (hasPostgres) {
    const options = "-c log_statement=all -c log_connections=on".split(" ");
    const script = join(scenarios, "real-postgres.sh");
    const child = start("sh", [script, `${postgres}`, ...options], { TMPDIR: "/tmp" });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      log += text;
    });
    Object.assign(workloads, shipped("real-postgres", { postgres: `tcp://127.0.0.1:${postgres}` }));
    workloads.broken = {
      ...(workloads.readers as object),
      sources: "127.65.3.0/24",
      connections: 2,
      message: "select 1/0",
    };
  }
  if (hasMemcached) {
    const options = ["-u", "nobody", "-l", "127.0.0.1", "-p", `${memcached}`, "-U", `${memcached}`];
    start("memcached", options);
    const of = shipped("real-memcached", {
      memcached: `tcp://127.0.0.1:${memcached}`,
      "udp://127.0.0.1:17411": `udp://127.0.0.1:${memcached}`,
    });
    Object.assign(workloads, {
      "cache-writers": of.writers,
      "cache-readers": of.readers,
      "cache-datagrams": of.datagrams,
    });
  }
  if (hasRedis) {
    const options = "--bind 127.0.0.1 --protected-mode no --requirepass secret --appendonly no";
    start("redis-server", ["--port", `${redis}`, ...options.split(" "), "--save", ""]);
    const users = {
      target: `tcp://127.0.0.1:${redis}`,
      pattern: "request",
      connections: 5,
      inFlight: 8,
      protocol: { resp: { password: "secret", database: 2 } },
      ...load,
    };
    Object.assign(workloads, {
      commands: { ...users, sources: "127.65.1.0/24", message: 'SET "a key" {{number}}' },
      mistakes: { ...users, sources: "127.65.2.0/24", message: 'LPUSH "a key" {{number}}' },
    });
  }
  broker = await startBroker();
  workloads.records = {
    target: `tcp://127.0.0.1:${broker.port}`,
    pattern: "request",
    sources: "127.65.4.0/24",
    connections: 3,
    inFlight: 8,
    protocol: { kafka: { topic: "visits" } },
    message: "visit {{number}}",
    ...load,
  };
  web.on("request", (request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text) => {
      body += text;
    });
    request.on("end", () => {
      const { method, url, headers } = request;
      const seen = `${method} ${url} ${headers.host} ${headers["x-test"]} ${body}`;
      requests.set(seen, (requests.get(seen) ?? 0) + 1);
      response.writeHead(url === "/none" ? 404 : 200).end("a body");
    });
  });
  web.listen(0, "127.0.0.1");
  await once(web, "listening");
  const browser = {
    target: `tcp://127.0.0.1:${(web.address() as AddressInfo).port}`,
    pattern: "request",
    connections: 2,
    ...load,
  };
  const orders = { method: "POST", path: "/orders", host: "a.example", headers: ["X-Test: yes"] };
  Object.assign(workloads, {
    pages: { ...browser, sources: "127.65.5.0/24", protocol: "http", message: "/page" },
    orders: {
      ...browser,
      sources: "127.65.6.0/24",
      protocol: { http: orders },
      message: '{"é":1}',
    },
    missing: { ...browser, sources: "127.65.7.0/24", protocol: { http: { path: "/none" } } },
  });
  if (hasPostgres) await until(() => log.includes("ready to accept connections"));
  if (hasMemcached) await ask(memcached, "version\r\n", "\r\n");
  if (hasRedis) await ask(redis, "PING\r\n", "\r\n");
  const scenario = {
    version: 1,
    name: "protocols",
    workloads,
    gates: ["total.exchanges.timedOut == 0"],
  };
  ({ result } = await runScenario(JSON.stringify(scenario)));
  expect(result.gates.map(({ verdict }) => verdict)).toEqual(["pass"]);
}, 110_000);

afterAll(async () => {
  broker?.close();
  web.closeAllConnections();
  web.close();
  for (const child of children) if (child.kill()) await once(child, "exit");
});

function start(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): ChildProcess {
  const child = spawn(program, args, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ...env },
  });
  child.stderr.resume();
  children.push(child);
  return child;
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Sends a text to a server, as soon as it is there, and returns what it answers, up to a text that ends it. */
async function ask(port: number, text: string, end: string): Promise<string> {
  for (;;) {
    const socket = net.connect(port, "127.0.0.1");
    socket.setEncoding("latin1").write(text);
    let answer = "";
    try {
      for await (const chunk of socket) {
        answer += chunk;
        if (answer.includes(end)) return answer;
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ECONNREFUSED") throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

const of = (name: string) => result.workloads[name] as RunResult["workloads"][string];
const sent = (...names: string[]) => names.reduce((sum, name) => sum + of(name).exchanges.sent, 0);

/** Of workloads whose exchanges all succeed: as many as were to be made. */
function expectAll(name: string, connections: number): void {
  expect(of(name).connections, name).toMatchObject({ opened: connections, failed: 0 });
  expect(of(name).exchanges, name).toMatchObject({
    sent: exchanges,
    received: exchanges,
    corrupted: 0,
  });
  expect(of(name).errors, name).toEqual([]);
}

/** Of workloads whose exchanges all are errors: they are received, and have that code. */
function expectErrors(name: string, code: string): void {
  expect(of(name).exchanges, name).toMatchObject({
    sent: exchanges,
    received: exchanges,
    timedOut: 0,
  });
  const errors = of(name).errors.map((error) => [error.code, error.side, error.count]);
  expect(errors, name).toEqual([[code, "target", exchanges]]);
}

describe.skipIf(!hasPostgres)("postgres", () => {
  it("logs in with SCRAM, queries and inserts as often as PostgreSQL says", () => {
    expectAll("readers", 40);
    expectAll("writers", 10);
    expectErrors("broken", "POSTGRES_22012");
    const count = (pattern: RegExp) => log.match(pattern)?.length ?? 0;
    expect(count(/authenticated: identity="postgres" method=scram-sha-256/g)).toBe(52);
    expect(of("readers").openTime.count).toBe(40);
    expect(count(/statement: select 1$/gm)).toBe(sent("readers"));
    expect(count(/execute slash8: insert into visits/g)).toBe(sent("writers"));
    expect(count(/ERROR: +division by zero/g)).toBe(sent("broken"));
    const parameters = [...log.matchAll(/\$1 = '(\d+)', \$2 = 'from 127\.67\.0\.[\d:]+'/g)];
    expect(new Set(parameters.map(([, number]) => number)).size).toBe(sent("writers"));
  });
});

describe.skipIf(!hasMemcached)("memcached", () => {
  it("sets and gets as often as memcached says", async () => {
    expectAll("cache-writers", 20);
    expectAll("cache-readers", 50);
    expectAll("cache-datagrams", 4);
    const stats = await ask(ports.memcached, "stats\r\n", "END\r\n");
    const stat = (name: string) => Number(new RegExp(`STAT ${name} (\\d+)`).exec(stats)?.[1]);
    expect(stat("cmd_set")).toBe(sent("cache-writers"));
    expect(stat("cmd_get")).toBe(sent("cache-readers", "cache-datagrams"));
  });
});

describe.skipIf(!hasRedis)("resp", () => {
  it("logs in, selects and sends as often as Redis says, and counts its errors", async () => {
    expectAll("commands", 5);
    expectErrors("mistakes", "REDIS_WRONGTYPE");
    const question = "AUTH secret\r\nINFO commandstats\r\nINFO errorstats\r\nECHO that-is-all\r\n";
    const info = await ask(ports.redis, question, "that-is-all");
    const calls = (name: string) =>
      Number(
        new RegExp(`(?:cmdstat_${name}:calls|errorstat_${name}:count)=(\\d+)`).exec(info)?.[1],
      );
    expect(calls("auth")).toBe(10 + 1);
    expect(calls("select")).toBe(10);
    expect(calls("set")).toBe(sent("commands"));
    expect(calls("WRONGTYPE")).toBe(sent("mistakes"));
  });
});

describe("kafka", () => {
  it("produces each record once, whose replies come in another order", () => {
    expectAll("records", 3);
    expect(broker.greeted()).toBe(3);
    const numbers = Array.from({ length: exchanges }, (_, i) => `visit ${i}`);
    expect([...broker.records].sort()).toEqual(numbers.sort());
  });
});

describe("http", () => {
  it("sends methods, paths, headers and bodies, and counts statuses", () => {
    expectAll("pages", 2);
    expectAll("orders", 2);
    expectErrors("missing", "HTTP_404");
    expect(of("missing").exchanges.status).toEqual({ "404": exchanges });
    expect(of("orders").exchanges.status).toEqual({ "200": exchanges });
    expect(Object.fromEntries(requests)).toEqual({
      "GET /page localhost undefined ": exchanges,
      'POST /orders a.example yes {"é":1}': exchanges,
      "GET /none localhost undefined ": exchanges,
    });
  });
});
