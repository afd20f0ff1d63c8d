import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { comparisons } from "../../scripts/bench/contenders.js";
import { parseCpuList } from "../../scripts/bench/pinning.js";
import { runNode } from "../../scripts/bench/processes.js";
import { runRounds } from "../../scripts/bench/rounds.js";
import { median, pairedRatio } from "../../scripts/bench/statistics.js";
import { renderTable } from "../../scripts/bench/table.js";

const folder = fileURLToPath(new URL("../../scripts/bench/", import.meta.url));
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.close();
    await once(server, "close");
  }
});

async function listen(server: Server): Promise<string> {
  servers.push(server.listen(0, "127.0.0.1"));
  await once(server, "listening");
  return String((server.address() as AddressInfo).port);
}

describe("figures", () => {
  test("the median is the middle, or the mean of the two in the middle", () => {
    expect(median([3])).toBe(3);
    expect(median([9, 1, 5])).toBe(5);
    expect(median([10, 1, 4, 2])).toBe(3);
  });

  test("ratios are taken within rounds, so that drift of the machine cancels out", () => {
    expect(pairedRatio([1, 2, 40], [2, 4, 80])).toBe(0.5);
    expect(median([1, 20, 3]) / median([1, 2, 30])).toBe(1.5);
    expect(pairedRatio([1, 20, 3], [1, 2, 30])).toBe(1);
  });

  test("CPU lists as the kernel writes them", () => {
    expect(parseCpuList("0-1")).toEqual([0, 1]);
    expect(parseCpuList("3")).toEqual([3]);
    expect(parseCpuList("0,2,5-7")).toEqual([0, 2, 5, 6, 7]);
    expect(parseCpuList("")).toEqual([]);
  });
});

describe("clients", () => {
  test("the plain loop counts what the server answered", async () => {
    let received = 0;
    const port = await listen(
      createServer({ noDelay: true }, (socket) => {
        socket.on("error", () => undefined);
        socket.on("data", (bytes) => {
          received += bytes.length;
          // In two parts, so that a reply may come in two reads.
          socket.write(bytes.subarray(0, 10));
          socket.write(bytes.subarray(10));
        });
      }),
    );
    const said = JSON.parse(
      await runNode([`${folder}net-loop.js`, port, "5", "0.1", "0.3"], undefined),
    );
    expect(said.exchanges).toBeGreaterThan(0);
    expect(said.exchanges).toBeLessThanOrEqual(received / 64);
    expect(said.seconds).toBeGreaterThanOrEqual(0.299);
    expect(said.cpuSeconds).toBeGreaterThan(0);
    expect(received % 64).toBe(0);
  });

  test("autocannon is counted by its responses", async () => {
    let requests = 0;
    const port = await listen(
      createHttpServer((_request, response) => {
        requests++;
        response.end("body");
      }),
    );
    const words = [`${folder}autocannon-loop.js`, port, "5", "0.2", "0.3"];
    const said = JSON.parse(await runNode(words, undefined));
    expect(said.exchanges).toBeGreaterThan(0);
    expect(said.exchanges).toBeLessThanOrEqual(requests);
    expect(said.cpuSeconds).toBeGreaterThan(0);
  });

  test.each([
    ["net-loop.js", createServer((socket) => socket.destroy())],
    ["autocannon-loop.js", createHttpServer((_, response) => response.writeHead(500).end())],
  ])("%s fails when the server does", async (file, server) => {
    const port = await listen(server);
    await expect(runNode([folder + file, port, "2", "0.2", "0.2"], undefined)).rejects.toThrow(
      /the server (closed a connection|answered with status 500)|ECONNRESET|EPIPE/,
    );
  });
});

test("contenders take turns, beginning with another one each round, on one server", async () => {
  const calls: string[] = [];
  const ports = new Set<number>();
  const contender = (name: string, cpuSeconds: number) => async (load: { port: number }) => {
    calls.push(name);
    ports.add(load.port);
    return { exchanges: 1_000, seconds: 0.5, cpuSeconds };
  };
  const comparison = {
    name: "trial",
    server: "tcp-echo",
    ours: "a",
    contenders: { a: contender("a", 0.01), b: contender("b", 0.02), c: contender("c", 0.04) },
  };
  const options = { connections: [1], rounds: 4, warmUpSeconds: 0.1, seconds: 0.1 };
  const rows = await runRounds([comparison], options, null, () => undefined);
  expect(calls.join("")).toBe("abcbcacababc");
  expect(ports.size).toBe(1);
  expect(
    rows.map((row) => [
      row.contender,
      row.clientCpuUsPerExchange.median,
      row.clientCpuUsPerExchange.ratio,
      row.exchangesPerSecond.median,
      row.exchangesPerSecond.ratio,
    ]),
  ).toEqual([
    ["a", 10, null, 2_000, null],
    ["b", 20, 0.5, 2_000, 1],
    ["c", 40, 0.25, 2_000, 1],
  ]);
  expect(renderTable(rows).split("\n").slice(0, 3)).toEqual([
    "       connections  client  CPU us/exchange  ratio  exchanges/s  ratio",
    "trial            1  a                 10.00               2,000",
    "trial            1  b                 20.00   0.50        2,000   1.00",
  ]);
});

test("a client without an exchange is no result", async () => {
  const nothing = async () => ({ exchanges: 0, seconds: 1, cpuSeconds: 0 });
  const comparison = { name: "x", server: "tcp-echo", ours: "a", contenders: { a: nothing } };
  const options = { connections: [1], rounds: 1, warmUpSeconds: 0.1, seconds: 0.1 };
  await expect(runRounds([comparison], options, null, () => undefined)).rejects.toThrow(
    "a made no exchange",
  );
});

test("slash8 stands in every comparison as ours", () => {
  for (const { contenders, ours } of comparisons) expect(Object.keys(contenders)).toContain(ours);
});
