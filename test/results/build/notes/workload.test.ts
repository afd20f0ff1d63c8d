import { expect, test } from "vitest";
import { WorkloadAccumulator } from "../../../../src/metrics/accumulator.ts";
import { Recorder } from "../../../../src/metrics/recorder.ts";
import { counter, phase } from "../../../../src/metrics/snapshot.ts";
import { workloadData } from "../../../../src/results/build/input.ts";
import { workloadNotes } from "../../../../src/results/build/notes/workload.ts";
import { resultInput } from "../../fixture.ts";

/** Notes of a UDP workload over which something was recorded. */
function notes(socket: "connected" | "unconnected", record: (recorder: Recorder) => void) {
  const recorder = new Recorder(0, 0, 0);
  recorder.count(phase.connect, counter.opened, 10);
  recorder.count(phase.steady, counter.sent, 100);
  record(recorder);
  const accumulator = new WorkloadAccumulator(0, 0);
  accumulator.add(recorder.snapshot(1e9));
  const [data] = workloadData(resultInput());
  if (data === undefined) throw new Error("the fixture has a workload");
  const workload = { ...data.workload, protocol: "udp" as const, socket };
  return workloadNotes({ ...data, accumulator, workload });
}

test("says nothing where replies came, over UDP or TCP", () => {
  expect(notes("connected", (r) => r.count(phase.steady, counter.received, 100))).toEqual([]);
  const [data] = workloadData(resultInput());
  expect(data && workloadNotes(data)).toEqual([]);
});

test("says what to do where another program has the source ports", () => {
  const found = notes("connected", (recorder) => {
    recorder.count(phase.steady, counter.received, 100);
    for (let i = 0; i < 4; i++) recorder.error("EADDRINUSE", "generator", phase.connect);
    recorder.error("EADDRINUSE", "generator", phase.steady);
    recorder.error("ENETUNREACH", "target", phase.steady);
  });
  expect(found).toEqual([
    expect.stringMatching(
      /^5 attempts to open .* another program has the source port \(EADDRINUSE\).* workloads\.chat\.sources/,
    ),
  ]);
});

test("says that source ports were passed over, and that nothing is wrong with the result", () => {
  const passed = (count: number) =>
    notes("connected", (recorder) => {
      recorder.count(phase.steady, counter.received, 100);
      recorder.count(phase.connect, counter.portsTaken, count);
    });
  expect(passed(1)).toEqual([
    expect.stringMatching(
      /^1 source port was passed over, as another program had taken it after .* Results are not affected\. .* workloads\.chat\.sources/,
    ),
  ]);
  expect(passed(3)).toEqual([
    expect.stringMatching(/^3 source ports were passed over, as another program had taken them /),
  ]);
});

test("says which address answered for which", () => {
  const found = notes("unconnected", (recorder) => {
    recorder.count(phase.steady, counter.timedOut, 100);
    recorder.count(phase.steady, counter.wrongSource, 100);
    for (let i = 0; i < 100; i++) recorder.wrongSource("127.0.0.77", 53, "127.0.0.1", 53);
  });
  expect(found).toEqual([
    expect.stringMatching(
      /^100 of 100 replies came from 127\.0\.0\.1, requests went to 127\.0\.0\.77: the server answers from a wildcard socket.*docs\/udp\.md$/,
    ),
  ]);
});

test("distinguishes another port from another address, and counts the others", () => {
  const found = notes("unconnected", (recorder) => {
    recorder.count(phase.steady, counter.received, 10);
    recorder.count(phase.steady, counter.wrongSource, 3);
    for (let i = 0; i < 2; i++) recorder.wrongSource("127.0.0.1", 53, "127.0.0.1", 4000);
    recorder.wrongSource("127.0.0.1", 53, "127.0.0.1", 4001);
  });
  expect(found).toEqual([
    expect.stringMatching(
      /^2 of 13 replies came from 127\.0\.0\.1:4000, requests went to 127\.0\.0\.1:53 \(and others: 1\): the server answers from another socket/,
    ),
  ]);
});

test("counts the flows that were refused", () => {
  const found = notes("connected", (recorder) => {
    recorder.count(phase.steady, counter.timedOut, 100);
    recorder.count(phase.steady, counter.refused, 7);
  });
  expect(found).toEqual([
    "7 of 10 flows were refused by ICMP, as nothing listens at 127.0.0.1:7000 (ECONNREFUSED)",
  ]);
});

test.each([
  ["connected", /a server on a wildcard socket .* looks just like this/],
  ["unconnected", /an unconnected socket receives no ICMP errors/],
] as const)("explains silence on %s sockets, and how to find out", (socket, why) => {
  const found = notes(socket, (recorder) => recorder.count(phase.steady, counter.timedOut, 100));
  expect(found).toEqual([expect.stringMatching(why)]);
  expect(found[0]).toContain("slash8 probe udp://127.0.0.1:7000");
});

test("is not silent about what came unsolicited: that is no silence", () => {
  const found = notes("connected", (recorder) => {
    recorder.count(phase.steady, counter.timedOut, 100);
    recorder.count(phase.steady, counter.unsolicited, 100);
  });
  expect(found).toEqual([expect.stringMatching(/^100 messages came that nobody had requested/)]);
});

test("says that percentiles hold time-outs, and what came that nobody had requested", () => {
  const found = notes("connected", (recorder) => {
    for (let i = 0; i < 9; i++) recorder.answered(phase.steady, 1e6, 1e6, 9e9);
    recorder.timedOut(phase.steady, 1.5e9, 1e9, 9e9);
    recorder.count(phase.connect, counter.unsolicited, 2);
    recorder.count(phase.steady, counter.reopenedUnsolicited, 1);
  });
  expect(found).toEqual([
    expect.stringMatching(
      /^2 messages came that nobody had requested: .* 1 connection had to be opened/,
    ),
    expect.stringMatching(/^1 of 10 response times are time-outs\. .*read those as "at least"$/),
    expect.stringMatching(/^response times are those of 10 exchanges/),
  ]);
});

test.each([
  [
    999,
    "response times are those of 999 exchanges, so percentiles above p99.9 are the longest of them",
  ],
  [
    40,
    "response times are those of 40 exchanges, so percentiles above p97.5 are the longest of them",
  ],
  [1, "response times are those of 1 exchange, so percentiles above p0 are the longest of them"],
])("says that the highest percentiles of %i samples are the maximum", (count, note) => {
  const found = notes("connected", (recorder) => {
    for (let i = 0; i < count; i++) recorder.answered(phase.steady, 1e6, 1e6, 9e9);
  });
  expect(found).toEqual([note]);
});

test("does not where there are enough", () => {
  const found = notes("connected", (recorder) => {
    for (let i = 0; i < 1000; i++) recorder.answered(phase.steady, 1e6, 1e6, 9e9);
  });
  expect(found).toEqual([]);
});
