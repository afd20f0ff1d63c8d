import { describe, expect, it } from "vitest";
import { ScenarioError } from "../../../src/scenario/source/problem.ts";
import { chat, parse, problemsOf } from "../samples.ts";

const set = (...assignments: string[]) => ({ env: {}, set: assignments });

describe("--set", () => {
  it("changes, adds and replaces values, the last one winning", () => {
    const scenario = parse(
      chat,
      set(
        "name=other",
        "workloads.chatter.connections=7",
        "workloads.chatter.connections=8",
        "workloads.chatter.stages.0.rate=10/s",
        "workloads.chatter.sources=[127.1.0.1, 127.1.0.2]",
        "workloads.chatter.message={text: hello}",
        "workloads.chatter.framing=echo",
        "servers.echo.delay=20ms",
        "servers.echo.pause.every=3s",
        "servers.echo.pause.for=1s",
        "gates=[total.errors < 5]",
        "seed=9",
      ),
    );
    expect(scenario).toMatchObject({ name: "other", seed: 9 });
    expect(scenario.workloads[1]).toMatchObject({
      connections: 8,
      load: { stages: [{ ratePerSecond: 10 }, { ratePerSecond: 20000 }] },
      sources: ["127.1.0.1", "127.1.0.2"],
      message: { base64: Buffer.from("hello").toString("base64") },
      framing: { kind: "echo" },
    });
    expect(scenario.servers[0]?.options).toMatchObject({
      delayNs: 20e6,
      pause: { everyNs: 3e9, forNs: 1e9 },
    });
    expect(scenario.gates).toMatchObject([
      { expression: "total.errors < 5", position: { file: "--set", line: 11, column: 8 } },
    ]);
  });

  it("keeps '=' and '.' within the value", () => {
    const scenario = parse(chat, set("description=a=b.c", "workloads.chatter.timeout=1.5s"));
    expect(scenario.description).toBe("a=b.c");
    expect(scenario.workloads[1]?.timeoutNs).toBe(1.5e9);
  });

  it.each([
    ["connections=5", 1, 'unknown key "connections" in a scenario'],
    ["wrkers=5", 1, 'did you mean "workers"?'],
    ["workloads.chater.connections=5", 11, 'no workload "chater"; did you mean "chatter"?'],
    ["servers.nope.delay=5ms", 9, 'no server "nope"; known: echo'],
    ["workloads.chatter.conections=5", 19, 'did you mean "connections"?'],
    ["workloads.chatter.connections=0", 31, "connections must be at least 1"],
    ["workloads.chatter.stages.2.rate=5/s", 26, "a list with the indexes 0 to 1"],
    ["workloads.chatter.stages.first.rate=5/s", 26, 'not "first"'],
    ["workloads.chatter.timeout.x=5", 27, "workloads.chatter.timeout is a single value here"],
    ["include=other.yaml", 1, "--set cannot include files"],
    ["name", 1, "--set takes path=value"],
    ["=5", 1, "--set takes path=value"],
    ["workloads..connections=5", 1, "--set takes path=value"],
    ["", 1, "--set takes path=value"],
    ["name=", 6, "name is empty"],
    ["name=[a", 8, "must end with a ]"],
    ["name=*a", 6, "has no anchor"],
    ["servers.echo.listen=10.0.0.1:5", 21, "--allow-remote"],
  ])("%j is refused at its column", (assignment, column, message) => {
    const problems = problemsOf(chat, set("seed=1", assignment));
    expect(problems).toEqual([
      { file: "--set", line: 2, column, message: expect.stringContaining(message) },
    ]);
  });

  it("has what follows from it said where the file has it", () => {
    const [problem] = problemsOf(chat, set("workloads.idle.pattern=stream"));
    expect(problem).toMatchObject({ file: "test.yaml", line: 9, column: 3 });
  });

  it("shows the assignment with a caret", () => {
    try {
      parse(chat, set("workloads.chatter.connections=0"));
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ScenarioError);
      expect((error as Error).message).toBe(
        [
          "--set:1:31: connections must be at least 1",
          "    1 | workloads.chatter.connections=0",
          `      | ${" ".repeat(30)}^`,
        ].join("\n"),
      );
    }
  });

  it("changes one of two items that are the same by alias", () => {
    const source = chat
      .replace("- { duration: 5s", "- &stage { duration: 5s")
      .replace("- { duration: 30s, rate: 20000/s }", "- *stage");
    const scenario = parse(source, set("workloads.chatter.stages.1.duration=9s"));
    expect(scenario.workloads[1]?.load).toMatchObject({
      stages: [{ durationNs: 5e9 }, { durationNs: 9e9 }],
    });
  });
});
