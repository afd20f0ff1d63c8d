import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseScenario } from "../../../src/scenario/parse.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import {
  chat,
  noVariables,
  parse,
  serverOf,
  withServer,
  withWorkload,
  workloadOf,
} from "../samples.ts";

const request = "target: echo\npattern: request\nduration: 5s\n";
const udp = "target: uecho\npattern: request\nduration: 5s\n";
const outside = "target: tcp://127.0.0.1:9\npattern: request\nduration: 5s\nmessage: PING\n";
const site = outside.replace("message: PING\n", "");
const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("a scenario", () => {
  it("runs once, against no baseline, unless it says otherwise", () => {
    expect(parse(chat)).toMatchObject({ repeat: 1, baseline: [] });
    const more = "repeat: 6\nbaseline: [base-1.json, /tmp/base-2.json]\n";
    const { repeat, baseline } = parseScenario(`${chat}${more}`, "there/test.yaml");
    expect(repeat).toBe(6);
    expect(baseline.map(({ path }) => path)).toEqual(["there/base-1.json", "/tmp/base-2.json"]);
    expect(baseline[1]?.position).toMatchObject({ file: "there/test.yaml", column: 25 });
    for (const wrong of [
      "repeat: 0",
      "repeat: 101",
      "repeat: 1.5",
      "baseline: {}",
      "baseline: []",
    ]) {
      expect(() => parse(`${chat}${wrong}\n`)).toThrow(wrong.split(":")[0]);
    }
  });

  it("resolves the example of the design", () => {
    const scenario = parse(chat);
    expect(scenario).toMatchObject({ name: "chat", seed: 1, workers: null, io: "auto" });
    expect(scenario.description).toBeNull();
    expect(scenario.file).toBe("test.yaml");
    expect(scenario.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(scenario.gates.map(({ expression }) => expression)).toEqual([
      "chatter.responseTime.p99 < 5ms",
      "idle.connections.peak >= 95000",
      "total.errors == 0",
    ]);
    const [idle, chatter] = scenario.workloads;
    expect(idle).toMatchObject({
      server: "echo",
      protocol: "tcp",
      endpoints: [],
      sources: ["127.16.0.0/16"],
      connections: 95000,
      connectRatePerSecond: 10000,
      durationNs: null,
      framing: null,
    });
    expect(chatter).toMatchObject({
      warmUpNs: 5e9,
      durationNs: 30e9,
      timeoutNs: 1e9,
      message: { kind: "size", bytes: 64 },
      framing: { kind: "fixed", bytes: 64 },
      load: { model: "open", startRatePerSecond: 0, arrivals: "constant" },
    });
  });

  it("is frozen in depth", () => {
    const scenario = parse(chat);
    expect(Object.isFrozen(scenario)).toBe(true);
    expect(Object.isFrozen(scenario.workloads[1]?.load)).toBe(true);
  });

  it("is the same with a byte order mark, with CRLF, and as JSON", () => {
    const plain = parse(chat).workloads;
    expect(parse(`\uFEFF${chat}`).workloads).toEqual(plain);
    expect(parse(chat.replaceAll("\n", "\r\n")).workloads).toEqual(plain);
    const json = {
      version: 1,
      name: "j",
      workloads: {
        w: { target: "tcp://127.0.0.1:9", pattern: "stream", message: "x", duration: "1s" },
      },
    };
    expect(parse(JSON.stringify(json, null, 2)).workloads[0]?.durationNs).toBe(1e9);
  });

  it("takes anchors, aliases and merge keys", () => {
    const source = withWorkload(`&first\n${request}connections: 3`).concat(
      "  v:\n    <<: *first\n    connections: 4\n    timeout: 1s\n",
    );
    const [w, v] = parse(source).workloads;
    expect(w).toMatchObject({ connections: 3, timeoutNs: 5e9, server: "echo" });
    expect(v).toMatchObject({ connections: 4, timeoutNs: 1e9, server: "echo", durationNs: 5e9 });
  });
});

describe("servers", () => {
  it("have defaults", () => {
    expect(serverOf("builtin: tcp-http")).toEqual({
      name: "s",
      kind: "builtin",
      protocol: "tcp",
      listen: [{ address: "127.0.0.1", port: 0 }],
      builtin: "tcp-http",
      options: { delayNs: 0, loss: 0, pause: null, closeAfter: null, bodyBytes: 64, udp: null },
      processes: null,
      tls: null,
      command: null,
      activation: false,
      restart: null,
    });
    expect(serverOf("listen: 127.0.0.1:7000")).toMatchObject({ kind: "external", protocol: "tcp" });
    expect(serverOf("listen: 127.0.0.1:7000\nprotocol: udp").protocol).toBe("udp");
  });

  it("over UDP have the requested sockets", () => {
    const udpOf = (lines: string) => serverOf(`builtin: udp-echo\n${lines}`).options?.udp;
    expect(udpOf("")).toEqual({
      mode: "specific",
      idleTimeoutNs: 30e9,
      newPeersPerSecond: null,
      remote: false,
    });
    expect(udpOf("listen: 127.0.0.1-127.0.0.3:7000")?.mode).toBe("per-address");
    expect(udpOf("mode: established")?.newPeersPerSecond).toBe(20_000);
    expect(udpOf("mode: established\nidleTimeout: 2s\nnewPeers: 5/s")).toMatchObject({
      mode: "established",
      idleTimeoutNs: 2e9,
      newPeersPerSecond: 5,
    });
    expect(udpOf("newPeers: 5/s\nidleTimeout: 1m")).toMatchObject({ idleTimeoutNs: 60e9 });
    expect(serverOf("builtin: udp-sink\nmode: reuseport\nprocesses: 4").processes).toBe(4);
  });

  it("show the requested faults", () => {
    const lines =
      "builtin: tcp-http\ndelay: 20ms\nloss: 1%\npause: { every: 3s, for: 1s }\ncloseAfter: 10\nbody: 64KiB\nprocesses: 2";
    expect(serverOf(lines)).toMatchObject({
      options: {
        delayNs: 20e6,
        loss: 0.01,
        pause: { everyNs: 3e9, forNs: 1e9 },
        closeAfter: 10,
        bodyBytes: 65536,
        udp: null,
      },
      processes: 2,
    });
  });

  it.each([
    ["127.10.0.1-127.10.0.3:7000", ["127.10.0.1:7000", "127.10.0.2:7000", "127.10.0.3:7000"]],
    ["127.10.0.4/31:7000", ["127.10.0.4:7000", "127.10.0.5:7000"]],
    ["'[::1]:7000'", ["::1:7000"]],
    ["'[0:0::1]:7000'", ["::1:7000"]],
    ["[127.0.0.1:0, 127.0.0.1:0, 127.0.0.2:5]", ["127.0.0.1:0", "127.0.0.1:0", "127.0.0.2:5"]],
  ])("listen at %s", (listen, expected) => {
    const server = serverOf(`builtin: tcp-echo\nlisten: ${listen}`);
    expect(server.listen.map(({ address, port }) => `${address}:${port}`)).toEqual(expected);
  });

  it.each([
    ["node server.js --port 7000", "exec node server.js --port 7000"],
    ["./run 'a b' 2", "exec ./run 'a b' 2"],
    ["cd sub && ./server", "cd sub && ./server"],
    ["PORT=7000 ./server", "PORT=7000 ./server"],
    ["echo hi; exit 5", "echo hi; exit 5"],
    ["exec ./server", "exec ./server"],
    ["cd sub", "cd sub"],
  ])("hand %j to the shell so that all of it runs", (command, text) => {
    const server = serverOf(`command: ${JSON.stringify(command)}\nlisten: 127.0.0.1:7000`);
    expect(server.command?.argv).toEqual(["/bin/sh", "-c", text]);
  });

  it("run commands", () => {
    const server = serverOf(
      "command: ./server --port 7000 && true\nlisten: 127.0.0.1:7000\nenv: { A: 1.10, B: 0755, C: yes }\ncwd: sub",
    );
    expect(server).toMatchObject({
      kind: "command",
      command: {
        argv: ["/bin/sh", "-c", "./server --port 7000 && true"],
        cwd: join(process.cwd(), "sub"),
        env: { A: "1.10", B: "0755", C: "yes" },
        ready: { by: "port" },
        readyTimeoutNs: 10e9,
        stopSignal: "SIGTERM",
        stopTimeoutNs: 5e9,
        missing: "fail",
      },
    });
    const other = serverOf(
      "command: [redis-server, --port, 7000, 'a b']\nlisten: 127.0.0.1:7000\nready: { output: 'Ready .*' }\nstopSignal: SIGINT\nmissing: skip\nstopTimeout: 1s\nreadyTimeout: 2s",
    );
    expect(other.command).toEqual({
      argv: ["redis-server", "--port", "7000", "a b"],
      cwd: process.cwd(),
      env: {},
      ready: { by: "output", pattern: "Ready .*" },
      readyTimeoutNs: 2e9,
      stopSignal: "SIGINT",
      stopTimeoutNs: 1e9,
      missing: "skip",
    });
    const udpServer = "command: x\nprotocol: udp\nlisten: 127.0.0.1:7000";
    expect(serverOf(udpServer).command?.ready).toEqual({ by: "delay", delayNs: 1e9 });
    expect(serverOf(`${udpServer}\nready: { delay: 0 }`).command?.ready).toEqual({
      by: "delay",
      delayNs: 0,
    });
  });

  it("may be remote when that is allowed", () => {
    const source = withServer("listen: [192.0.2.1:80, '[2001:db8::1]:80']");
    const scenario = parse(source, { ...noVariables, allowRemote: true });
    expect(scenario.servers[0]?.listen).toHaveLength(2);
  });
});

describe("workloads", () => {
  it("have defaults", () => {
    expect(workloadOf(request)).toEqual({
      name: "w",
      position: { file: "test.yaml", line: 11, column: 3 },
      server: "echo",
      protocol: "tcp",
      endpoints: [],
      pattern: "request",
      sources: [],
      ports: null,
      connections: 1,
      connectionsPerSource: null,
      connectRatePerSecond: null,
      connectTimeoutNs: 10e9,
      startTimeNs: 0,
      warmUpNs: 0,
      durationNs: 5e9,
      load: { model: "closed", thinkNs: 0, exchanges: null },
      timeoutNs: 5e9,
      inFlight: 1,
      open: [],
      parts: null,
      framingEach: null,
      hosts: [],
      expectEach: null,
      steps: [],
      message: { kind: "size", bytes: 64 },
      applicationProtocol: null,
      id: null,
      framing: { kind: "fixed", bytes: 64 },
      expect: { kind: "any" },
      reconnect: true,
      reconnectDelayNs: 100e6,
      unsolicited: null,
      publishes: [],
      verify: false,
      keepAliveNs: null,
      keepAliveConnections: null,
      expectClose: false,
      exchangesPerConnection: 1,
      close: "fin",
      totalConnections: null,
      socket: "connected",
      rotateEvery: null,
      thinkNs: 0,
      receiveErrors: false,
      wireTime: false,
      noDelay: true,
      telemetry: null,
      tls: null,
      slow: null,
      broadcast: null,
    });
  });

  it("take every common field", () => {
    const lines = `${request}sources: [127.1.0.0/24, "!127.1.0.7"]\nports: [5000, 6000-6010, 6005-7000]\nconnections: 9
connectionsPerSource: 3\nconnectRate: 1200/m\nconnectTimeout: 1s\nstartTime: 2s\nwarmUp: 1s\nthink: 10ms
exchanges: 100\ntimeout: 250ms\ninFlight: 4\nreconnect: true\nreconnectDelay: 0\nnoDelay: false\nexpect: echo`;
    expect(workloadOf(lines)).toMatchObject({
      sources: ["127.1.0.0/24", "!127.1.0.7"],
      ports: [
        [5000, 5000],
        [6000, 7000],
      ],
      connections: 9,
      connectionsPerSource: 3,
      connectRatePerSecond: 20,
      connectTimeoutNs: 1e9,
      startTimeNs: 2e9,
      warmUpNs: 1e9,
      load: { model: "closed", thinkNs: 10e6, exchanges: 100 },
      timeoutNs: 250e6,
      inFlight: 4,
      reconnect: true,
      reconnectDelayNs: 0,
      noDelay: false,
      broadcast: null,
      expect: { kind: "echo" },
    });
  });

  it("have ids by place or by text", () => {
    const idOf = (id: string) => workloadOf(`${request}message: "a id=0000 b"\nid: ${id}`).id;
    expect(idOf("{ offset: 1, bytes: 2 }")).toEqual({
      kind: "binary",
      offset: 1,
      replyOffset: 1,
      bytes: 2,
      byteOrder: "big",
      random: false,
    });
    expect(idOf('{ after: "id=", digits: 4, replyAfter: "é", random: true }')).toEqual({
      kind: "text",
      after: "id=",
      replyAfter: "Ã©",
      digits: 4,
      random: true,
    });
    const udp = "target: udp://127.0.0.1:9\npattern: request\nduration: 1s\nmessage: hello\n";
    expect(workloadOf(`${udp}inFlight: 32\nid: { offset: 0, bytes: 2 }`).inFlight).toBe(32);
  });

  it.each([
    ["message: hello", { kind: "fixed", bytes: 5 }],
    ['message: "{{sequence}};"', { kind: "echo" }],
    ["message: { size: { uniform: [1, 90] } }", { kind: "echo" }],
    ['message: hello\nframing: { delimiter: "o" }', { kind: "delimiter" }],
  ])("have the framing that follows from expect: echo: %s", (message, framing) => {
    const lines = `target: tcp://127.0.0.1:7\npattern: request\nduration: 1s\nexpect: echo\n${message}`;
    expect(workloadOf(lines)).toMatchObject({ framing, expect: { kind: "echo" } });
  });

  it("need no duration where something else ends them", () => {
    expect(workloadOf("target: echo\npattern: request\nexchanges: 5").durationNs).toBeNull();
    expect(workloadOf("target: echo\npattern: churn\ntotalConnections: 5")).toMatchObject({
      durationNs: null,
      totalConnections: 5,
    });
  });

  it("send at a rate or in stages", () => {
    const rate = "target: echo\npattern: request\nrate: 100/s\nduration: 5s\n";
    expect(workloadOf(`${rate}warmUp: 2s\narrivals: poisson`)).toMatchObject({
      warmUpNs: 2e9,
      durationNs: 5e9,
      load: {
        model: "open",
        startRatePerSecond: 100,
        stages: [{ durationNs: 7e9, ratePerSecond: 100 }],
        arrivals: "poisson",
      },
    });
    const stages =
      "target: echo\npattern: churn\nstages: [{ duration: 2s, rate: 10/s }, { duration: 3s, rate: 0/s }]\n";
    expect(workloadOf(`${stages}startRate: 5/s\nwarmUp: 1s`)).toMatchObject({
      warmUpNs: 1e9,
      durationNs: 4e9,
      load: { model: "open", startRatePerSecond: 5 },
    });
  });

  it.each([
    ['"PING\\r\\n"', { kind: "bytes", base64: base64("PING\r\n") }, { kind: "fixed", bytes: 6 }],
    ["{ text: é }", { kind: "bytes", base64: base64("é") }, { kind: "fixed", bytes: 2 }],
    ["{ hex: 00 ff }", { kind: "bytes", base64: "AP8=" }, { kind: "fixed", bytes: 2 }],
    ["{ hex: 0012 }", { kind: "bytes", base64: "ABI=" }, { kind: "fixed", bytes: 2 }],
    ["{ base64: AP8= }", { kind: "bytes", base64: "AP8=" }, { kind: "fixed", bytes: 2 }],
    ["{ size: 1KiB }", { kind: "size", bytes: 1024 }, { kind: "fixed", bytes: 1024 }],
    ["{ size: 7 }", { kind: "size", bytes: 7 }, { kind: "fixed", bytes: 7 }],
    [
      '"n={{sequence}} {{ source }}"',
      { kind: "template", text: "n={{sequence}} {{ source }}" },
      { kind: "echo" },
    ],
  ])("message %s", (message, spec, framing) => {
    expect(workloadOf(`${request}message: ${message}`)).toMatchObject({ message: spec, framing });
  });

  it("read a message's file, relative to the scenario", () => {
    const directory = makeTempDir();
    mkdirSync(join(directory, "sub"));
    writeFileSync(join(directory, "sub/m.bin"), Buffer.from([0, 255]));
    const source = withWorkload(`${request}message: { file: m.bin }`);
    const scenario = parseScenario(source, join(directory, "sub/test.yaml"), noVariables);
    expect(scenario.workloads[0]).toMatchObject({
      message: { kind: "bytes", base64: "AP8=" },
    });
    expect(dirname(scenario.file)).toBe(join(directory, "sub"));
  });

  it.each([
    ["echo", { kind: "echo" }],
    ["http", { kind: "http", maxBytes: 16777216 }],
    ["{ http: { maxSize: 1MiB } }", { kind: "http", maxBytes: 1048576 }],
    ["{ fixed: 64B }", { kind: "fixed", bytes: 64 }],
    ['{ delimiter: "\\r\\n" }', { kind: "delimiter", base64: base64("\r\n"), maxBytes: 16777216 }],
    [
      "{ delimiter: { hex: 0d0a, maxSize: 64KiB } }",
      { kind: "delimiter", base64: base64("\r\n"), maxBytes: 65536 },
    ],
    [
      "{ lengthPrefix: { bytes: 4 } }",
      {
        kind: "lengthPrefix",
        bytes: 4,
        byteOrder: "big",
        offset: 0,
        includesHeader: false,
        maxBytes: 16777216,
      },
    ],
    [
      "{ lengthPrefix: { bytes: 2, byteOrder: little, offset: 3, includesHeader: true, maxSize: 9KB } }",
      {
        kind: "lengthPrefix",
        bytes: 2,
        byteOrder: "little",
        offset: 3,
        includesHeader: true,
        maxBytes: 9000,
      },
    ],
  ])("framing %s", (framing, spec) => {
    const from = spec.kind === "http" ? site : outside;
    expect(workloadOf(`${from}framing: ${framing}`).framing).toEqual(spec);
  });

  it.each([
    ["any", { kind: "any" }],
    ["echo", { kind: "echo" }],
    ["{ text: PONG }", { kind: "bytes", base64: base64("PONG") }],
    ["{ hex: 4f4b }", { kind: "bytes", base64: base64("OK") }],
    ["{ prefix: +O }", { kind: "prefix", base64: base64("+O") }],
    ["{ prefix: { hex: 2b4f } }", { kind: "prefix", base64: base64("+O") }],
    ["{ regex: '^\\+P.NG' }", { kind: "regex", source: "^\\+P.NG", flags: "" }],
    ["{ regex: { pattern: a, flags: is } }", { kind: "regex", source: "a", flags: "is" }],
    ["{ size: 64 }", { kind: "size", minBytes: 64, maxBytes: 64 }],
    ["{ size: { min: 1, max: 1KiB } }", { kind: "size", minBytes: 1, maxBytes: 1024 }],
    ["{ size: { min: 5 } }", { kind: "size", minBytes: 5, maxBytes: Number.MAX_SAFE_INTEGER }],
  ])("expect %s", (text, spec) => {
    expect(workloadOf(`${outside}framing: echo\nexpect: ${text}`).expect).toEqual(spec);
  });

  it.each([
    ["any", { kind: "any", statuses: [[100, 399]] }],
    ["{ prefix: HTTP }", { kind: "prefix", base64: base64("HTTP"), statuses: [[100, 399]] }],
    ["{ status: 404 }", { kind: "any", statuses: [[404, 404]] }],
    ['{ status: "404" }', { kind: "any", statuses: [[404, 404]] }],
    ["{ status: 2xx }", { kind: "any", statuses: [[200, 299]] }],
    [
      "{ status: [2xx, 304, 9xx] }",
      {
        kind: "any",
        statuses: [
          [200, 299],
          [304, 304],
          [900, 999],
        ],
      },
    ],
    [
      "{ regex: ok, status: 200 }",
      { kind: "regex", source: "ok", flags: "", statuses: [[200, 200]] },
    ],
    ["{ status: [503], text: x }", { kind: "bytes", base64: base64("x"), statuses: [[503, 503]] }],
  ])("expect %s of HTTP replies", (text, spec) => {
    expect(workloadOf(`${site}framing: http\nexpect: ${text}`).expect).toEqual(spec);
    const mapped = `${site}framing: { http: { maxSize: 1KiB } }\nexpect: ${text}`;
    expect(workloadOf(mapped).expect).toEqual(spec);
  });

  it("expect a status below 400 of HTTP replies, and none of others", () => {
    const below400 = { kind: "any", statuses: [[100, 399]] };
    expect(workloadOf(`${site}framing: http`).expect).toEqual(below400);
    expect(workloadOf("target: web\npattern: churn\nduration: 5s\n").expect).toEqual(below400);
    expect(workloadOf(`${outside}framing: echo`).expect).toEqual({ kind: "any" });
  });

  it("ask HTTP servers for their root", () => {
    const get = base64("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    const web = "target: web\npattern: request\nduration: 5s\n";
    const http = { message: { kind: "bytes", base64: get }, framing: { kind: "http" } };
    expect(workloadOf(web)).toMatchObject(http);
    const nginx = "target: outside\npattern: request\nduration: 5s\nframing: http\n";
    expect(workloadOf(nginx)).toMatchObject(http);
  });

  it.each([
    '"GET /a?b=c HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"',
    '{ text: "X-MY-METHOD * HTTP/1.0\\n\\nbody" }',
    '"GET /items/{{sequence}} HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"',
    '"{{sequence}} / HTTP/1.1\\r\\n\\r\\n"',
    '"GET / HTTP/1.{{number % 2}}\\r\\n\\r\\n"',
    '"POST / HTTP/1.1\\r\\nX: {{sequence}}"',
    // Something malformed, on purpose.
    '{ hex: "50 49 4e 47" }',
  ])("send %s to an HTTP server", (message) => {
    expect(workloadOf(`${site}framing: http\nmessage: ${message}`).framing?.kind).toBe("http");
  });

  it("hold in silence, or with messages", () => {
    const hold = "target: outside\npattern: hold\nconnections: 5\nduration: 5s\n";
    expect(workloadOf(hold)).toMatchObject({ framing: null, verify: false, keepAliveNs: null });
    const verified = workloadOf(`${hold}verify: true\nkeepAlive: 1s\nmessage: x\nframing: echo`);
    expect(verified).toMatchObject({ framing: { kind: "echo" }, verify: true, keepAliveNs: 1e9 });
    const sample = workloadOf(
      `${hold}keepAlive: 1s\nkeepAliveConnections: 2\nmessage: x\nframing: echo`,
    );
    expect(sample).toMatchObject({ keepAliveNs: 1e9, keepAliveConnections: 2 });
  });

  it("churn and stream", () => {
    const churn = "target: echo\npattern: churn\nduration: 5s\n";
    expect(workloadOf(`${churn}exchangesPerConnection: 3\nclose: reset`)).toMatchObject({
      exchangesPerConnection: 3,
      close: "reset",
      framing: { kind: "fixed", bytes: 64 },
    });
    const knock = "target: sink\npattern: churn\nduration: 5s\nexchangesPerConnection: 0\n";
    expect(workloadOf(knock)).toMatchObject({ exchangesPerConnection: 0, framing: null });
    const stream = "target: sink\npattern: stream\nduration: 5s\n";
    expect(workloadOf(stream)).toMatchObject({ framing: null, load: { model: "closed" } });
  });

  it("over UDP have no framing and may send empty datagrams", () => {
    expect(workloadOf(`${udp}socket: unconnected\nmessage: { size: 0 }`)).toMatchObject({
      protocol: "udp",
      framing: null,
      socket: "unconnected",
      message: { kind: "size", bytes: 0 },
    });
    expect(workloadOf(`${udp}socket: unconnected\nreceiveErrors: true`).receiveErrors).toBe(true);
    expect(workloadOf(`${udp}socket: rotating`)).toMatchObject({
      socket: "rotating",
      rotateEvery: 1,
    });
    expect(workloadOf(`${udp}socket: rotating\nrotateEvery: 5`).rotateEvery).toBe(5);
    const sizes = (text: string) => workloadOf(`${udp}message: { size: ${text} }`).message;
    expect(sizes("{ uniform: [0, 2KiB] }")).toEqual({
      kind: "sizes",
      sizes: { kind: "uniform", fromBytes: 0, toBytes: 2048 },
    });
    expect(sizes("{ exponential: { mean: 512 } }")).toEqual({
      kind: "sizes",
      sizes: { kind: "exponential", meanBytes: 512, mostBytes: 5120 },
    });
    expect(sizes("{ choices: [64, 1400, 64] }")).toEqual({
      kind: "sizes",
      sizes: { kind: "choices", bytes: [64, 1400, 64] },
    });
    expect(workloadOf(`${udp}message: { size: 65507 }`).message).toEqual({
      kind: "size",
      bytes: 65507,
    });
  });

  it.each([
    ["tcp://127.0.0.1:6379", "tcp", [{ address: "127.0.0.1", port: 6379 }]],
    ["udp://[::1]:53", "udp", [{ address: "::1", port: 53 }]],
    [
      "[tcp://127.1.0.1-127.1.0.2:7, tcp://127.2.0.1:8]",
      "tcp",
      [
        { address: "127.1.0.1", port: 7 },
        { address: "127.1.0.2", port: 7 },
        { address: "127.2.0.1", port: 8 },
      ],
    ],
  ])("aim at %s", (target, protocol, endpoints) => {
    const lines = `target: ${target}\npattern: stream\nduration: 1s\nmessage: x`;
    expect(workloadOf(lines)).toMatchObject({ server: null, protocol, endpoints });
  });

  it("may leave the machine when that is allowed", () => {
    const lines =
      "target: tcp://192.0.2.1:80\npattern: stream\nduration: 1s\nmessage: x\nsources: 192.0.2.9";
    expect(workloadOf(lines, { ...noVariables, allowRemote: true }).endpoints).toHaveLength(1);
  });
});
