import { describe, expect, it } from "vitest";
import { histograms, workloadMetrics } from "../../../src/gates/metric.ts";
import { readGates } from "../../../src/run/check-scenario.ts";
import { metricWords } from "../../../src/scenario/normalise/parts/part-names.ts";
import { parseScenario } from "../../../src/scenario/parse.ts";
import { marked, problemsOf, withWorkload, workloadOf } from "../samples.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const outside = 'target: outside\npattern: request\nduration: 1s\nframing: { delimiter: "\\n" }\n';
const udp = "target: uecho\npattern: request\nduration: 1s\n";
const session = "target: web\npattern: session\nduration: 1s\nrate: 5/s\n";
const lines = { kind: "delimiter", base64: base64("\n"), maxBytes: 16 * 1024 * 1024 };

describe("steps of an exchange", () => {
  it("are none unless they are given", () => {
    expect(workloadOf(`${outside}message: A`).steps).toEqual([]);
  });

  it("have what steps when a connection opens have, and pauses; the message is the first", () => {
    const {
      steps,
      message,
      parts,
      expect: expected,
    } = workloadOf(`${outside}open:
  - { send: "HELLO\\n", capture: { token: {} } }
steps:
  - { name: mail, send: "MAIL {{number}} {{token}}\\n", expect: { prefix: "250" } }
  - { send: "DATA\\n", think: 10ms, capture: { id: { after: "=" } } }
  - { expect: "{{id}}" }
  - { send: "QUIT {{id}}\\n", receive: none }`);
    const receive = { framing: lines, expect: { kind: "any" } };
    const first = { kind: "template", text: "MAIL {{number}} {{token}}\n" };
    expect(message).toEqual(first);
    expect(parts).toEqual({ names: ["mail"], addUp: false });
    expect(expected).toEqual({ kind: "any" });
    expect(steps).toEqual([
      {
        name: "mail",
        thinkNs: 0,
        capture: [],
        message: first,
        receive: { framing: lines, expect: { kind: "prefix", base64: base64("250") } },
      },
      {
        name: null,
        thinkNs: 10e6,
        capture: [{ name: "id", afterBase64: base64("="), beforeBase64: null, maxBytes: 64 }],
        message: { kind: "bytes", base64: base64("DATA\n") },
        receive,
      },
      {
        name: null,
        thinkNs: 0,
        capture: [],
        message: null,
        receive: { framing: lines, expect: { kind: "bytes", base64: base64("{{id}}") } },
      },
      {
        name: null,
        thinkNs: 0,
        capture: [],
        message: { kind: "template", text: "QUIT {{id}}\n" },
        receive: null,
      },
    ]);
  });

  it("are known to gates by their names, where they send and wait for a reply, wrong workloads included", () => {
    const steps = `steps:
  - { name: mail, send: A }
  - { name: bye, send: B, receive: none }
  - { name: more, receive: { fixed: 2 } }`;
    const gates = (name: string, extra = "") => {
      const workload = withWorkload(`${outside}${extra}${steps}`);
      const found: string[] = [];
      const check = (draft: Parameters<typeof readGates>[0]) => {
        found.push(...readGates(draft).problems.map(({ message }) => message));
        return [];
      };
      const gate = `gates: [w.${name}.responseTime.p99 < 1s]\n`;
      const parse = () => parseScenario(`${workload}${gate}`, "a.yaml", { env: {}, check });
      if (extra === "") parse();
      else expect(parse).toThrow(/inFlight/);
      return found;
    };
    expect(gates("mail")).toEqual([]);
    expect(gates("mail", "inFlight: none\n")).toEqual([]);
    for (const name of ["bye", "more"]) expect(gates(name)).toHaveLength(1);
  });

  it("need no framing of the workload where each has its own, or that of a built-in server", () => {
    const own = outside.replace(/framing.*\n/, "");
    const [step] = workloadOf(`${own}steps: [{ send: A, receive: { fixed: 2 } }]`).steps;
    expect(step?.receive?.framing).toEqual({ kind: "fixed", bytes: 2 });
    const echo = "target: echo\npattern: churn\nduration: 1s\n";
    const [echoed] = workloadOf(`${echo}steps: [{ send: A }]`).steps;
    expect(echoed?.receive?.framing).toEqual({ kind: "echo" });
    const [datagram] = workloadOf(`${udp}steps: [{ send: A }]`).steps;
    expect(datagram?.receive?.framing).toBeNull();
  });

  it("may have messages between them that are no replies", () => {
    const pings = "unsolicited: { answer: [{ to: PING, send: PONG }] }\n";
    const one = workloadOf(`${outside}${pings}steps: [{ send: A }, { send: B, receive: none }]`);
    expect(one.unsolicited?.answer).toHaveLength(1);
    expect(one.framing).toEqual(lines);
    expect(workloadOf(`${udp}${pings}steps: [{ send: A }]`).unsolicited?.answer).toHaveLength(1);
  });

  it.each([
    [
      `${outside}unsolicited: { ignore: A }\nsteps: [{ send: A, §receive: { fixed: 2 } }]`,
      "all are found in the workload's framing; leave receive out",
    ],
    [
      `${outside.replace(/framing.*\n/, "framing: §echo\n")}unsolicited: { ignore: A }\nsteps: [{ send: A }]`,
      "this framing finds the reply to a request, and what unsolicited speaks of answers none",
    ],
    [`${outside}§message: A\nsteps: [{ send: A }]`, "message has no meaning with steps"],
    [`${outside}§expect: any\nsteps: [{ send: A }]`, "each step has its own expect; leave it out"],
    [`${outside}inFlight: §2\nsteps: [{ send: A }]`, "one exchange in flight"],
    [`${outside}steps: §[]`, "steps must not be an empty list"],
    [
      `${outside}steps: [§{ expect: A }]`,
      "what a server says by itself, when a connection opens, belongs to open",
    ],
    [`${outside}§steps: [{ send: A, receive: none }]`, "none of the steps waits for a reply"],
    [`${outside}steps: [{ send: A, think: §1s }]`, "give the workload's think"],
    [`${outside}steps: [{ send: A }, { expect: B, think: §1s }]`, "this step only receives"],
    [
      `${outside}steps: [{ send: A, name: x }, { send: B, name: §x }]`,
      "another step is named x; each needs a name of its own",
    ],
    [
      `${outside}steps: [{ §sends: A }]`,
      'unknown key "sends" in a step of an exchange; did you mean "send"?',
    ],
    [`${outside}steps: [{ send: "§{{t}}", capture: { t: {} } }]`, "unknown placeholder"],
    [
      `${outside}open: [{ send: A, capture: { t: {} } }]\nsteps: [{ send: B, capture: { §t: {} } }]`,
      'the name "t" is captured by an earlier step',
    ],
    [
      `${outside.replace(/framing.*\n/, "")}steps: [§{ send: A }]`,
      "receive is missing: where this step's reply ends",
    ],
    [
      "target: sink\npattern: request\nduration: 1s\n§steps: [{ send: A }]",
      "tcp-sink only counts what it receives and answers nothing; leave steps out",
    ],
    [
      "target: echo\npattern: churn\nduration: 1s\nexchangesPerConnection: 0\n§steps: [{ send: A }]",
      "exchangesPerConnection is 0",
    ],
    [
      "target: echo\npattern: hold\nconnections: 1\nverify: true\nduration: 1s\n§steps: [{ send: A }]",
      "steps has no meaning for hold; it is for request, churn, session",
    ],
  ])("%j", (text, message) => {
    const { source, line, column } = marked(withWorkload(text));
    const problems = problemsOf(source);
    expect(problems.map((problem) => problem.message)).toEqual([expect.stringContaining(message)]);
    expect(problems[0]).toMatchObject({ line, column });
  });
});

it("no step has the name of something that metrics begin with", () => {
  const all = [...Object.keys(workloadMetrics), ...Object.keys(histograms)];
  const first = new Set(all.map((name) => name.split(".")[0]));
  expect([...first].filter((name) => !(metricWords as readonly unknown[]).includes(name))).toEqual(
    [],
  );
});

describe("sessions", () => {
  it("have pauses in either model, of their own", () => {
    const open = workloadOf(`${session}connections: 9\nthink: 2s\nexchangesPerConnection: 4`);
    expect(open).toMatchObject({ thinkNs: 2e9, exchangesPerConnection: 4, connections: 9 });
    expect(open.load.model).toBe("open");
    const closed = workloadOf(`${session.replace(/rate.*\n/, "")}connections: 9\nthink: 2s`);
    expect(closed.thinkNs).toBe(2e9);
    expect(closed.load).toMatchObject({ model: "closed", thinkNs: 0 });
  });

  it.each([
    [session.replace("§", ""), "connections is missing: how many sessions at once, at most"],
    [`${session}connections: 5\n§keepAlive: 1s`, "keepAlive has no meaning for session"],
  ])("%j", (text, message) => {
    const { source } = marked(withWorkload(text.includes("§") ? text : `§${text}`));
    const problems = problemsOf(source);
    expect(problems.map((problem) => problem.message)).toEqual([expect.stringContaining(message)]);
  });
});
