import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { readLimitRequest } from "../../../src/cli/find-limit/limit-request.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const chat = `
  chat:
    target: echo
    pattern: request
    connections: 10
    message: { size: 64 }
    framing: echo
    rate: 300/s
    duration: 2s`;
const idle = `
  idle: { target: echo, pattern: hold, connections: 50 }`;
const staged = `
  staged:
    target: echo
    pattern: request
    connections: 10
    message: { size: 64 }
    framing: echo
    stages: [{ duration: 1s, rate: 100/s }, { duration: 1s, rate: 200/s }]`;
const closed = `
  closed:
    target: echo
    pattern: request
    connections: 7
    message: { size: 64 }
    framing: echo
    duration: 1s`;

function requestOf(workloads: string, args: Record<string, unknown> = {}, gates = "") {
  const file = join(makeTempDir(), "x.yaml");
  writeFileSync(
    file,
    `version: 1\nname: x\nservers:\n  echo: { builtin: tcp-echo, listen: "127.0.0.1:0" }\nworkloads:${workloads}\n${gates}`,
  );
  const byDefault = { set: [], gate: ["total.errors == 0"], precision: 0.05, repeat: 3 };
  return readLimitRequest({ scenario: file, ...byDefault, ...args });
}

describe("what is raised", () => {
  it.each([
    ["the only rate", chat + idle, {}, { workload: "chat", what: "rate" }],
    [
      "the connections of the only closed workload",
      closed,
      {},
      { workload: "closed", what: "connections" },
    ],
    [
      "the rate that the first gate is about",
      chat + chat.replace("chat", "other"),
      { gate: ["other.responseTime.p99 < 5ms"] },
      { workload: "other", what: "rate" },
    ],
    [
      "what is asked for",
      chat + idle,
      { vary: "idle.connections" },
      { workload: "idle", what: "connections" },
    ],
  ])("%s", async (_, workloads, args, vary) => {
    expect((await requestOf(workloads, args)).vary).toEqual(vary);
  });

  it.each([
    ["two rates", chat + chat.replace("chat", "other"), {}, /give --vary with one of chat\.rate/],
    ["an unknown workload", chat, { vary: "chta.rate" }, /no workload "chta"; did you mean "chat"/],
    ["no quantity", chat, { vary: "chat.size" }, /<workload>\.rate or <workload>\.connections/],
    ["stages", staged + idle, { vary: "staged.rate" }, /has stages; the search needs one rate/],
    ["a hold", idle + chat, { vary: "idle.rate" }, /a hold has no rate; vary idle\.connections/],
  ])("not %s", async (_, workloads, args, message) => {
    await expect(requestOf(workloads, args)).rejects.toThrow(message);
  });
});

describe("where it starts and ends", () => {
  it.each([
    ["the scenario's rate", chat, {}, { from: 300, to: null }],
    ["its connections", chat, { vary: "chat.connections" }, { from: 10, to: null }],
    ["1,000/s for a closed model", closed, { vary: "closed.rate" }, { from: 1000, to: null }],
    ["what is asked for", chat, { from: "20/s", to: "6000/m" }, { from: 20, to: 100 }],
  ])("%s", async (_, workloads, args, search) => {
    expect((await requestOf(workloads, args)).search).toMatchObject(search);
  });

  it.each([
    ["above its end", { from: "20/s", to: "10/s" }, /--to 10\/s is below .* 20\/s/],
    ["a number where a rate belongs", { from: "20" }, /--from "20" has no unit/],
    ["half a message", { from: "0.5/s" }, /--from 0\.5\/s: give a whole number/],
    [
      "a rate where a number belongs",
      { vary: "chat.connections", from: "5/s" },
      /--from 5\/s: give a/,
    ],
  ])("not %s", async (_, args, message) => {
    await expect(requestOf(chat, args)).rejects.toThrow(message);
  });
});

describe("a run's scenario", () => {
  it("has the load, the gates that decide and no others, and the duration", async () => {
    const gates = "gates: [chat.errors == 5]\n";
    const args = { gate: ["chat.errors == 0", "total.errors < 9"], duration: "7s" };
    const request = await requestOf(chat + idle + staged, args, gates);
    const scenario = await request.scenarioAt(4321);
    const [one, hold, stages] = scenario.workloads;
    expect(one?.load).toMatchObject({ startRatePerSecond: 4321 });
    expect([one?.durationNs, hold?.durationNs, stages?.durationNs]).toEqual([7e9, null, 2e9]);
    expect(scenario.gates.map(({ expression }) => expression)).toEqual(args.gate);
  });

  it("keeps its own gates where none is given, and what --set changes", async () => {
    const args = { gate: [], set: ["workloads.chat.timeout=77ms"], vary: "chat.connections" };
    const request = await requestOf(chat, args, "gates: [chat.errors == 5]\n");
    const scenario = await request.scenarioAt(33);
    expect(request.gates).toEqual(["chat.errors == 5"]);
    expect(scenario.workloads[0]).toMatchObject({ connections: 33, timeoutNs: 77e6 });
    expect(scenario.gates).toMatchObject([{ expression: "chat.errors == 5" }]);
  });
});

test("what must hold has to be given, and be valid", async () => {
  await expect(requestOf(chat, { gate: [] })).rejects.toThrow(/what must hold\? give --gate/);
  await expect(
    requestOf(chat, { gate: ["chat.responseTime.p99 <= baseline * 1.1"] }),
  ).rejects.toThrow(/there is no baseline to compare with: give results with --baseline FILE/);
  await expect(requestOf(chat, { gate: ["chat.responseTime.p99 < 5"] })).rejects.toThrow(
    /--gate chat\.responseTime\.p99 < 5: "5" has no unit/,
  );
});
