import { describe, expect, it } from "vitest";
import { marked, problemsOf, withWorkload, workloadOf } from "../samples.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const outside =
  'target: outside\npattern: request\nduration: 1s\nmessage: PING\nframing: { delimiter: "\\n" }\n';
const silent = "target: outside\npattern: hold\nconnections: 2\nduration: 1s\n";

describe("what the target may send besides replies", () => {
  it("is nothing unless it is given", () => {
    expect(workloadOf(outside).unsolicited).toBeNull();
  });

  it("is ignored or answered, in the forms of expect", () => {
    const given = `${outside}unsolicited:
  ignore: [ "+OK\\n", { regex: { pattern: "^note", flags: i } }, { hex: 00ff }, { size: 3 } ]
  answer: [{ to: { prefix: PING }, send: "PONG\\n" }, { to: "?\\n", send: { hex: 0a } }]`;
    expect(workloadOf(given).unsolicited).toEqual({
      ignore: [
        { kind: "bytes", base64: base64("+OK\n") },
        { kind: "regex", source: "^note", flags: "i" },
        { kind: "bytes", base64: "AP8=" },
        { kind: "size", minBytes: 3, maxBytes: 3 },
      ],
      answer: [
        { to: { kind: "prefix", base64: base64("PING") }, base64: base64("PONG\n") },
        { to: { kind: "bytes", base64: base64("?\n") }, base64: "Cg==" },
      ],
    });
    const one = workloadOf(`${outside}unsolicited: { ignore: { prefix: PING } }`);
    expect(one.unsolicited?.ignore).toHaveLength(1);
  });

  it("needs a framing where nothing is sent, too", () => {
    const given = `${silent}framing: { delimiter: "\\r\\n" }\nunsolicited: { ignore: { prefix: PING } }`;
    expect(workloadOf(given).framing).toMatchObject({ kind: "delimiter" });
  });

  it.each([
    [`${outside}§unsolicited: {}`, "unsolicited is empty: give ignore or answer"],
    [`${outside}unsolicited: { §ignor: A }`, 'did you mean "ignore"?'],
    [
      `${outside}unsolicited: { ignore: { prefix: "§" } }`,
      "no message is empty, and every one starts so",
    ],
    [`${outside}unsolicited: { ignore: { regex: "§(" } }`, "("],
    [`${outside}unsolicited: { §ignore: { prefix: A, text: B } }`, "exactly one of"],
    [`${outside}unsolicited: { ignore: §7 }`, "expected a text, {"],
    [`${outside}unsolicited: { answer: [{ to: A, send: "§" }] }`, "an answer has at least 1 byte"],
    [`${outside}unsolicited: { answer: [{ to: A, send: §{ hex: "0" } }] }`, "digits"],
    [`${outside}unsolicited: { answer: [§{ to: A }] }`, "send"],
    [`${silent}unsolicited: { ignore: A }`, "framing is missing: where a message ends"],
    [
      "target: echo\npattern: churn\nduration: 1s\nunsolicited: { ignore: A }\nsteps: [{ send: A }]",
      "framing is missing: where a message ends",
    ],
    [
      `${silent}framing: §echo\nunsolicited: { ignore: A }`,
      "an echo is as long as a message, and nothing is answered here",
    ],
    [
      "target: udp://127.255.255.255:9\npattern: broadcast\nreceivers: 2\nduration: 1s\n§unsolicited: { ignore: A }",
      "unsolicited has no meaning for broadcast; it is for request, hold, churn, stream, subscribe",
    ],
  ])("%j", (text, message) => {
    const { source, line, column } = marked(withWorkload(text));
    const problems = problemsOf(source);
    expect(problems.map((problem) => problem.message)).toEqual([expect.stringContaining(message)]);
    if (text.includes("§")) expect(problems[0]).toMatchObject({ line, column });
  });
});
