import { describe, expect, it } from "vitest";
import { marked, problemsOf, withServer, withWorkload } from "./samples.ts";

/** Each input has exactly one problem, where the mark § stands. */
function check(text: string, message: string): void {
  const { source, line, column } = marked(text);
  const problems = problemsOf(source);
  expect(problems.map((problem) => problem.message)).toEqual([expect.stringContaining(message)]);
  expect(problems[0]).toMatchObject({ file: "test.yaml", line, column });
}

const minimal =
  "version: 1\nname: a\nworkloads:\n  w: { target: tcp://127.0.0.1:9, pattern: stream, message: x, duration: 1s }\n";

describe("texts that are not a scenario", () => {
  it.each([
    ["§", "the scenario is empty"],
    ["§  \n\n", "the scenario is empty"],
    ["§# nothing\n", "it only has comments"],
    ["§---\n", "it only has comments"],
    ["§- a\n", "a scenario is a map of keys"],
    ["§just a text\n", "a scenario is a map of keys"],
    ["§42\n", "a scenario is a map of keys"],
    [`${minimal}§---\n${minimal}`, "a second document starts here"],
    [`${minimal}gates:\n§\t- a\n`, "a tab in the indentation; use spaces"],
    [`${minimal}description: "open\n§`, "missing closing"],
    [`${minimal}description: §!foo x\n`, "scenarios do not use tags"],
    [`${minimal}description: x\n§description: y\n`, "given twice, first in line 5"],
    [`${minimal}description: §*nobody\n`, "has no anchor"],
    [`${minimal}baseline: ['§']\n`, "an item of baseline must not be an empty text"],
    [`${minimal}gates: &me [§*me]\n`, "has no anchor"],
    [minimal.replace("message: x", "message: §64KiB"), "write { size: 64KiB }"],
    [`${minimal}? §[a]\n: b\n`, "a key must be a plain word"],
    [`${minimal}§: b\n`, "a key must be a plain word"],
    [`${minimal}§__proto__: b\n`, "a key must be a plain word"],
    [`${minimal}§<<: 5\n`, '"<<" takes a map'],
    [`${minimal}description: { a: §\${X} }\n`, "a variable must be in quotes"],
    [`${minimal}x: ${"[".repeat(64)}§[`, "nested too deeply"],
    [`${minimal}gates:\n  ${"- ".repeat(64)}§- `, "nested too deeply"],
  ])("%j", (text, message) => {
    check(text, message);
  });

  it("an alias bomb", () => {
    const levels = Array.from({ length: 9 }, (_, level) => {
      const below = level === 0 ? "x" : `*l${level - 1}`;
      return `l${level}: &l${level} [${Array(9).fill(below).join(", ")}]`;
    });
    const messages = problemsOf(levels.join("\n")).map(({ message }) => message);
    expect(messages).toContainEqual(expect.stringContaining("more than 100000 values"));
  });

  it("more values than a scenario can have", () => {
    const [problem] = problemsOf(`${minimal}x: [${"y,".repeat(60_000)}]`);
    expect(problem).toMatchObject({ line: 5, message: "too many values for a scenario" });
  });

  it("more than 1 MiB", () => {
    const source = `${minimal}# ${"x".repeat(1024 * 1024)}`;
    expect(problemsOf(source)).toMatchObject([{ line: 1, column: 1 }]);
    expect(problemsOf(source)[0]?.message).toContain("larger than 1048576 bytes");
  });
});

describe("the scenario itself", () => {
  it.each([
    [minimal.replace("version: 1\nname", "§name"), "version is missing"],
    [minimal.replace("1", "§2"), "version must be 1, not 2"],
    [minimal.replace("1", '"§1"'), 'version must be 1, not the text "1"'],
    [minimal.replace("name: a", "name: §a b"), "name takes letters"],
    [minimal.replace("name: a", "name: §../a"), "name takes letters"],
    [minimal.replace("name: a", "name: §"), "name is empty"],
    [minimal.replace("name: a", "name: §[a]"), "expected a text, got a list"],
    [`${minimal}§foo: 1\n`, 'unknown key "foo" in a scenario; known: version'],
    [`${minimal}§gate: []\n`, 'did you mean "gates"?'],
    [`${minimal}seed: §-1\n`, "seed must be at least 0"],
    [`${minimal}seed: §1.5\n`, "expected a whole number, got 1.5"],
    [`${minimal}seed: §.inf\n`, "expected a whole number, got .inf"],
    [`${minimal}workers: §0\n`, "workers must be at least 1"],
    [`${minimal}workers: §many\n`, 'expected a whole number, got the text "many"'],
    [`${minimal}workers: §010\n`, "write 10 (or 0o10 for octal)"],
    [`${minimal}io: §urin\n`, 'io cannot be the text "urin"; did you mean "uring"?'],
    [`${minimal}io: §libuv\n`, "known: auto, node, uring"],
    [`${minimal}gates: §a < b\n`, 'expected a list, got the text "a < b"'],
    [
      `${minimal}gates:\n  - §5\n`,
      'expected a text, or a map such as { gate: "chat.errors == 0", abort: true }, got 5; for',
    ],
    [`${minimal}gates:\n  - { §a: b, gate: c }\n`, 'unknown key "a" in a gate; known: gate, abort'],
    [`${minimal}gates:§\n`, "gates is empty"],
    [`${minimal}include: §{a: b}\n`, "expected a path, or a list of paths, got a map"],
    [`${minimal}include: §missing.yaml\n`, "missing.yaml: there is no such file"],
    ["version: 1\nname: a\n§workloads: {}\n", "a scenario needs at least one"],
    ["version: 1\nname: a\nworkloads: §[]\n", "expected a map of keys and values, got a list"],
    ["version: 1\nname: a\nworkloads:\n  w: §5\n", "expected a map of keys and values, got 5"],
    [minimal.replace("  w:", "  §5w:"), "must start with a letter"],
    [minimal.replace("  w:", "  §w.x:"), "must start with a letter"],
    [minimal.replace("  w:", "  §total:"), "stands for the sum of all workloads"],
    [minimal.replace("  w:", `  §${"w".repeat(65)}:`), "at most 64 characters"],
    [`${minimal}description: §\${NOPE}\n`, "NOPE is not set"],
    [`${minimal}description: a §\${1x} b\n`, "variables are written"],
    [`${minimal}description: a §\${open\n`, "variables are written"],
  ])("%j", (text, message) => {
    check(text, message);
  });
});

describe("servers", () => {
  const echo = "builtin: tcp-echo\n";
  const command = "command: ./server\nlisten: 127.0.0.1:7000\n";
  it.each([
    ["§bultin: tcp-echo", 'did you mean "builtin"?'],
    ["builtin: §tcp-eco", 'did you mean "tcp-echo"?'],
    [`${echo}§command: x`, "builtin or command, not both"],
    [`${echo}listen: §127.0.0.1`, "not an address and a port"],
    [`${echo}listen: §127.0.0.1:70000`, "a port is 1 to 65535"],
    [`${echo}listen: §127.0.0.256:7000`, "256 is more than 255"],
    [`${echo}listen: §localhost:7000`, "names are not looked up here: write the address of local"],
    [`${echo}listen: §example.org:7000`, "names are not looked up here"],
    [`${echo}listen: §::1:7000`, "not an address and a port"],
    [`${echo}listen: "§[127.0.0.1]:7000"`, "brackets are for IPv6"],
    [`${echo}listen: §10.0.0.1:7000`, "--allow-remote"],
    [`${echo}listen: §0.0.0.0:7000`, "--allow-remote"],
    [`${echo}listen: [127.0.0.1:7000, §127.0.0.1:7000]`, "listed twice"],
    [`${echo}listen: §127.10.0.9-127.10.0.1:7000`, "ends before it starts"],
    [`${echo}listen: §127.0.0.0/8:7000`, "at most 4096"],
    [`${echo}listen: §[]`, "must not be an empty list"],
    [`${echo}listen: §7000`, "expected an address and port"],
    [`${echo}protocol: §udp`, "tcp-echo speaks tcp, not udp"],
    [`${echo}delay: §5`, 'write "5s" or "5ms"'],
    [`${echo}delay: §fast`, "is not a duration"],
    [`${echo}delay: §[1s]`, "expected a duration"],
    [`${echo}loss: §2`, 'write "2%"'],
    [`${echo}loss: §-1%`, "is not a ratio"],
    [`${echo}pause: { every: 1s, for: §1s }`, "shorter than every"],
    [`${echo}§pause: { every: 1s }`, "for is missing"],
    [`${echo}pause: { every: §0, for: 1ms }`, "must be more than 0"],
    [`${echo}pause: §1s`, "expected a map"],
    [`${echo}closeAfter: §0`, "must be at least 1"],
    [`${echo}§body: 5`, "body has no meaning for tcp-echo; it is for tcp-http"],
    [`${echo}§cwd: /`, "cwd is for a server with command"],
    [`${echo}processes: §0`, "must be at least 1"],
    ["builtin: tcp-sink\n§delay: 1ms", "delay has no meaning for tcp-sink"],
    ["builtin: udp-echo\n§closeAfter: 1", "closeAfter has no meaning for udp-echo"],
    ["builtin: tcp-http\nbody: §64K", "write KiB (1024) or KB (1000)"],
    ["builtin: tcp-http\nbody: §1GiB", "must be 0 to 16777216 bytes"],
    [`${echo}§mode: wildcard`, "mode has no meaning for tcp-echo; it is for udp-echo, udp-sink"],
    [`${command}§mode: wildcard`, "mode is for a server with builtin"],
    [
      "builtin: udp-echo\nlisten: 127.0.0.1-127.0.0.2:7000\nmode: §specific",
      "mode specific is one socket on one address, and 2 are listed; per-address has one for each",
    ],
    [
      "builtin: udp-sink\nmode: §wildcard-pktinfo",
      "mode wildcard-pktinfo is about replies, and udp-sink sends none; use wildcard",
    ],
    [
      "builtin: udp-echo\n§idleTimeout: 3s",
      "idleTimeout is when a known peer is forgotten: only mode established and a limit of new peers keep known peers",
    ],
    [
      "builtin: udp-echo\n§processes: 2",
      "processes is for servers over TCP, and over UDP for mode: reuseport",
    ],
    [`${command}§delay: 1ms`, "delay is for a server with builtin"],
    [`${command}env: { §A=B: c }`, "is not a name of an environment variable"],
    [`${command}env: { A: "§\\0" }`, "NUL"],
    [`${command}env: { A: §[] }`, "expected a text, got a list"],
    [`${command}ready: §prot`, "expected port, { output"],
    [`${command}ready: { output: §( }`, "not a regular expression"],
    [`${command}ready: { output: §ready(?=!) }`, "looks ahead or behind"],
    [
      `${command}§ready: { output: a, delay: 1s }`,
      "exactly one of output, delay; got output and delay",
    ],
    [`${command}§ready: {}`, "got none"],
    [`${command}stopSignal: §SIGTREM`, 'did you mean "SIGTERM"?'],
    [`${command}missing: §ignore`, "known: fail, skip"],
    [`${command}readyTimeout: §0`, "must be more than 0"],
    ["command: '§'\nlisten: 127.0.0.1:7000", "command must not be an empty text"],
    ["command: §[]\nlisten: 127.0.0.1:7000", "must not be an empty list"],
    ["command: x\nlisten: §127.0.0.1:0", "port 0 (any free port) is for builtin servers only"],
    [
      "command: x\nprotocol: udp\nlisten: 127.0.0.1:7000\nready: §port",
      "a UDP port does not answer",
    ],
  ])("%j", (lines, message) => check(withServer(lines), message));

  it("a server without any fields", () => {
    const text =
      "version: 1\nname: a\nservers:\n  §s: {}\nworkloads:\n  w: { target: s, pattern: hold, connections: 1, duration: 1s }\n";
    check(text, "listen is missing");
  });

  it.each([
    ["§restart: {}\nbuiltin: tcp-echo", "restart takes one of at and every; got none"],
    ["§restart: { at: 1s, every: 2s }\nbuiltin: tcp-echo", "takes one of at and every; got both"],
    [
      "restart: { at: [2s, §1s] }\nbuiltin: tcp-echo",
      "must be later than the time before it, 2.00 s",
    ],
    ["restart: { every: §500ms }\nbuiltin: tcp-echo", "must be at least 1s"],
    ["restart: { at: §0s }\nbuiltin: tcp-echo", "must be more than 0"],
    ["restart: { at: 1s, order: §both }\nbuiltin: tcp-echo", "startFirst"],
    ["restart: { at: 1s, §signal: SIGHUP }\nbuiltin: tcp-echo", "a builtin drains without one"],
    ["restart: { at: 1s, signal: §SIGFOO }\ncommand: x\nlisten: 127.0.0.1:7", "SIGTERM"],
    [
      "§restart: { at: 1s }\nlisten: 127.0.0.1:7",
      "restart is for a server with builtin or command",
    ],
    [
      "§activation: true\nlisten: 127.0.0.1:7",
      "activation is for a server with builtin or command",
    ],
    ["builtin: tcp-echo\n§processes: 2\nrestart: { at: 1s }", "processes and restart do not go"],
    ["builtin: tcp-echo\n§processes: 2\nactivation: true", "processes and activation do not go"],
    [
      "builtin: tcp-echo\nactivation: §false\nrestart: { at: 1s, order: startFirst }",
      "can listen at once only with activation",
    ],
    [
      "command: x\nlisten: 127.0.0.1:7\nactivation: true\nready: §port",
      "the port, which answers before the server is ready",
    ],
    [
      "command: x\nlisten: 127.0.0.1:7\n§restart: { at: 1s, order: startFirst }",
      "the old instance answers on the port",
    ],
  ])("%j", (text, message) => {
    check(withServer(text), message);
  });

  it("two servers at one place", () => {
    const text = (protocol: string, mark: string) =>
      withServer("builtin: tcp-echo\nlisten: [127.0.0.1:7000, 127.0.0.1:0]").replace(
        "workloads:",
        `  t: { builtin: ${protocol}, listen: ${mark}127.0.0.1:7000 }\nworkloads:`,
      );
    check(text("tcp-sink", "§"), '127.0.0.1:7000 is already used by server "s"');
    expect(() => problemsOf(text("udp-sink", ""))).toThrow("has no problem");
  });
});

describe("workloads", () => {
  const request = "target: echo\npattern: request\nduration: 5s\n";
  const open = "target: echo\npattern: request\nrate: 100/s\nduration: 5s\n";
  const stages = "target: echo\npattern: request\nstages: [{ duration: 5s, rate: 100/s }]\n";
  const hold = "target: echo\npattern: hold\nconnections: 5\nduration: 5s\n";
  const churn = "target: echo\npattern: churn\nduration: 5s\n";
  const stream = "target: sink\npattern: stream\nduration: 5s\n";
  const outside = "target: tcp://127.0.0.1:9\npattern: request\nduration: 5s\nmessage: PING\n";
  const site = outside.replace("message: PING\n", "");
  const udp = "target: uecho\npattern: request\nduration: 5s\n";
  it.each([
    [
      `${request}§conections: 5`,
      'unknown key "conections" in a workload; did you mean "connections"?',
    ],
    ["target: §ecoh\npattern: stream\nduration: 1s", 'no server "ecoh"; did you mean "echo"?'],
    ["target: §nothing-like-it\npattern: stream\nduration: 1s", "known: echo, sink"],
    ["target: §127.0.0.1:7000\npattern: stream\nduration: 1s", "write tcp://ADDRESS:PORT"],
    [
      "target: §http://127.0.0.1/x\npattern: stream\nduration: 1s",
      "write tcp://127.0.0.1:80 with framing: http",
    ],
    ["target: §tcp://127.0.0.1\npattern: stream\nduration: 1s", "not an address and a port"],
    ["target: §tcp://127.0.0.1:0\npattern: stream\nduration: 1s", "a target needs a port"],
    ["target: §tcp://192.0.2.1:80\npattern: stream\nduration: 1s", "--allow-remote"],
    [
      "target: [tcp://127.0.0.1:1, §udp://127.0.0.1:1]\npattern: stream\nduration: 1s",
      "all be tcp:// or all be udp://",
    ],
    ["target: [§echo]\npattern: stream\nduration: 1s", "a list of targets holds URLs"],
    [
      "target: [tcp://127.0.0.1:1, §tcp://127.0.0.1:1]\npattern: stream\nduration: 1s",
      "listed twice",
    ],
    [
      "target: echo\npattern: §shout\nduration: 1s",
      "known: request, hold, churn, stream, broadcast",
    ],
    [`${request}sources: §127.1.1.300`, "300 is more than 255"],
    [
      "target: §udp://127.0.0.77:7\npattern: broadcast\nrate: 1/s\nduration: 1s\nreceivers: 4",
      "reaches only one receiver",
    ],
    [
      "target: §tcp://127.255.255.255:7\npattern: broadcast\nrate: 1/s\nduration: 1s\nreceivers: 4",
      "a broadcast is over UDP",
    ],
    [
      "target: §echo\npattern: broadcast\nrate: 1/s\nduration: 1s\nreceivers: 4",
      "a broadcast has its own receivers",
    ],
    [
      "target: §udp://[::1]:7\npattern: broadcast\nrate: 1/s\nduration: 1s\nreceivers: 4",
      "is not a broadcast address on loopback",
    ],
    [
      'target: §["udp://127.255.255.255:7", "udp://127.255.255.255:8"]\npattern: broadcast\nrate: 1/s\nduration: 1s\nreceivers: 4',
      "has one target",
    ],
    [
      "target: §udp://239.255.0.1:7\npattern: broadcast\ncontrast: true\nrate: 1/s\nduration: 1s\nreceivers: 4",
      "is for all receivers",
    ],
    [
      "target: udp://127.255.255.255:7\npattern: broadcast\nrate: 1/s\nduration: 1s\nreceivers: 4\nreceiverProcesses: §5",
      "4 receivers are fewer than 5 processes",
    ],
    [
      "target: udp://127.255.255.255:7\npattern: broadcast\nrate: 1/s\nduration: 1s\nreceivers: 4\nreceiverProcesses: 2\nreceiverThreads: §3",
      "2 processes of 3 threads",
    ],
    [
      "target: udp://127.255.255.255:7\npattern: broadcast\nrate: 1/s\nduration: 1s\nreceivers: 4\nconnections: §4097",
      "4096 senders at most",
    ],
    [
      "target: udp://127.255.255.255:7\npattern: broadcast\nrate: 1/s\nduration: 1s\nreceivers: 4\nmessage: §{ size: 31 }",
      "give { size: 32 } or more",
    ],
    [
      "target: udp://127.255.255.255:7\npattern: broadcast\nrate: 1/s\nduration: 1s\nreceivers: 4\nmessage: §tick",
      "say when they were sent",
    ],
    [
      "target: udp://127.255.255.255:7\npattern: broadcast\nrate: 1/s\nduration: 1s\nreceivers: 4\nmembership: { receivers: §4, joined: 1s, left: 1s }",
      "must stay all the time",
    ],
    [
      "target: udp://127.255.255.255:7\npattern: broadcast\nrate: 1/s\nduration: 1s\nreceivers: 4\nmembership: { receivers: 1, joined: §99ms, left: 1s }",
      "stays for at least 100ms",
    ],
    [
      "target: udp://127.0.0.77:7\npattern: broadcast\ncontrast: true\nrate: 1/s\nduration: 1s\nreceivers: 4\n§membership: { receivers: 1, joined: 1s, left: 1s }",
      "has no meaning with contrast",
    ],
    [`${request}§receivers: 4`, "receivers has no meaning for request"],
    [`${request}sources: [127.1.0.0/24, §127.1.0.7/24]`, "bits beyond the prefix"],
    [`${request}sources: §10.0.0.0/24`, "sources must be loopback addresses"],
    [`${request}sources: §["!127.1.0.1"]`, "only exclusions"],
    [`${request}sources: §[127.1.0.1, "!127.1.0.1"]`, "nothing is left"],
    [`${request}ports: §0`, "ports must be at least 1"],
    [`${request}ports: §0777`, "write 777 (or 0o777 for octal)"],
    [`${request}ports: [5000, §70000-80000]`, "a port is 1 to 65535"],
    [`${request}ports: §6000-5000`, "ends before it starts"],
    [`${request}connections: §0`, "must be at least 1"],
    [`${request}connections: §5k`, 'expected a whole number, got the text "5k"'],
    [`${request}connectRate: §10`, 'write "10/s"'],
    [`${request}connectRate: §1k/s`, 'write the number out, "1000/s"'],
    [`${request}connectRate: §0`, "must be more than 0"],
    [`${request}§verify: true`, "verify has no meaning for request; it is for hold"],
    [`${request}reconnect: §yes`, 'expected true or false, got the text "yes"; write true'],
    [`${request}noDelay: §off`, "write false"],
    [`${hold}§reconnectDelay: 1s`, "no meaning without reconnect: true"],
    [`${request}reconnect: false\n§reconnectDelay: 1s`, "no meaning without reconnect: true"],
    [`${udp}message: hello\ninFlight: §2`, "needs messages whose replies can be told apart"],
    [`${request}§id: {}`, "either offset and bytes"],
    [`${request}§id: { offset: 0, bytes: 2, after: a, digits: 2 }`, "either offset and bytes"],
    [
      `${request}id: { offset: 0, bytes: 2, §digits: 2 }`,
      "digits goes with after, not with offset",
    ],
    [`${request}id: { after: a, digits: 2, §byteOrder: big }`, "byteOrder goes with offset"],
    [`${request}§id: { offset: 0 }`, "bytes is missing: how long the number is"],
    [`${request}§id: { after: a }`, "digits is missing"],
    [
      `${request}message: 'say {"id":"0000"}'\nid: §{ after: '"id":"', digits: 5 }`,
      'written over "0000"", the 5 bytes behind the first "\\"id\\":\\""',
    ],
    [
      `${request}message: "STATE of {{source}} 00000000"\nid: §{ after: " ", digits: 8 }`,
      'written over "of 127.0", the 8 bytes behind the first " "',
    ],
    [
      `${request}id: §{ offset: 63, bytes: 2 }`,
      "has 64 bytes, and a number of 2 bytes at offset 63 needs 65",
    ],
    [`${request}message: "id=00\\n"\nid: §{ after: "id=", digits: 4 }`, 'write "id=0000" there'],
    [
      `${request}inFlight: 17\nid: §{ offset: 0, bytes: 1 }`,
      "are 256 numbers; with inFlight 17 at least 272",
    ],
    [
      "target: echo\npattern: stream\nduration: 1s\n§id: { offset: 0, bytes: 2 }",
      "id has no meaning for stream",
    ],
    [`${request}rate: 5/s\n§think: 1s`, "think: is for the closed model"],
    [
      `${request}message: §[{ name: a, weight: 1, message: "x" }]`,
      "expected one message; a list of them, by weight, is written as messages: [{ name: get, weight: 9, message: ... }, ...], got a list",
    ],
    [`${request}§arrivals: poisson`, "arrivals is for the open model"],
    [`${request}§startRate: 5/s`, "startRate is for the open model"],
    [`${request}timeout: §0s`, "must be more than 0"],
    [
      "target: echo\npattern: request\n§rate: 100/s\nstages: [{ duration: 5s, rate: 5/s }]",
      "goes without stages",
    ],
    [`${open}§startRate: 5/s`, "startRate: goes with stages"],
    [`${open}§exchanges: 5`, "exchanges: is for the closed model"],
    ["target: echo\npattern: request\nduration: 1s\nrate: §5", 'write "5/s"'],
    [`${stages}§duration: 5s`, "the stages say how long it lasts"],
    [`${stages}warmUp: §5s`, "warmUp must be shorter than the stages together"],
    ["target: echo\npattern: request\nstages: §[]", "must not be an empty list"],
    ["target: echo\npattern: request\nstages: §[{ duration: 1s, rate: 0/s }]", "every rate is 0"],
    ["target: echo\npattern: request\nstages: [§{ duration: 1s }]", "rate is missing"],
    [
      "target: echo\npattern: request\nduration: 3h\nrate: §1000000000000/s",
      "more messages than can be counted",
    ],
    [`${hold}§rate: 5/s`, "rate has no meaning for hold; it is for request, churn, stream"],
    [`${hold}§keepAliveConnections: 1`, "keepAliveConnections has no meaning without keepAlive"],
    [
      `${hold}keepAlive: 1s\nframing: echo\nkeepAliveConnections: §99`,
      "keepAliveConnections is more than the",
    ],
    [`${hold}§message: x`, "this hold sends no messages; add verify: true or keepAlive"],
    [`${hold}§inFlight: 5`, "inFlight has no meaning for hold"],
    [`${hold.replace("echo", "§sink")}verify: true`, "tcp-sink never replies"],
    [`${churn}§think: 5ms`, "think has no meaning for churn; it is for request"],
    [`${churn}§connectRate: 5/s`, "connectRate has no meaning for churn"],
    [`${churn}exchangesPerConnection: 0\n§message: x`, "this churn sends no messages"],
    [`${churn}§exchanges: 5`, "exchanges has no meaning for churn"],
    [`${churn}connections: 5\ntotalConnections: §4`, "less than the 5 connections"],
    [`${churn}rate: 5/s\n§totalConnections: 4`, "totalConnections: is for the closed model"],
    [`${stream}§expect: echo`, "expect has no meaning for stream"],
    [`${stream}§framing: echo`, "framing has no meaning for stream"],
    [request.replace("echo", "§sink"), "tcp-sink never replies; use pattern stream"],
    [request.replace("echo", "§usink"), "udp-sink never replies"],
    [`${udp}§framing: { fixed: 64 }`, "over UDP each datagram is one message"],
    [`${udp}§noDelay: true`, "noDelay is for TCP"],
    [`${udp}message: { size: §65508 }`, "a UDP datagram holds at most 65507"],
    [`${udp.replace("request", "churn")}§close: reset`, "close is for TCP"],
    [`${request}§socket: connected`, "socket is for UDP"],
    [
      `${request.replace("request", "churn")}§wireTime: true`,
      "wireTime has no meaning for churn; it is for request, hold",
    ],
    [`${request}read: 1KiB/s\n§wireTime: true`, "clients that are slow on purpose"],
    [
      `${outside}framing: { delimiter: "\\n" }\ntls: true\n§wireTime: true`,
      "nobody can see through TLS",
    ],
    [`${request}wireTime: §yes`, "expected true or false"],
    [`${udp}§receiveErrors: true`, "a connected socket receives ICMP errors anyway"],
    [`${udp}§rotateEvery: 2`, "rotateEvery has no meaning without socket: rotating"],
    [`${udp.replace("request", "churn")}socket: §rotating`, "it is for request, not churn"],
    [`${request}message: §5`, "expected a text, { size: 64 }"],
    [
      `${request}§message: { size: 64, text: x }`,
      "exactly one of size, text, hex, base64, file; got size and text",
    ],
    [`${request}§message: {}`, "got none"],
    [`${request}message: { §sise: 64 }`, 'did you mean "size"?'],
    [`${request}message: { size: §64K }`, "write KiB (1024) or KB (1000)"],
    [`${request}message: { size: §0 }`, "an empty message cannot be sent over TCP"],
    [`${request}message: { size: §32MiB }`, "must be 0 to 16777216 bytes"],
    [`${request}message: { size: §{ uniform: [0, 9] } }`, "start lengths at 1"],
    [`${request}message: { size: §{ uniform: [9, 1] } }`, "uniform ends with 1, before 9"],
    [`${udp}message: { size: §{ uniform: [0, 65508] } }`, "a UDP datagram holds at most 65507"],
    [`${udp}message: { size: §{ exponential: { mean: 9, max: 8 } } }`, "less than the mean, 9"],
    [
      `${udp}message: { §size: { uniform: [0, 9], choices: [1] } }`,
      "exactly one of uniform, exponential, choices",
    ],
    [
      `${udp}message: { size: { uniform: [0, 99] } }\ninFlight: §2`,
      "messages whose replies can be told apart",
    ],
    [`${request}message: { hex: §abc }`, "a byte is written with two"],
    [`${request}message: { hex: §xy }`, "is no hexadecimal digit"],
    [`${request}message: { base64: §abc }`, "not base64"],
    [`${request}message: { file: §missing.bin }`, "missing.bin: there is no such file"],
    [`${request}message: { file: §/dev/zero }`, "this is not a regular file"],
    [`${request}message: "§{{sequenc}}"`, "unknown placeholder {{sequenc}}"],
    [`${request}framing: §htpp`, 'did you mean "http"?'],
    [`${request}framing: §{ fixed: 32 }`, "replies with the 64 bytes of the message, not with 32"],
    [`${request}framing: §http\nmessage: x`, "not HTTP responses"],
    [`${outside}framing: { delimiter: "§" }`, "a delimiter must have at least 1 byte"],
    [`${outside}framing: { delimiter: §{ hex: 0d0a, maxSize: 1 } }`, "longer than maxSize"],
    [`${outside}framing: { §delimiter: { hex: 0d, text: x } }`, "got text and hex"],
    [`${outside}framing: { lengthPrefix: { bytes: §3 } }`, "expected 1, 2, 4 or 8, got 3"],
    [`${outside}framing: { §lengthPrefix: {} }`, "bytes is missing"],
    [`${outside}framing: { lengthPrefix: { bytes: 4, byteOrder: §middle } }`, "known: big, little"],
    [
      `${outside}framing: { lengthPrefix: §{ bytes: 4, offset: 4, maxSize: 7 } }`,
      "ends before the length field does",
    ],
    [`${outside}framing: echo\nexpect: §eco`, 'did you mean "echo"?'],
    [`${outside}framing: echo\nexpect: { regex: "§[" }`, "not a regular expression"],
    [
      `${outside}framing: echo\nexpect: { regex: "§(a)\\\\1" }`,
      "the back reference \\1 (character 4)",
    ],
    [`${outside}framing: echo\nexpect: { regex: { pattern: "§a(?!b)" } }`, "looks ahead or behind"],
    [`${outside}framing: echo\nexpect: { regex: §{ pattern: a, flags: g } }`, 'flags "g"'],
    [`${outside}framing: echo\nexpect: { size: §{ min: 5, max: 4 } }`, "min 5 is more than max 4"],
    [`${outside}framing: echo\n§expect: { text: a, hex: 00 }`, "got text and hex"],
    [`${outside}framing: echo\nexpect: { §prefix: {} }`, "got none"],
    [`${outside}framing: echo\n§expect: {}`, "exactly one of text, hex"],
    [
      `${outside}framing: echo\nexpect: { §status: 200 }`,
      "only HTTP replies have a status, and the framing here is echo; give framing: http, or leave status out",
    ],
    [
      `${request}expect: { §status: 200, text: x }`,
      "only HTTP replies have a status, and the framing here is fixed",
    ],
    [
      `${udp}expect: { §status: 200 }`,
      "over UDP a reply is a datagram and has no HTTP status; leave status out",
    ],
    [
      `${site}framing: http\nexpect: { status: §20x }`,
      '"20x" is not an HTTP status: write 200, or a class such as 2xx',
    ],
    [`${site}framing: http\nexpect: { status: §99 }`, '"99" is not an HTTP status'],
    [`${site}framing: http\nexpect: { status: §1000 }`, '"1000" is not an HTTP status'],
    [`${site}framing: http\nexpect: { status: [200, §2] }`, '"2" is not an HTTP status'],
    [
      `${site}framing: http\nexpect: { status: §true }`,
      "expected an HTTP status such as 200, a class such as 2xx, or a list of them",
    ],
    [`${site}framing: http\nexpect: { status: §[] }`, "must not be an empty list"],
    [`${site}framing: http\n§expect: { status: 200, text: a, hex: 00 }`, "got text and hex"],
    // A framing that is wrong is the one thing to say.
    [`${outside}framing: §htpp\nexpect: { status: 200 }`, 'did you mean "http"?'],
    [`target: web\npattern: request\nduration: 1s\nframing: §echo`, "tcp-http replies in HTTP"],
    [
      `target: web\npattern: request\nduration: 1s\nmessage: §{ size: 64 }`,
      "an HTTP server reads requests",
    ],
    [
      `${site}framing: http\nmessage: §PING`,
      'a message that begins with "PING" is not an HTTP request, so no HTTP reply would follow: write one such as "GET / HTTP/1.1\\r\\n',
    ],
    [`${site}framing: http\nmessage: { text: "§GET /\\r\\n\\r\\n" }`, "is not an HTTP request"],
    [`${site}framing: http\nmessage: "§G,T {{sequence}} HTTP/1.1"`, "is not an HTTP request"],
    [
      `target: web\npattern: churn\nduration: 1s\nmessage: "§GET / HTTP/1.1\\r\\nHost: a\\r\\n"`,
      "this HTTP request does not end with an empty line, so the server would wait for the rest",
    ],
  ])("%j", (lines, message) => {
    check(withWorkload(lines), message);
  });

  it.each([
    ["target: echo\npattern: hold", "connections is missing"],
    ["target: echo\npattern: hold\nconnections: 5", "nothing ends this run"],
    [`${request}startTime: 2000h\nwarmUp: 2000h`, "more than 2500h"],
    ["target: echo\npattern: request", "duration is missing: how long to send, or exchanges"],
    ["target: echo\npattern: churn", "or totalConnections"],
    ["target: echo\npattern: stream", "duration is missing"],
    [
      "target: echo\npattern: request\nrate: 5/s",
      "duration is missing: how long to send at that rate",
    ],
    ["target: echo", "pattern is missing"],
    ["target: tcp://127.0.0.1:9\npattern: stream\nduration: 1s", "message is missing"],
    ["target: tcp://127.0.0.1:9\npattern: request\nduration: 1s\nmessage: x", "framing is missing"],
    ["target: outside\npattern: churn\nduration: 1s\nmessage: x", "framing is missing"],
    [
      "target: outside\npattern: churn\nduration: 1s\nmessage: x\nexpect: any",
      "framing is missing",
    ],
  ])("%j misses something, said at the workload's name", (lines, message) => {
    check(withWorkload(lines).replace("  w:", "  §w:"), message);
  });
});

it("reports everything at once, in the order of the file", () => {
  const problems = problemsOf(`version: 2
name: a b
servers:
  s: { builtin: tcp-eco, listen: 10.0.0.1:5 }
workloads:
  a: { target: t, pattern: hold, conections: 5 }
  b: { target: s, pattern: request, sources: 127.0.0.300, timeout: 5 }
`);
  expect(problems.map(({ line, column }) => `${line}:${column}`)).toEqual([
    "1:10",
    "2:7",
    "4:17",
    "4:34",
    "6:16",
    "6:34",
    // Its duration is missing.
    "7:3",
    "7:46",
    "7:68",
  ]);
});

describe("a workload with a field that is wrong is looked at on", () => {
  it.each([
    [
      "target: echo\npattern: request\ndurtion: 1s\nmessage: { hex: zz }\nexpect: { regex: '(a' }\nverify: true",
      [
        'unknown key "durtion"',
        "no hexadecimal digit",
        "not a regular expression",
        "verify has no",
      ],
    ],
    [
      "target: echo\npattern: request\nrate: 20k/s\nthink: 1s\nexchanges: 5\nstartRate: 1/s\nduration: 1s",
      [
        'write the number out, "20000/s"',
        "think: is for the closed",
        "exchanges: is",
        "startRate: goes",
      ],
    ],
    [
      "target: echo\npattern: request\nrate: 5/s\nstages: [{ duration: 5, rate: 1/s }]\nduration: 1s\nwarmUp: 2h",
      ["rate: goes without stages", '"5" has no unit', "duration: the stages say how long"],
    ],
    [
      "target: echo\npattern: request\narrivals: poisson\nthink: 5\nrotateEvery: 0\nreconnect: false\nreconnectDelay: 5",
      [
        "duration is missing",
        "arrivals is for the open model",
        '"5" has no unit',
        "rotateEvery has no meaning",
        "must be at least 1",
        "reconnectDelay has no meaning",
        '"5" has no unit',
      ],
    ],
    [
      "target: echo\npattern: hold\ntimeout: 5\nkeepAliveConnections: 5\nduration: 1s",
      ["connections is missing", '"5" has no unit', "keepAliveConnections has no meaning"],
    ],
    // What may have been meant to be there is not missing.
    ["target: echo\npattern: request\nduraton: 1s\ntimeout: 1s", ['unknown key "duraton"']],
    ["target: echo\npattern: hold\nconections: 5\nduration: 1s", ['unknown key "conections"']],
    [
      "target: echo\npattern: request\nstags: [{ duration: 5s, rate: 1/s }]\nstartRate: 1/s",
      ['unknown key "stags"'],
    ],
    // What a misspelt key or one with a wrong value would have said is not said to be missing.
    ["target: outside\npattern: request\nmesage: a\nduration: 1s", ['unknown key "mesage"']],
    [
      "target: echo\npattern: hold\nconnections: 1\nverfy: true\nmessage: a\nduration: 1s",
      ['unknown key "verfy"'],
    ],
    [
      "target: echo\npattern: hold\nconnections: 1\nkeepAlive: 5\nmessage: a\nduration: 1s",
      ['"5" has no unit'],
    ],
    ["target: outside\npattern: request\nmessage: a\nframing: 7\nduration: 1s", ["got 7"]],
  ])("%j", (lines, messages) => {
    const problems = problemsOf(withWorkload(lines)).map(({ message }) => message);
    expect(problems).toEqual(
      expect.arrayContaining(messages.map((message) => expect.stringContaining(message))),
    );
    expect(problems).toHaveLength(messages.length);
  });
});

describe("a server with a field that is wrong is looked at on", () => {
  it.each([
    [
      "command: ./x\nlisten: 127.0.0.1:1\nrestart: { at: [2s, 1s], order: startFirst }\nprocesses: 2\nstopTimeout: 5",
      [
        "must be later than the time before it, 2.00 s",
        "processes and restart do not go together",
        "processes is for a server with builtin",
        "slash8 cannot see there when the new",
        '"5" has no unit',
      ],
    ],
    [
      "builtin: tcp-echo\nrestart: { every: 5s, signal: SIGINT }\ncwd: /\nlisten: 7",
      [
        "signal is for a server with command",
        "cwd is for a server with command",
        "expected an address and port",
      ],
    ],
    [
      "listen: 127.0.0.1:1\nrestart: { every: 5s }\nactivation: true\nliste: x",
      ["restart is for a server with", "activation is for a server with", 'unknown key "liste"'],
    ],
    // What may have been meant to be there is not missing, and one with a wrong value is there.
    ["buildin: tcp-echo\ndelay: 1s\nlisten: 127.0.0.1:1", ['unknown key "buildin"']],
    ["builtin: tcp-eco\ndelay: 1s\nrestart: { every: 5s }", ['did you mean "tcp-echo"']],
    ["builtin: tcp-echo\nprocesses: 0\nrestart: { every: 5s }", ["processes must be at least 1"]],
  ])("%j", (lines, messages) => {
    const problems = problemsOf(withServer(lines)).map(({ message }) => message);
    expect(problems).toEqual(
      expect.arrayContaining(messages.map((message) => expect.stringContaining(message))),
    );
    expect(problems).toHaveLength(messages.length);
  });
});
