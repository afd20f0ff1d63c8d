import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/base/errors.ts";
import {
  renderProblems,
  ScenarioError,
  scenarioError,
  scenarioProblem,
} from "../../../src/scenario/source/problem.ts";
import { chat, parse } from "../samples.ts";

const render = (text: string, line: number, column: number) =>
  renderProblems([{ file: "f", line, column, message: "m" }], new Map([["f", text]]));

describe("renderProblems", () => {
  it("shows the line and a caret under the place", () => {
    expect(render("a: 1\n  b: 2\n", 2, 3)).toBe("f:2:3: m\n    2 |   b: 2\n      |   ^");
    expect(render("a: 1\r\nb: 2\r\n", 2, 4)).toBe("f:2:4: m\n    2 | b: 2\n      |    ^");
  });

  it("puts the caret under its place behind wide characters", () => {
    expect(render("名: [ ]\n", 1, 4)).toBe("f:1:4: m\n    1 | 名: [ ]\n      |     ^");
  });

  it("keeps the caret in place over tabs and control characters", () => {
    expect(render("\ta:\u001b[31m x", 1, 11)).toBe(
      "f:1:11: m\n    1 |  a: [31m x\n      |           ^",
    );
  });

  it("cuts long lines around the place", () => {
    const [, shown = "", caret = ""] = render(
      `${"x".repeat(5000)}!${"y".repeat(5000)}`,
      1,
      5001,
    ).split("\n");
    expect(shown.length).toBeLessThan(120);
    expect(shown[caret.indexOf("^")]).toBe("!");
  });

  it("puts the caret behind the end of a line, and lives without the text", () => {
    expect(render("ab", 1, 3)).toBe("f:1:3: m\n    1 | ab\n      |   ^");
    expect(render("ab", 9, 1)).toBe("f:9:1: m");
    expect(renderProblems([{ file: "g", line: 1, column: 2, message: "m" }], new Map())).toBe(
      "g:1:2: m",
    );
  });

  it("does not list hundreds", () => {
    const problems = Array.from({ length: 80 }, (_, index) => {
      return { file: "f", line: index + 1, column: 1, message: "m" };
    });
    const text = renderProblems(problems, new Map());
    expect(text.split("\n")).toHaveLength(51);
    expect(text).toMatch(/\.\.\. and 30 more$/);
  });
});

describe("problems after parsing", () => {
  it("are shown with the scenario's text, sorted, each once", () => {
    const scenario = parse(chat);
    const [idle, chatter] = scenario.workloads;
    const [gate] = scenario.gates;
    if (idle === undefined || chatter === undefined || gate === undefined) expect.unreachable();
    const error = scenarioError(scenario, [
      scenarioProblem(gate.position, "no such metric"),
      scenarioProblem(chatter.position, "too few sources"),
      scenarioProblem(chatter.position, "too few sources"),
      scenarioProblem(idle.position, "too few sources"),
    ]);
    expect(error).toBeInstanceOf(ScenarioError);
    expect(error).toBeInstanceOf(UserError);
    expect(error.status).toBe(2);
    expect(error.message).toBe(
      [
        "test.yaml:9:3: too few sources",
        "    9 |   idle:",
        "      |   ^",
        "test.yaml:15:3: too few sources",
        "   15 |   chatter:",
        "      |   ^",
        "test.yaml:28:5: no such metric",
        "   28 |   - chatter.responseTime.p99 < 5ms",
        "      |     ^",
      ].join("\n"),
    );
  });

  it("do not show the line for a copy of the scenario", () => {
    const scenario = parse(chat);
    const problem = scenarioProblem({ file: "test.yaml", line: 9, column: 3 }, "m");
    expect(scenarioError({ ...scenario }, [problem]).message).toBe("test.yaml:9:3: m");
  });
});
