/** Messages from the rows of a file, sent to a server that checks every one of them. */

import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import Papa from "papaparse";
import { describe, expect, it } from "vitest";
import { resultOf, startLoad } from "../runs.ts";

const people = Array.from({ length: 500 }, (_, n) => ({
  id: `${n}`,
  name: `${["Jö", 'a "b"', "x,y", "line\r\nend"][n % 4]} ${n}`,
}));

interface Posted {
  readonly n: number;
  readonly name: string;
  readonly uuid: string;
  readonly sentMs: number;
}

/** A server that answers 400 to whatever is not the n-th row in the n-th message, or that it has had before. */
async function checkingServer() {
  const seen = new Map<number, Posted>();
  const uuids = new Set<string>();
  const refused: string[] = [];
  const server = http.createServer(async (request, response) => {
    const content = await text(request);
    const { n, name, uuid, sentMs }: Posted = JSON.parse(content);
    const row = people[n % people.length];
    const isRight =
      request.url === `/users/${row?.id}?q=${encodeURIComponent(name)}` &&
      name === row?.name &&
      !seen.has(n) &&
      !uuids.has(uuid) &&
      Math.abs(sentMs - Date.now()) < 600_000 &&
      /^00-[\da-f]{32}-[\da-f]{16}-01$/.test(String(request.headers.traceparent));
    seen.set(n, { n, name, uuid, sentMs });
    uuids.add(uuid);
    if (!isRight) refused.push(`${request.url} ${content}`);
    response.writeHead(isRight ? 200 : 400).end();
  });
  server.listen({ host: "127.0.0.1", port: 0, backlog: 4096 });
  await once(server, "listening");
  return {
    seen,
    refused,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const scenario = (port: number) => `version: 1
name: data
workers: 2
data:
  users: { file: users.csv }
workloads:
  posts:
    target: tcp://127.0.0.1:${port}
    pattern: request
    sources: 127.122.2.0/28
    connections: 6
    message:
      text: "POST /users/{{users.id}}?q={{users.name | url}} HTTP/1.1\\r\\nHost: a\\r\\ntraceparent: {{traceparent}}\\r\\nContent-Length: {{length body}}\\r\\n\\r\\n{{body}}"
      parts:
        body: '{"n":{{number}},"name":{{users.name | json}},"uuid":"{{uuid}}","sentMs":{{timestampMs}}}'
    framing: http
    exchanges: 1500
    timeout: 60s
gates:
  - total.errors == 0
  - posts.exchanges.status.200 == 1500
`;

describe("data from a file", () => {
  it("reaches the server as it is: each row once a round, over all workers", async () => {
    await using server = await checkingServer();
    const csv = `\uFEFF${Papa.unparse(people, { newline: "\r\n" })}\r\n`;
    const run = startLoad(scenario(server.port), [], { "users.csv": csv });
    const answer = await run.finished();
    expect(server.refused).toEqual([]);
    expect(answer.stderr).not.toContain("users.csv");
    expect(answer.status).toBe(0);
    expect([...server.seen.keys()].toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 1500 }, (_, n) => n),
    );
    const { scenario: of } = resultOf(run.cwd, answer);
    expect(of.resolved).toMatchObject({
      data: [{ name: "users", format: "csv", rows: 500, columns: ["id", "name"] }],
    });
  });

  it("is refused with its line where it is wrong, before anything is sent", async () => {
    await using server = await checkingServer();
    const run = startLoad(scenario(server.port), [], { "users.csv": "id,name\n1,a\n2\n" });
    const answer = await run.finished();
    expect(answer.status).toBe(2);
    expect(answer.stderr).toContain(
      "run.yaml:5:18: users.csv: line 3: 1 cell, where the first line names 2 columns\n" +
        "    5 |   users: { file: users.csv }\n" +
        "      |                  ^",
    );
    expect(server.seen.size).toBe(0);
  });
});
