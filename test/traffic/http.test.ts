/** HTTP servers as they are: what any client reads from them without an error, and statuses that are errors. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseScenario } from "../../src/scenario/parse.ts";
import { freePort } from "../support/ports/free-port.ts";
import { isInstalled } from "../support/programs.ts";
import { tcpServer } from "../support/raw-servers.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { type Measured, runTraffic } from "../support/traffic.ts";

const get = 'message: "GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"';
const head = 'message: "HEAD / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"';
/** Runs workloads at once, their fields without target and framing, and returns what each measured by its name. */
async function run(
  port: number,
  workloads: Readonly<Record<string, string>>,
): Promise<(name: string) => Measured> {
  const lines = Object.entries(workloads).map(
    ([name, fields]) =>
      `  ${name}: { target: "tcp://127.0.0.1:${port}", framing: http, timeout: 60s, connectTimeout: 60s, ${fields} }`,
  );
  const scenario = parseScenario(
    `version: 1\nname: http\nworkloads:\n${lines.join("\n")}\n`,
    "http.yaml",
    { env: {} },
  );
  const measured = new Map(
    await Promise.all(
      scenario.workloads.map(async (workload) => {
        const ran = await runTraffic(workload, { address: "127.0.0.1", port });
        return [workload.name, ran] as const;
      }),
    ),
  );
  return (name) => {
    const found = measured.get(name);
    if (found === undefined) throw new Error(`no workload ${name}`);
    return found;
  };
}

/** Node's own server, on a port of its own. */
async function nodeServer(
  answer: http.RequestListener,
  options: http.ServerOptions & { perConnection?: number } = {},
): Promise<AsyncDisposable & { readonly port: number }> {
  const { perConnection = 0, ...others } = options;
  const server = http.createServer(others, answer);
  server.maxRequestsPerSocket = perConnection;
  server.listen({ host: "127.0.0.1", port: 0, backlog: 4096 });
  await once(server, "listening");
  return {
    port: (server.address() as net.AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** A server that answers every request, which ends with an empty line, with these bytes. */
function rawServer(reply: string, then: "stay" | "end" = "stay") {
  return tcpServer((socket) => {
    let text = "";
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      for (let end = text.indexOf("\r\n\r\n"); end >= 0; end = text.indexOf("\r\n\r\n")) {
        text = text.slice(end + 4);
        if (then === "stay") socket.write(reply);
        else socket.end(reply);
      }
    });
  });
}

function exchangesOf(measured: Measured) {
  const status: Record<string, number> = {};
  for (const { status: code, count } of measured.snapshot.statuses) {
    status[code] = (status[code] ?? 0) + count;
  }
  return {
    sent: measured.count("sent"),
    received: measured.count("received"),
    timedOut: measured.count("timedOut"),
    corrupted: measured.count("corrupted"),
    status,
  };
}

/** Expects that so many exchanges all went well, with these statuses. */
function expectAll(measured: Measured, count: number, status: Readonly<Record<string, number>>) {
  expect(exchangesOf(measured)).toEqual({
    sent: count,
    received: count,
    timedOut: 0,
    corrupted: 0,
    status,
  });
  expect(measured.errors()).toEqual({});
}

describe("Node's server", () => {
  it("is read without an error, with every kind of body", async () => {
    await using server = await nodeServer((request, response) => {
      const path = request.url ?? "";
      if (path === "/chunked") {
        response.write("hello ");
        response.end("world");
      } else if (path === "/empty") response.writeHead(204).end();
      else if (path === "/same") response.writeHead(304, { "content-length": "99" }).end();
      else if (path === "/early") {
        response.writeEarlyHints({ link: "</a>; rel=preload" });
        response.end("late");
      } else response.end("hello");
    });
    const path = (name: string) =>
      `pattern: request, connections: 4, exchanges: 200, message: "GET /${name} HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"`;
    const of = await run(server.port, {
      length: path(""),
      chunked: path("chunked"),
      empty: path("empty"),
      same: path("same"),
      early: path("early"),
      heads: `pattern: request, connections: 4, exchanges: 200, ${head}`,
      visits: `pattern: churn, connections: 4, totalConnections: 50, exchangesPerConnection: 3, ${get}`,
    });
    for (const name of ["length", "chunked", "early", "heads"]) {
      expectAll(of(name), 200, { "200": 200 });
    }
    expectAll(of("empty"), 200, { "204": 200 });
    expectAll(of("same"), 200, { "304": 200 });
    expectAll(of("visits"), 150, { "200": 150 });
  });

  it("loses nothing where it closes a connection after some requests", async () => {
    await using server = await nodeServer((_request, response) => response.end("hello"), {
      perConnection: 7,
    });
    const of = await run(server.port, {
      closed: `pattern: request, connections: 4, exchanges: 400, ${get}`,
      open: `pattern: request, connections: 4, rate: 200/s, duration: 1s, ${get}`,
      visits: `pattern: churn, connections: 4, totalConnections: 20, exchangesPerConnection: 20, ${get}`,
    });
    expectAll(of("closed"), 400, { "200": 400 });
    expect(of("closed").count("opened")).toBeGreaterThanOrEqual(Math.ceil(400 / 7));
    expectAll(of("open"), 200, { "200": 200 });
    expect(of("visits").errors()).toEqual({});
  });

  it("is read by pipelined requests, closed connections included", async () => {
    await using server = await nodeServer((_request, response) => response.end("hello"));
    const of = await run(server.port, {
      pipelined: `pattern: request, connections: 2, inFlight: 8, exchanges: 400, ${get}`,
    });
    expectAll(of("pipelined"), 400, { "200": 400 });
  });
});

describe("statuses", () => {
  it("of 400 and more are errors, whose replies are received all the same", async () => {
    let answered = 0;
    await using server = await nodeServer((_request, response) => {
      response.writeHead([200, 404, 200, 503][answered++ % 4] ?? 200).end("x");
    });
    const of = await run(server.port, {
      mixed: `pattern: request, connections: 1, exchanges: 40, ${get}`,
    });
    expect(exchangesOf(of("mixed"))).toMatchObject({
      sent: 40,
      received: 40,
      corrupted: 20,
      status: { "200": 20, "404": 10, "503": 10 },
    });
    expect(of("mixed").snapshot.errors).toEqual([
      { code: "HTTP_404", side: "target", phase: "steady", count: 10 },
      { code: "HTTP_503", side: "target", phase: "steady", count: 10 },
    ]);
    expect(of("mixed").count("opened")).toBe(1);
  });

  it("are as `expect` says", async () => {
    await using server = await nodeServer((request, response) => {
      response.writeHead(request.url === "/gone" ? 404 : 201).end("done");
    });
    const fields = (path: string, expected: string) =>
      `pattern: request, connections: 1, exchanges: 10, expect: ${expected}, message: "GET /${path} HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"`;
    const of = await run(server.port, {
      gone: fields("gone", "{ status: 404 }"),
      made: fields("", "{ status: [200, 201] }"),
      wrong: fields("", "{ status: 200 }"),
      both: fields("", "{ status: 2xx, regex: done }"),
      body: fields("", "{ status: 2xx, regex: gone }"),
    });
    for (const name of ["made", "both"]) expectAll(of(name), 10, { "201": 10 });
    expect(of("wrong").errors()).toEqual({ HTTP_201: 10 });
    expect(of("body").errors()).toEqual({ UNEXPECTED: 10 });
    expectAll(of("gone"), 10, { "404": 10 });
  });
});

describe("bodies that end with the connection", () => {
  it.each([
    ["HTTP/1.1", "HTTP/1.1 200 OK\r\n\r\nhello"],
    ["HTTP/1.1 that says so", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello"],
    ["HTTP/1.0", "HTTP/1.0 200 OK\r\nServer: old\r\n\r\nhello"],
    ["nothing", "HTTP/1.1 200 OK\r\n\r\n"],
  ])("are whole: %s", async (_what, reply) => {
    await using server = await rawServer(reply, "end");
    const of = await run(server.endpoint.port, {
      stays: `pattern: request, connections: 2, exchanges: 60, expect: { status: 200, regex: "\\r\\n\\r\\n(hello)?$" }, ${get}`,
      visits: `pattern: churn, connections: 2, totalConnections: 60, ${get}`,
    });
    for (const name of ["stays", "visits"]) {
      expectAll(of(name), 60, { "200": 60 });
    }
  });

  it("are not where a length said more: the exchange alone is lost", async () => {
    await using server = await rawServer(
      "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
      "end",
    );
    const of = await run(server.endpoint.port, {
      cut: `pattern: request, connections: 2, exchanges: 20, ${get}`,
    });
    expect(exchangesOf(of("cut"))).toMatchObject({ sent: 20, received: 0, status: {} });
    expect(of("cut").errors()).toEqual({ EOF: 20 });
  });
});

it("a server that ends its connections without a word loses no exchange between two requests", async () => {
  await using server = await rawServer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "end");
  // Time enough between two requests for the end of the stream to arrive.
  const of = await run(server.endpoint.port, {
    silent: `pattern: request, connections: 8, exchanges: 32, think: 200ms, ${get}`,
  });
  expectAll(of("silent"), 32, { "200": 32 });
});

it.skipIf(!isInstalled("python3"))("Python's server, which speaks HTTP/1.0", async () => {
  const port = await freePort();
  const folder = makeTempDir();
  writeFileSync(join(folder, "hello.txt"), "hello\n");
  const server = spawn(
    "python3",
    ["-m", "http.server", "--bind", "127.0.0.1", "--directory", folder, `${port}`],
    { stdio: "ignore" },
  );
  try {
    await untilListening(port);
    const message = (method: string, path: string) =>
      `message: "${method} /${path} HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"`;
    const of = await run(port, {
      file: `pattern: request, connections: 2, exchanges: 40, ${message("GET", "hello.txt")}, expect: { status: 200, regex: hello }`,
      heads: `pattern: request, connections: 2, exchanges: 40, ${message("HEAD", "hello.txt")}`,
      none: `pattern: request, connections: 2, exchanges: 40, ${message("GET", "none")}`,
      visits: `pattern: churn, connections: 2, totalConnections: 40, ${message("GET", "hello.txt")}`,
    });
    for (const name of ["file", "heads", "visits"]) {
      expectAll(of(name), 40, { "200": 40 });
    }
    expect(of("none").errors()).toEqual({ HTTP_404: 40 });
  } finally {
    server.kill();
  }
});

it.skipIf(!isInstalled("nginx"))("nginx, which ends a connection after 1000 requests", async () => {
  const port = await freePort();
  const folder = makeTempDir();
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path temporary;`)
    .join(" ");
  writeFileSync(
    join(folder, "nginx.conf"),
    `daemon off; worker_processes 1; error_log stderr; pid nginx.pid;
events { worker_connections 256; }
http { access_log off; ${temporary}
  server { listen 127.0.0.1:${port}; location / { return 200 "hello\\n"; } location /gone { return 410; } } }
`,
  );
  const server = spawn("nginx", ["-e", "stderr", "-p", folder, "-c", join(folder, "nginx.conf")], {
    stdio: "ignore",
  });
  try {
    await untilListening(port);
    const of = await run(port, {
      browsers: `pattern: request, connections: 2, exchanges: 5000, ${get}`,
      heads: `pattern: request, connections: 1, exchanges: 1500, ${head}`,
      gone: `pattern: request, connections: 1, exchanges: 10, expect: { status: 410 }, message: "GET /gone HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"`,
    });
    expectAll(of("browsers"), 5000, { "200": 5000 });
    expect(of("browsers").count("opened")).toBeGreaterThanOrEqual(5);
    expectAll(of("heads"), 1500, { "200": 1500 });
    expectAll(of("gone"), 10, { "410": 10 });
  } finally {
    server.kill();
  }
});

/** Waits until something accepts connections there; the test's own limit ends it. */
async function untilListening(port: number): Promise<void> {
  for (;;) {
    const socket = net.connect({ host: "127.0.0.1", port });
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
