import { MessageChannel } from "node:worker_threads";
import { expect, it } from "vitest";
import { Control } from "../../src/agent/control.ts";
import { exitReason } from "../../src/agent/exit-reason.ts";
import { Turns } from "../../src/agent/turns.ts";
import runWorker, { type FromWorker } from "../../src/agent/worker.ts";
import { thisThread } from "../../src/base/schedstat.ts";
import type { Plan } from "../../src/plan/plan-types.ts";
import type { Workload } from "../../src/scenario/scenario.ts";

const path = "/home/me/chat.ts";
const applicationProtocol = { name: "./chat.ts", path, options: {} };
const workloads = [{ applicationProtocol: null }, { applicationProtocol }] as unknown as Workload[];

function thrown(message: string, at: string): Error {
  const error = new TypeError(message);
  error.stack = `TypeError: ${message}\n    at Timeout.later (${at}:7:9)\n    at node:internal/timers:1:2`;
  return error;
}

it("a thread that a module's timer or promise ended is told with the module and the line", () => {
  expect(exitReason(thrown("boom", `file://${path}`), workloads, null)).toBe(
    "protocol ./chat.ts: something that it began threw TypeError: boom (/home/me/chat.ts:7:9)",
  );
});

it("a thread that ended in a module's code is told with the module", () => {
  const exit = new Error("worker exited with code: 7");
  expect(exitReason(exit, workloads, 1)).toBe(
    "protocol ./chat.ts: it ended the worker, as process.exit does",
  );
  expect(exitReason(exit, workloads, null)).toBe("worker exited with code: 7");
  expect(exitReason(exit, workloads, 0)).toBe("worker exited with code: 7");
});

it("any other end is told as it is", () => {
  expect(exitReason(thrown("boom", "file:///usr/lib/slash8/dist/io.js"), workloads, 1)).toBe(
    "boom",
  );
  expect(exitReason("it stood still", workloads, 1)).toBe("it stood still");
});

it("a worker says which thread it is before anything else, so that its waits for a CPU are known", async () => {
  const { port1, port2 } = new MessageChannel();
  const messages: FromWorker[] = [];
  port1.on("message", (message: FromWorker) => messages.push(message));
  const closed = new Promise((resolve) => port1.once("close", resolve));
  await runWorker({
    plan: { io: "node", workloads: [] } as unknown as Plan,
    data: [] as never,
    worker: 0,
    control: Control.create(0).buffer,
    turns: Turns.create(1).buffer,
    turn: 0,
    port: port2,
  });
  await closed;
  expect(messages).toEqual([
    { type: "workerBegins", thread: thisThread() },
    { type: "workerReady" },
  ]);
});
