/** HTTP through the built command: what servers answer is received, and statuses are judged. More in traffic/http.test.ts. */
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { runScenario } from "../../support/run-scenario.ts";

const fields = (path: string) =>
  `target: "tcp://127.0.0.1:PORT", framing: http, timeout: 60s, connectTimeout: 60s, message: "GET /${path} HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"`;
const kinds = ["length", "chunked", "empty", "same", "early"];

const scenario = `version: 1
name: http
workloads:
${kinds
  .map(
    (name, index) =>
      `  ${name}: { pattern: request, sources: 127.104.0.${index + 1}, connections: 4, exchanges: 200, ${fields(name)} }\n`,
  )
  .join("")}
  heads: { pattern: request, sources: 127.104.0.11, connections: 4, exchanges: 200, ${fields("").replace("GET", "HEAD")} }
  visits: { pattern: churn, sources: 127.104.0.12, connections: 4, totalConnections: 50, exchangesPerConnection: 3, ${fields("")} }
  mixed: { pattern: request, sources: 127.104.0.13, connections: 1, exchanges: 40, ${fields("mixed")} }
gates:
  - mixed.exchanges.status.5xx == 0
  - mixed.exchanges.status.200 == 20
  - mixed.exchanges.received == 40
${[...kinds, "heads", "visits"].map((name) => `  - ${name}.errors == 0\n`).join("")}
`;

test("every kind of body is read without an error, and statuses of 400 and more are errors", async () => {
  let mixed = 0;
  const server = http.createServer((request, response) => {
    const path = request.url ?? "";
    if (path === "/chunked") {
      response.write("hello ");
      response.end("world");
    } else if (path === "/empty") response.writeHead(204).end();
    else if (path === "/same") response.writeHead(304, { "content-length": "99" }).end();
    else if (path === "/early") {
      response.writeEarlyHints({ link: "</a>; rel=preload" });
      response.end("late");
    } else if (path === "/mixed") {
      response.writeHead([200, 404, 200, 503][mixed++ % 4] ?? 200).end("x");
    } else response.end("hello");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const { status, result } = await runScenario(scenario.replaceAll("PORT", `${port}`));
  expect(status).toBe(99);
  const [first, ...others] = result.gates.map(({ verdict, actual }) => [verdict, actual]);
  expect(first).toEqual(["fail", 10]);
  expect(others).toEqual([["pass", 20], ["pass", 40], ...new Array(7).fill(["pass", 0])]);
  const allOf = (count: number, code: string) => ({
    sent: count,
    received: count,
    timedOut: 0,
    corrupted: 0,
    status: { [code]: count },
  });
  const exchangesOf = (name: string) => result.workloads[name]?.exchanges;
  for (const name of ["length", "chunked", "early", "heads"]) {
    expect(exchangesOf(name), name).toMatchObject(allOf(200, "200"));
  }
  expect(exchangesOf("empty")).toMatchObject(allOf(200, "204"));
  expect(exchangesOf("same")).toMatchObject(allOf(200, "304"));
  expect(exchangesOf("visits")).toMatchObject(allOf(150, "200"));
  expect(exchangesOf("mixed")).toMatchObject({
    sent: 40,
    received: 40,
    corrupted: 20,
    status: { "200": 20, "404": 10, "503": 10 },
  });
  expect(result.workloads.mixed?.errors).toEqual([
    { code: "HTTP_404", side: "target", phase: "steady", count: 10 },
    { code: "HTTP_503", side: "target", phase: "steady", count: 10 },
  ]);
  expect(result.workloads.mixed?.connections.opened).toBe(1);
});
