/** A target that answers a request before it has read all of it, and then neither reads nor closes. */
import { expect, it } from "vitest";
import type { Workload } from "../../src/scenario/scenario.ts";
import { tcpServer } from "../support/raw-servers.ts";
import { makeWorkload, runTraffic } from "../support/traffic.ts";

/** Far more than both ends' buffers hold. */
const bodyBytes = 24e6;
const upload = Buffer.from(
  `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${bodyBytes}\r\n\r\n${"x".repeat(bodyBytes)}`,
);

const server = () =>
  tcpServer((socket) => {
    socket.once("data", () => {
      socket.pause();
      socket.write("HTTP/1.1 413 too large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    });
  });

const uploads = (changes: Partial<Workload>): Workload =>
  makeWorkload({
    framing: { kind: "http", maxBytes: 1000 } as Workload["framing"],
    message: { kind: "bytes", base64: upload.toString("base64") },
    expect: { kind: "any" },
    timeoutNs: 0.2e9,
    durationNs: null,
    ...changes,
  });

it.each([
  uploads({ reconnect: true, load: { model: "closed", thinkNs: 0, exchanges: 3 } }),
  uploads({ pattern: "churn", totalConnections: 3 }),
])("costs that connection alone, which is reset after the time-out", async (workload) => {
  await using target = await server();
  const measured = await runTraffic(workload, target.endpoint);
  expect(measured.count("received")).toBe(3);
  expect(measured.count("opened")).toBe(3);
  expect(measured.errors()).toEqual({ TIMEOUT: 3 });
});
