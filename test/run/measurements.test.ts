import { expect, test } from "vitest";
import { Recorder } from "../../src/metrics/recorder.ts";
import { counter, momentOf, phase } from "../../src/metrics/snapshot.ts";
import { Measurements } from "../../src/run/measurements.ts";
import { resultInput, startNs } from "../results/fixture.ts";
import { hostsInput } from "../results/hosts-fixture.ts";

function sent(worker: number, count: number) {
  const recorder = new Recorder(0, worker, startNs, 5);
  recorder.opened();
  recorder.count(momentOf(phase.steady, 0), counter.sent, count);
  return recorder.snapshot(startNs + 0.25e9);
}

test("what workers report is summed by their host as well", () => {
  const measurements = new Measurements(hostsInput().plan, startNs);
  measurements.add(sent(0, 3));
  measurements.add(sent(1, 4));
  measurements.began(0, 0, 500);
  measurements.began(1, 0, null);
  const [a, b] = ["a", "b"].map((name) => measurements.hosts.get(name)?.[0]);
  const count = (totals: typeof a) => totals?.counters.reduce((sum, one) => sum + one, 0);
  expect([count(a), count(b), measurements.accumulators[0]?.count("sent")]).toEqual([3, 4, 7]);
  expect([a?.beganLateNs, b?.beganLateNs]).toEqual([500, null]);
  measurements.exited(1);
  expect([a?.open, b?.open]).toEqual([1, 0]);
});

test("there are none by host where the clients are on one machine", () => {
  const measurements = new Measurements(resultInput().plan, startNs);
  measurements.add(sent(0, 3));
  measurements.began(0, 0, 500);
  expect(measurements.hosts.size).toBe(0);
});
