import { describe, expect, it } from "vitest";
import { buildResult } from "../../../../src/results/build/build.ts";
import { resultOf } from "../../../../src/results/files/read.ts";
import { resultSchemaProblems } from "../../../support/result-schema.ts";
import { resultInput } from "../../fixture.ts";
import { hostsInput } from "../../hosts-fixture.ts";

describe("the hosts of a result", () => {
  it("are none where the clients were on the coordinator's machine", () => {
    expect(buildResult(resultInput()).hosts).toEqual({});
  });

  it("are what each is and contributed, and their sums are the workload's", () => {
    const slow = (_: number, worker: number) => (worker === 0 ? 1e6 : 3e6);
    const result = buildResult(hostsInput({ sent: 90, responseNs: slow }));
    const { a, b } = result.hosts;
    expect(a).toMatchObject({
      version: "0.1.0",
      facts: { cpus: 4, cpuModel: "CPU of a" },
      io: "uring",
      agents: 1,
      workers: [0],
      connections: 5,
      clock: { offsetNs: 1e12, errorNs: 20_000, driftPpm: 1.5 },
      startErrorNs: 20_000,
      lost: null,
      generator: { cpu: { userSeconds: 0.5 } },
    });
    expect(b).toMatchObject({ workers: [1], startErrorNs: 1_040_000 });
    expect(a?.workloads.chat).toMatchObject({
      connections: { planned: 5, opened: 5, failed: 0, openAtEnd: 5 },
      exchanges: { offered: 1_600, sent: 1_440, received: 1_440, timedOut: 0, failed: 0 },
      rate: { achievedPerSecond: 360, receivedPerSecond: 360 },
      errors: 0,
      responseTime: { count: 1_440, max: 1e6 },
      deliveryLatency: null,
    });
    expect(b?.workloads.chat?.responseTime).toMatchObject({ count: 1_440, min: 3e6, max: 3e6 });
    const chat = result.workloads.chat;
    expect(chat?.exchanges.sent).toBe(2_880);
    expect(chat?.responseTime).toMatchObject({ count: 2_880, min: 1e6, max: 3e6 });
    expect(resultSchemaProblems(result)).toEqual([]);
    expect(resultOf("r.json", JSON.parse(JSON.stringify(result))).hosts).toEqual(result.hosts);
  });

  it("have no start error where they did not begin, and nothing of workloads that are elsewhere", () => {
    const input = hostsInput({}, { b: { totals: [] } });
    const { b } = buildResult(input).hosts;
    expect(b).toMatchObject({ startErrorNs: null, connections: 0, workloads: {} });
  });

  it("do not say what a server counts, which is not known by host", () => {
    const input = hostsInput({ received: false });
    const delivered = {
      received: 2_000,
      duplicated: 0,
      reordered: 0,
      bytesReceived: 1,
      lost: null,
      arrivals: null,
    };
    const workloads = input.workloads.map((one) => ({ ...one, delivered }));
    const { a } = buildResult({ ...input, workloads }).hosts;
    expect(a?.workloads.chat).toMatchObject({
      exchanges: { received: null },
      rate: { achievedPerSecond: 400, receivedPerSecond: null },
    });
  });
});
