import { describe, expect, it } from "vitest";
import { Deliveries } from "../../../src/metrics/broadcast/deliveries.ts";
import { Disturbances } from "../../../src/metrics/disturbance/disturbances.ts";
import { Recorder } from "../../../src/metrics/recorder.ts";
import { counter, phase } from "../../../src/metrics/snapshot.ts";
import { noCounts } from "../../../src/metrics/sparse-counts.ts";
import { TimeCounts } from "../../../src/metrics/time-counts.ts";
import { buildResult } from "../../../src/results/build/build.ts";
import type { BroadcastMeasured, ReceiverMeasured } from "../../../src/results/build/delivered.ts";
import type { ResultInput } from "../../../src/results/build/input.ts";
import { renderSummary } from "../../../src/results/text/summary.ts";
import type { Broadcast } from "../../../src/scenario/scenario.ts";
import { measured, resultInput, startNs } from "../fixture.ts";

function times(...ns: number[]) {
  const counts = new TimeCounts();
  for (const each of ns) counts.record(each);
  return counts.counts();
}

function receiver(number: number, changes: Partial<ReceiverMeasured> = {}): ReceiverMeasured {
  return {
    receiver: number,
    thread: 2,
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
  disturbed?: { disturbances: Disturbances; deliveries: Deliveries },
): ResultInput {
  const measured = {
    receivers: [],
    datagrams: sent,
    spread: times(5000),
    disturbedSpread: noCounts,
    creditedSpread: noCounts,
    lateRows: 0,
    arrivals: null,
    ...broadcast,
  };
  const made = resultInput({
    pattern: "broadcast",
    gates,
    workloads: [{ ...run, broadcast: measured, deliveries: disturbed?.deliveries ?? null }],
    ...(disturbed === undefined ? {} : { run: { disturbances: disturbed.disturbances } }),
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

describe("receivers that were stopped for 1.5 s", () => {
  /** Two hundred datagrams each quarter second, as `measured`; the receivers' thread stops from 3 s on. */
  function stopped() {
    const disturbances = new Disturbances();
    const deliveries = new Deliveries(disturbances, [0, 1], [2]);
    const at = (seconds: number) => startNs + 1e9 * seconds;
    const pause = { worker: 2, fromNs: at(3), toNs: at(4.5), cause: "stopped" as const };
    disturbances.paused([pause]);
    const recorder = new Recorder(0, 0, at(1));
    for (let quarter = 0; quarter < 20; quarter++) {
      recorder.count(phase.steady, counter.sent, 200);
      deliveries.sent(recorder.snapshot(at(1 + (quarter + 1) / 4)));
    }
    const interval = { thread: 2, pausedNs: 0, saturated: false, disturbed: noCounts };
    deliveries.received({ ...interval, fromNs: at(1), toNs: at(3), latency: times(1e6, 1e6, 1e6) });
    const latency = times(2e6, 1000e6);
    const disturbed = times(1000e6);
    deliveries.received({
      ...interval,
      ...{ fromNs: at(3), toNs: at(4.6), pausedNs: 1.5e9, latency, disturbed },
    });
    deliveries.settle();
    return { disturbances, deliveries };
  }
  const latency = times(1e6, 1e6, 1e6, 2e6, 1000e6);
  const judged = (delivery: Broadcast["delivery"], lost: number, ...gates: string[]) => {
    const receivers = [
      receiver(0, { received: sent - lost, bytesReceived: 64 * (sent - lost), latency }),
    ];
    const spread = { spread: times(5000, 900e6), disturbedSpread: times(900e6) };
    const broadcast = { receivers, ...spread, creditedSpread: times(0) };
    return buildResult(input(delivery, broadcast, gates, stopped()));
  };

  it("may have lost what was sent meanwhile, or got it late: that is the generator's", () => {
    const gates = [
      "chat.exchanges.lost == 0",
      "chat.exchanges.received >= 4000",
      "chat.bytes.received >= 250KiB",
      "chat.deliveryLatency.p99 < 5ms",
      "chat.deliverySpread.max < 1ms",
    ];
    const {
      run: { outcome, invalidBy, reasons, pauses },
      gates: found,
    } = judged("broadcast", 1000, ...gates);
    expect(found.map(({ verdict }) => verdict)).toEqual(gates.map(() => "inconclusive"));
    expect({ outcome, invalidBy }).toEqual({ outcome: "invalid", invalidBy: "generator" });
    expect(reasons.join()).toContain(
      "the receivers of chat in process 1 paused for 1.50 s, 3.00 s after the start (stopped",
    );
    expect(pauses).toMatchObject([
      { worker: null, receivers: { workload: "chat", process: 0, thread: 0 }, durationMs: 1500 },
    ]);
    expect(found[3]?.undisturbed).toMatchObject({ ratio: 0.8 });
  });

  it("have not lost more than that, nor is all late because of it", () => {
    const { run: judgedRun, gates } = judged(
      "broadcast",
      1900,
      "chat.exchanges.lost == 0",
      "chat.exchanges.lost < 1000",
      "chat.deliveryLatency.p50 < 500us",
    );
    expect(gates.map(({ verdict }) => verdict)).toEqual(["fail", "inconclusive", "fail"]);
    expect(judgedRun.outcome).toBe("fail");
  });

  it("make a contrast that misses some inconclusive, and not one that misses more", () => {
    expect(judged("contrast", 1000).run).toMatchObject({
      outcome: "invalid",
      invalidBy: "generator",
    });
    expect(judged("contrast", 1900).run.outcome).toBe("fail");
  });
});
