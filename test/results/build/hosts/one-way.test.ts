import { describe, expect, it } from "vitest";
import { buildResult } from "../../../../src/results/build/build.ts";
import type { RunResult } from "../../../../src/results/result.ts";
import { measured, type Story, startNs } from "../../fixture.ts";
import { hostsInput } from "../../hosts-fixture.ts";

/** Of each worker: 5 ms from when a message was due, 2 ms from when it left. */
const deliveries: Story = {
  offered: 0,
  note(recorder, quarters, at) {
    if (quarters < 8 || quarters >= 24) return;
    const nowNs = startNs + (quarters + 0.5) * 0.25e9;
    for (let n = 0; n < 25; n++) recorder.answered(at, 5e6, 2e6, nowNs);
  },
};

/** Subscribers on b to what is published on `publisherOn`. */
function resultOf(publisherOn: "a" | "b", errorNs: number): RunResult {
  const names = ["readers", "writer"];
  const clock = { offsetNs: 0, errorNs, driftPpm: 0 };
  const input = hostsInput(
    deliveries,
    { a: { clock }, b: { clock } },
    {
      names,
      pattern: "subscribe",
      gates: ["readers.transitTime.p99 < 4ms", "readers.deliveryLatency.p99 < 9ms"],
    },
  );
  const on = [["b"], [publisherOn]];
  const workloads = input.plan.workloads.map((plan, index) => ({
    ...plan,
    portions: plan.portions.filter(({ worker }) => on[index]?.includes("ab"[worker] as string)),
  }));
  const publishers = [["writer"], []];
  return buildResult({
    ...input,
    plan: { ...input.plan, workloads },
    workloads: names.map((_, index) => ({
      ...measured(index, deliveries),
      publishers: publishers[index] ?? [],
    })),
  });
}

function readersOf({ workloads }: RunResult) {
  const { deliveryLatency, transitTime, clockErrorNs, timeline } = workloads.readers ?? {};
  return {
    counts: [deliveryLatency?.count, transitTime?.count],
    clockErrorNs,
    isInTimeline: timeline?.some(({ responseTime }) => responseTime.p50 !== null),
  };
}

describe("times that begin on one host and end on another", () => {
  it("have the error of both clocks", () => {
    const result = resultOf("a", 0.5e6);
    expect(readersOf(result)).toEqual({
      counts: [800, 800],
      clockErrorNs: 1e6,
      isInTimeline: true,
    });
    expect(result.gates.map(({ verdict }) => verdict)).toEqual(["pass", "pass"]);
    expect(result.run.findings.map(({ code, severity }) => [code, severity])).toEqual([
      ["run.clockError", "info"],
      ["run.clockError", "info"],
    ]);
  });

  it("are not shown where that is more than what they show, and gates on them have no data", () => {
    const result = resultOf("a", 1.5e6);
    expect(readersOf(result)).toMatchObject({ counts: [800, 0], isInTimeline: true });
    expect(result.gates.map(({ verdict }) => verdict)).toEqual(["noData", "pass"]);
    expect(result.run).toMatchObject({ outcome: "invalid", invalidBy: "data" });
    expect(result.run.findings[0]?.text).toBe(
      "readers: transitTime is not shown, as the clocks of its hosts may be 3.00 ms apart, which is more than its median of 2.00 ms",
    );
    expect(readersOf(resultOf("a", 4e6))).toMatchObject({ counts: [0, 0], isInTimeline: false });
    expect(resultOf("a", 4e6).hosts.b?.workloads.readers?.deliveryLatency?.count).toBe(0);
  });

  it("have no error on one host", () => {
    const result = resultOf("b", 1.5e6);
    expect(readersOf(result)).toEqual({
      counts: [800, 800],
      clockErrorNs: null,
      isInTimeline: true,
    });
    expect(result.run.findings).toEqual([]);
    expect(result.hosts.b?.workloads.readers?.deliveryLatency).not.toBeNull();
  });
});
