/** A pause of the load generator that is longer than a connection may take. */
import { expect, it } from "vitest";
import { tcpServer } from "../support/raw-servers.ts";
import { makeWorkload, runTraffic } from "../support/traffic.ts";

it("fails no connection that was established meanwhile", async () => {
  await using server = await tcpServer((socket) => {
    socket.on("data", (bytes) => socket.write(bytes));
  });
  const connectTimeoutNs = 0.3e9;
  let pauses = 0;
  const pause = () => {
    const until = Date.now() + (1.3 * connectTimeoutNs) / 1e6;
    while (Date.now() < until);
    if (++pauses < 2) setTimeout(pause, 200);
  };
  const measured = await runTraffic(
    makeWorkload({ pattern: "churn", connections: 50, connectTimeoutNs, durationNs: 1.5e9 }),
    server.endpoint,
    { during: () => setTimeout(pause, 20) },
  );
  expect(pauses).toBe(2);
  expect(measured.count("opened")).toBeGreaterThanOrEqual(50);
  expect(measured.count("failed")).toBe(0);
  expect(measured.errors()).toEqual({});
});
