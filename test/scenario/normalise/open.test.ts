import { describe, expect, it } from "vitest";
import { marked, problemsOf, withWorkload, workloadOf } from "../samples.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const outside =
  'target: outside\npattern: request\nduration: 1s\nmessage: PING\nframing: { delimiter: "\\n" }\n';
const silent = "target: outside\npattern: hold\nconnections: 2\nduration: 1s\n";
const udp = "target: uecho\npattern: request\nduration: 1s\n";
const lines = { kind: "delimiter", base64: base64("\n"), maxBytes: 16 * 1024 * 1024 };

describe("steps when a connection opens", () => {
  it("are none unless they are given", () => {
    expect(workloadOf(outside).open).toEqual([]);
  });

  it("wait for a reply in the workload's framing, unless they say otherwise", () => {
    const steps = `${outside}open:
  - { receive: { delimiter: "\\r\\n" }, expect: { prefix: "220" } }
  - { name: login, send: "AUTH {{connection}}\\n", expect: "+OK\\n" }
  - { send: { hex: 00ff }, receive: none }
  - { send: { size: 64 }, receive: echo, expect: echo }
  - { expect: any }`;
    const crlf = { ...lines, base64: base64("\r\n") };
    expect(workloadOf(steps).open).toEqual([
      {
        name: null,
        capture: [],
        message: null,
        receive: { framing: crlf, expect: { kind: "prefix", base64: base64("220") } },
      },
      {
        name: "login",
        capture: [],
        message: { kind: "template", text: "AUTH {{connection}}\n" },
        receive: { framing: lines, expect: { kind: "bytes", base64: base64("+OK\n") } },
      },
      { name: null, capture: [], message: { kind: "bytes", base64: "AP8=" }, receive: null },
      {
        name: null,
        capture: [],
        message: { kind: "size", bytes: 64 },
        receive: { framing: { kind: "echo" }, expect: { kind: "echo" } },
      },
      {
        name: null,
        capture: [],
        message: null,
        receive: { framing: lines, expect: { kind: "any" } },
      },
    ]);
  });

  it("take the framing that follows from a built-in server", () => {
    const [echo] = workloadOf(
      "target: echo\npattern: request\nduration: 1s\nopen: [{ send: hello }]",
    ).open;
    // As long as the step's message, not as the workload's.
    expect(echo?.receive?.framing).toEqual({ kind: "echo" });
    const [web] = workloadOf(
      'target: web\npattern: hold\nconnections: 1\nduration: 1s\nopen: [{ send: "GET / HTTP/1.1\\r\\n\\r\\n" }]',
    ).open;
    expect(web?.receive).toMatchObject({
      framing: { kind: "http" },
      expect: { statuses: [[100, 399]] },
    });
  });

  it("keep values out of their replies, for later messages", () => {
    const { open, message } = workloadOf(`target: outside
pattern: request
duration: 1s
framing: { delimiter: "\\n" }
message: "GET {{token}}\\n"
open:
  - { send: "LOGIN\\n", capture: { token: { after: "=", before: { hex: 0a } }, all: { maxSize: 1KiB } } }
  - { send: "USE {{token}} {{all}}\\n" }`);
    expect(open.map(({ capture }) => capture)).toEqual([
      [
        {
          name: "token",
          afterBase64: base64("="),
          beforeBase64: base64("\n"),
          maxBytes: 64,
        },
        { name: "all", afterBase64: null, beforeBase64: null, maxBytes: 1024 },
      ],
      [],
    ]);
    expect(message).toEqual({ kind: "template", text: "GET {{token}}\n" });
  });

  it("keep values that a message with an id may name", () => {
    const { message } = workloadOf(`target: outside
pattern: request
duration: 1s
framing: { delimiter: "\\n" }
message: "id=0000 {{token}}\\n"
id: { after: "id=", digits: 4 }
open: [{ send: "LOGIN\\n", capture: { token: {} } }]`);
    expect(message.kind).toBe("template");
  });

  it("take a datagram over UDP", () => {
    const { open } = workloadOf(`${udp}open: [{ send: A, receive: none }, { send: B, expect: b }]`);
    expect(open.map(({ receive }) => receive)).toEqual([
      null,
      { framing: null, expect: { kind: "bytes", base64: base64("b") } },
    ]);
  });

  it.each([
    [`${outside}open: [§{ name: x }]`, "neither sends nor receives: give send, receive or both"],
    [`${outside}open: [§{ receive: none }]`, "neither sends nor receives"],
    [`${outside}open: [{ send: A, receive: none, §expect: B }]`, "no meaning with receive: none"],
    [`${silent}open: [§{ send: A }]`, "receive is missing: where this step's reply ends"],
    [
      `${outside}open: [{ receive: §echo }]`,
      "this one sends nothing; give send, or another framing",
    ],
    [`${outside}open: [{ expect: §echo }]`, "this one sends nothing; give send, or another expect"],
    [`${outside}open: [{ §sends: A }]`, 'unknown key "sends" in a step; did you mean "send"?'],
    [
      `${outside}open: [{ send: A, receive: §nothing }]`,
      "expected none, echo, http, smtp, { fixed: 64 }",
    ],
    [`${outside}open: [{ name: §2nd, send: A }]`, "a step's name must start with a letter"],
    [`${outside}open: [{ send: "§" }]`, "an empty message cannot be sent over TCP"],
    [`${outside}open: [{ send: A, expect: { regex: "§(" } }]`, "regular expression"],
    [
      `${outside}open: [{ send: A, expect: { §status: 200 } }]`,
      "only HTTP replies have a status, and the framing here is delimiter",
    ],
    [
      `${outside}open: [{ send: A, receive: none, §capture: { t: {} } }]`,
      "capture takes a value out of the step's reply, and it waits for none",
    ],
    [`${outside}open: [{ send: A, capture: { §sequence: {} } }]`, "has a meaning of its own"],
    [`${outside}open: [{ send: A, capture: { §1t: {} } }]`, "does not start with a letter"],
    [
      `${outside}open: [{ send: A, capture: { t: {} } }, { send: B, capture: { §t: {} } }]`,
      'the name "t" is captured by an earlier step; choose another',
    ],
    [
      `${outside}connections: 300000\nopen: [{ send: A, capture: { §t: { maxSize: 4KiB } } }]`,
      "at most 1 GiB: give a smaller maxSize",
    ],
    [`${outside}open: [{ send: "§{{t}}", capture: { t: {} } }]`, "unknown placeholder"],
    [`${outside}open: [{ send: A, capture: { t: { after: "§" } } }]`, "at least 1 byte"],
    [`${outside}open: [{ send: A, capture: { t: { §from: a } } }]`, "in a captured value"],
    [`${outside}open: §[]`, "open must not be an empty list"],
    [`${outside}open: §{ send: A }`, "expected a list, got a map"],
    [`${udp}open: [§{ expect: A }]`, "the first step needs send"],
    [`${udp}open: [{ send: A, receive: §echo }]`, "over UDP a reply is one datagram"],
    [
      "target: sink\npattern: stream\nduration: 1s\n§open: [{ send: A, receive: none }]",
      "tcp-sink only counts what it receives and answers nothing; leave open out",
    ],
    [
      "target: udp://127.255.255.255:9\npattern: broadcast\nreceivers: 2\nduration: 1s\n§open: [{ send: A }]",
      "open has no meaning for broadcast; it is for request, hold, churn, stream",
    ],
  ])("%j", (text, message) => {
    const { source, line, column } = marked(withWorkload(text));
    const problems = problemsOf(source);
    expect(problems.map((problem) => problem.message)).toEqual([expect.stringContaining(message)]);
    expect(problems[0]).toMatchObject({ line, column });
  });
});
