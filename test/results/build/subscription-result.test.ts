import { describe, expect, it } from "vitest";
import { Deliveries } from "../../../src/metrics/broadcast/deliveries.ts";
import type { SubscriptionsMeasured } from "../../../src/metrics/broadcast/subscriptions.ts";
import { Disturbances } from "../../../src/metrics/disturbance/disturbances.ts";
import { counter } from "../../../src/metrics/snapshot.ts";
import { buildResult } from "../../../src/results/build/build.ts";
import type { WorkloadMeasured } from "../../../src/results/build/input.ts";
import type { RunResult } from "../../../src/results/result.ts";
import { resultValues } from "../../../src/results/series/result-values.ts";
import { workloadSection } from "../../../src/results/text/summary-workload.ts";
import { measured, resultInput, type Story, startNs } from "../fixture.ts";

const all: SubscriptionsMeasured = {
  published: 100,
  due: 1000,
  received: 1000,
  lost: 0,
  subscribers: 10,
  throughout: 10,
  complete: 10,
  foreign: 0,
  incomplete: [],
};
const some: SubscriptionsMeasured = {
  ...all,
  received: 990,
  lost: 10,
  throughout: 9,
  complete: 9,
  foreign: 2,
  incomplete: [
    { subscriber: 3, worker: 0, due: 100, received: 90, lost: 10, duplicated: 1, reordered: 0 },
  ],
};

/** 25 deliveries in each quarter second of steady state and worker: 5 ms from when they were due, 2 ms from when they left. */
const deliveries: Story = {
  offered: 0,
  note(recorder, quarters, at) {
    if (quarters < 8 || quarters >= 24) return;
    const nowNs = startNs + (quarters + 0.5) * 0.25e9;
    for (let n = 0; n < 25; n++) recorder.answered(at, 5e6, 2e6, nowNs);
    recorder.count(at, counter.bytesReceived, 25 * 50);
  },
};

function resultOf(
  subscription: SubscriptionsMeasured | null,
  gates: readonly string[] = [],
  changes: Partial<WorkloadMeasured> = {},
  story = deliveries,
): RunResult {
  const workloads = [{ ...measured(0, story), subscription, publishers: ["writer"], ...changes }];
  return buildResult(resultInput({ names: ["readers"], pattern: "subscribe", workloads, gates }));
}
const readersOf = (result: RunResult) => result.workloads.readers as RunResult["workloads"][string];

describe("the result of subscribers", () => {
  it("has deliveries where others have replies", () => {
    const result = resultOf(some);
    const readers = readersOf(result);
    expect(readers.deliveryLatency).toMatchObject({ count: 800, max: 5e6 });
    expect(readers.transitTime).toMatchObject({ count: 800, max: 2e6 });
    expect(readers.responseTime.count).toBe(0);
    expect(readers.serviceTime.count).toBe(0);
    expect(readers.exchanges).toMatchObject({
      countedBy: "client",
      sent: 0,
      received: 800,
      lost: 10,
    });
    expect(readers.rate.receivedPerSecond).toBe(200);
    expect(readers.notes).toEqual([
      "delivery latencies are those of 800 deliveries, so percentiles above p99.9 are the longest of them",
    ]);
    const { lost: _, incomplete, ...counts } = some;
    expect(readers.subscription).toEqual({
      ...counts,
      publishers: ["writer"],
      incomplete: [
        {
          subscriber: 3,
          source: "127.32.0.4:1024",
          due: 100,
          received: 90,
          lost: 10,
          duplicated: 1,
          reordered: 0,
        },
      ],
    });
    expect(incomplete).toHaveLength(1);
    const plain = { bold: String, dim: String, green: String, red: String, yellow: String };
    const look = { width: 200, unicode: false };
    const text = workloadSection("readers", readers, plain as never, look).join("\n");
    expect(text).toContain("800 received (");
    expect(text).toContain(
      "100 published by writer, 1,000 deliveries due to 10 subscribers, 9 were there all the time, 9 received everything once, 2 messages of others",
    );
    expect(text).toContain("127.32.0.4:1024 10 lost, 1 again");
    expect(text).toMatch(/delivery .*5\.00 ms/);
    expect(text).toMatch(/transit .*2\.00 ms/);
  });

  it("gives gates the same values as are written", () => {
    const gates = [
      "readers.deliveryLatency.p99 < 4ms",
      "readers.transitTime.max < 3ms",
      "readers.exchanges.lost == 0",
      "readers.rate.receivedPerSecond > 199/s",
      "total.responseTime.p99 < 1s",
    ];
    const result = resultOf(some, gates);
    expect(result.gates.map(({ verdict }) => verdict)).toEqual([
      "fail",
      "pass",
      "fail",
      "pass",
      "noData",
    ]);
    const written = resultValues(result);
    const of = (metric: "deliveryLatency" | "transitTime" | "responseTime") =>
      written.value({ of: "timing", workload: "readers", metric, statistic: "max" });
    expect([of("deliveryLatency"), of("transitTime"), of("responseTime")]).toEqual([
      5e6,
      2e6,
      null,
    ]);
  });

  it("is judged by windows, in which what was published has to arrive", () => {
    // Nothing arrives in the second that begins 3 s after the run.
    const story: Story = {
      offered: 0,
      note: (recorder, quarters, at) => {
        if (quarters < 12 || quarters >= 16) deliveries.note?.(recorder, quarters, at);
      },
    };
    const verdicts = (whenPublishing: (quarters: number) => boolean) => {
      const writer = measured(1, {
        offered: 0,
        note: (recorder, quarters, at) => {
          if (quarters < 8 || quarters >= 24 || !whenPublishing(quarters)) return;
          recorder.sent(at, 50);
        },
      });
      const readers = { ...measured(0, story), subscription: all, publishers: ["writer"] };
      const gates = [
        "readers.deliveryLatency.p99 < 6ms over 1s",
        "readers.deliveryLatency.max < 4ms over 1s",
        "readers.transitTime.max < 3ms over 2s",
      ];
      const names = ["readers", "writer"];
      const workloads = [readers, writer];
      const { gates: judged } = buildResult(
        resultInput({ names, pattern: "subscribe", workloads, gates }),
      );
      return judged.map(({ verdict }) => verdict);
    };
    expect(verdicts(() => true)).toEqual(["noData", "fail", "pass"]);
    const paused = (quarters: number) => quarters < 12 || quarters >= 16;
    expect(verdicts(paused)).toEqual(["pass", "fail", "pass"]);
  });

  it("fails where nothing arrived, and has no data where nothing was due", () => {
    const none = { ...all, received: 0, lost: 1000, complete: 0 };
    const silent = { offered: 0 };
    const { run } = resultOf(none, [], {}, silent);
    expect(run.outcome).toBe("fail");
    expect(run.reasons.join()).toContain(
      "readers: none of 100 messages published by writer was received by any of 10 subscribers",
    );
    const absent = { ...all, due: 0, received: 0, throughout: 0, complete: 0 };
    const { gates } = resultOf(absent, ["readers.exchanges.lost == 0"], {}, silent);
    expect(gates.map(({ verdict }) => verdict)).toEqual(["noData"]);
  });

  it("what a pause of a subscriber's worker can have lost is not the server's", () => {
    const disturbances = new Disturbances();
    const pause = {
      worker: 0,
      fromNs: startNs + 3e9,
      toNs: startNs + 4e9,
      cause: "stopped",
    } as const;
    disturbances.paused([pause]);
    const paused = new Deliveries(disturbances, [1], [0]);
    const { accumulator } = measured(0, { offered: 10 });
    expect(accumulator.count("sent")).toBeGreaterThan(0);
    const sender = measured(0, { offered: 0 });
    const published = new Deliveries(disturbances, [1], [0]);
    for (const one of [paused, published]) expect(one.lostAtMost(0)).toBe(0);
    const snapshot = {
      ...sender.accumulator.total,
      counters: sender.accumulator.total.counters.slice(),
      fromNs: startNs + 3e9,
      toNs: startNs + 4e9,
    };
    snapshot.counters[counter.sent] = 40;
    paused.sent(snapshot);
    expect(paused.lostAtMost(0)).toBeGreaterThanOrEqual(10);
    const [gate] = resultOf(some, ["readers.exchanges.lost == 0"], { deliveries: paused }).gates;
    expect(gate?.verdict).toBe("inconclusive");
  });
});
