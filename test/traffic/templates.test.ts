import { describe, expect, it } from "vitest";
import type { Workload } from "../../src/scenario/scenario.ts";
import { type RawServer, tcpServer, udpServer } from "../support/raw-servers.ts";
import { dataSet } from "../support/scenario-parts.ts";
import { constantRate, makeWorkload, runTraffic } from "../support/traffic.ts";

const names = ["Jo", "Änn", "", "Alexandra", "Bo", "x"];
const data = [
  dataSet(
    "users",
    "sequential",
    ["name"],
    names.map((name) => [name]),
  ),
];

/** The number in the workload, the row that goes with it, and what differs from message to message. */
const text =
  "{{number}};{{users.name}};{{connection}};{{timestampMs}};{{uuid}};{{random 0 99999}}\n";
const message = { kind: "template", text } as const;
const framing = { kind: "delimiter", base64: "Cg==", maxBytes: 1000 } as const;

/** Lines that a server has received, and whether it sends them back. */
async function lineServer(protocol: Workload["protocol"], lines: string[], isEcho: boolean) {
  if (protocol === "udp") {
    return await udpServer((bytes, from, socket) => {
      lines.push(bytes.toString().trimEnd());
      if (isEcho) socket.send(bytes, from.port, from.address);
    });
  }
  return await tcpServer((socket) => {
    let rest = "";
    socket.on("data", (chunk) => {
      const all = (rest + chunk.toString()).split("\n");
      rest = all.pop() as string;
      lines.push(...all);
      if (isEcho) socket.write(chunk);
    });
  });
}

/** Every message of the workload is there once, with its row. */
function checkLines(lines: readonly string[], count: number): void {
  const numbers = lines.map((line) => Number(line.split(";")[0]));
  expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, n) => n));
  for (const line of lines) {
    const [number, name, , time, uuid] = line.split(";");
    expect(name).toBe(names[Number(number) % names.length]);
    expect(Math.abs(Number(time) - Date.now())).toBeLessThan(600_000);
    expect(uuid).toHaveLength(36);
  }
  expect(new Set(lines.map((line) => line.split(";")[4])).size).toBe(count);
}

const closed = (exchanges: number | null) => ({
  durationNs: null,
  load: { model: "closed", thinkNs: 0, exchanges } as const,
});

describe.each(["tcp", "udp"] as const)("templates over %s", (protocol) => {
  const framed = protocol === "tcp" ? framing : null;

  it.each<[string, number, Partial<Workload>]>([
    ["request, closed model", 100, { connections: 7, ...closed(100) }],
    ["request, open model", 100, { connections: 7, ...constantRate(1000, 0.1e9) }],
    ["hold", 7, { pattern: "hold", connections: 7, verify: true, durationNs: 0.2e9 }],
    [
      "churn",
      60,
      {
        pattern: "churn",
        connections: 5,
        exchangesPerConnection: 3,
        totalConnections: 20,
        ...closed(null),
      },
    ],
  ])("%s: every row once a round, over all workers, and replies are compared", async (...row) => {
    const [, count, changes] = row;
    const lines: string[] = [];
    await using server: RawServer = await lineServer(protocol, lines, true);
    const measured = await runTraffic(
      makeWorkload({ protocol, message, framing: framed, ...changes }),
      server.endpoint,
      { workers: 3, data },
    );
    expect(measured.errors()).toEqual({});
    expect(measured.count("received")).toBe(count);
    expect(measured.count("corrupted")).toBe(0);
    checkLines(lines, count);
  });

  it("stream: every row once a round, over all workers", async () => {
    const lines: string[] = [];
    await using server = await lineServer(protocol, lines, false);
    const measured = await runTraffic(
      makeWorkload({
        pattern: "stream",
        protocol,
        message,
        framing: null,
        connections: 7,
        ...closed(100),
      }),
      server.endpoint,
      { workers: 3, data },
    );
    expect(measured.count("sent")).toBe(100);
    const until = Date.now() + 20_000;
    while (lines.length < 100 && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    checkLines(lines, 100);
  });
});

it("several in flight: replies in any order are found by what they repeat", async () => {
  await using server = await tcpServer((socket) => {
    let rest = "";
    socket.on("data", (chunk) => {
      const all = (rest + chunk.toString()).split("\n");
      rest = all.pop() as string;
      for (const line of all.toReversed()) socket.write(`${line}\n`);
    });
  });
  const measured = await runTraffic(
    makeWorkload({ message, framing, inFlight: 4, connections: 3, ...closed(120) }),
    server.endpoint,
    { data },
  );
  expect(measured.errors()).toEqual({});
  expect(measured.count("received")).toBe(120);
});
