import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { baselineProblems } from "../../src/api/making/baseline.ts";
import { loadChecked, parseCommands, parseGates } from "../../src/run/check-scenario.ts";
import { parseScenario } from "../../src/scenario/parse.ts";
import type { ScenarioDraft } from "../../src/scenario/scenario.ts";
import { ScenarioError } from "../../src/scenario/source/problem.ts";
import { makeTempDir } from "../support/temp-dir.ts";

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

describe("commands at gates", () => {
  const commandsOf = (gate: string, run: string) =>
    parseCommands(
      parseScenario(
        [
          "version: 1",
          "name: commands",
          "servers:",
          "  echo: { builtin: tcp-echo, listen: 127.0.0.1:7000 }",
          "  outside: { listen: 127.0.0.1:7001 }",
          "  sink: { builtin: udp-sink, listen: 127.0.0.1:7002 }",
          "workloads:",
          "  chat: { target: echo, pattern: request, duration: 5s }",
          "  other: { target: outside, pattern: request, message: x, framing: { fixed: 1 }, duration: 5s }",
          "  flow: { target: sink, pattern: stream, rate: 1/s, duration: 5s }",
          `at: { run: "${run}", gate: "${gate}" }`,
        ].join("\n"),
        "commands.yaml",
      ),
    );

  test("have a window, of 1 s where none is given, and the server of their gate's workload", () => {
    const [one] = commandsOf("chat.errors == 0", "x {{server.pid}}");
    expect(one).toMatchObject({ gate: { windowNs: 1e9 }, server: "echo" });
    const [other] = commandsOf("total.errors == 0 over 3s", "x {{servers.sink.pid}}");
    expect(other).toMatchObject({ gate: { windowNs: 3e9 }, server: null });
  });

  test.each([
    ["chat.errorz == 0", "x", '11:29: there is no metric "errorz"'],
    ["chat.errors == 0 over 9s", "x", "no window of 9.00 s fits into a steady state of 5.00 s"],
    [
      "chat.connections.openAtEnd > 1",
      "x",
      "when a gate breaks in a window, and connections.openAtEnd is known for the whole",
    ],
    ["flow.exchanges.received > 1", "x", "what flow sends is counted by those who receive it"],
    [
      "chat.errors == 0",
      "{{servers.ech.pid}}",
      '11:13: {{servers.ech.pid}}: there is no server "ech"; did you mean "echo"?',
    ],
    ["other.errors == 0", "{{server.pid}}", "slash8 does not start server outside"],
    ["total.errors == 0", "{{server.pid}}", "the gate is not of one server's workloads"],
  ])("at %s: %s is refused before anything runs", (gate, run, message) => {
    expect(() => commandsOf(gate, run)).toThrow(message);
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

describe("gates on what a protocol calls a status", () => {
  const gatesOfDns = (gate: string) => () =>
    parseGates(
      parseScenario(
        [
          "version: 1",
          "name: names",
          "workloads:",
          "  asks: { target: udp://127.0.0.1:53, pattern: request, protocol: dns, message: a.b, rate: 1/s, duration: 1s }",
          "  site: { target: tcp://127.0.0.1:80, pattern: request, framing: http, rate: 1/s, duration: 1s }",
          "gates:",
          `  - ${gate}`,
        ].join("\n"),
        "names.yaml",
      ),
    );

  test.each(["asks.exchanges.status.NXDOMAIN == 0", "total.exchanges.status.NOERROR > 0"])(
    "%s",
    (gate) => {
      expect(gatesOfDns(gate)).not.toThrow();
    },
  );

  test.each([
    [
      "asks.exchanges.status.NXDOMIAN == 0",
      '7:27: replies of workload "asks" do not have the status NXDOMIAN; did you mean "NXDOMAIN"?',
    ],
    [
      "site.exchanges.status.NXDOMAIN == 0",
      '7:27: replies of workload "site" do not have the status NXDOMAIN: statuses are numbers there',
    ],
    ["total.exchanges.status.NOBODY == 0", "no workload's replies have the status NOBODY"],
  ])("%s is refused before anything runs", (gate, message) => {
    expect(gatesOfDns(gate)).toThrow(message);
  });
});

describe("a gate that can never have data", () => {
  const scenario = (...gates: string[]) =>
    parseScenario(
      [
        "version: 1",
        "name: data",
        "servers:",
        "  echo: { builtin: tcp-echo, listen: 127.0.0.1:7000 }",
        "  sink: { builtin: udp-sink, listen: 127.0.0.1:7001 }",
        "  own: { command: ./server, protocol: udp, listen: 127.0.0.1:7002 }",
        "  again:",
        "    builtin: udp-echo",
        "    listen: 127.0.0.1:7003",
        "    restart: { at: [1s] }",
        "workloads:",
        "  asks: { target: echo, pattern: request, rate: 10/s, duration: 4s }",
        "  loops: { target: echo, pattern: request, duration: 4s }",
        "  holds: { target: echo, pattern: hold, connections: 1, duration: 4s }",
        "  beats: { target: echo, pattern: hold, connections: 1, keepAlive: 1s, duration: 4s }",
        "  knocks: { target: echo, pattern: churn, exchangesPerConnection: 0, rate: 1/s, duration: 4s }",
        "  feeds: { target: sink, pattern: stream, rate: 10/s, duration: 4s }",
        "  sends: { target: own, pattern: stream, message: x, rate: 10/s, duration: 4s }",
        "  casts: { target: udp://127.255.255.255:7004, pattern: broadcast, receivers: 2, rate: 10/s, duration: 4s }",
        "  grams: { target: again, pattern: request, rate: 10/s, duration: 4s }",
        "  hears: { target: echo, pattern: subscribe, connections: 1 }",
        '  tells: { target: echo, pattern: stream, message: "{{stamp}}", rate: 1/s, duration: 4s, publishes: hears }',
        "  logs: { target: echo, pattern: request, duration: 4s, open: [{ send: hello }] }",
        "  keeps: { target: echo, pattern: request, duration: 4s, protocol: resp }",
        "  seen: { target: echo, pattern: request, duration: 4s, telemetry: tcp }",
        "gates:",
        ...gates.map((gate) => `  - ${gate}`),
      ].join("\n"),
      "data.yaml",
    );

  test.each([
    ["asks.exchanges.lost == 0", "asks (request over TCP)", "asks.exchanges.timedOut"],
    ["asks.deliveryLatency.p99 < 1ms", "it is for broadcast", "asks.responseTime.p99"],
    ["asks.tcp.retransmits == 0", "it is for workloads with `telemetry: tcp`", null],
    ["asks.tcp.rtt.p99 < 1ms", "it is for workloads with `telemetry: tcp`", null],
    ["asks.connections.refused == 0", "it is for UDP", "asks.connections.failed"],
    ["asks.connections.rotated > 0", "socket: rotating", "asks.connections.opened"],
    ["asks.exchanges.wrongSource == 0", "socket: unconnected", "asks.exchanges.timedOut"],
    ["asks.restarts.lost == 0", "whose server is restarted", "asks.exchanges.timedOut"],
    ["loops.exchanges.unsent == 0", "it is for open model", "loops.exchanges.timedOut"],
    ["holds.responseTime.p99 < 1ms", "holds (hold over TCP)", null],
    ["holds.exchanges.received > 0", "holds (hold over TCP)", "holds.connections.openAtEnd"],
    ["holds.rate.achievedPerSecond > 1/s", "it is for all", "holds.connections.opensPerSecond"],
    ["knocks.exchanges.sent > 0", "it is for all that send", "knocks.connections.openAtEnd"],
    ["feeds.responseTime.p99 < 1ms", "feeds (stream over UDP)", null],
    ["feeds.exchanges.timedOut == 0", "feeds (stream over UDP)", "feeds.exchanges.lost"],
    ["feeds.exchanges.duplicated > 1 over 1s", "counted by those who receive it", null],
    ["sends.exchanges.received > 0", "sends (stream over UDP)", "sends.exchanges.sent"],
    ["sends.exchanges.lost == 0", "stream to a built-in server", "sends.exchanges.sent"],
    ["casts.responseTime.p99 < 1ms", "casts (broadcast over UDP)", "casts.deliveryLatency.p99"],
    ["casts.exchanges.timedOut == 0", "it is for request", "casts.exchanges.lost"],
    ["grams.connections.closedByTarget == 0", "it is for TCP", "grams.connections.refused"],
    ["grams.connectTime.p99 < 1ms", "it is for TCP", "grams.responseTime.p99"],
    ["asks.openTime.p99 < 1ms", "it is for workloads with `open`", "asks.connectTime.p99"],
    ["asks.connections.openFailed == 0", "for workloads with `open`", "asks.connections.failed"],
    ["hears.responseTime.p99 < 1ms", "hears (subscribe over TCP)", "hears.deliveryLatency.p99"],
    ["hears.exchanges.sent > 0", "it is for all that send", "hears.connections.openAtEnd"],
    ["hears.deliverySpread.p99 < 1ms", "it is for broadcast", "hears.deliveryLatency.p99"],
    ["casts.transitTime.p99 < 1ms", "for pattern subscribe", "casts.deliveryLatency.p99"],
    ["casts.deliveryLatency.p99 < 1ms over 1s", "counted by those who receive it", null],
    ["asks.asides.ignored > 0", "workloads with `unsolicited` or", "asks.exchanges.unsolicited"],
    ["total.connections.rotated > 0", "no workload can have data", "total.connections.opened"],
    ["asks.responseTime.p99 < 1ms over 5s", "no window of 5.00 s fits into", null],
    ["servers.echo.restarts.drainMs < 1s", "it is not restarted", null],
  ])("%s is refused", (gate, message, meant) => {
    const refused = () => parseGates(scenario(gate));
    expect(refused).toThrow(message);
    if (meant === null) expect(refused).not.toThrow("did you mean");
    else expect(refused).toThrow(`did you mean ${meant}?`);
  });

  test.each([
    "asks.exchanges.unsent == 0",
    "asks.responseTime.p99 < 1ms over 4s",
    "beats.responseTime.p99 < 1ms",
    "beats.exchanges.timedOut == 0",
    "holds.connections.openAtEnd == 1",
    "holds.bytes.received == 0",
    "knocks.exchanges.offered > 1",
    "knocks.connectTime.p99 < 1ms",
    "logs.openTime.p99 < 1ms",
    "logs.connections.openFailed == 0",
    "keeps.openTime.p99 < 1ms",
    "keeps.connections.openFailed == 0",
    "keeps.asides.pushed > 0",
    "feeds.exchanges.lost == 0",
    "feeds.exchanges.sent > 1 over 1s",
    "sends.exchanges.sent > 1",
    "casts.deliverySpread.p99 < 1ms",
    "hears.deliveryLatency.p99 < 1ms",
    "hears.deliveryLatency.p99 < 1ms over 1s",
    "hears.transitTime.p99 < 1ms over 1s",
    "hears.exchanges.lost == 0",
    "hears.exchanges.received > 1 over 1s",
    "hears.exchanges.duplicated == 0",
    "grams.restarts.lost == 0",
    "grams.connections.refused == 0",
    "total.exchanges.lost == 0",
    "total.exchanges.received > 1 over 1s",
    "total.errors == 0",
    "servers.again.restarts.drainMs < 1s",
    "servers.echo.restarts.count == 0",
  ])("%s is not one", (gate) => {
    expect(parseGates(scenario(gate))).toHaveLength(1);
  });
});

describe("windows of long runs", () => {
  const scenario = (gate: string, duration: string) =>
    parseScenario(
      [
        "version: 1",
        "name: long",
        "servers:",
        "  echo: { builtin: tcp-echo, listen: 127.0.0.1:7000 }",
        "  sink: { builtin: udp-sink, listen: 127.0.0.1:7001 }",
        "workloads:",
        `  asks: { target: echo, pattern: request, rate: 1/s, duration: ${duration} }`,
        `  feeds: { target: sink, pattern: stream, rate: 10/s, duration: ${duration} }`,
        "gates:",
        `  - ${gate}`,
      ].join("\n"),
      "long.yaml",
    );

  test.each([
    ["asks.responseTime.p99 < 1ms over 2h", "3h", "a window is at most an hour, not 2h"],
    ["servers.echo.rssBytes slope < 1MiB/h", "59s", "a slope needs a minute of steady state"],
    ["servers.echo.rssBytes slope < 1MiB", "2m", "a byte rate such as 1MiB/h"],
    ["feeds.exchanges.received > 1 over 5s", "21m", "known at the end only, but a run of 21m"],
    ["total.rate.receivedPerSecond > 1/s over 5s", "1h", "shorten the run to 20 minutes"],
  ])("%s of %s is refused", (gate, duration, message) => {
    expect(() => parseGates(scenario(gate, duration))).toThrow(message);
    expect(() => parseGates(scenario(gate, duration))).toThrow("long.yaml:10:");
  });

  test.each([
    ["asks.responseTime.p99 < 1ms over 1h", "3h"],
    ["servers.echo.rssBytes slope < 1MiB/h", "1m"],
    ["servers.echo.openFiles.slope < 5/h", "1h"],
    ["feeds.exchanges.received > 1 over 5s", "20m"],
    ["feeds.exchanges.sent > 1 over 5s", "24h"],
  ])("%s of %s is not", (gate, duration) => {
    expect(parseGates(scenario(gate, duration))).toHaveLength(1);
  });
});

test("problems of every kind come at once", async () => {
  const path = join(makeTempDir(), "all.yaml");
  const write = (duration: string) =>
    writeFileSync(
      path,
      `version: 1
name: all
servers:
  echo: { builtin: tcp-echo, listen: 127.0.0.1:7000 }
workloads:
  asks: { target: echo, pattern: request, rate: 10/s, duration: ${duration} }
  many: { target: echo, pattern: hold, sources: 127.1.0.1, connections: 100000, duration: 1s }
gates:
  - asks.exchanges.lost == 0
  - nobody.errors == 0
  - asks.responseTime.p99 < baseline
`,
    );
  const check = (draft: ScenarioDraft) => baselineProblems(draft, []);
  const places = async () => {
    try {
      await loadChecked(path, { check });
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error;
      return error.problems.map(({ line, message }) => [line, message]);
    }
    return [];
  };
  const ofGates = [
    [9, expect.stringContaining("did you mean asks.exchanges.timedOut?")],
    [10, expect.stringContaining('there is no workload "nobody"')],
    [11, expect.stringContaining("there is no baseline")],
  ];
  write("1 parsec");
  expect(await places()).toEqual([[6, expect.stringContaining("parsec")], ...ofGates]);
  write("1s");
  expect(await places()).toEqual([[7, expect.stringContaining("connections")], ...ofGates]);
});

describe("a gate with abort", () => {
  const scenario = (...gates: string[]) =>
    [
      "version: 1",
      "name: aborts",
      "servers:",
      "  echo: { builtin: tcp-echo, listen: 127.0.0.1:7000 }",
      "  sink: { builtin: udp-sink, listen: 127.0.0.1:7001 }",
      "workloads:",
      "  chat: { target: echo, pattern: request, rate: 10/s, duration: 20s }",
      "  feed: { target: sink, pattern: stream, rate: 10/s, duration: 4s }",
      "  cast: { target: udp://127.255.255.255:7004, pattern: broadcast, receivers: 2, rate: 10/s, duration: 4s }",
      "gates:",
      ...gates.map((gate) => `  - ${gate}`),
    ].join("\n");
  const aborts = (...gates: string[]) =>
    parseGates(parseScenario(scenario(...gates), "aborts.yaml")).map(({ abort }) => abort);

  test("may be written as a map", () => {
    expect(
      aborts(
        '{ gate: "chat.errors == 0", abort: true }',
        '{ gate: "chat.errors == 0", abort: { after: 3s } }',
        '{ gate: "chat.responseTime.p99 < 5ms", abort: true }',
        '{ gate: "chat.errors == 0", abort: false }',
        '{ gate: "chat.errors == 0" }',
        "chat.errors == 0",
        '{ gate: "feed.exchanges.sent <= 100", abort: true }',
      ),
    ).toMatchObject([
      { by: "bound", afterNs: 0 },
      { by: "bound", afterNs: 3e9 },
      { by: "soFar", afterNs: 10e9 },
      null,
      null,
      null,
      { by: "bound" },
    ]);
  });

  test.each([
    [
      '{ gate: "cast.deliveryLatency.p99 < 1ms", abort: true }',
      "what cast sends is counted by those who receive it",
    ],
    ['{ gate: "chat.errors == 0", abort: 3s }', "11:40: expected true, false or a map such as"],
    ['{ gate: "chat.errors == 0", abort: { aftr: 3s } }', 'did you mean "after"?'],
    ['{ gate: "chat.errors == 0", abort: { after: 3 } }', '"3" has no unit'],
    ['{ gate: "chat.errors == 0", aborts: true }', 'did you mean "abort"?'],
    ["{ abort: true }", "gate is missing"],
    ["[chat.errors]", "expected a text, or a map such as"],
    ['{ gate: "chat.errrs == 0", abort: true }', "11:19: there is no metric"],
    [
      '{ gate: "chat.exchanges.received >= 100", abort: true }',
      '11:54: abort cannot end the run by "chat.exchanges.received >= 100": exchanges.received only grows',
    ],
    [
      '{ gate: "feed.exchanges.received <= 100", abort: true }',
      "what feed sends is counted by those who receive it",
    ],
    [
      '{ gate: "total.exchanges.received / total.exchanges.sent > 1%", abort: true }',
      "what feed sends is counted by those who receive it",
    ],
    [
      '{ gate: "chat.errors == 0", abort: { after: 20s } }',
      "after 20.0 s of a steady state of 20.0 s",
    ],
    ['{ gate: "feed.sendLag.p99 < 1ms", abort: true }', "after 10.0 s of a steady state of 4.00 s"],
  ])("%s is refused", (gate, message) => {
    expect(() => aborts(gate)).toThrow(message);
  });
});
