import { once } from "node:events";
import http from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Endpoint } from "../../../src/address/flow.ts";
import { startLocalServer } from "../../../src/servers/process/local-server.ts";
import type { RunningServer } from "../../../src/servers/process/running-server.ts";
import { Client, request } from "../clients.ts";

let server: RunningServer;
let endpoint: Endpoint;

beforeAll(async () => {
  server = await startLocalServer(request("tcp-http"), 0);
  endpoint = server.endpoints[0] as Endpoint;
});

afterAll(async () => {
  await server.stop();
});

const kept = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nxxxxx";
const headOnly = kept.slice(0, -5);
const closed = kept.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
const kept10 = kept.replace("\r\n\r\n", "\r\nConnection: keep-alive\r\n\r\n");

const get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const post = "POST /form HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nGET / HTTP/";
const head = "HEAD / HTTP/1.1\r\n\r\n";
const last = "GET / HTTP/1.1\r\nConnection: close\r\n\r\n";
const conversation = `\r\n${get}${post}${head}GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n${last}`;
const answers = kept + kept + headOnly + kept10 + closed;

async function exchange(pieces: Iterable<string>): Promise<string> {
  const client = await Client.connect(endpoint);
  for (const piece of pieces) {
    client.socket.write(piece, "latin1");
    await new Promise((resolve) => setImmediate(resolve));
  }
  return String(await client.readToEnd());
}

test("answers pipelined requests in order and closes on request", async () => {
  expect(await exchange([conversation])).toBe(answers);
});

test("answers the same in whatever pieces the requests arrive", async () => {
  expect(await exchange(conversation)).toBe(answers);
  for (const size of [2, 7, 31]) {
    const pieces = conversation.match(new RegExp(`[^]{1,${size}}`, "g")) as string[];
    expect(await exchange(pieces)).toBe(answers);
  }
});

test("does not answer what follows a request to close", async () => {
  expect(await exchange([last + get])).toBe(closed);
});

test("HTTP/1.0 is closed after the reply", async () => {
  expect(await exchange(["GET / HTTP/1.0\r\n\r\n"])).toBe(closed);
});

describe("refuses and closes", () => {
  test.each([
    ["no HTTP", "hello\r\n\r\n", "400 Bad Request"],
    ["another version", "GET / HTTP/3.0\r\n\r\n", "505 HTTP Version Not Supported"],
    [
      "a chunked body",
      `POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n`,
      "411 Length Required",
    ],
    [
      "a long head",
      `GET / HTTP/1.1\r\nX: ${"x".repeat(17_000)}`,
      "431 Request Header Fields Too Large",
    ],
  ])("%s", async (_, text, status) => {
    const refusal = `HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;
    expect(await exchange([get + text])).toBe(kept + refusal);
  });
});

test("serves a client of Node's, kept alive, with a large body", async () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const { accepted } = await server.stats();
  for (const bodyBytes of [0, 1, 300_000]) {
    const request = http.request({
      agent,
      host: endpoint.address,
      port: endpoint.port,
      method: "POST",
      headers: { "content-length": bodyBytes },
    });
    request.end(Buffer.alloc(bodyBytes));
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    expect(response.statusCode).toBe(200);
    expect(String(Buffer.concat(await response.toArray()))).toBe("xxxxx");
  }
  expect((await server.stats()).accepted).toBe(accepted + 1);
  agent.destroy();
});

test("large bodies reach clients that read slowly, pipelined", async () => {
  const bodyBytes = 1_000_000;
  const large = await startLocalServer(request("tcp-http", { bodyBytes }), 0);
  const client = await Client.connect(large.endpoints[0] as Endpoint);
  client.socket.pause();
  client.socket.write(get + get + get + get + last);
  await new Promise((resolve) => setTimeout(resolve, 50));
  client.socket.resume();
  const length = (text: string) => text.replace("Length: 5", "Length: 1000000").length - 5;
  const all = 4 * length(kept) + length(closed) + 5 * bodyBytes;
  expect((await client.readToEnd()).length).toBe(all);
  await large.stop();
});
