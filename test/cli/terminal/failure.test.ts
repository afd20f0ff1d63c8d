import { describe, expect, test, vi } from "vitest";
import { exitStatus, UserError } from "../../../src/base/errors.ts";
import { describeFailure } from "../../../src/cli/terminal/failure.ts";
import { ScenarioError } from "../../../src/scenario/source/scenario-error.ts";

describe("describeFailure", () => {
  test.each([
    ["chat.yaml:9:5: unknown key", "chat.yaml:9:5: unknown key"],
    ["/a b/c.yaml:9:5: unknown key", "/a b/c.yaml:9:5: unknown key"],
    ["--set:1:1: unknown key", "--set:1:1: unknown key"],
    ["no such file: chat.yaml", "slash8: no such file: chat.yaml"],
    ["127.0.0.1:80: port in use", "slash8: 127.0.0.1:80: port in use"],
  ])("a message for the user stands alone: %s", (message, text) => {
    expect(describeFailure(new UserError(message))).toEqual({ text, status: 2 });
  });

  test("keeps the error's status", () => {
    const failure = describeFailure(new UserError("too small", exitStatus.cannotHold));
    expect(failure.status).toBe(3);
  });

  test.each(["EMFILE", "ENFILE"])("%s is a limit of the machine: says what to raise", (code) => {
    const error = Object.assign(new Error(`${code}: open`), { code });
    const { text, status } = describeFailure(error);
    expect(text).toMatch(/^slash8: .*open files.*raise[^\n]*$/);
    expect(status).toBe(exitStatus.cannotHold);
  });

  test("a package that is there is not found where there are too few open files to look for it", () => {
    const error = Object.assign(new Error("Cannot find package 'yaml'"), {
      code: "ERR_MODULE_NOT_FOUND",
    });
    const report = vi.spyOn(process.report, "getReport");
    try {
      report.mockReturnValue({ userLimits: { open_files: { soft: 50, hard: 50 } } });
      expect(describeFailure(error).text).toMatch(/^slash8: the limit on open files per process/);
      report.mockReturnValue({ userLimits: { open_files: { soft: 1024, hard: 1024 } } });
      expect(describeFailure(error)).toMatchObject({ status: exitStatus.internal });
      report.mockReturnValue({});
      expect(describeFailure(error)).toMatchObject({ status: exitStatus.internal });
    } finally {
      report.mockRestore();
    }
  });

  test.each([
    "WebAssembly.Instance(): Out of memory: Cannot allocate Wasm memory for new instance",
    "Array buffer allocation failed",
    "mmap: ENOMEM",
  ])("too little memory is a limit of the machine: %s", (message) => {
    const { text, status } = describeFailure(new RangeError(message));
    expect(text).toMatch(/^slash8: there is no memory left for this .*raise the limit[^\n]*$/);
    expect(text).toContain(message);
    expect(status).toBe(exitStatus.cannotHold);
  });

  test("text from elsewhere does not act on the terminal", () => {
    const sequence = "\x1b[2J\x1b]0;owned\x07";
    expect(describeFailure(new UserError(`no ${sequence}file`)).text).toBe("slash8: no file");
    expect(describeFailure(new Error(`no ${sequence}file`)).text).not.toContain("\x1b");
  });

  test.each([[new TypeError("x is not a function")], ["a text"]])(
    "everything else is an internal failure, with all that is known: %s",
    (error) => {
      const { text, status } = describeFailure(error);
      expect(status).toBe(1);
      expect(text).toContain(error instanceof Error ? error.stack : error);
    },
  );
});

test("each problem of a scenario without lines has the program's name, one with a line has none", () => {
  const lines = [
    "a.ts: workloads.x: wrong",
    "b.yaml:3:4: wrong",
    "    3 | x",
    "      | ^",
    "a.ts: wrong",
  ];
  const { text } = describeFailure(new ScenarioError([...lines, "... and 2 more"].join("\n"), []));
  expect(text.split("\n")).toEqual([
    "slash8: a.ts: workloads.x: wrong",
    ...lines.slice(1, 4),
    "slash8: a.ts: wrong",
    "... and 2 more",
  ]);
});
