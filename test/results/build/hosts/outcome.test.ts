import { expect, test } from "vitest";
import { HostTotals } from "../../../../src/metrics/host-totals.ts";
import { counter, counters, phase } from "../../../../src/metrics/snapshot.ts";
import { buildResult } from "../../../../src/results/build/build.ts";
import { startNs } from "../../fixture.ts";
import { hostsInput } from "../../hosts-fixture.ts";

/** Totals of a host that sent so much of what was due in steady state. */
function totals(offered: number, sent: number): HostTotals {
  const made = new HostTotals(startNs);
  const at = phase.steady * counters.length;
  made.counters[at + counter.offered] = offered;
  made.counters[at + counter.sent] = sent;
  return made;
}

test("a lost host makes the run invalid by its name, once for all that was on it", () => {
  const lost = "nothing was heard of it for 1.5 s";
  const input = hostsInput({}, { b: { lost } });
  const exits = [1].map((worker) => ({ worker, reason: `agent 1: host b is gone: ${lost}` }));
  const { run } = buildResult({ ...input, workerExits: exits });
  expect(run).toMatchObject({
    outcome: "invalid",
    invalidBy: "generator",
    reasons: [
      "host b is gone: nothing was heard of it for 1.5 s; what its worker 1 had not reported yet is missing",
    ],
  });
});

test("a worker that exited on a host that is still there is named as ever", () => {
  const input = hostsInput({}, { b: { lost: "gone" } });
  const { run } = buildResult({ ...input, workerExits: [{ worker: 0, reason: "out of memory" }] });
  expect(run.reasons[1]).toBe(
    "worker 0 exited: out of memory; what it had not reported yet is missing",
  );
});

test("hosts that did not keep up are named, with what they sent of their part", () => {
  const story = { offered: 100, sent: 90 };
  const reasonOf = (a: HostTotals, b: HostTotals, of = {}) =>
    buildResult(hostsInput(story, { a: { totals: [a], ...of }, b: { totals: [b], ...of } })).run
      .reasons[0];
  const only = "chat: only 720/s of 800/s offered was sent (90.0 %), as";
  expect(reasonOf(totals(1_600, 1_600), totals(1_600, 1_280))).toBe(
    `${only} host b (80 % of its part) did not keep up; use more hosts, or lower the rate`,
  );
  expect(reasonOf(totals(1_600, 1_440), totals(1_600, 1_440))).toBe(
    `${only} hosts a (90 % of its part), b (90 % of its part) did not keep up; use more hosts, or lower the rate`,
  );
  const cpu = { userSeconds: 0.1, systemSeconds: 0.1, waitedSeconds: 3, overSeconds: 4 };
  expect(reasonOf(totals(1_600, 1_600), totals(1_600, 1_280), { cpu })).toBe(
    `${only} other programs had the CPUs of host b (80 % of its part); end them there, use more hosts, or lower the rate`,
  );
});
