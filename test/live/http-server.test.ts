import { request as httpRequest } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { exitStatus, UserError } from "../../src/base/errors.ts";
import { HttpServer, namesLoopback } from "../../src/live/http-server.ts";
import { MetricsServer } from "../../src/live/metrics-server.ts";
import { watchedRun } from "./samples.ts";

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()));
});

const anyPort = { address: "127.0.0.1", port: 0 };

async function open(): Promise<HttpServer> {
  const server = await HttpServer.open("metrics", anyPort, {
    "/hello": (_request, response) => void response.end("hello"),
    "/broken": () => Promise.reject(new Error("it broke")),
  });
  opened.push(server);
  return server;
}

function sendRequest(
  url: string,
  method: string,
  host: string,
): Promise<[number | undefined, string]> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers: { host }, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text) => {
        body += text;
      });
      response.on("end", () => resolve([response.statusCode, body]));
    });
    request.on("error", reject).end();
  });
}

describe("HttpServer", () => {
  test.each([
    ["GET", "/hello", "127.0.0.1", 200, "hello"],
    ["GET", "/hello?x=1", "localhost:1", 200, "hello"],
    ["HEAD", "/hello", "[::1]:9464", 200, ""],
    ["GET", "/", "127.0.0.1", 404, "there is no such path; try /hello, /broken\n"],
    ["GET", "/constructor", "127.0.0.1", 404, "there is no such path; try /hello, /broken\n"],
    ["GET", "/broken", "127.0.0.1", 500, "it broke\n"],
    ["POST", "/hello", "127.0.0.1", 405, "only GET and HEAD are allowed\n"],
    ["GET", "/hello", "evil.example", 403, expect.stringContaining("loopback")],
    ["GET", "/hello", "127.0.0.1.evil.example", 403, expect.stringContaining("loopback")],
  ])("%s %s for %s: %d", async (method, path, host, status, text) => {
    const server = await open();
    expect(await sendRequest(server.url(path), method, host)).toEqual([status, text]);
  });

  test("an address that is in use, or not on this machine, is reported before the run", async () => {
    const { endpoint } = await open();
    const refused = async (wanted: typeof endpoint) => {
      const error = await HttpServer.open("metrics", wanted, {}).catch((error) => error);
      expect(error).toBeInstanceOf(UserError);
      expect(error.status).toBe(exitStatus.cannotHold);
      return error.message;
    };
    expect(await refused(endpoint)).toBe(
      `--metrics 127.0.0.1:${endpoint.port}: another program listens there already; use another port, or 0 for a free one`,
    );
    expect(await refused({ address: "192.0.2.1", port: 1 })).toBe(
      "--metrics 192.0.2.1:1: this machine does not have the address; use one of its own, such as 127.0.0.1",
    );
  });

  test("close ends open connections", async () => {
    const server = await open();
    const answer = await fetch(server.url("/hello"));
    await server.close();
    expect(await answer.text()).toBe("hello");
    await expect(fetch(server.url("/hello"))).rejects.toThrow();
  });
});

test.each([
  ["127.0.0.1", true],
  ["127.9.9.9:80", true],
  ["LOCALHOST:9464", true],
  ["[::1]", true],
  ["[::1]:80", true],
  ["10.0.0.1", false],
  ["localhost.example", false],
  ["127.0.0.1@evil.example", false],
  ["", false],
  [undefined, false],
])("Host %s names loopback: %s", (host, expected) => {
  expect(namesLoopback(host)).toBe(expected);
});

test("MetricsServer serves the current run, and nothing before it", async () => {
  const server = await MetricsServer.open(anyPort);
  opened.push(server);
  const scrape = async () => {
    const response = await fetch(server.url);
    expect(response.headers.get("content-type")).toContain("text/plain; version=0.0.4");
    return (await response.text()).trim();
  };
  expect(await scrape()).toBe("");
  server.begin(watchedRun());
  expect(await scrape()).toContain("slash8_exchanges_sent_total{");
  await server.end();
});
