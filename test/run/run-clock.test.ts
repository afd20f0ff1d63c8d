import { describe, expect, it } from "vitest";
import type { ToAgent } from "../../src/agent/protocol.ts";
import { planRun } from "../../src/plan/plan.ts";
import { RunClock } from "../../src/run/run-clock.ts";
import { parseScenario } from "../../src/scenario/parse.ts";
import { machine } from "../preflight/fakes.ts";

type Schedule = Extract<ToAgent, { type: "schedule" }>;

/** A clock over workloads given as YAML, with two workers, and what it sent. */
function makeClock(workloads: string, more = ""): { clock: RunClock; sent: Schedule[] } {
  const scenario = parseScenario(
    `version: 1
name: clock
servers:
  echo: { builtin: tcp-echo, listen: "127.0.0.1:7000"${more} }
workloads:
${workloads}`,
    "clock.yaml",
  );
  const plan = planRun(scenario, machine(), { io: "node", workers: 2 });
  const sent: Schedule[] = [];
  const clock = new RunClock(plan, (message) => {
    if (message.type === "schedule") sent.push(message);
  });
  return { clock, sent };
}

const chat = "  chat: { target: echo, pattern: request, connections: 4, warmUp: 1s, duration: 5s }";
const idle = "  idle: { target: echo, pattern: hold, connections: 4 }";
const later = `  later: { target: echo, pattern: request, connections: 4, startTime: 2s, duration: 1s }`;

describe("RunClock", () => {
  it("begins workloads together when all their workers are connected", () => {
    const { clock, sent } = makeClock(`${chat}\n${idle}`);
    clock.start(0);
    expect(sent.map(({ workload, openAtNs }) => [workload, openAtNs !== undefined])).toEqual([
      [0, true],
      [1, true],
    ]);
    sent.length = 0;
    clock.connected(0, 0, 1e9);
    clock.connected(1, 0, 1e9);
    clock.connected(0, 1, 2e9);
    expect(sent).toEqual([]);
    clock.connected(1, 1, 3e9);
    expect(sent).toHaveLength(2);
    const [first, second] = sent;
    expect(first?.beginAtNs).toBeGreaterThan(3e9);
    expect(second?.beginAtNs).toBe(first?.beginAtNs);
    expect(clock.stateOf(0, 3e9)).toBe("connecting");
    const beginNs = first?.beginAtNs ?? 0;
    expect(clock.stateOf(0, beginNs)).toBe("warming up");
    expect(clock.stateOf(0, beginNs + 1e9)).toBe("steady");
    expect(clock.stateOf(0, beginNs + 6e9)).toBe("draining");
    expect(clock.plannedEndNs()).toBe(beginNs + 6e9);
  });

  it("opens a later workload after the zero of the others and begins it on its own", () => {
    const { clock, sent } = makeClock(`${chat}\n${later}`);
    clock.start(0);
    expect(sent.map(({ workload }) => workload)).toEqual([0]);
    for (const worker of [0, 1]) clock.connected(worker, 0, 1e9);
    const zeroNs = sent.find(({ beginAtNs }) => beginAtNs !== undefined)?.beginAtNs ?? 0;
    expect(sent.at(-1)).toEqual({ type: "schedule", workload: 1, openAtNs: zeroNs + 2e9 });
    expect(clock.stateOf(1, zeroNs)).toBe("waiting");
    for (const worker of [0, 1]) clock.connected(worker, 1, zeroNs + 3e9);
    expect(sent.at(-1)?.workload).toBe(1);
    expect(sent.at(-1)?.beginAtNs).toBeGreaterThan(zeroNs + 3e9);
  });

  it("ends a hold without a duration when all others are done", () => {
    const { clock, sent } = makeClock(`${chat}\n${idle}`);
    clock.start(0);
    for (const worker of [0, 1]) {
      for (const workload of [0, 1]) clock.connected(worker, workload, 1e9);
    }
    sent.length = 0;
    clock.finished(0, 0, 3e9, 8e9);
    expect(sent).toEqual([]);
    clock.finished(1, 0, 3e9, 9e9);
    expect(sent).toEqual([{ type: "schedule", workload: 1, endAtNs: 9e9 }]);
    expect(clock.done).toBe(false);
    for (const worker of [0, 1]) clock.finished(worker, 1, 2e9, 9e9);
    expect(clock.done).toBe(true);
    expect(clock.workloads[0]).toMatchObject({ steadyNs: 3e9, endNs: 9e9 });
  });

  it("does not wait for a worker that exited", () => {
    const { clock, sent } = makeClock(chat);
    clock.start(0);
    clock.connected(0, 0, 1e9);
    clock.exited(1, 2e9);
    expect(sent.at(-1)?.beginAtNs).toBeGreaterThan(2e9);
    clock.exited(0, 3e9);
    expect(clock.done).toBe(true);
  });

  it("ends everything at once on request, and begins nothing after that", () => {
    const { clock, sent } = makeClock(chat);
    clock.start(0);
    clock.end(1e9);
    expect(sent.at(-1)).toEqual({ type: "schedule", workload: 0, endAtNs: 1e9 });
    for (const worker of [0, 1]) clock.connected(worker, 0, 2e9);
    expect(sent.at(-1)?.beginAtNs).toBeUndefined();
    for (const worker of [0, 1]) {
      clock.finished(worker, 0, Number.POSITIVE_INFINITY, 1e9);
    }
    expect(clock.done).toBe(true);
    expect(clock.workloads[0]).toMatchObject({ steadyNs: null, endNs: 1e9 });
  });

  it("sends the run's zero to workloads whose server is restarted, and to no others", () => {
    const restarted = makeClock(`${chat}\n${later}`, ", restart: { at: 3s }");
    expect(restarted.clock.zeroNs).toBeNull();
    restarted.clock.start(0);
    for (const worker of [0, 1]) restarted.clock.connected(worker, 0, 1e9);
    const zeroNs = restarted.clock.zeroNs;
    expect(zeroNs).toBeGreaterThan(1e9);
    const announced = restarted.sent.filter((message) => message.zeroNs !== undefined);
    expect(announced.map((message) => [message.workload, message.zeroNs])).toEqual([
      [0, zeroNs],
      [1, zeroNs],
    ]);
    const plain = makeClock(chat);
    plain.clock.start(0);
    for (const worker of [0, 1]) plain.clock.connected(worker, 0, 1e9);
    expect(plain.sent.some((message) => message.zeroNs !== undefined)).toBe(false);
  });
});
