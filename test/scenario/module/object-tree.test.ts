import { describe, expect, test } from "vitest";
import { noHosts } from "../../../src/scenario/host-names.ts";
import { objectTree } from "../../../src/scenario/module/object-tree.ts";
import { normalise } from "../../../src/scenario/normalise/normalise.ts";
import { Diagnostics } from "../../../src/scenario/source/diagnostics.ts";
import { applyOverrides } from "../../../src/scenario/source/override.ts";
import { type Problem, problemsError } from "../../../src/scenario/source/problem.ts";
import { plainValue } from "../../../src/scenario/source/tree.ts";

const chat = {
  target: "tcp://127.0.0.1:7000",
  pattern: "request",
  message: { size: 64 },
  framing: "echo",
  rate: "5/s",
  duration: "1s",
};

function read(value: unknown, set: readonly string[] = []) {
  const { tree, problems: found } = objectTree(value, "chat.ts");
  const problems = [...found];
  const known = { hosts: noHosts, protocols: new Map() };
  const origin = { file: "chat.ts", sha256: "", allowRemote: false, ...known };
  const changed = applyOverrides(tree, set, problems);
  const { scenario } = normalise(new Diagnostics(changed, problems), origin);
  return { scenario, lines: problemLines(problems) };
}

function problemLines(problems: readonly Problem[]): string[] {
  return problems.length === 0 ? [] : problemsError(problems, new Map()).message.split("\n");
}

describe("a scenario as an object", () => {
  test("is what the same YAML would be", () => {
    const { scenario, lines } = read({
      version: 1,
      name: "chat",
      description: undefined,
      workloads: { chat },
      gates: ["chat.errors == 0"],
    });
    expect(lines).toEqual([]);
    expect(scenario?.workloads[0]).toMatchObject({ name: "chat", durationNs: 1e9 });
    expect(scenario?.workloads[0]?.position).toMatchObject({ line: 0, path: "workloads.chat" });
    expect(scenario?.gates[0]?.position).toMatchObject({ path: "gates.0" });
  });

  test("has paths where a file has lines, in its order, each problem once", () => {
    const { lines } = read({
      name: "chat",
      workloads: {
        chat: { ...chat, rate: 5, patern: "hold", connections: () => 5 },
        other: { ...chat, duration: Number.NaN, target: undefined, sources: ["10.0.0.1"] },
      },
      gates: [5],
    });
    expect(lines).toEqual([
      "chat.ts: version is missing",
      'chat.ts: workloads.chat.rate: "5" has no unit: write "5/s"',
      'chat.ts: workloads.chat.patern: unknown key "patern" in a workload; did you mean "pattern"?',
      expect.stringMatching(
        /^chat\.ts: workloads\.chat\.connections: a function has no place here/,
      ),
      "chat.ts: workloads.other: target is missing",
      expect.stringMatching(/^chat\.ts: workloads\.other\.duration: NaN is not a number that can/),
      expect.stringMatching(/^chat\.ts: workloads\.other\.sources: sources must be loopback/),
      expect.stringMatching(/^chat\.ts: gates\.0: expected a text/),
    ]);
  });

  test("can be changed by --set", () => {
    const { scenario } = read({ version: 1, name: "chat", workloads: { chat } }, [
      "workloads.chat.rate=7/s",
    ]);
    expect(scenario?.workloads[0]?.load).toMatchObject({ startRatePerSecond: 7 });
    const { lines } = read({ version: 1, name: "chat", workloads: { chat } }, [
      "workloads.chat.rate=7",
    ]);
    expect(lines[0]).toMatch(/^--set:1:21: "7" has no unit/);
  });

  test("does not hold what no file could", () => {
    class Rate {}
    const circle: Record<string, unknown> = {};
    circle.again = { circle };
    const deep = Array.from({ length: 80 }).reduce((inner) => [inner], 1);
    const messages = (value: unknown) =>
      objectTree(value, "x.ts").problems.map(({ path, message }) => `${path}: ${message}`);
    expect(
      messages({ a: new Date(0), b: new Rate(), c: Symbol("x"), d: 5n, e: [undefined] }),
    ).toEqual([
      expect.stringMatching(/^a: an object of Date has no place here: a scenario has texts/),
      expect.stringMatching(/^b: an object of Rate/),
      expect.stringMatching(/^c: a symbol/),
      expect.stringMatching(/^d: a bigint/),
      expect.stringMatching(/^e\.0: undefined/),
    ]);
    expect(messages(circle)).toEqual(["again.circle: this contains itself"]);
    expect(messages(deep)[0]).toMatch(/nested more than 64 deep$/);
    expect(messages(Array.from({ length: 100_001 }, () => 1))[0]).toContain(
      "more than 100000 values",
    );
    expect(messages({ "": 1 })).toEqual([': "" cannot be a key']);
    expect(messages(JSON.parse('{"__proto__": 1}'))).toEqual([
      '__proto__: "__proto__" cannot be a key',
    ]);
    const shared = { a: 1 };
    expect(plainValue(objectTree({ x: shared, y: [shared, null] }, "x.ts").tree)).toEqual({
      x: { a: 1 },
      y: [{ a: 1 }, null],
    });
  });
});
