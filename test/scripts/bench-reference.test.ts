/** The C references: compiled without a warning, and each run for a moment. */
import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { runReference, type Server, startReference } from "../../scripts/bench/processes.js";
import { reference, references } from "../../scripts/bench/programs.js";

const hasCompiler = spawnSync("gcc", ["--version"]).status === 0;

describe.skipIf(process.platform !== "linux" || !hasCompiler)("references", () => {
  const servers: Server[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
  });

  // A test worker ends without the event that removes the folder in other processes.
  afterAll(() => rmSync(dirname(reference("tcp-server")), { recursive: true }));

  async function start(name: string, ...args: (string | number)[]): Promise<Server> {
    const server = await startReference(name, args, undefined);
    servers.push(server);
    return server;
  }

  test("are all tested here", () => {
    expect(references.toSorted()).toEqual([
      "echo-client",
      "paced-client",
      "spin-clock",
      "tcp-churn",
      "tcp-open",
      "tcp-server",
      "udp-blast",
      "udp-server",
    ]);
  });

  test("tcp-server and echo-client count the same", async () => {
    const server = await start("tcp-server", "echo", 10);
    const args = ["tcp", server.port, 10, 64, 0, 0.2];
    const said = await runReference("echo-client", args, undefined);
    const { accepted, bytes } = await server.report();
    expect(accepted).toBe(10);
    expect(bytes % 64).toBe(0);
    // What was in flight at the end has been answered, but not counted.
    const answered = bytes / 64;
    expect(said.count).toBeGreaterThan(0);
    expect(answered - said.count).toBeGreaterThanOrEqual(0);
    expect(answered - said.count).toBeLessThanOrEqual(10);
    expect(said.p50Us).toBeGreaterThan(0);
    expect(said.p99Us).toBeGreaterThanOrEqual(said.p50Us);
    expect(said.userSeconds + said.systemSeconds).toBeGreaterThan(0);
  });

  test("tcp-server answers HTTP requests that are split and joined in any way", async () => {
    const server = await start("tcp-server", "http", 1);
    const socket = connect(server.port, "127.0.0.1").setNoDelay();
    let text = "";
    socket.setEncoding("utf8").on("data", (part) => {
      text += part;
    });
    const request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    const bytes = request.repeat(100);
    for (let at = 0; at < bytes.length; at += 700) {
      socket.write(bytes.slice(at, at + 700));
      await sleep(2);
    }
    while ((await server.report()).replies < 100) await sleep(5);
    socket.end();
    await once(socket, "close");
    const replies = text.split("HTTP/1.1 200 OK\r\n").slice(1);
    expect(replies).toHaveLength(100);
    expect(new Set(replies)).toEqual(
      new Set([`Connection: keep-alive\r\nContent-Length: 64\r\n\r\n${"x".repeat(64)}`]),
    );
  });

  test("tcp-open opens all, and tcp-server reports when", async () => {
    const server = await start("tcp-server", "echo", 3_000);
    const said = await runReference("tcp-open", [server.port, 3_000, 5, 100], undefined);
    expect(said).toMatchObject({ count: 3_000, stepSeconds: [], stepCpuSeconds: [] });
    expect(said.cpuSeconds).toBeGreaterThan(0);
    const { accepted, acceptedNs } = await server.report();
    expect(accepted).toBe(3_000);
    expect(acceptedNs).toHaveLength(3);
    expect(acceptedNs).toEqual(acceptedNs.toSorted((a: number, b: number) => a - b));
  });

  test("tcp-server uses as many processes as connections need", () => {
    // With a limit that a shell lowers for it: 400 files leave room for 112 connections.
    const words = ["-c", 'ulimit -n 400; exec "$0" 0 echo 300', reference("tcp-server")];
    const { stdout } = spawnSync("sh", words, { input: "", encoding: "utf8" });
    expect(JSON.parse(stdout).pids).toHaveLength(3);
  });

  test("tcp-churn closes what it opens", async () => {
    const server = await start("tcp-server", "echo", 10);
    const args = [server.port, 5, 3, 64, 0.05, 0.2];
    const said = await runReference("tcp-churn", args, undefined);
    expect(said.count).toBeGreaterThan(0);
    expect(said.addressNotAvailable).toBe(0);
    expect((await server.report()).accepted).toBeGreaterThanOrEqual(said.count);
  });

  test("udp-server and echo-client count the same", async () => {
    const server = await start("udp-server", "echo");
    const said = await runReference("echo-client", ["udp", server.port, 10, 64, 0, 0.2], undefined);
    const { received } = await server.report();
    expect(said.lost).toBe(0);
    expect(received - said.count).toBeGreaterThanOrEqual(0);
    expect(received - said.count).toBeLessThanOrEqual(10);
  });

  test("udp-server makes a DNS query a response", async () => {
    const server = await start("udp-server", "dns");
    const socket = createSocket("udp4");
    for (const sent of [1, 2, 3]) {
      socket.send(Buffer.from([1, 2, 1, 0, 5, 6]), server.port, "127.0.0.1");
      const [reply] = await once(socket, "message");
      expect([...reply]).toEqual([1, 2, 0x81, 0, 5, 6]);
      // Measurements use the difference of two reports.
      expect((await server.report()).received).toBe(sent);
    }
    socket.close();
  });

  test.each([
    ["sendmmsg", [], []],
    ["UDP_SEGMENT", ["segment"], []],
    ["UDP_SEGMENT and UDP_GRO", ["segment"], ["gro"]],
  ])("udp-blast with %s arrives at udp-server, except what is missing", async (_, blast, sink) => {
    const server = await start("udp-server", "sink", ...sink);
    const { count } = await runReference("udp-blast", [server.port, 200, 0.1, ...blast], undefined);
    await sleep(50);
    const { received, bytes, missing, reordered } = await server.report();
    expect(received).toBeGreaterThan(0);
    expect(bytes).toBe(received * 200);
    expect(reordered).toBe(0);
    // The last ones may be missing: the sink cannot know about them.
    expect(received + missing).toBeLessThanOrEqual(count);
  });

  test("spin-clock counts every message of its rate, and none before its time", async () => {
    const said = await runReference("spin-clock", [20_000, 0.1], undefined);
    expect(said.count).toBe(2000);
    expect(said.seconds).toBeGreaterThanOrEqual(0.0999);
    expect(said.p99Us).toBeGreaterThanOrEqual(said.p50Us);
  });

  test("paced-client sends every message of its rate, and none before its time", async () => {
    const server = await start("tcp-server", "echo", 4);
    const said = await runReference(
      "paced-client",
      [server.port, 4, 64, 2000, 0.1, 0.2],
      undefined,
    );
    expect(said.count).toBe(400);
    expect(said.seconds).toBeGreaterThanOrEqual(0.199);
    expect(said.p99Us).toBeGreaterThanOrEqual(said.p50Us);
    const { accepted, bytes } = await server.report();
    expect(accepted).toBe(4);
    // The last ones may have been in flight when the client exited.
    expect(bytes).toBeLessThanOrEqual(600 * 64);
    expect(bytes).toBeGreaterThanOrEqual(596 * 64);
  });

  test("udp-server detects gaps and late datagrams", async () => {
    const server = await start("udp-server", "sink");
    const socket = createSocket("udp4");
    for (const number of [0, 1, 4, 3, 6]) {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(BigInt(number));
      await new Promise((done) => socket.send(bytes, server.port, "127.0.0.1", done));
    }
    await sleep(50);
    socket.close();
    expect(await server.report()).toMatchObject({ received: 5, missing: 2, reordered: 1 });
  });
});
