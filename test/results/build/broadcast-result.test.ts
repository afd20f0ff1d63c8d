import { describe, expect, it } from "vitest";
import { TimeCounts } from "../../../src/metrics/time-counts.ts";
import { buildResult } from "../../../src/results/build/build.ts";
import type { BroadcastMeasured, ReceiverMeasured } from "../../../src/results/build/delivered.ts";
import type { ResultInput } from "../../../src/results/build/input.ts";
import { renderSummary } from "../../../src/results/text/summary.ts";
import type { Broadcast } from "../../../src/scenario/scenario.ts";
import { measured, resultInput } from "../fixture.ts";

function times(...ns: number[]) {
  const counts = new TimeCounts();
  for (const each of ns) counts.record(each);
  return counts.counts();
}

function receiver(number: number, changes: Partial<ReceiverMeasured> = {}): ReceiverMeasured {
  return {
    receiver: number,
    process: 0,
    rejoins: false,
    memberships: 1,
    due: null,
    received: sent,
    duplicated: 0,
    reordered: 0,
    bytesReceived: 64 * sent,
    foreign: 0,
    latency: times(1e6, 2e6),
    ...changes,
  };
}

const run = measured(0);
const sent = run.accumulator.count("sent");

function input(
  delivery: Broadcast["delivery"],
  broadcast: Partial<BroadcastMeasured>,
  gates: readonly string[] = [],
): ResultInput {
  const measured = {
    receivers: [],
    datagrams: sent,
    spread: times(5000),
    lateRows: 0,
    arrivals: null,
    ...broadcast,
  };
  const made = resultInput({
    pattern: "broadcast",
    gates,
    workloads: [{ ...run, broadcast: measured }],
  });
  const { scenario } = made.plan;
  const spec: Broadcast = {
    delivery,
    receivers: measured.receivers.length,
    receiverProcesses: 1,
    receiverThreads: 1,
    membership: null,
  };
  const workloads = scenario.workloads.map((workload) => ({ ...workload, broadcast: spec }));
  return { ...made, plan: { ...made.plan, scenario: { ...scenario, workloads } } };
}

describe("a broadcast", () => {
  const receivers = [
    receiver(0),
    receiver(1, { received: sent - 3, duplicated: 2, latency: times(9e6) }),
    receiver(2, { rejoins: true, due: 50, received: 49, reordered: 4, memberships: 3 }),
  ];

  it("sums over receivers; each has its own losses, one that joins and leaves those of its own datagrams", () => {
    const { run: judged, workloads } = buildResult(input("broadcast", { receivers }));
    expect(judged.outcome).toBe("pass");
    expect(workloads.chat?.exchanges).toMatchObject({
      countedBy: "server",
      sent,
      received: 2 * sent - 3 + 49,
      lost: 4,
      duplicated: 2,
      reordered: 4,
    });
    expect(workloads.chat?.receivers?.map(({ lost }) => lost)).toEqual([0, 3, 1]);
    expect(workloads.chat?.deliveryLatency).toMatchObject({ count: 5, min: 1e6, max: 9e6 });
    expect(workloads.chat?.deliverySpread).toMatchObject({ count: 1, max: 5000 });
    expect(workloads.chat?.contrast).toBeNull();
  });

  it("provides the gates' values", () => {
    const gates = [
      "chat.exchanges.lost == 4",
      "chat.deliveryLatency.max <= 9ms",
      "chat.deliverySpread.p99 < 1ms",
      "total.exchanges.lost < 4",
    ];
    const result = buildResult(input("broadcast", { receivers }, gates));
    expect(result.gates.map(({ verdict }) => verdict)).toEqual(["pass", "pass", "pass", "fail"]);
  });

  it("is in the summary", () => {
    const result = buildResult(input("broadcast", { receivers }));
    const text = renderSummary(result, { color: false, width: 120 });
    expect(text).toContain("3 in 1 process, 1 joined and left, 1 got everything once");
    expect(text).toContain("4 not delivered");
  });

  it("that no receiver received measured nothing", () => {
    const none = { received: 0, latency: times() };
    const result = buildResult(
      input("broadcast", { datagrams: 0, receivers: [receiver(0, none)], spread: times() }),
    );
    expect(result.run.outcome).toBe("fail");
    expect(result.run.reasons.join()).toContain("was received by any of the 1 receivers");
  });

  it("has no data for gates of other patterns", () => {
    const { run: judged } = buildResult(resultInput({ gates: ["chat.deliveryLatency.p99 < 1ms"] }));
    expect(judged.outcome).toBe("invalid");
  });
});

describe("a contrast", () => {
  const contrastOf = (...received: number[]) =>
    buildResult(
      input("contrast", { receivers: received.map((each, i) => receiver(i, { received: each })) }),
    );

  it("passes where one receiver got everything", () => {
    const { run: judged, workloads } = contrastOf(0, sent, 0);
    expect(judged.outcome).toBe("pass");
    expect(workloads.chat?.contrast).toMatchObject({ receiversReached: 1, verdict: "pass" });
    expect(workloads.chat?.exchanges.lost).toBe(0);
    expect(workloads.chat?.receivers?.map(({ lost }) => lost)).toEqual([null, null, null]);
  });

  it("fails where more got some, or one not all", () => {
    for (const received of [
      [sent, sent],
      [1, sent - 1],
      [0, sent - 1],
    ]) {
      const { run: judged, workloads } = contrastOf(...received);
      expect(judged.outcome).toBe("fail");
      expect(judged.reasons.join()).toContain("exactly one receiver should have got all");
      expect(workloads.chat?.contrast?.verdict).toBe("fail");
    }
  });
});
