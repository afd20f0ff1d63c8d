import { describe, expect, it, test } from "vitest";
import { deliveryTimings, statusMetric, workloadMetrics } from "../../../src/gates/metric.ts";
import { timings } from "../../../src/metrics/snapshot.ts";
import { readGates } from "../../../src/run/check-scenario.ts";
import { metricWords } from "../../../src/scenario/normalise/parts/part-names.ts";
import { parseScenario } from "../../../src/scenario/parse.ts";
import { marked, problemsOf, withWorkload, workloadOf } from "../samples.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const outside = "target: outside\npattern: request\nduration: 1s\n";
const framed = `${outside}framing: { delimiter: "\\n" }\n`;
const two =
  'messages: [{ name: get, weight: 9, message: "GET\\n" }, { name: set, message: "SET\\n" }]';
const delimiter = { kind: "delimiter", base64: base64("\n"), maxBytes: 16 * 1024 * 1024 };

describe("messages", () => {
  it("are several in place of one, each a part of the workload", () => {
    const workload = workloadOf(`${framed}${two}\nexpect: { prefix: a }`);
    expect(workload).toMatchObject({
      message: {
        kind: "mix",
        messages: [
          { weight: 9, message: { kind: "bytes", base64: base64("GET\n") } },
          { weight: 1, message: { kind: "bytes", base64: base64("SET\n") } },
        ],
      },
      parts: { names: ["get", "set"], addUp: true },
      framing: delimiter,
      framingEach: null,
      expectEach: null,
    });
  });

  it("may have framing and expect of their own; others have the workload's", () => {
    const given = `${framed}expect: { prefix: a }
messages:
  - { name: get, message: "GET\\n", framing: { fixed: 8 }, expect: { text: value } }
  - { name: set, message: "SET\\n" }`;
    expect(workloadOf(given)).toMatchObject({
      framingEach: [{ kind: "fixed", bytes: 8 }, delimiter],
      expectEach: [
        { kind: "bytes", base64: base64("value") },
        { kind: "prefix", base64: base64("a") },
      ],
    });
  });

  it("need no framing of the workload where each has one", () => {
    const given = `${outside}messages:
  - { name: get, message: "GET\\n", framing: { fixed: 8 } }
  - { name: set, message: "SET\\n", framing: { delimiter: "\\n" } }`;
    expect(workloadOf(given)).toMatchObject({
      framing: { kind: "fixed", bytes: 8 },
      framingEach: [{ kind: "fixed", bytes: 8 }, delimiter],
    });
  });

  it("have the statuses of HTTP, and expectations beside them", () => {
    const given = `${outside}framing: http
messages:
  - { name: get, message: "GET / HTTP/1.1\\r\\n\\r\\n", expect: { status: 2xx } }
  - { name: del, message: "DELETE / HTTP/1.1\\r\\n\\r\\n" }`;
    expect(workloadOf(given).expectEach).toEqual([
      { kind: "any", statuses: [[200, 299]] },
      { kind: "any", statuses: [[100, 399]] },
    ]);
  });

  it("to an echo server are as long as their replies, of one length or of several", () => {
    const sizes = (a: number, b: number) =>
      `target: echo\npattern: request\nduration: 1s\nmessages: [{ name: a, message: { size: ${a} } }, { name: b, message: { size: ${b} } }]`;
    expect(workloadOf(sizes(64, 64)).framing).toEqual({ kind: "fixed", bytes: 64 });
    expect(workloadOf(sizes(64, 65)).framing).toEqual({ kind: "echo" });
  });

  it("are what a protocol carries", () => {
    const given = `${outside}protocol: resp
messages: [{ name: get, message: "GET a" }, { name: set, message: "SET a b", expect: { prefix: "+OK" } }]`;
    expect(workloadOf(given)).toMatchObject({
      framing: null,
      framingEach: null,
      expectEach: [{ kind: "any" }, { kind: "prefix", base64: base64("+OK") }],
      parts: { names: ["get", "set"] },
    });
  });

  it("of stamped ones may be several in flight over UDP", () => {
    const given = (size: number) =>
      `target: uecho\npattern: request\nduration: 1s\ninFlight: 4\nmessages: [{ name: a, message: { size: 64 } }, { name: b, message: { size: ${size} } }]`;
    expect(workloadOf(given(16)).inFlight).toBe(4);
    expect(problemsOf(withWorkload(given(15)))[0]?.message).toContain("inFlight over 1 needs");
  });

  it("all have room for the id", () => {
    const given = `${framed}id: { offset: 0, bytes: 4 }
messages: [{ name: a, message: "????a" }, { name: b, message: "??" }]`;
    expect(problemsOf(withWorkload(given))[0]?.message).toContain(
      "of message 2: the message has 2 bytes, and a number of 4 bytes at offset 0 needs 4",
    );
  });

  it.each([
    [`${framed}message: A\n§${two}`, "message and messages both say what is sent"],
    [`${framed}messages: §[]`, "messages"],
    [`${framed}messages: [§{ message: A }]`, "name"],
    [`${framed}messages: [{ name: "§a b", message: A }]`, "a message's name must start"],
    [`${framed}messages: [{ name: §errors, message: A }]`, "metrics begin with errors"],
    [`${framed}messages: [{ name: §responseTime, message: A }]`, "metrics begin with"],
    [
      `${framed}messages: [{ name: a, message: A }, { name: §a, message: B }]`,
      "another message is named a",
    ],
    [`${framed}messages: [{ name: a, weight: §0, message: A }]`, "1"],
    [`${framed}messages: [{ name: a, weight: §1.5, message: A }]`, "whole number"],
    [
      `${framed}messages: §[{ name: a, weight: 999999, message: A }, { name: b, weight: 1000000, message: B }]`,
      "the weights come to 1999999, at most 1000000",
    ],
    [`${framed}messages: [{ name: a, §wieght: 2, message: A }]`, 'did you mean "weight"?'],
    [`${framed}messages: [{ name: a, message: "§{{nam}}" }]`, "nam"],
    [`${framed}messages: [{ name: a, message: { §sise: 3 } }]`, "sise"],
    [`${framed}messages: [{ name: a, message: A, expect: { regex: "§(" } }]`, "("],
    [
      `${framed}id: { offset: 0, bytes: 4 }\nmessages: [{ name: a, message: "????", §framing: { fixed: 4 } }]`,
      "id finds replies in any order",
    ],
    [
      `${framed}unsolicited: { ignore: A }\nmessages: [{ name: a, message: A, §framing: { fixed: 4 } }]`,
      "give the workload one framing",
    ],
    [
      `${framed}messages: [{ name: a, message: "GET / HTTP/1.1\\r\\n\\r\\n", §framing: http }]`,
      "a connection speaks HTTP or something else",
    ],
    [
      "target: echo\npattern: request\nduration: 1s\nmessages: [{ name: a, message: A, §framing: { fixed: 1 } }]",
      "tcp-echo answers every message in the same way",
    ],
    [
      "target: uecho\npattern: request\nduration: 1s\nmessages: [{ name: a, message: A, §framing: { fixed: 1 } }]",
      "over UDP each datagram is one message",
    ],
    [
      "target: echo\npattern: stream\nduration: 1s\nmessages: [{ name: a, message: A, §expect: { text: A } }]",
      "expect has no meaning for stream",
    ],
    [
      "target: outside\npattern: hold\nconnections: 1\nverify: true\nduration: 1s\nframing: echo\n§messages: [{ name: a, message: A }]",
      "messages has no meaning for hold; it is for request, churn, stream",
    ],
    [
      `${outside}framing: http\nmessages: [{ name: a, message: §{ size: 64 } }]`,
      "an HTTP server reads requests",
    ],
    [
      `${outside}framing: http\nmessages: [{ name: a, message: "§PING\\n" }]`,
      "is not an HTTP request",
    ],
    [
      `${outside}protocol: resp\nmessages: [{ name: a, message: PING, §framing: { fixed: 7 } }]`,
      "protocol resp finds the replies itself",
    ],
    [
      `${outside}protocol: resp\nmessages: [{ name: a, message: PING, expect: { §status: 200 } }]`,
      "protocol resp says itself which replies are errors",
    ],
    [`§${outside}${two}`, "framing is missing"],
  ])("%s", (lines, message) => {
    const { source, line, column } = marked(withWorkload(lines));
    const [problem] = problemsOf(source);
    expect(problem?.message).toContain(message);
    if (!lines.startsWith("§")) expect(problem).toMatchObject({ line, column });
  });
});

describe("gates", () => {
  const gatesOf = (workload: string, gate: string) => {
    const text = `${withWorkload(workload)}gates: [ "${gate}" ]\n`;
    const found: string[] = [];
    parseScenario(text, "a.yaml", {
      env: {},
      check(draft) {
        found.push(...readGates(draft).problems.map(({ message }) => message));
        return [];
      },
    });
    return found;
  };
  const stream = `target: echo\npattern: stream\nduration: 1s\n${two}`;

  it("over a part are checked as those over the workload", () => {
    expect(gatesOf(`${framed}${two}`, "w.get.responseTime.p99 < 5ms over 1s")).toEqual([]);
    expect(gatesOf(`${framed}${two}`, "w.sett.responseTime.p99 < 5ms")).toEqual([
      'workload w has no part "sett"; did you mean "set"?',
    ]);
    expect(gatesOf(stream, "w.get.exchanges.sent > 1")).toEqual([]);
    // What arrives of a stream is counted by its server, for the whole of it.
    const [received] = gatesOf(stream, "w.get.exchanges.received > 1");
    expect(received).toContain("part get of workload w (stream over TCP) can never have data");
  });

  it("do not follow from what is wrong in the workload itself", () => {
    const wrong = `${framed}${two}\nconnections: none`;
    const text = `${withWorkload(wrong)}gates: [ "w.get.errors == 0", "w.del.errors == 0" ]\n`;
    const messages: string[] = [];
    expect(() =>
      parseScenario(text, "a.yaml", {
        env: {},
        check(draft) {
          messages.push(...readGates(draft).problems.map(({ message }) => message));
          return [];
        },
      }),
    ).toThrow(/connections/);
    expect(messages).toEqual(['workload w has no part "del"; known: get, set']);
  });
});

test("the words that metrics begin with are those that no part may be named", () => {
  const names = [
    ...Object.keys(workloadMetrics),
    statusMetric.name,
    ...timings,
    ...deliveryTimings,
  ];
  const words = new Set(names.map((name) => name.split(".")[0]));
  expect(new Set<string>(metricWords)).toEqual(words);
});
