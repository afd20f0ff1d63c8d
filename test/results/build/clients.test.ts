import { expect, test } from "vitest";
import { WorkloadAccumulator } from "../../../src/metrics/accumulator.ts";
import { Recorder } from "../../../src/metrics/recorder.ts";
import { phase } from "../../../src/metrics/snapshot.ts";
import { buildResult } from "../../../src/results/build/build.ts";
import { renderSummary } from "../../../src/results/text/summary.ts";
import { slowReply } from "../../metrics/samples.ts";
import { measured, resultInput } from "../fixture.ts";

function resultOf(record: (recorder: Recorder) => void) {
  const recorder = new Recorder(0, 0, 0);
  record(recorder);
  const accumulator = new WorkloadAccumulator(0, 0);
  accumulator.add(recorder.snapshot(1e9));
  return buildResult(resultInput({ workloads: [{ ...measured(0), accumulator }] }));
}

test("clients are named by address and port, each with its filters", () => {
  const result = resultOf((recorder) => {
    slowReply(recorder, 3, 12e6);
    recorder.reply.set([15e6, 14e6, 2e9, 2e9 - 13.5e6, 2e9 - 4e6]);
    recorder.slow(phase.steady, 4, 2e9 + 1e3);
    recorder.failed(255, "ECONNRESET", "target", phase.steady);
  });
  expect(result.workloads.chat?.clients).toEqual({
    slowest: [
      {
        client: 4,
        source: "127.32.0.5:1024",
        destination: "127.0.0.1:7000",
        displayFilter: "ip.addr == 127.32.0.5 && tcp.port == 1024",
        captureFilter: "host 127.32.0.5 and tcp port 1024",
        worstResponseTime: 15e6,
        exchange: {
          atMs: 1985,
          sendLagNs: 1e6,
          queuedNs: 0.5e6,
          wireTimeNs: 9.5e6,
          wakeUpNs: 4e6,
          handOutNs: 1e3,
        },
        tcp: null,
      },
      expect.objectContaining({
        client: 3,
        source: "127.32.0.4:1024",
        worstResponseTime: 12e6,
        exchange: {
          atMs: 1988,
          sendLagNs: 0,
          queuedNs: null,
          wireTimeNs: null,
          wakeUpNs: null,
          handOutNs: 0,
        },
      }),
    ],
    failing: [
      expect.objectContaining({
        client: 255,
        source: "127.32.0.2:1025",
        displayFilter: "ip.addr == 127.32.0.2 && tcp.port == 1025",
        failures: 1,
        code: "ECONNRESET",
      }),
    ],
  });
  const summary = renderSummary(result, { color: false, width: 80 });
  expect(summary).toContain("  slowest        127.32.0.5:1024 15.0 ms, 127.32.0.4:1024 12.0 ms\n");
  expect(summary).toContain("  failing        127.32.0.2:1025 1 (ECONNRESET)\n");
});

test("the summary names three, and says how many more there are", () => {
  const failing = (count: number) =>
    renderSummary(
      resultOf((recorder) => {
        for (let client = 0; client < count; client++) {
          recorder.failed(client, "TIMEOUT", "target", phase.steady);
        }
      }),
      { color: false, width: 200 },
    );
  expect(failing(3)).not.toContain(" more");
  expect(failing(5)).toContain("127.32.0.3:1024 1 (TIMEOUT), and 2 more\n");
  expect(failing(99)).toContain(", and 29 more at least\n");
});
