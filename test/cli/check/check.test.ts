import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeTempDir } from "../../support/temp-dir.ts";
import { runHere } from "../run-here.ts";

const right = `version: 1
name: right
servers:
  echo: { builtin: tcp-echo, listen: "127.0.0.1:0" }
workloads:
  chat: { target: echo, pattern: request, connections: 4, message: { size: 64 }, framing: echo, duration: 1s }
gates:
  - chat.errors == 0
  - chat.responseTime.p99 < 1s
`;

const wrong = right.replace("connections", "conections").replace("p99 < 1s", "p99 < 5");

function folder(): string {
  const path = makeTempDir();
  writeFileSync(join(path, "right.yaml"), right);
  writeFileSync(join(path, "wrong.yaml"), wrong);
  writeFileSync(join(path, "comparing.yaml"), `${right}  - chat.errors <= baseline\n`);
  writeFileSync(
    join(path, "module.mjs"),
    "export default { version: 1, name: 'm', workloads: { a: { target: 'tcp://127.0.0.1:9', pattern: 'hold', connections: 'x' } } };",
  );
  mkdirSync(join(path, "folder"));
  return path;
}

/** `slash8 check <args>` outside GitHub. */
function check(args: readonly string[], cwd = folder()) {
  return runHere(["check", ...args], { cwd, env: { GITHUB_ACTIONS: undefined } });
}

test("says what is valid, and what of", async () => {
  const { status, stdout, stderr } = await check(["right.yaml"]);
  expect(stdout).toBe("right.yaml: valid; 1 workload, 2 gates\n");
  expect(stderr).toBe("");
  expect(status).toBe(0);
});

test("a gate that compares with a baseline is valid without one, and load needs it", async () => {
  const { status, stdout } = await check(["comparing.yaml"]);
  expect(stdout).toBe(
    "comparing.yaml: valid; 1 workload, 3 gates; 1 of them to be compared with results: load --baseline FILE\n",
  );
  expect(status).toBe(0);
});

test("a baseline that the scenario names itself has to be there", async () => {
  const { status, stderr } = await check(["comparing.yaml", "--set", "baseline=none.json"]);
  expect(stderr).toMatch(/^--set:1:10: the result none\.json cannot be read/);
  expect(status).toBe(2);
});

test("shows every problem of every file, and goes on behind one that is not there", async () => {
  const { status, stdout, stderr } = await check([
    "wrong.yaml",
    "none.yaml",
    "right.yaml",
    "folder",
    "module.mjs",
    "right.yaml",
  ]);
  expect(stdout).toBe("right.yaml: valid; 1 workload, 2 gates\n");
  expect(stderr).toMatch(
    /^wrong\.yaml:6:43: unknown key "conections" in a workload; did you mean "connections"\?$/m,
  );
  expect(stderr).toMatch(/^wrong\.yaml:9:29: /m);
  expect(stderr).toMatch(/^slash8: none\.yaml: there is no such file$/m);
  expect(stderr).toMatch(/^slash8: folder: /m);
  expect(stderr).toMatch(/module\.mjs: workloads\.a\.connections: /);
  expect(stderr).toMatch(/^slash8: 4 of 5 scenarios are not valid$/m);
  expect(status).toBe(2);
});

describe("as JSON", () => {
  test("each problem has its place", async () => {
    const { status, stdout, stderr } = await check(["wrong.yaml", "none.yaml", "--json"]);
    expect(JSON.parse(stdout)).toEqual({
      valid: false,
      files: [
        {
          file: "wrong.yaml",
          valid: false,
          problems: [
            {
              file: "wrong.yaml",
              line: 6,
              column: 43,
              message: 'unknown key "conections" in a workload; did you mean "connections"?',
            },
            { file: "wrong.yaml", line: 9, column: 29, message: expect.stringMatching(/\S/) },
          ],
        },
        {
          file: "none.yaml",
          valid: false,
          problems: [
            {
              file: "none.yaml",
              line: null,
              column: null,
              message: "none.yaml: there is no such file",
            },
          ],
        },
      ],
    });
    expect(stderr).toBe("");
    expect(status).toBe(2);
  });

  test("of a module, its path in place of a line", async () => {
    const { stdout } = await check(["module.mjs", "--json"]);
    const [problem] = JSON.parse(stdout).files[0].problems;
    expect(problem).toMatchObject({
      file: "module.mjs",
      line: null,
      column: null,
      path: "workloads.a.connections",
    });
  });

  test("of what is valid, what is in it", async () => {
    const { status, stdout } = await check(["right.yaml", "--json"]);
    const gates = ["chat.errors == 0", "chat.responseTime.p99 < 1s"];
    expect(JSON.parse(stdout)).toEqual({
      valid: true,
      files: [
        {
          file: "right.yaml",
          valid: true,
          name: "right",
          workloads: ["chat"],
          servers: ["echo"],
          gates,
          notices: [],
          problems: [],
        },
      ],
    });
    expect(status).toBe(0);
  });
});

test("in a GitHub job each problem marks its line", async () => {
  const { stderr } = await runHere(["check", "wrong.yaml", "none.yaml", "--json"], {
    cwd: folder(),
    env: { GITHUB_ACTIONS: "true" },
  });
  expect(stderr.split("\n")).toEqual([
    '::error file=wrong.yaml,line=6,col=43,title=slash8%3A the scenario is not valid::unknown key "conections" in a workload; did you mean "connections"?',
    expect.stringMatching(/^::error file=wrong\.yaml,line=9,col=29,title=/),
    "::error file=none.yaml,title=slash8%3A the scenario is not valid::none.yaml: there is no such file",
    "",
  ]);
});

test("a name that is empty", async () => {
  const { status, stderr } = await check(["right.yaml", ""]);
  expect(stderr).toBe("slash8: a scenario file is missing: its name is empty\n");
  expect(status).toBe(2);
});
