import { expect, test } from "vitest";
import { WorkloadAccumulator } from "../../src/metrics/accumulator.ts";
import { Recorder } from "../../src/metrics/recorder.ts";
import { phase } from "../../src/metrics/snapshot.ts";
import { buildPageModel } from "../../src/report/build-model.ts";
import { buildResult } from "../../src/results/build/build.ts";
import { resultOf as readAgain } from "../../src/results/files/read.ts";
import { renderSummary } from "../../src/results/text/summary.ts";
import { measured, resultInput } from "./fixture.ts";

/** 1,000 exchanges of 2 ms, of which 40 took twice that as their client was woken late. */
function resultOf(isTimed: boolean) {
  const recorder = new Recorder(0, 0, 0);
  for (let exchange = 0; exchange < 1000; exchange++) {
    const wakeNs = exchange % 25 === 0 ? 2.5e6 : 0.5e6;
    const wokenNs = 5e9;
    const receivedNs = wokenNs - wakeNs;
    recorder.reply.set([1.5e6 + wakeNs, 1.3e6 + wakeNs, wokenNs, receivedNs - 1.2e6, receivedNs]);
    const isSlow = recorder.answeredAs(phase.steady, phase.steady);
    if (isTimed) recorder.timed(phase.steady);
    else recorder.reply.fill(Number.NaN, 3);
    if (isSlow) recorder.slow(phase.steady, exchange % 10, wokenNs + 2e3);
  }
  const accumulator = new WorkloadAccumulator(0, 0);
  accumulator.add(recorder.snapshot(1e9));
  return buildResult(resultInput({ workloads: [{ ...measured(0), accumulator }] }));
}

const timed = resultOf(true);
const untimed = resultOf(false);
const summary = (result: typeof timed) => renderSummary(result, { color: false, width: 120 });
const tables = (result: typeof timed) =>
  JSON.stringify(buildPageModel([{ label: "run", result }]), null, 1);

test("near a percentile is what exchanges of that response time consist of", () => {
  const { anatomy = [], wireTime } = timed.workloads.chat ?? {};
  const usual = { sendLagNs: 200_000, queuedNs: 100_000, wireTimeNs: 1_200_000 };
  expect(anatomy).toMatchObject([
    { percentile: 50, exchanges: 960, ...usual, wakeUpNs: 500_000 },
    { percentile: 90, exchanges: 960, ...usual, wakeUpNs: 500_000 },
    { percentile: 99, exchanges: 40, ...usual, wakeUpNs: 2_500_000 },
    { percentile: 99.9, exchanges: 40, ...usual, wakeUpNs: 2_500_000 },
  ]);
  expect(wireTime).toMatchObject({ count: 1000, min: 1_200_000, max: 1_200_000 });
});

test("without the kernel's times it is how late they were sent", () => {
  const { anatomy = [], wireTime } = untimed.workloads.chat ?? {};
  const unknown = { queuedNs: null, wireTimeNs: null, wakeUpNs: null };
  expect(anatomy[2]).toMatchObject({ percentile: 99, sendLagNs: 200_000, ...unknown });
  expect(wireTime?.count).toBe(0);
});

test("the summary, the finding and the report say it", () => {
  expect(summary(timed)).toContain(
    "p99 consists   sent late 200 us, queued 100 us, wire 1.20 ms, wake-up 2.50 ms (mean of 40 exchanges)",
  );
  expect(summary(timed)).toMatch(/wire time +1\.20 ms/);
  expect(summary(timed)).toContain("2.60 ms were this machine's own (65 %)");
  expect(tables(timed)).toContain("What response times consist of");
  expect(tables(timed)).toContain("The slowest exchange of each of these clients");
  for (const text of [summary(untimed), summary(untimed)]) {
    expect(text).not.toMatch(/p99 consists|wire time|this machine's own/);
  }
});

test("is read again, and what an earlier version wrote has none", () => {
  const written = JSON.parse(JSON.stringify(timed));
  expect(readAgain("r.json", structuredClone(written))).toEqual(written);
  const earlier = structuredClone(written);
  delete earlier.workloads.chat.anatomy;
  delete earlier.workloads.chat.wireTime;
  for (const client of earlier.workloads.chat.clients.slowest) delete client.exchange;
  const { chat } = readAgain("r.json", earlier).workloads;
  expect(chat).toMatchObject({ anatomy: [], wireTime: { count: 0 } });
  expect(chat?.clients.slowest[0]?.exchange).toBeNull();
});
