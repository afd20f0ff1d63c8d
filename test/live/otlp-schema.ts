/**
 * OTLP's ExportMetricsServiceRequest in its JSON encoding, as strict as the part that slash8 sends:
 * names in lowerCamelCase, 64-bit integers as decimal texts, enums as numbers, no field that is unknown.
 *
 * @see opentelemetry/proto/collector/metrics/v1, /metrics/v1, /resource/v1, /common/v1
 */
import { z } from "zod";

const uint64 = z.string().regex(/^\d{1,20}$/);
const attributes = z.array(
  z.strictObject({ key: z.string().min(1), value: z.strictObject({ stringValue: z.string() }) }),
);
const times = { attributes, startTimeUnixNano: uint64, timeUnixNano: uint64 };
const numberPoint = z.strictObject({ ...times, asDouble: z.number() });
const histogramPoint = z
  .strictObject({
    ...times,
    count: uint64,
    sum: z.number(),
    min: z.number().optional(),
    max: z.number().optional(),
    bucketCounts: z.array(uint64),
    explicitBounds: z.array(z.number()),
  })
  .refine(({ bucketCounts, explicitBounds }) => bucketCounts.length === explicitBounds.length + 1)
  .refine(({ bucketCounts, count }) => {
    return bucketCounts.reduce((sum, one) => sum + Number(one), 0) === Number(count);
  });
const exponentialPoint = z
  .strictObject({
    ...times,
    count: uint64,
    sum: z.number(),
    min: z.number().optional(),
    max: z.number().optional(),
    scale: z.int(),
    zeroCount: uint64,
    positive: z.strictObject({ offset: z.int(), bucketCounts: z.array(uint64) }),
  })
  .refine(({ positive, zeroCount, count }) => {
    const sum = positive.bucketCounts.reduce((total, one) => total + Number(one), 0);
    return sum + Number(zeroCount) === Number(count);
  });
const described = { name: z.string().min(1), description: z.string(), unit: z.string() };
const cumulative = z.literal(2);

const metric = z.union([
  z.strictObject({
    ...described,
    sum: z.strictObject({
      aggregationTemporality: cumulative,
      isMonotonic: z.literal(true),
      dataPoints: z.array(numberPoint).min(1),
    }),
  }),
  z.strictObject({
    ...described,
    gauge: z.strictObject({ dataPoints: z.array(numberPoint).min(1) }),
  }),
  z.strictObject({
    ...described,
    exponentialHistogram: z.strictObject({
      aggregationTemporality: cumulative,
      dataPoints: z.array(exponentialPoint).min(1),
    }),
  }),
  z.strictObject({
    ...described,
    histogram: z.strictObject({
      aggregationTemporality: cumulative,
      dataPoints: z.array(histogramPoint).min(1),
    }),
  }),
]);

export const otlpSchema = z.strictObject({
  resourceMetrics: z.tuple([
    z.strictObject({
      resource: z.strictObject({ attributes }),
      scopeMetrics: z.tuple([
        z.strictObject({
          scope: z.strictObject({ name: z.string(), version: z.string() }),
          metrics: z.array(metric).min(1),
        }),
      ]),
    }),
  ]),
});

export type OtlpMetric = z.infer<typeof metric>;

/** The metrics that a collector receives, by name. */
export function metricsOf(request: unknown): Map<string, OtlpMetric> {
  const [{ scopeMetrics }] = otlpSchema.parse(request).resourceMetrics;
  return new Map(scopeMetrics[0].metrics.map((one) => [one.name, one]));
}
