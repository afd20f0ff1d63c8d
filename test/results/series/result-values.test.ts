import { describe, expect, test } from "vitest";
import {
  type HistogramName,
  type MetricRef,
  type ServerMetric,
  serverMetrics,
  type WorkloadMetric,
  workloadMetrics,
} from "../../../src/gates/metric.ts";
import { phase, timings } from "../../../src/metrics/snapshot.ts";
import { buildResult } from "../../../src/results/build/build.ts";
import { workloadData } from "../../../src/results/build/input.ts";
import { metricView } from "../../../src/results/build/metric-view.ts";
import { resultValues } from "../../../src/results/series/result-values.ts";
import { httpPlan, httpStory, measured, resultInput } from "../fixture.ts";

const input = resultInput({
  names: ["chat", "idle"],
  workloads: [
    measured(0, { responseNs: (second) => 1e6 + second * 77_777 }),
    measured(1, { sent: 60, responseNs: () => 3e6 }),
  ],
});
const written = resultValues(JSON.parse(JSON.stringify(buildResult(input))));
const view = metricView(workloadData(input), input.servers, input.run.disturbances);

describe("values of a written result are those that its gates saw", () => {
  const scopes = ["chat", "idle", null];
  test.each(Object.keys(workloadMetrics) as WorkloadMetric[])("%s", (metric) => {
    for (const workload of scopes) {
      const ref: MetricRef = { of: "workload", workload, metric };
      expect(written.value(ref)).toBe(view.value(ref));
    }
  });

  test.each<HistogramName>([...timings, "deliveryLatency"])("%s", (metric) => {
    for (const workload of scopes) {
      for (const statistic of ["count", "min", "max", "mean", "stdDev"] as const) {
        const ref: MetricRef = { of: "timing", workload, metric, statistic };
        const value = view.value(ref);
        if (value === null) expect(written.value(ref)).toBeNull();
        else expect(written.value(ref)).toBeCloseTo(value, 0);
      }
      for (const percentile of [1, 50, 99, 99.9]) {
        const ref: MetricRef = { of: "timing", workload, metric, statistic: { percentile } };
        expect(written.value(ref)).toBe(view.value(ref));
      }
    }
  });

  test.each(Object.keys(serverMetrics) as ServerMetric[])("servers.echo.%s", (metric) => {
    const ref: MetricRef = { of: "server", server: "echo", metric };
    expect(written.value(ref)).toBe(view.value(ref));
  });
});

test("replies by HTTP status are those that its gates saw", () => {
  const plan = httpPlan(input.plan);
  const workloads = [measured(0, httpStory(200, 503)), measured(1, httpStory(204, 504, 504))];
  const http = resultInput({ names: ["chat", "idle"], plan, workloads });
  const own = resultValues(JSON.parse(JSON.stringify(buildResult(http))));
  const seen = metricView(workloadData(http), http.servers, http.run.disturbances);
  for (const workload of ["chat", "idle", null]) {
    for (const range of [
      [200, 200],
      [500, 599],
      [400, 499],
    ] as const) {
      const ref: MetricRef = { of: "status", workload, metric: "exchanges.status.x", range };
      expect(seen.value(ref)).not.toBeNull();
      expect(own.value(ref)).toBe(seen.value(ref));
      // Of other framings, and in results of versions before: none.
      expect(written.value(ref)).toBeNull();
    }
  }
});

test("errors by code are those that its gates saw", () => {
  const workloads = [
    measured(0, { note: (recorder) => recorder.error("ECONNRESET", "target", phase.steady) }),
    measured(1),
  ];
  const failing = resultInput({ names: ["chat", "idle"], workloads });
  const own = resultValues(JSON.parse(JSON.stringify(buildResult(failing))));
  const seen = metricView(workloadData(failing), failing.servers, failing.run.disturbances);
  for (const workload of ["chat", "idle", null]) {
    for (const code of ["ECONNRESET", "TIMEOUT"]) {
      const ref: MetricRef = { of: "error", workload, metric: `errors.${code}`, code };
      expect(own.value(ref)).toBe(seen.value(ref));
    }
  }
  const code = "ECONNRESET";
  expect(own.value({ of: "error", workload: "chat", metric: "errors", code })).toBeGreaterThan(0);
  expect(own.value({ of: "error", workload: "gone", metric: "errors", code })).toBeNull();
});

test("what a result does not have is no data", () => {
  const workload = "constructor";
  expect(written.value({ of: "workload", workload, metric: "errors" })).toBeNull();
  const statistic = { percentile: 99 };
  expect(written.value({ of: "timing", workload, metric: "responseTime", statistic })).toBeNull();
  expect(written.value({ of: "server", server: "toString", metric: "cpuSeconds" })).toBeNull();
});
