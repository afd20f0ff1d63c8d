import { describe, expect, test } from "vitest";
import { parseGates } from "../../src/run/check-scenario.ts";
import { parseScenario } from "../../src/scenario/parse.ts";

const gatesOf = (gate: string) =>
  parseGates(
    parseScenario(
      [
        "version: 1",
        "name: counts",
        "servers:",
        "  datagrams: { builtin: udp-echo, listen: 127.0.0.1:7000 }",
        "  stream: { builtin: tcp-echo, listen: 127.0.0.1:7001 }",
        "  own: { command: ./server, listen: 127.0.0.1:7002 }",
        "workloads:",
        "  chat: { target: stream, pattern: request, message: { size: 64 }, connections: 1, rate: 1/s, duration: 1s }",
        "gates:",
        `  - ${gate}`,
      ].join("\n"),
      "counts.yaml",
    ),
  );

describe("gates on what servers count", () => {
  test.each([
    "servers.datagrams.counts.udp.handedOver > 0",
    "servers.stream.counts.received == servers.stream.counts.replied",
    "servers.datagrams.counts.replied / servers.datagrams.counts.received > 99%",
  ])("%s", (gate) => {
    expect(gatesOf(gate)).toHaveLength(1);
  });

  test.each([
    ["servers.own.counts.received > 0", '10:17: server "own" is not built in'],
    ["servers.stream.counts.udp.own == 0", '10:20: server "stream" is tcp-echo'],
  ])("%s is refused before anything runs", (gate, message) => {
    expect(() => gatesOf(gate)).toThrow(message);
  });
});
