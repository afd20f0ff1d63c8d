import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { answerText } from "../../../src/cli/bisect/bisect-text.ts";
import type { BisectionAnswer } from "../../../src/compare/bisection/decide.ts";
import { runHere } from "../run-here.ts";
import { makeRepository } from "./repository.ts";

const scenario = `version: 1
name: bisected
servers:
  echo: { command: "node server.mjs", listen: "127.0.0.1:28001", protocol: tcp }
  own: { builtin: tcp-echo, listen: "127.0.0.1:0" }
workloads:
  chat: { target: echo, pattern: request, connections: 1, rate: 10/s, duration: 1s, message: { size: 8 }, framing: echo }
`;

test("what is wrong is said before anything is built", async () => {
  const { folder: cwd, commit } = makeRepository();
  writeFileSync(join(cwd, "x.yaml"), scenario);
  for (const subject of ["one", "two"]) commit(subject, { a: subject });
  const said = async (...args: string[]) => {
    const { status, stderr, stdout } = await runHere(["bisect", ...args], { cwd });
    expect(stdout).toBe("");
    expect(status).toBe(2);
    return stderr;
  };
  expect(await said("x.yaml")).toContain("which revision was fast? give it with --good");
  const good = ["x.yaml", "--good", "HEAD~1"];
  expect(await said(...good, "--metric", "chat.responseTime.p5x")).toContain("--metric chat.");
  expect(await said(...good, "--metric", "chat.exchanges.sent")).toContain("cannot be compared");
  expect(await said(...good, "--server", "own")).toContain("bisect replaces the command");
  expect(await said(...good, "--server", "ecco")).toContain("there is no such server");
  expect(await said(...good, "--runs-at-most", "23")).toContain("give at least 24");
  expect(await said(...good, "--confidence", "50%")).toContain("from 90% to 99.999%");
  expect(await said(...good, "--threshold", "fast")).toContain('--threshold "fast"');
  expect(await said(...good, "--bad", "HEAD~1")).toContain("are the same commit");
  expect(await said(...good, "--repository", "none")).toContain("there is no such directory");
  expect(await said("-", "--good", "HEAD~1")).toContain("name a file");
});

const commits = ["a", "b", "c", "d"].map((letter, index) => ({
  hash: letter.repeat(40),
  author: "A. Author",
  date: "2026-01-02T03:04:05Z",
  subject: `Change ${index}`,
}));
const change = { shift: Math.log(1.25), low: Math.log(1.2), high: Math.log(1.3) };
const textOf = (answer: BisectionAnswer) =>
  answerText({
    ...{ answer, commits, metric: "servers.echo.cpuPerExchange", threshold: 0.1 },
    ...{ confidence: 0.999, runs: 70, skipped: new Map([[2, "does not build: exit status 1"]]) },
  });

test("an answer comes with its evidence", () => {
  expect(textOf({ kind: "found", commit: 1, change, whole: change })).toBe(
    `FOUND: ${"b".repeat(40)} is the first slower commit
  Change 1
  A. Author, 2026-01-02T03:04:05Z
  against aaaaaaaaaa before it: +25 % (+20 % .. +30 %), measured directly
  from aaaaaaaaaa to dddddddddd: +25 % (+20 % .. +30 %)
  70 runs; changes of servers.echo.cpuPerExchange, with intervals that hold at 99.9 %`,
  );
  const unsure = textOf({ kind: "unsure", why: "skipped", low: 1, high: 3, change, whole: change });
  expect(unsure).toContain("NOT SURE: it became slower after bbbbbbbbbb, and not later than dddd");
  expect(unsure).toContain("\n    cccccccccc Change 2: does not build: exit status 1\n");
  const nothing = { shift: 0.001, low: -0.02, high: 0.02 };
  const text = textOf({ kind: "nothing", whole: nothing });
  expect(text).toContain("NOTHING TO FIND: dddddddddd is not slower than aaaaaaaaaa by 10 %");
  expect(text).toContain("+0.1 % (-2.0 % .. +2.0 %)");
  const open = textOf({ kind: "unsure", why: "whole", low: 0, high: 3, change: null, whole: null });
  expect(open).toContain("NOT SURE whether dddddddddd is slower than aaaaaaaaaa");
});
