/** `slash8 relay` as a user starts it, between clients and servers of Node's own sockets. */
import { spawn } from "node:child_process";
import { createSocket, type Socket as Datagram } from "node:dgram";
import { once } from "node:events";
import net from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { Endpoint } from "../../src/address/flow.ts";
import { deadEndpoint, tcpServer, udpServer } from "../support/raw-servers.ts";
import { type RunningCli, runCli, startCli } from "../support/run-cli.ts";
import { testIo } from "../support/test-io.ts";

const running: RunningCli[] = [];
afterEach(async () => {
  for (const cli of running.splice(0)) {
    cli.kill("SIGKILL");
    await cli.finished;
  }
});

interface Running {
  readonly cli: RunningCli;
  /** Where it listens for the n-th target. */
  readonly ports: readonly number[];
  /** Its JSON lines so far. */
  readonly events: () => Record<string, unknown>[];
}

async function relay(targets: readonly Endpoint[], ...more: string[]): Promise<Running> {
  const address = (target: Endpoint) =>
    target.address.includes(":") ? `[${target.address}]` : target.address;
  const pairs = targets.flatMap((target) => [
    "--listen",
    `${address(target)}:0`,
    "--to",
    `${address(target)}:${target.port}`,
  ]);
  const cli = startCli(["relay", "--io", testIo, "--json", ...pairs, ...more]);
  running.push(cli);
  await cli.printed(/"filters".*\n/);
  const events = () =>
    cli
      .stdout()
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const ports = events()
    .filter(({ event }) => event === "listening")
    .map(({ listen }) => Number(/\d+$/.exec(String(listen))?.[0]));
  return { cli, ports, events };
}

/** Ends the relay as Ctrl-C does. @returns its summary */
async function end({ cli, events }: Running, status = 0): Promise<Record<string, unknown>> {
  cli.kill("SIGINT");
  expect(await cli.finished).toMatchObject({ status, stderr: "" });
  const last = events().at(-1);
  expect(last?.event).toBe("summary");
  return last as Record<string, unknown>;
}

/** Byte i of the stream that a connection with this salt carries; 251 divides no buffer's length. */
function pattern(salt: number, start: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let index = 0; index < length; index++) bytes[index] = (salt + start + index) % 251;
  return bytes;
}

function connect(port: number, host = "127.0.0.1"): net.Socket {
  const socket = net.connect({ port, host, allowHalfOpen: true });
  socket.on("error", () => {});
  return socket;
}

/** Sends `length` bytes and FIN, under back-pressure. */
async function sendPattern(socket: net.Socket, salt: number, length: number): Promise<void> {
  for (let at = 0; at < length; at += 65_536) {
    const chunk = pattern(salt, at, Math.min(65_536, length - at));
    if (!socket.write(chunk)) await Promise.race([once(socket, "drain"), once(socket, "close")]);
  }
  socket.end();
}

/** @returns how many bytes came, all of them right, before FIN */
function readPattern(socket: net.Socket, salt: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let at = 0;
    socket.on("data", (chunk: Buffer) => {
      if (!chunk.equals(pattern(salt, at, chunk.length))) reject(new Error(`wrong after ${at}`));
      at += chunk.length;
    });
    socket.on("end", () => resolve(at));
    socket.on("close", () => reject(new Error(`closed after ${at}`)));
  });
}

/** What becomes of a new connection to a port: an errno name, or null where it is taken in. */
function trial(port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(null);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(String(error.code)));
  });
}

describe("TCP", () => {
  test("passes long streams both ways at once, whole, from the addresses asked", async () => {
    const seen: string[] = [];
    const length = 20 * 1024 * 1024 + 17;
    await using server = await tcpServer((socket) => {
      seen.push(`${socket.remoteAddress}:${socket.remotePort}`);
      socket.allowHalfOpen = true;
      // Slowly at first: what is not read must wait at its sender.
      socket.pause();
      setTimeout(() => {
        void sendPattern(socket, 7, length);
        readPattern(socket, 3).then(
          (came) => received.push(came),
          () => received.push(-1),
        );
        socket.resume();
      }, 100);
    });
    const received: number[] = [];
    const running = await relay([server.endpoint], "--from", "127.0.0.2-127.0.0.3");
    const port = running.ports[0] as number;
    const clients = [connect(port), connect(port), connect(port)];
    const came = await Promise.all(
      clients.map(async (socket) => {
        void sendPattern(socket, 3, length);
        return await readPattern(socket, 7);
      }),
    );
    expect(came).toEqual([length, length, length]);
    await expect.poll(() => received, { timeout: 20_000 }).toEqual([length, length, length]);
    const ports = clients.map((_, index) => seen[index]?.split(":")[1]);
    expect(new Set(seen.map((source) => source.split(":")[0]))).toEqual(
      new Set(["127.0.0.2", "127.0.0.3"]),
    );
    expect(new Set(ports).size).toBe(3);
    const summary = await end(running);
    expect(summary).toMatchObject({
      opened: 3,
      failed: 0,
      open: 0,
      bytesToTarget: 3 * length,
      bytesToClient: 3 * length,
    });
  });

  test("the client's end reaches the target while the answer is still to come, and the other way", async () => {
    const order: string[] = [];
    await using server = await tcpServer((socket) => {
      socket.allowHalfOpen = true;
      socket.on("data", (bytes) => order.push(`target: ${bytes}`));
      socket.on("end", () => {
        order.push("target: end");
        setTimeout(() => socket.end("answer"), 50);
      });
    });
    await using first = await tcpServer((socket) => {
      socket.allowHalfOpen = true;
      socket.end("bye");
      socket.on("data", (bytes) => order.push(`target: ${bytes}`));
      socket.on("end", () => order.push("target: end"));
    });
    const running = await relay([server.endpoint, first.endpoint], "--from", "127.0.0.2");
    const client = connect(running.ports[0] as number);
    client.on("data", (bytes) => order.push(`client: ${bytes}`));
    client.end("question");
    await once(client, "end");
    expect(order.splice(0)).toEqual(["target: question", "target: end", "client: answer"]);
    const listener = connect(running.ports[1] as number);
    listener.on("data", (bytes) => order.push(`client: ${bytes}`));
    await once(listener, "end");
    listener.end("after all");
    await expect
      .poll(() => order, { timeout: 20_000 })
      .toEqual(["client: bye", "target: after all", "target: end"]);
    await expect
      .poll(() => running.events().filter(({ event }) => event === "closed"), { timeout: 20_000 })
      .toMatchObject([{ code: null }, { code: null }]);
    await end(running);
  });

  test("a client that vanishes resets the target; a target that vanishes resets the client", async () => {
    const ends: string[] = [];
    await using server = await tcpServer((socket) => {
      socket.on("data", (bytes) => {
        if (bytes.toString() === "go") socket.resetAndDestroy();
        else socket.write(bytes);
      });
      socket.on("error", (error: NodeJS.ErrnoException) => ends.push(`target ${error.code}`));
    });
    const running = await relay([server.endpoint], "--from", "127.0.0.2");
    const port = running.ports[0] as number;
    const client = connect(port);
    client.write("hello");
    await once(client, "data");
    client.resetAndDestroy();
    await expect.poll(() => ends, { timeout: 20_000 }).toEqual(["target ECONNRESET"]);
    // A process that is killed in the middle of a stream.
    const killed = spawn(
      process.execPath,
      [
        "-e",
        `const s = require("net").connect(${port}, "127.0.0.1"); s.pause(); s.on("error", () => {});
         s.on("connect", () => { s.write("x".repeat(8e6)); setTimeout(() => console.log("sent"), 200); });`,
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    await once(killed.stdout, "data");
    killed.kill("SIGKILL");
    await expect.poll(() => ends.length, { timeout: 20_000 }).toBe(2);
    const other = connect(port);
    const failed = once(other, "error");
    other.write("go");
    expect((await failed)[0]).toMatchObject({ code: "ECONNRESET" });
    await expect
      .poll(() => running.events().filter(({ event }) => event === "closed").length, {
        timeout: 20_000,
      })
      .toBe(3);
    const closed = running.events().filter(({ event }) => event === "closed");
    expect(closed.map(({ endedBy }) => endedBy)).toEqual(["client", "client", "target"]);
    await end(running);
  });

  test("a client is reset where nothing listens, and the relay goes on", async () => {
    await using server = await tcpServer((socket) => socket.end("here"));
    const running = await relay([await deadEndpoint(), server.endpoint], "--from", "127.0.0.2");
    const client = net.connect(running.ports[0] as number, "127.0.0.1");
    expect((await once(client, "error"))[0]).toMatchObject({ code: "ECONNRESET" });
    const other = connect(running.ports[1] as number);
    expect(String((await once(other, "data"))[0])).toBe("here");
    other.end();
    await expect.poll(() => running.events().some(({ event }) => event === "closed")).toBe(true);
    const summary = await end(running);
    expect(summary).toMatchObject({ opened: 1, failed: 1 });
    expect(running.events().find(({ event }) => event === "failed")).toMatchObject({
      client: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      code: "ECONNREFUSED",
    });
  });

  test("500 connections at once, each from its own address and with its own port", async () => {
    const seen = new Set<string>();
    await using server = await tcpServer((socket) => {
      seen.add(`${socket.remoteAddress} ${socket.remotePort}`);
      socket.pipe(socket);
    });
    const running = await relay([server.endpoint], "--from", "127.77.0.1-127.77.1.244", "--quiet");
    const clients = Array.from({ length: 500 }, () => connect(running.ports[0] as number));
    const answers = await Promise.all(
      clients.map(async (client, index) => {
        client.write(`${index}`.padStart(8, "0"));
        const [bytes] = await once(client, "data");
        return String(bytes);
      }),
    );
    expect(answers).toEqual(clients.map((_, index) => `${index}`.padStart(8, "0")));
    expect(new Set([...seen].map((source) => source.split(" ")[0])).size).toBe(500);
    expect(new Set([...seen].map((source) => Number(source.split(" ")[1])))).toEqual(
      new Set(clients.map(({ localPort }) => localPort)),
    );
    for (const client of clients) client.end();
    const summary = await end(running);
    expect(summary).toMatchObject({ opened: 500, failed: 0 });
    expect(running.events().some(({ event }) => event === "opened")).toBe(false);
  });

  test("clients of one port get ports of their own", async () => {
    const seen: (string | undefined)[] = [];
    await using server = await tcpServer((socket) => {
      seen.push(socket.remoteAddress);
      socket.pipe(socket);
    });
    const running = await relay([server.endpoint], "--from", "127.0.0.2");
    const clients = ["127.0.0.5", "127.0.0.6", "127.0.0.7"].map((localAddress) =>
      net.connect({
        port: running.ports[0] as number,
        host: "127.0.0.1",
        localAddress,
        localPort: 7099,
      }),
    );
    for (const client of clients) {
      client.write("x");
      await once(client, "data");
      client.end();
    }
    expect(seen).toEqual(["127.0.0.2", "127.0.0.2", "127.0.0.2"]);
    const sources = running
      .events()
      .flatMap(({ source, event }) => (event === "opened" ? [source] : []));
    expect(new Set(sources).size).toBe(3);
    expect(sources).toContain("127.0.0.2:7099");
    await end(running);
  });

  test("IPv6", async () => {
    const server = net.createServer((socket) => socket.pipe(socket)).listen(0, "::1");
    await once(server, "listening");
    const { port } = server.address() as net.AddressInfo;
    const running = await relay([{ address: "::1", port }], "--from", "::1");
    const client = connect(running.ports[0] as number, "::1");
    client.end("six");
    expect(String((await once(client, "data"))[0])).toBe("six");
    await once(client, "end");
    server.close();
    await end(running);
  });

  test("Ctrl-C lets connections end, and resets those that do not in time; twice ends at once", async () => {
    await using server = await tcpServer((socket) => socket.pipe(socket));
    for (const [args, signals, cut] of [
      [["--drain", "60s"], 1, false],
      [["--drain", "300ms"], 1, true],
      [["--drain", "60s"], 2, true],
    ] as const) {
      const running = await relay([server.endpoint], "--from", "127.0.0.2", ...args);
      const port = running.ports[0] as number;
      const client = connect(port);
      client.write("a");
      await once(client, "data");
      running.cli.kill("SIGINT");
      await running.cli.printed(/"draining"/);
      await expect.poll(() => trial(port)).toBe("ECONNREFUSED");
      const closed = new Promise((resolve) => client.once("close", resolve));
      if (cut) {
        const failed = once(client, "error");
        if (signals === 2) {
          await new Promise((resolve) => setTimeout(resolve, 400));
          running.cli.kill("SIGINT");
        }
        expect((await failed)[0]).toMatchObject({ code: "ECONNRESET" });
      } else {
        client.write("b");
        expect(String((await once(client, "data"))[0])).toBe("b");
        client.end();
      }
      await closed;
      expect((await running.cli.finished).status).toBe(0);
      expect(running.events().some(({ event }) => event === "cut")).toBe(cut);
    }
  });
});

describe("UDP", () => {
  async function client(): Promise<Datagram> {
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    await once(socket, "listening");
    return socket;
  }

  async function exchange(socket: Datagram, port: number, bytes: Buffer): Promise<Buffer> {
    socket.send(bytes, port, "127.0.0.1");
    const [answer] = await once(socket, "message");
    return answer as Buffer;
  }

  test("passes datagrams of every size on from an address for each client", async () => {
    const seen = new Set<string>();
    await using server = await udpServer((bytes, from, socket) => {
      seen.add(`${from.address}:${from.port}`);
      socket.send(bytes, from.port, from.address);
    });
    const running = await relay(
      [server.endpoint],
      "--protocol",
      "udp",
      "--from",
      "127.0.0.2-127.0.0.4",
    );
    const clients = await Promise.all([client(), client(), client()]);
    for (const [index, socket] of clients.entries()) {
      for (const size of [1, 0, 2049, 65_507]) {
        const bytes = pattern(index, 0, size);
        expect((await exchange(socket, running.ports[0] as number, bytes)).equals(bytes)).toBe(
          true,
        );
      }
    }
    expect([...seen]).toEqual(
      clients.map((socket, index) => `127.0.0.${2 + index}:${socket.address().port}`),
    );
    for (const socket of clients) socket.close();
    expect(await end(running)).toMatchObject({
      opened: 3,
      sentToTarget: 12,
      sentToClient: 12,
      dropped: 0,
      unanswered: 0,
    });
  });

  test("lets in nothing but the target's own replies", async () => {
    const senders: { address: string; port: number }[] = [];
    await using server = await udpServer((bytes, from, socket) => {
      senders.push({ address: from.address, port: from.port });
      const stranger = createSocket("udp4");
      // From another port first; what is right comes behind it.
      stranger.send("wrong", from.port, from.address, () => {
        stranger.close();
        socket.send(bytes, from.port, from.address);
      });
    });
    const running = await relay([server.endpoint], "--protocol", "udp", "--from", "127.0.0.2");
    const socket = await client();
    expect(String(await exchange(socket, running.ports[0] as number, Buffer.from("right")))).toBe(
      "right",
    );
    expect(senders[0]?.address).toBe("127.0.0.2");
    socket.close();
    expect(await end(running)).toMatchObject({ sentToTarget: 1, sentToClient: 1 });
  });

  test("keeps the order of a burst, and loses none of it", async () => {
    let count = 0;
    const wrong: number[] = [];
    await using server = await udpServer((bytes) => {
      if (bytes.readUInt32LE() !== count) wrong.push(count);
      count++;
    });
    const running = await relay([server.endpoint], "--protocol", "udp", "--from", "127.0.0.2");
    const socket = await client();
    for (let index = 0; index < 200; index++) {
      const bytes = Buffer.alloc(100);
      bytes.writeUInt32LE(index);
      socket.send(bytes, running.ports[0] as number, "127.0.0.1");
    }
    await expect.poll(() => count, { timeout: 20_000 }).toBe(200);
    expect(wrong).toEqual([]);
    socket.close();
    expect(await end(running)).toMatchObject({ sentToTarget: 200, dropped: 0, unanswered: 1 });
  });

  test("a flow ends when it is idle, and begins again from the next address", async () => {
    await using server = await udpServer((bytes, from, socket) => {
      socket.send(`${bytes} ${from.address}`, from.port, from.address);
    });
    const running = await relay(
      [server.endpoint],
      ...["--protocol", "udp", "--from", "127.0.0.2-127.0.0.3", "--idle", "200ms"],
    );
    const socket = await client();
    const port = running.ports[0] as number;
    expect(String(await exchange(socket, port, Buffer.from("a")))).toBe("a 127.0.0.2");
    await running.cli.printed(/"closed"/);
    expect(String(await exchange(socket, port, Buffer.from("b")))).toBe("b 127.0.0.3");
    socket.close();
    expect(await end(running)).toMatchObject({ opened: 2, unanswered: 0 });
  });

  test("says that nobody listens at the target, and goes on", async () => {
    const dead = await udpServer(() => {});
    const { endpoint } = dead;
    await dead[Symbol.asyncDispose]();
    const running = await relay([endpoint], "--protocol", "udp", "--from", "127.0.0.2");
    const socket = await client();
    socket.send("x", running.ports[0] as number, "127.0.0.1");
    await running.cli.printed(/"errored".*"ECONNREFUSED"/);
    const late = createSocket("udp4");
    late.on("message", (bytes, from) => late.send(bytes, from.port, from.address));
    late.bind(endpoint.port, endpoint.address);
    await once(late, "listening");
    expect(String(await exchange(socket, running.ports[0] as number, Buffer.from("y")))).toBe("y");
    late.close();
    socket.close();
    await end(running);
  });
});

describe("as text, and what goes wrong", () => {
  test("says what leads where, who came as whom, and what was relayed", async () => {
    await using server = await tcpServer((socket) => socket.pipe(socket));
    const to = `127.0.0.1:${server.endpoint.port}`;
    const args = ["--listen", "127.0.0.1:0", "--to", to, "--from", "127.0.0.2"];
    const cli = startCli(["relay", "--io", testIo, ...args]);
    running.push(cli);
    await cli.printed(/capture filter: host 127\.0\.0\.2\n/);
    expect(cli.stdout()).toMatch(/^Wireshark display filter: ip\.addr == 127\.0\.0\.2$/m);
    const port = Number(/relaying tcp 127\.0\.0\.1:(\d+) to/.exec(cli.stdout())?.[1]);
    const client = connect(port);
    client.end("hello");
    await once(client, "data");
    const { localPort } = client;
    await cli.printed(/#1 ended after .*: 5 B to the target, 5 B to the client\n/);
    expect(cli.stdout()).toContain(
      `#1 127.0.0.1:${localPort} is 127.0.0.2:${localPort} to ${to}\n`,
    );
    cli.kill("SIGTERM");
    expect(await cli.finished).toMatchObject({
      status: 0,
      stderr: "relayed 1 connection, 0 failed; 5 B to targets, 5 B to clients\n",
    });
  });

  test("a port in use and a source that this machine has not are refused", async () => {
    await using server = await tcpServer(() => {});
    const taken = `127.0.0.1:${server.endpoint.port}`;
    const inUse = ["--listen", taken, "--to", "127.0.0.1:1", "--from", "127.0.0.2"];
    expect(await runCli(["relay", "--io", testIo, ...inUse])).toMatchObject({
      status: 2,
      stdout: "",
      stderr: expect.stringMatching(/^slash8: cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE/),
    });
    const elsewhere = [
      "--listen",
      "127.0.0.1:0",
      "--to",
      taken,
      "--from",
      "192.0.2.1",
      "--allow-remote",
    ];
    expect(await runCli(["relay", "--io", testIo, ...elsewhere])).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(
        /^slash8: --from 192\.0\.2\.1 is not an address of this machine/,
      ),
    });
  });
});
