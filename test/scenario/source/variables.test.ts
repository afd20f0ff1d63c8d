// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is what scenarios replace
import { describe, expect, it } from "vitest";
import { replaceVariables } from "../../../src/scenario/source/variables.ts";
import { problemsOf, serverOf, withWorkload, workloadOf } from "../samples.ts";

const env = { PORT: "7000", EMPTY: "", NAME: "a b", _x1: "y" };

describe("replaceVariables", () => {
  it.each([
    ["no variable", "no variable"],
    ["${PORT}", "7000"],
    ["127.0.0.1:${PORT}!", "127.0.0.1:7000!"],
    ["${PORT}${_x1}", "7000y"],
    ["${EMPTY}", ""],
    ["${EMPTY:-5}", "5"],
    ["${UNSET:-5s}", "5s"],
    ["${UNSET:-}", ""],
    ["${UNSET:-a:-b}", "a:-b"],
    ["$${PORT}", "${PORT}"],
    ["$$${PORT}", "$${PORT}"],
    ["$PORT {{sequence}} $", "$PORT {{sequence}} $"],
    ["${NAME}", "a b"],
  ])("%s gives %s", (text, replaced) => {
    expect(replaceVariables(text, env)).toEqual({ text: replaced, problems: [] });
  });

  it.each([
    ["a ${PORT} ${UNSET}", 1, "UNSET is not set; set it, or give a default: ${UNSET:-default}"],
    ["${PROT}", 0, "did you mean PORT?"],
    ["${}", 0, "variables are written"],
    ["${a b}", 0, "variables are written"],
    ["${PORT", 0, "variables are written"],
    ["$${x} ${PORT-5}", 1, "variables are written"],
    ["${toString}", 0, "toString is not set"],
  ])("%s is refused", (text, index, message) => {
    const { problems } = replaceVariables(text, env);
    expect(problems).toEqual([{ index, message: expect.stringContaining(message) }]);
  });
});

describe("variables in a scenario", () => {
  const request = "target: echo\npattern: request\nduration: 5s\n";

  it("are typed by their value after replacement, unless in quotes", () => {
    const lines = `${request}connections: \${N}\nnoDelay: \${B:-false}\nmessage: "\${N}"`;
    const workload = workloadOf(lines, { env: { N: "0x10" } });
    expect(workload).toMatchObject({
      connections: 16,
      noDelay: false,
      message: { kind: "bytes", base64: Buffer.from("0x10").toString("base64") },
    });
  });

  it("cannot add structure", () => {
    const workload = workloadOf(`${request}message: \${M}`, {
      env: { M: "a\ntimeout: 1s, { b: [c] } # d" },
    });
    const text = "a\ntimeout: 1s, { b: [c] } # d";
    expect(workload.message).toEqual({
      kind: "bytes",
      base64: Buffer.from(text).toString("base64"),
    });
    expect(workload.timeoutNs).toBe(5e9);
  });

  it("are allowed in lists and maps within quotes, and in commands", () => {
    const lines =
      'command: [./server, "--port", "${PORT:-7000}", 1.10]\nlisten: ["127.0.0.1:${PORT:-7000}"]\nenv: { A: "$${HOME}", B: 0755 }';
    expect(serverOf(lines, { env: { PORT: "7007" } })).toMatchObject({
      listen: [{ address: "127.0.0.1", port: 7007 }],
      command: {
        argv: ["./server", "--port", "7007", "1.10"],
        env: { A: "${HOME}", B: "0755" },
      },
    });
  });

  it("are one problem when unset, at their place, not also what follows from it", () => {
    const source = withWorkload(`${request}connections: \${N}\nsources: "127.\${A}.0.\${B}"`);
    const problems = problemsOf(source, { env: { A: "1" } });
    expect(problems).toMatchObject([
      { line: 15, column: 18, message: expect.stringContaining("N is not set") },
      { line: 16, column: 26, message: expect.stringContaining("B is not set") },
    ]);
  });
});
