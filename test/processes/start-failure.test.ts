import { expect, it } from "vitest";
import { exitStatus } from "../../src/base/errors.ts";
import { lateStart, startFailure } from "../../src/processes/start-failure.ts";

const exited = (code: number | null, signal: string | null) => ({ code, signal });

it.each([
  [
    "a process that the system did not start",
    exited(1, null),
    "spawn /usr/bin/node EAGAIN",
    "EAGAIN",
  ],
  ["memory that it did not give", exited(1, null), "Error: mmap: ENOMEM", "ENOMEM"],
  [
    "a thread that it did not give",
    exited(null, "SIGABRT"),
    "Assertion failed: (0) == (uv_thread_create(",
    "uv_thread_create",
  ],
  [
    "a heap that is too small",
    exited(null, "SIGABRT"),
    "FATAL ERROR: JavaScript heap out of memory",
    "out of memory",
  ],
  [
    "a worker",
    null,
    "ERR_WORKER_INIT_FAILED: Worker initialization failure: EMFILE",
    "ERR_WORKER_INIT_FAILED",
  ],
])("%s is the machine's limit", (_, exit, words, found) => {
  const failure = startFailure("agent 0", exit, words);
  expect(failure?.status).toBe(exitStatus.cannotHold);
  expect(failure?.message).toMatch(
    `agent 0 could not start (${found}): this machine has no processes`,
  );
});

it("Node aborts without a word where it has no threads", () => {
  expect(startFailure("server e", exited(null, "SIGABRT"), "")?.message).toMatch(
    /^server e could not start: this machine/,
  );
});

it.each([
  [exited(1, null), "TypeError: undefined is not a function"],
  [exited(null, "SIGKILL"), ""],
  [null, "the framing module did not return for 5 s"],
])("other ends are not: %j %s", (exit, words) => {
  expect(startFailure("agent 0", exit, words)).toBeNull();
});

it("who is late is told with what may help", () => {
  expect(lateStart("server e", 30)).toMatchObject({
    status: exitStatus.cannotHold,
    message: expect.stringMatching(/^server e did not start within 30 s: .*; end other programs/),
  });
});
