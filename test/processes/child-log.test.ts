import { appendFileSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  lastLogLines,
  makeLogFolder,
  removeLogFolder,
  ServerLog,
} from "../../src/processes/child-log.ts";
import { makeTempDir } from "../support/temp-dir.ts";

test("the last lines of a long log", () => {
  const log = new ServerLog(makeTempDir(), "my server/1");
  expect(log.path).toMatch(/my_server_1\.log$/);
  expect(log.tail()).toBe("");
  for (let i = 1; i <= 5000; i++) appendFileSync(log.path, `line ${i}\n`);
  const lines = log.tail().split("\n");
  expect(lines).toHaveLength(20);
  expect(lines[0]).toBe("line 4981");
  expect(lines[19]).toBe("line 5000");
  expect(log.textFrom(0)).toMatch(/^line 1\n/);
});

test("one line without an end stays short", () => {
  const log = new ServerLog(makeTempDir(), "a");
  appendFileSync(log.path, "x".repeat(100_000));
  expect(log.tail()).toHaveLength(8192);
});

test("the last log lines are those that may give the reason, in one line", () => {
  expect(lastLogLines("")).toBe("");
  expect(lastLogLines("up\nserving\nout of memory\ngiving up\n")).toBe(
    "serving / out of memory / giving up",
  );
  const crash =
    "/srv/server.js:3\n  throw err;\n  ^\n\nError: boom\n    at f (/srv/server.js:3:9)\n    at main {\n}\n\nNode.js v20.19.0";
  expect(lastLogLines(crash)).toBe("/srv/server.js:3 / throw err; / Error: boom");
  const long = lastLogLines(`${"x".repeat(1000)} the end`);
  expect(long).toMatch(/^\.\.\.x+ the end$/);
  expect(long.length).toBeLessThan(310);
});

test("empty logs and folders are removed, others stay", () => {
  const folder = makeLogFolder(join(makeTempDir(), "deep", "logs"));
  const empty = new ServerLog(folder, "empty");
  const full = new ServerLog(folder, "full");
  appendFileSync(full.path, "hello\n");
  for (const log of [empty, full]) log.removeIfEmpty();
  expect(removeLogFolder(folder, false)).toBe(false);
  expect(existsSync(empty.path)).toBe(false);
  expect(full.tail()).toBe("hello");
  rmSync(full.path);
  full.removeIfEmpty();
  expect(full.tail()).toBe("");
  expect(removeLogFolder(folder, false)).toBe(true);
  expect(removeLogFolder(folder, false)).toBe(true);
  expect(existsSync(folder)).toBe(false);
});

test("a folder of logs that are not needed is removed as a whole", () => {
  const folder = makeLogFolder(null);
  appendFileSync(new ServerLog(folder, "full").path, "hello\n");
  expect(removeLogFolder(folder, true)).toBe(true);
  expect(existsSync(folder)).toBe(false);
});
