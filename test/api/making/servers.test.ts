import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { RunServers } from "../../../src/api/making/servers.ts";
import { UserError } from "../../../src/base/errors.ts";

async function readServer(given: unknown, allowRemote = false) {
  const servers = new RunServers("scenario", allowRemote);
  try {
    const scenario = await servers.replaced({ servers: { echo: given } });
    const { echo } = (scenario as { servers: { echo: unknown } }).servers;
    return { echo, own: servers.own, problems: servers.problems };
  } finally {
    await servers.close();
  }
}

test.each([
  ["an URL", "tcp://127.0.0.1:7000", { listen: "127.0.0.1:7000", protocol: "tcp" }],
  ["an URL object", new URL("udp://[::1]:53"), { listen: "[::1]:53", protocol: "udp" }],
  ["host and port", { host: "::1", port: 7000 }, { listen: "[::1]:7000", protocol: "tcp" }],
  ["a port", { port: 7, protocol: "udp" }, { listen: "127.0.0.1:7", protocol: "udp" }],
  ["a function", async () => ({ port: 7 }), { listen: "127.0.0.1:7", protocol: "tcp" }],
])("%s becomes an address", async (_, given, address) => {
  expect(await readServer(given)).toEqual({ echo: address, own: [], problems: [] });
});

test("what a file has is left as it is", async () => {
  const given = { builtin: "tcp-echo", protocol: "tcp" };
  expect((await readServer(given)).echo).toBe(given);
});

test("what a function started is ended once, by what it has for that", async () => {
  const ended: string[] = [];
  const server = createServer();
  await readServer(() => ({
    server,
    close: () => ended.push("close"),
    async [Symbol.asyncDispose]() {
      ended.push("asyncDispose");
      server.close();
    },
  }));
  expect(ended).toEqual(["asyncDispose"]);
});

test("one server of two workloads is started once, and closed", async () => {
  const servers = new RunServers("scenario", false);
  let started = 0;
  const starter = () => {
    started++;
    return createServer().listen(0, "127.0.0.1");
  };
  const { workloads } = (await servers.replaced({
    workloads: { a: { target: starter }, b: { target: starter } },
  })) as { workloads: Record<string, { target: string }> };
  expect(workloads.a?.target).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/);
  expect(workloads.b).toEqual(workloads.a);
  expect(started).toBe(1);
  await servers.close();
});

test("a server that listens on every address is reached by one of loopback", async () => {
  const server = createServer().listen(0);
  const { echo, own } = await readServer(server);
  expect(echo).toMatchObject({ listen: expect.stringMatching(/^127\.0\.0\.1:\d+$/) });
  expect(own).toEqual([{ name: "echo", path: "servers.echo" }]);
  expect(server.listening).toBe(true);
  server.close();
});

const elsewhere = {
  listening: true,
  listen() {},
  close() {},
  on() {},
  address: () => ({ address: "192.0.2.1", port: 80, family: "IPv4" }),
};

test.each([
  ["a socket that is not bound", createSocket("udp4"), "the socket is not bound: call bind"],
  ["a server of other machines", elsewhere, "listens on 192.0.2.1:80, which is not a loopback"],
  ["an URL of something else", new URL("http://127.0.0.1:80/"), "write tcp://ADDRESS:PORT or udp"],
  ["a port that is not a number", { port: "80" }, "this object is not a server: give one of net"],
  ["a function that returns nothing", () => undefined, "undefined is not a server: give one of"],
])("%s is a problem at its place", async (_, given, message) => {
  const { problems } = await readServer(given);
  expect(problems).toMatchObject([{ file: "scenario", path: "servers.echo" }]);
  expect(problems[0]?.message).toContain(message);
  if ("close" in given && given !== elsewhere) (given as { close(): void }).close();
});

test("a server of other machines may be used where that is said", async () => {
  expect((await readServer(elsewhere, true)).problems).toEqual([]);
});

test("a function that fails is named, with its reason", async () => {
  const cause = new TypeError("no database");
  const failing = readServer(() => {
    throw cause;
  });
  await expect(failing).rejects.toThrow(
    "servers.echo: the function that starts this server failed: no database",
  );
  const error = await failing.catch((error: unknown) => error);
  expect(error).toBeInstanceOf(UserError);
  expect(error).toMatchObject({ code: "server", cause });
});
