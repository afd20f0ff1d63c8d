import { expect, test } from "vitest";
import { renderPlan } from "../../../src/cli/plan/plan-text.ts";
import type { DataSpec } from "../../../src/messages/data/data-set.ts";
import { planRun } from "../../../src/plan/plan.ts";
import type { Scenario, Server, Workload } from "../../../src/scenario/scenario.ts";
import { scenario } from "../../plan/samples.ts";
import { machine, server, tlsByDefault } from "../../support/scenario-parts.ts";

test("shows the options of a protocol, but no secrets", () => {
  const options = { user: "me", password: "sesame", database: null };
  const spec = { name: "x", path: null, options, secrets: ["password"] };
  const workloads = [{ name: "chat", connections: 1, applicationProtocol: spec }];
  const plan = planRun(scenario(workloads), machine(), { io: "node", workers: 1 });
  expect(renderPlan(plan, false)).toContain(
    '  protocol   x (user: "me", password: "(not written)")\n',
  );
});

test("shows which clients connect from where to where, and what it costs", () => {
  const workloads = [
    { name: "idle", pattern: "hold" as const, connections: 1000 },
    { name: "chatter", sources: ["127.32.0.9"], connections: 2, workers: 1 },
  ];
  const plan = planRun(scenario(workloads), machine(), { io: "node", workers: 2 });
  const text = renderPlan(plan, false);
  expect(text).toContain("test: 1,002 connections, 2 workers in 1 agent process, io node, about ");
  expect(text).toContain(
    [
      "workload idle",
      "  pattern    hold over TCP, 1,000 connections",
      "  framing    echo: a reply is as long as its message",
      "  to         127.0.0.1:7000",
      "  addresses  255: 127.16.0.0-127.16.0.254",
    ]
      .join("\n")
      .slice(0, 80),
  );
  expect(text).toMatch(/ {2}ports {6}1024-32767, 61000-65535 \(36,2\d\d\)/);
  expect(text).toContain("  first      127.16.0.0:1024 -> 127.0.0.1:7000");
  expect(text).toContain("  last       127.16.0.231:1027 -> 127.0.0.1:7000");
  expect(text).toContain("  workers    2 workers, 500 connections each");
  expect(text).toContain("  Wireshark  ip.addr == 127.16.0.0/24");
  expect(text).toContain("  tcpdump    net 127.16.0.0/24");
  expect(text).toContain("workload chatter\n");
  expect(text).toContain("  addresses  1: 127.32.0.9");
  expect(text).toContain("server echo\n  listens on   127.0.0.1:7000\n");
  expect(text).toContain("  connections  1,002");
  expect(text).toMatch(/agents\n {2}agent 0 {2}2 workers, 1,\d\d\d open files at most/);
  expect(text).not.toContain("\x1b");
});

test("shows the rows that messages are made of, and what they take", () => {
  const spec: DataSpec = {
    name: "users",
    file: "/there/users.csv",
    format: "csv",
    delimiter: ",",
    header: null,
    order: "sequential",
    columns: ["name"],
    rows: 2500,
    bytes: 20_480,
    sha256: "",
  };
  const others = { ...spec, name: "others", order: "random", columns: [], bytes: 0 } as const;
  const single = { ...others, name: "single", rows: 1 };
  const plan = planRun({ ...scenario([{}]), data: [spec, others, single] }, machine(), {
    io: "node",
    workers: 1,
  });
  expect(renderPlan(plan, false)).toContain(`data
  users   2,500 rows of /there/users.csv, in order, 20.0 KiB in each agent process
  others  2,500 rows of /there/users.csv, which no message uses
  single  1 row of /there/users.csv, which stands in the messages that use it
`);
});

test("says what TLS costs, which is far more than TCP", () => {
  const tls = { tls: tlsByDefault };
  const own = scenario([tls], [server({ tls: { cert: null, key: null } })]);
  const text = (input: Scenario) =>
    renderPlan(planRun(input, machine(), { io: "node", workers: 1 }), false);
  expect(text(own)).toMatch(
    / {2}TLS +46\.9 KiB of memory a connection here and 35\.2 KiB in the server, /,
  );
  const endpoints = [{ address: "127.0.0.1", port: 443 }];
  const elsewhere = scenario([{ ...tls, server: null, endpoints }], []);
  expect(text(elsewhere)).toMatch(/ {2}TLS +46\.9 KiB of memory a connection, in addition/);
  expect(text(scenario([{}]))).not.toContain("TLS");
});

test("says what is slow, and whether the server can feel it", () => {
  const slow = { readBytesPerSecond: 10_240, writeBytesPerSecond: 100, stallNs: 5e9 };
  const text = (changes: Partial<Workload>, io: "node" | "uring") =>
    renderPlan(planRun(scenario([changes]), machine(), { io, workers: 1 }), false);
  const what =
    "read at most 10.0 KiB/s, send at most 100 B/s, stall for 5.00 s in the middle of each message";
  expect(text({ slow }, "uring")).toContain(`${what}; a receive buffer of 5.00 KiB`);
  expect(text({ slow }, "node")).toContain(
    `${what}; the kernel's own receive buffer, as Node's net has no SO_RCVBUF`,
  );
  const stalls = { readBytesPerSecond: null, writeBytesPerSecond: null, stallNs: 1e9 };
  expect(text({ slow: stalls }, "node")).toMatch(
    / {2}slow +stall for 1\.00 s in the middle of each message\n/,
  );
  expect(text({}, "uring")).not.toContain("slow");
});

test("shortens long lists", () => {
  const sources = Array.from({ length: 9 }, (_, n) => `127.40.${n}.1`);
  const plan = planRun(scenario([{ sources, connections: 9 }]), machine(), {
    io: "node",
    workers: 1,
  });
  expect(renderPlan(plan, false)).toContain(
    "127.40.0.1, 127.40.1.1, 127.40.2.1, 127.40.3.1, ... and 5 more",
  );
});

test("colours titles when requested", () => {
  const plan = planRun(scenario([{}]), machine(), { io: "node", workers: 1 });
  expect(renderPlan(plan, true)).toContain("\x1b[1mworkload w0\x1b[22m");
});

test("shows the steps that connections open with", () => {
  const bytes = (text: string) => ({
    kind: "bytes" as const,
    base64: Buffer.from(text).toString("base64"),
  });
  const line = { ...bytes("\r\n"), kind: "delimiter" as const, maxBytes: 100 };
  const http = { kind: "http" as const, maxBytes: 100 };
  const any = { kind: "any" as const };
  const open: Workload["open"] = [
    {
      name: null,
      capture: [],
      message: null,
      receive: { framing: line, expect: { ...bytes("220"), kind: "prefix" } },
    },
    {
      name: "login",
      capture: [],
      message: { kind: "template", text: "AUTH {{connection}}\r\n" },
      receive: { framing: line, expect: bytes("+OK\r\n") },
    },
    { name: "mode", capture: [], message: bytes("\x00".repeat(100)), receive: null },
    {
      name: null,
      capture: [],
      message: { kind: "size", bytes: 64 },
      receive: { framing: { kind: "echo" }, expect: { kind: "echo" } },
    },
    {
      name: null,
      capture: [],
      message: bytes("GET"),
      receive: { framing: http, expect: { ...any, statuses: [[101, 101]] } },
    },
    {
      name: null,
      capture: [],
      message: bytes("a"),
      receive: {
        framing: { kind: "fixed", bytes: 4 },
        expect: { kind: "regex", source: "b", flags: "i" },
      },
    },
    {
      name: null,
      capture: [{ name: "token", afterBase64: null, beforeBase64: null, maxBytes: 64 }],
      message: bytes("a"),
      receive: { framing: null, expect: { kind: "size", minBytes: 1, maxBytes: 1024 } },
    },
  ];
  const plan = planRun(scenario([{ open }]), machine(), { io: "node", workers: 1 });
  const text = renderPlan(plan, false);
  expect(text.split("\n").filter((one) => /^ {2}step/.test(one))).toEqual([
    '  step 1     waits for a reply up to "\\r\\n" that starts with "220"',
    '  step 2     login: sends "AUTH {{connection}}\\r\\n", waits for a reply up to "\\r\\n" that is "+OK\\r\\n"',
    `  step 3     mode: sends "${"\\x00".repeat(40)}..." (100 B), waits for no reply`,
    "  step 4     sends 64 B, waits for a reply of that length that is equal to it",
    '  step 5     sends "GET", waits for an HTTP response with status 101',
    '  step 6     sends "a", waits for a reply of 4 B that matches /b/i',
    '  step 7     sends "a", waits for a datagram of 1 B to 1.00 KiB, keeps token',
  ]);
});

test("says who publishes to whom, and what the target may send besides replies", () => {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const unsolicited = {
    ignore: [{ kind: "bytes", base64: base64("+OK\r\n") }],
    answer: [{ to: { kind: "prefix", base64: base64("PING") }, base64: base64("PONG\r\n") }],
  } as const;
  const { workloads, ...rest } = scenario([
    { name: "readers", pattern: "subscribe", unsolicited },
    { name: "writer", pattern: "stream", publishes: ["readers"] },
  ]);
  const plan = planRun({ ...rest, workloads }, machine(), { io: "node", workers: 1 });
  const lines = renderPlan(plan, false).split("\n");
  expect(lines.filter((one) => /^ {2}(receives|publishes|unsolicited)/.test(one))).toEqual([
    "  receives     what writer publishes",
    '  unsolicited  ignores what is "+OK\\r\\n"; answers what starts with "PING" with "PONG\\r\\n"',
    "  publishes  to readers",
  ]);
});

test("a message of several waits for a reply, as its protocol knows it", () => {
  const bytes = { kind: "bytes", base64: "YQ==" } as const;
  const message = {
    kind: "mix",
    messages: [
      { weight: 9, message: bytes },
      { weight: 1, message: bytes },
    ],
  } as const;
  const parts = { names: ["get", "set"], addUp: true };
  const applicationProtocol = { name: "resp", path: null, options: {}, secrets: [] };
  const plan = planRun(scenario([{ message, parts, applicationProtocol }]), machine(), {
    io: "node",
    workers: 1,
  });
  const found = renderPlan(plan, false)
    .split("\n")
    .filter((one) => /^ {2}[gs]et /.test(one));
  expect(found.map((one) => one.trim().replace(/ +/, " "))).toEqual([
    'get 9 of 10: "a", waits for its reply',
    'set 1 of 10: "a", waits for its reply',
  ]);
});

test("the messages of an exchange stand in the order in which they are sent, with their pauses", () => {
  const reply = { framing: null, expect: { kind: "any" } } as const;
  const step = {
    name: null,
    capture: [],
    message: { kind: "bytes", base64: "YQ==" } as const,
    receive: reply,
    thinkNs: 0,
  };
  const steps = [step, { ...step, name: "data", thinkNs: 5e6 }];
  const plan = planRun(scenario([{ steps }]), machine(), { io: "node", workers: 1 });
  const found = renderPlan(plan, false)
    .split("\n")
    .filter((one) => /^ {2}message/.test(one));
  expect(found).toEqual([
    '  message 1  sends "a", waits for a datagram',
    '  message 2  data: sends "a", waits for a datagram, 5.00 ms after the one before',
  ]);
});

test("says how fast workloads send, and what paces them", () => {
  const second = 1e9;
  const stage = (durationNs: number, ratePerSecond: number) => ({ durationNs, ratePerSecond });
  const open = { model: "open", startRatePerSecond: 0, arrivals: "constant" } as const;
  const closed = { model: "closed", thinkNs: 0, exchanges: null } as const;
  const rowsOf = (changes: Partial<Workload>) => {
    const plan = planRun(scenario([changes]), machine(), { io: "node", workers: 1 });
    return renderPlan(plan, false)
      .split("\n")
      .filter((one) => /^ {2}(rate|think) /.test(one))
      .map((one) => one.trim().replace(/ +/, " "));
  };
  const durationNs = 10 * second;
  const flat = { ...open, startRatePerSecond: 2000, stages: [stage(durationNs, 2000)] };
  expect(rowsOf({ load: flat, warmUpNs: second, durationNs })).toEqual([
    "rate 2,000/s, for 10.0 s, after 1.00 s of warm-up",
  ]);
  const stages = [stage(5 * second, 200), stage(30 * second, 200), stage(second, 0)];
  const poisson = { ...open, arrivals: "poisson", stages } as const;
  expect(rowsOf({ load: poisson, warmUpNs: 0, durationNs: null })).toEqual([
    "rate from 0/s to 200/s in 5.00 s, then 200/s for 30.0 s, then to 0/s in 1.00 s, Poisson arrivals",
  ]);
  expect(
    rowsOf({ load: { ...closed, thinkNs: 10e6, exchanges: 500 }, warmUpNs: 0, durationNs: null }),
  ).toEqual([
    "rate closed model: as fast as the target replies, 500 exchanges in all",
    "think 10.0 ms between a reply and the next message",
  ]);
  expect(rowsOf({ pattern: "hold" })).toEqual([]);
});

test("says of a server that slash8 does not start no processes", () => {
  const blockOf = (changes: Partial<Server>) => {
    const servers = [server(changes)];
    const plan = planRun(scenario([{}], servers), machine(), { io: "node", workers: 1 });
    return renderPlan(plan, false)
      .split("\n\n")
      .find((block) => block.startsWith("server echo"));
  };
  const external = blockOf({ kind: "external", builtin: null, options: null });
  expect(external).toContain("started      not by slash8: it runs already");
  expect(external).not.toContain("processes");
  expect(blockOf({})).toMatch(/processes +1, io node/);
});
