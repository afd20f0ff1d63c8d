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
        "  web: { builtin: tcp-http, listen: 127.0.0.1:7003 }",
        "workloads:",
        "  site: { target: web, pattern: request, connections: 1, rate: 1/s, duration: 1s }",
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
    ["servers.own.counts.received > 0", '12:17: server "own" is not built in'],
    ["servers.stream.counts.udp.own == 0", '12:20: server "stream" is tcp-echo'],
  ])("%s is refused before anything runs", (gate, message) => {
    expect(() => gatesOf(gate)).toThrow(message);
  });
});

describe("gates on HTTP statuses", () => {
  test.each([
    "site.exchanges.status.500 == 0",
    "site.exchanges.status.5xx / site.exchanges.received < 1%",
    "total.exchanges.status.2xx > 0",
  ])("%s", (gate) => {
    expect(gatesOf(gate)).toHaveLength(1);
  });

  test("of a workload whose replies have none are refused before anything runs", () => {
    expect(() => gatesOf("chat.exchanges.status.200 > 0")).toThrow(
      '12:10: workload "chat" does not have framing: http, so no reply has an HTTP status',
    );
  });
});
