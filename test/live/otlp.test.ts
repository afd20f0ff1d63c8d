import { expect, test } from "vitest";
import { familiesOf } from "../../src/live/families.ts";
import { otlpRequest } from "../../src/live/otlp.ts";
import { metricsOf, otlpSchema } from "./otlp-schema.ts";
import { earlyView, runView } from "./samples.ts";

const now = new Date("2026-11-21T10:00:12.250Z");
const plain = { histograms: "explicit", resource: {} } as const;
const request = (view = runView(), how: Parameters<typeof otlpRequest>[3] = plain) =>
  JSON.parse(JSON.stringify(otlpRequest(familiesOf(view), view, now, how)));

test("keeps to the schema, from the run's first moment on", () => {
  for (const view of [earlyView(), runView()]) {
    expect(otlpSchema.safeParse(request(view)).error).toBeUndefined();
  }
});

test("contains every metric", () => {
  const families = familiesOf(runView()).filter(({ samples }) => samples.length > 0);
  expect([...metricsOf(request()).keys()]).toEqual(families.map(({ name }) => name));
});

test("a counter, with its times and labels", () => {
  expect(metricsOf(request()).get("slash8.exchanges.sent")).toMatchObject({
    unit: "{exchange}",
    sum: {
      dataPoints: [
        {
          attributes: [
            { key: "workload", value: { stringValue: "chatter" } },
            { key: "server", value: { stringValue: "echo" } },
          ],
          startTimeUnixNano: "1795255200000000000",
          timeUnixNano: "1795255212250000000",
          asDouble: 4000,
        },
        {},
      ],
    },
  });
});

test("a histogram, in seconds", () => {
  const metric = metricsOf(request()).get("slash8.response_time");
  const [point] = metric !== undefined && "histogram" in metric ? metric.histogram.dataPoints : [];
  expect(point).toMatchObject({ count: "4000", sum: 4, min: 0.001, max: 0.001 });
  const filled = point?.bucketCounts.findIndex((count) => count !== "0") ?? -1;
  expect(point?.explicitBounds.slice(filled - 1, filled + 1)).toEqual([0.000768, 0.001024]);
});

test("names the run in its resource", () => {
  const [{ resource }] = otlpSchema.parse(request()).resourceMetrics;
  expect(resource.attributes).toContainEqual({
    key: "service.name",
    value: { stringValue: "slash8" },
  });
});

test("has the attributes of the environment, which go first", () => {
  const resource = { "service.name": "chat", "deployment.environment.name": "ci" };
  const [{ resource: named }] = otlpSchema.parse(
    request(runView(), { ...plain, resource }),
  ).resourceMetrics;
  const values = named.attributes.map(({ key, value }) => [key, value.stringValue]);
  expect(values).toEqual([
    ["service.name", "chat"],
    ["service.version", "0.1.0"],
    ["service.instance.id", "0001"],
    ["slash8.scenario", 'fake"'],
    ["deployment.environment.name", "ci"],
  ]);
});

test("histograms are exponential where that is wanted", () => {
  const how = { ...plain, histograms: "exponential" } as const;
  for (const view of [earlyView(), runView()]) {
    expect(otlpSchema.safeParse(request(view, how)).error).toBeUndefined();
  }
  const metric = metricsOf(request(runView(), how)).get("slash8.response_time");
  expect(metric).toMatchObject({
    unit: "s",
    exponentialHistogram: {
      aggregationTemporality: 2,
      dataPoints: [
        {
          count: "4000",
          sum: 4,
          min: 0.001,
          max: 0.001,
          scale: 9,
          zeroCount: "0",
          // Over 2^(-5103 / 512), which is 0.9993 ms, and up to 2^(-5102 / 512), which is 1.0006 ms.
          positive: { offset: -5103, bucketCounts: ["4000"] },
        },
        {},
      ],
    },
  });
});
