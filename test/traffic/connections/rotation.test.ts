import { describe, expect, it } from "vitest";
import { sendIfOpen, udpServer } from "../../support/raw-servers.ts";
import { constantRate, makeWorkload, runTraffic } from "../../support/traffic.ts";

/** An echo that writes down where from each datagram came. */
async function echo(answers: (count: number) => boolean = () => true) {
  const froms: string[] = [];
  const server = await udpServer((bytes, from, socket) => {
    froms.push(`${from.address}:${from.port}`);
    if (answers(froms.length)) sendIfOpen(socket, bytes, from.port, from.address);
  });
  return { server, froms };
}

const rotating = { protocol: "udp", framing: null, socket: "rotating" } as const;

describe("rotating flows", () => {
  it("take a fresh port after every so many exchanges, never another's", async () => {
    const { server, froms } = await echo();
    await using _ = server;
    const measured = await runTraffic(
      makeWorkload({
        ...rotating,
        rotateEvery: 5,
        connections: 3,
        durationNs: null,
        load: { model: "closed", thinkNs: 0, exchanges: 300 },
      }),
      server.endpoint,
      { workers: 2, ports: 30 },
    );
    expect(measured.count("received")).toBe(300);
    expect(measured.errors()).toEqual({});
    expect(measured.count("opened")).toBe(3);
    expect(measured.snapshot.open).toBe(0);
    const runs = new Map<string, number>();
    for (const from of froms) runs.set(from, (runs.get(from) ?? 0) + 1);
    // Ten ports each; a port's exchanges come in fives, but for the last one of each flow.
    expect(runs.size).toBeGreaterThan(15);
    expect(runs.size).toBeLessThanOrEqual(30);
    expect(measured.count("rotated")).toBeGreaterThanOrEqual(57);
    expect(measured.count("rotated")).toBeLessThanOrEqual(60);
  });

  it("take other ports until all that was due has been sent, after the end of the schedule as well", async () => {
    const { server, froms } = await echo();
    await using _ = server;
    const measured = await runTraffic(
      makeWorkload({
        ...rotating,
        ...constantRate(20_000, 20e6),
        rotateEvery: 1,
        connections: 2,
        timeoutNs: 20e9,
      }),
      server.endpoint,
    );
    expect(measured.count("sent")).toBe(400);
    expect(measured.count("received")).toBe(400);
    expect(froms.length).toBe(400);
    expect(measured.errors()).toEqual({});
  });

  it("keep the rate of an open model, with several exchanges in flight", async () => {
    const { server, froms } = await echo();
    await using _ = server;
    const measured = await runTraffic(
      makeWorkload({
        ...rotating,
        durationNs: 1.5e9,
        // A second without arrivals, for those that a busy machine keeps waiting.
        load: {
          model: "open",
          startRatePerSecond: 1000,
          stages: [
            { durationNs: 0.5e9, ratePerSecond: 1000 },
            { durationNs: 0, ratePerSecond: 0 },
            { durationNs: 1e9, ratePerSecond: 0 },
          ],
          arrivals: "constant",
        },
        rotateEvery: 4,
        inFlight: 4,
        connections: 8,
      }),
      server.endpoint,
    );
    expect(measured.count("sent")).toBe(500);
    expect(measured.count("received")).toBe(500);
    const perPort = new Map<string, number>();
    for (const from of froms) perPort.set(from, (perPort.get(from) ?? 0) + 1);
    expect(perPort.size).toBeGreaterThan(40);
    expect(measured.errors()).toEqual({});
  });

  it("go on after exchanges without a reply", async () => {
    const { server, froms } = await echo((count) => count % 2 === 0);
    await using _ = server;
    const measured = await runTraffic(
      makeWorkload({
        ...rotating,
        rotateEvery: 1,
        timeoutNs: 20e6,
        message: { kind: "bytes", base64: "UElORw==" },
        durationNs: null,
        load: { model: "closed", thinkNs: 0, exchanges: 10 },
      }),
      server.endpoint,
    );
    expect(measured.count("sent")).toBe(10);
    expect(measured.count("received") + measured.count("timedOut")).toBe(10);
    expect(measured.count("timedOut")).toBeGreaterThanOrEqual(4);
    for (let at = 1; at < froms.length; at++) expect(froms[at]).not.toBe(froms[at - 1]);
  });
});
