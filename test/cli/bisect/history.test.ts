import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { Checkouts } from "../../../src/cli/bisect/checkouts.ts";
import { type Commit, readHistory } from "../../../src/cli/bisect/history.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { makeRepository } from "./repository.ts";

const silent = { count: 0, onRequest() {}, stop() {} };

test("the history goes along first parents, and a merge counts as one commit", () => {
  const { folder, git, commit } = makeRepository();
  for (const subject of ["one", "two"]) commit(subject, { a: subject });
  git("switch", "--quiet", "--create", "side");
  commit("aside", { b: "" });
  git("switch", "--quiet", "main");
  commit("three", { a: "three" });
  git("merge", "--quiet", "--no-ff", "--message", "merged", "side");
  const { repository, commits } = readHistory(folder, "HEAD~3", "main");
  expect(repository).toBe(folder);
  expect(commits.map(({ subject }) => subject)).toEqual(["one", "two", "three", "merged"]);
  expect(commits[3]).toEqual({
    hash: git("rev-parse", "HEAD"),
    author: "A. Author",
    date: expect.stringMatching(/^2026-01-02T03:04:05/),
    subject: "merged",
  });
  expect(() => readHistory(folder, "side", "main")).toThrow(/side is not among the first parents/);
  expect(() => readHistory(folder, "main", "HEAD~2")).toThrow(/are the two the wrong way round/);
  expect(() => readHistory(folder, "main", "HEAD")).toThrow(/are the same commit/);
  expect(() => readHistory(folder, "nope", "HEAD")).toThrow(/--good nope: there is no such commit/);
  expect(() => readHistory(folder, "HEAD~1", "--all")).toThrow(
    /--bad --all: there is no such commit/,
  );
  expect(() => readHistory(makeTempDir(), "a", "b")).toThrow(/not a git repository/);
});

test("a revision is built once, in a checkout of its own; all of them are removed", async () => {
  const { folder, git, commit } = makeRepository();
  commit("builds", { file: "first" });
  commit("does not build", { file: "second" });
  const logs = makeTempDir();
  const build = `echo built >> log && grep -q first file || { echo no first; exit 3; }`;
  const [good, bad] = readHistory(folder, "HEAD~1", "HEAD").commits as [Commit, Commit];
  const checkouts = new Checkouts(folder, build, logs);
  const made = await checkouts.of(good, silent);
  if (made.folder === null) throw new Error(made.failed);
  expect(await checkouts.of(good, silent)).toBe(made);
  expect(readFileSync(join(made.folder, "log"), "utf8")).toBe("built\n");
  expect(readFileSync(join(made.folder, "file"), "utf8")).toBe("first");
  const failed = await checkouts.of(bad, silent);
  expect(failed.folder).toBeNull();
  expect(failed.failed).toMatch(/^exit status 3: no first \(.*build-.*\.log\)$/);
  expect(git("worktree", "list").split("\n")).toHaveLength(3);
  checkouts.end();
  checkouts.end();
  expect(existsSync(dirname(made.folder))).toBe(false);
  expect(git("worktree", "list").split("\n")).toHaveLength(1);
  expect(git("status", "--porcelain")).toBe("");
});

test("a build is ended when the user asks for it", async () => {
  const { folder, commit } = makeRepository();
  for (const subject of ["one", "two"]) commit(subject, { a: subject });
  const [, head] = readHistory(folder, "HEAD~1", "HEAD").commits as [Commit, Commit];
  const interrupts = { count: 0, onRequest: (_count: number) => {}, stop() {} };
  const checkouts = new Checkouts(folder, "sleep 600 & wait", makeTempDir());
  const building = checkouts.of(head, interrupts);
  interrupts.count = 1;
  interrupts.onRequest(1);
  expect((await building).failed).toContain("ended by SIGTERM");
  checkouts.end();
});
