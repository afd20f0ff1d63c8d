/** Which clients were slow or failed is told by their place in the flow space, for every pattern. */
import { describe, expect, it } from "vitest";
import { deadEndpoint, tcpServer } from "../support/raw-servers.ts";
import { makeWorkload, runTraffic } from "../support/traffic.ts";

/** Client k comes from the address that ends with k + 1. */
const sources = ["127.90.1.1", "127.90.1.9"] as const;

const served = (toSlow: (last: number) => boolean, serve: (reply: () => void) => void) =>
  tcpServer((socket) => {
    const last = Number(socket.remoteAddress?.split(".")[3]);
    socket.on("data", (chunk) => {
      const reply = () => socket.write(chunk);
      if (toSlow(last)) serve(reply);
      else reply();
    });
  });

describe("clients that stand out", () => {
  for (const pattern of ["request", "churn"] as const) {
    it(`${pattern}: the slow one is the slowest`, async () => {
      await using server = await served(
        (last) => last === 4,
        (reply) => setTimeout(reply, 1000),
      );
      const { snapshot } = await runTraffic(
        // Closed in order, a tuple could not be had again for a second, and the walk comes round sooner.
        makeWorkload({
          pattern,
          connections: 9,
          durationNs: 0.5e9,
          timeoutNs: 20e9,
          close: "reset",
        }),
        server.endpoint,
        { workers: 2, sources, ports: 9 },
      );
      const [first, second] = snapshot.slowest;
      expect((first?.client ?? 0) % 9).toBe(3);
      expect(first?.worstNs).toBeGreaterThanOrEqual(995e6);
      expect(second).toBeDefined();
      expect(snapshot.failing).toEqual([]);
    });

    it(`${pattern}: those without a reply are the failing ones`, async () => {
      await using server = await served(
        (last) => last === 2 || last === 7,
        () => {},
      );
      const { snapshot } = await runTraffic(
        makeWorkload({ pattern, connections: 9, durationNs: 0.2e9, timeoutNs: 0.3e9 }),
        server.endpoint,
        { workers: 2, sources, ports: 9 },
      );
      const clients = new Set(snapshot.failing.map(({ client }) => client % 9));
      expect([...clients].sort()).toEqual([1, 6]);
      for (const { code } of snapshot.failing) expect(code).toBe("TIMEOUT");
    });
  }

  it("hold: those that cannot connect are the failing ones", async () => {
    const { snapshot } = await runTraffic(
      makeWorkload({ pattern: "hold", connections: 9 }),
      await deadEndpoint(),
      { workers: 2, sources },
    );
    expect(snapshot.failing.map(({ client }) => client).sort()).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8,
    ]);
    for (const { code } of snapshot.failing) expect(code).toBe("ECONNREFUSED");
  });
});
