/** The server's processes, as built: over the channel, alone and in a group. */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import type { Endpoint } from "../../../src/address/flow.ts";
import { monotonicNs } from "../../../src/base/clock.ts";
import { openFilesVariable } from "../../../src/servers/process/local-server.ts";
import { startServerProcess } from "../../../src/servers/process/server-process.ts";
import type { FromServer, ServeRequest, ToServer } from "../../../src/servers/protocol.ts";
import { markedEnvironment, processesWithMark, untilGone } from "../../support/process-tree.ts";
import { Client, request, until } from "../clients.ts";

const program = fileURLToPath(new URL("../../../dist/servers/process/main.js", import.meta.url));
const { mark, env } = markedEnvironment();

function forkServer(extraEnv: NodeJS.ProcessEnv = {}): ChildProcess {
  return fork(program, { serialization: "advanced", env: { ...env, ...extraEnv } });
}

function start(what: ServeRequest, extraEnv: NodeJS.ProcessEnv = {}) {
  return startServerProcess(forkServer(extraEnv), what, monotonicNs());
}

const left = () => untilGone(() => processesWithMark(mark));

afterEach(async () => {
  expect(await left()).toEqual([]);
});

describe.each([1, 3])("%d process(es)", (processes) => {
  test("listen, serve, report what they counted, and end on request", async () => {
    const server = await start(request("tcp-echo", {}, processes));
    expect(server.pids.length).toBe(processes === 1 ? 1 : processes + 1);
    expect(processesWithMark(mark).length).toBe(server.pids.length);
    for (const endpoint of server.endpoints) {
      const client = await Client.connect(endpoint);
      client.socket.write("hello");
      await client.read(5);
      client.socket.end();
      await client.readToEnd();
    }
    const counts = { accepted: 2, received: 2, replied: 2, bytesReceived: 10, bytesSent: 10 };
    expect(await server.stats()).toMatchObject(counts);
    expect(await server.stop()).toMatchObject(counts);
    await expect(server.stats()).rejects.toThrow("the server's process exited (status 0)");
  });

  test("end with connections open", async () => {
    const server = await start(request("tcp-echo", {}, processes));
    const client = await Client.connect(server.endpoints[0] as Endpoint);
    client.socket.write("x");
    await client.read(1);
    expect((await server.stop()).open).toBe(1);
    await client.readToEnd();
  });

  test("report that a port is taken, and exit", async () => {
    const server = await start(request("tcp-echo"));
    const listen = [server.endpoints[1] as Endpoint];
    await expect(start({ ...request("tcp-echo", {}, processes), listen })).rejects.toMatchObject({
      code: "EADDRINUSE",
      message: expect.stringContaining(`${listen[0]?.address}:${listen[0]?.port}`),
    });
    await server.stop();
  });

  test("ignore Ctrl-C", async () => {
    const server = await start(request("tcp-echo", {}, processes));
    for (const pid of server.pids) process.kill(pid, "SIGINT");
    const client = await Client.connect(server.endpoints[0] as Endpoint);
    client.socket.write("still here");
    await client.read(10);
    client.socket.destroy();
    await server.stop();
  });

  test("exit when the first of them is killed", async () => {
    const server = await start(request("tcp-echo", {}, processes));
    process.kill(server.pids[0] as number, "SIGKILL");
    expect((await server.lost).message).toContain("SIGKILL");
    expect(await left()).toEqual([]);
  });

  test("exit when their parent is killed", async () => {
    const script = `
      import { fork } from "node:child_process";
      const child = fork(${JSON.stringify(program)}, { serialization: "advanced", execArgv: [] });
      child.send(${JSON.stringify({ type: "serve", request: request("tcp-echo", {}, processes) })});
      child.on("message", (message) => console.log(JSON.stringify(message)));
    `;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", script], {
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const message = JSON.parse(String(line)) as FromServer & { type: "listening" };
    expect(message.type).toBe("listening");
    const client = await Client.connect(message.endpoints[0] as Endpoint);
    parent.kill("SIGKILL");
    await client.readToEnd();
    expect(await left()).toEqual([]);
  });
});

describe("a group", () => {
  test("holds more connections than one process can, and refuses what none can hold", async () => {
    // The number of files that a process has open at its start varies slightly, so it has room for at least 10.
    const server = await start(request("tcp-echo", {}, 3), { [openFilesVariable]: "190" });
    const endpoint = server.endpoints[0] as Endpoint;
    const clients: Client[] = [];
    let refused = false;
    while (!refused && clients.length < 200) {
      await Client.connect(endpoint).then(
        (client) => clients.push(client),
        () => {
          refused = true;
        },
      );
    }
    expect(refused).toBe(true);
    await until(async () => (await server.stats()).open <= clients.length);
    let served = 0;
    for (const { socket } of clients) {
      socket.on("data", () => served++);
      socket.write("x");
    }
    const dropped = () => clients.filter(({ socket }) => socket.destroyed).length;
    await until(() => served + dropped() === clients.length);
    // More than one process has room for (190 less the reserve of 128).
    expect(served).toBeGreaterThan(62);
    expect((await server.stats()).open).toBe(served);
    for (const { socket } of clients) socket.destroy();
    // With room again, they listen again.
    await until(() =>
      Client.connect(endpoint).then(
        ({ socket }) => !socket.destroy().connecting,
        () => false,
      ),
    );
    await server.stop();
  });

  test("ends as a whole when one of its children is killed, and reports it", async () => {
    const child = forkServer();
    const messages: FromServer[] = [];
    child.on("message", (message: FromServer) => messages.push(message));
    const server = await startServerProcess(child, request("tcp-echo", {}, 3), monotonicNs());
    process.kill(server.pids[2] as number, "SIGKILL");
    expect((await server.lost).message).toBe("the server's process exited (status 1)");
    expect(messages.at(-1)).toEqual({
      type: "failed",
      code: "ESERVER",
      message: "the server's process exited (SIGKILL)",
    });
  });

  test("all processes pause together", async () => {
    // The pause lasts from the start on: no process answers.
    const startNs = monotonicNs() - 1e9;
    const pause = { everyNs: 3_600e9, forNs: 3_600e9 };
    const server = await startServerProcess(
      forkServer(),
      request("tcp-echo", { pause }, 2),
      startNs,
    );
    const clients = [];
    for (let index = 0; index < 8; index++) {
      const client = await Client.connect(server.endpoints[0] as Endpoint);
      client.socket.write("x");
      clients.push(client);
    }
    await until(async () => (await server.stats()).received === 8);
    expect(clients.map(({ bytes }) => bytes.length)).toEqual(clients.map(() => 0));
    await server.stop();
    for (const { socket } of clients) socket.destroy();
  });
});

test("on `stop` before `serve` it exits", async () => {
  const child = forkServer();
  child.send({ type: "stop" } satisfies ToServer);
  expect(await once(child, "exit")).toEqual([0, null]);
});

test("without a channel it prints how it is started", async () => {
  const child = spawn(process.execPath, [program], { env, stdio: ["ignore", "ignore", "pipe"] });
  let text = "";
  child.stderr.on("data", (chunk: Buffer) => {
    text += String(chunk);
  });
  expect(await once(child, "close")).toEqual([2, null]);
  expect(text).toContain("slash8 serve");
});
