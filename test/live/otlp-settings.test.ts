import { describe, expect, test } from "vitest";
import { otlpSettings } from "../../src/live/otlp-settings.ts";

const of = (env: Record<string, string>, url: string | null = null) =>
  otlpSettings(url === null ? null : new URL(url), null, env);

test("without anything it is a collector on this machine", () => {
  expect({ ...of({}), url: String(of({}).url) }).toEqual({
    url: "http://localhost:4318/v1/metrics",
    headers: {},
    timeoutMs: 10_000,
    gzip: false,
    resource: {},
    histograms: "explicit",
  });
});

describe("the endpoint", () => {
  const name = "OTEL_EXPORTER_OTLP_ENDPOINT";
  const own = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";

  test.each<[Record<string, string>, string | null, string]>([
    [{ [name]: "http://127.0.0.1:9000" }, null, "http://127.0.0.1:9000/v1/metrics"],
    [{ [name]: "http://127.0.0.1:9000/otlp//" }, null, "http://127.0.0.1:9000/otlp/v1/metrics"],
    [{ [own]: "http://127.0.0.1:9000/mine" }, null, "http://127.0.0.1:9000/mine"],
    [{ [own]: "http://127.0.0.1:9000", [name]: "x" }, null, "http://127.0.0.1:9000/"],
    [{ [name]: "" }, null, "http://localhost:4318/v1/metrics"],
    [{ [name]: "http://127.0.0.1:9000" }, "http://127.0.0.1:1/a", "http://127.0.0.1:1/a"],
  ])("%j and --otlp %s: %s", (env, url, expected) => {
    expect(String(of(env, url).url)).toBe(expected);
  });
});

test("what is named for metrics goes before what is for all signals", () => {
  const settings = of({
    OTEL_EXPORTER_OTLP_HEADERS: "authorization=Basic%20YTpi, x-tenant = 7 ,",
    OTEL_EXPORTER_OTLP_TIMEOUT: "20",
    OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: "2000",
    OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
    OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
    OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: "http/json",
    OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: "base2_exponential_bucket_histogram",
  });
  expect(settings).toMatchObject({
    headers: { authorization: "Basic YTpi", "x-tenant": "7" },
    timeoutMs: 2000,
    gzip: true,
    histograms: "exponential",
  });
  expect(of({ OTEL_EXPORTER_OTLP_COMPRESSION: "none" }).gzip).toBe(false);
  expect(otlpSettings(null, "exponential", {}).histograms).toBe("exponential");
});

test("the service's name goes before that among the attributes", () => {
  const attributes = "service.name=a,deployment.environment.name=pre%2Cprod";
  expect(of({ OTEL_RESOURCE_ATTRIBUTES: attributes }).resource).toEqual({
    "service.name": "a",
    "deployment.environment.name": "pre,prod",
  });
  expect(
    of({ OTEL_RESOURCE_ATTRIBUTES: attributes, OTEL_SERVICE_NAME: "b" }).resource["service.name"],
  ).toBe("b");
});

test.each([
  [
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "http/protobuf",
    "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf: slash8 pushes metrics as http/json alone; set OTEL_EXPORTER_OTLP_METRICS_PROTOCOL=http/json",
  ],
  ["OTEL_EXPORTER_OTLP_ENDPOINT", "127.0.0.1", "OTEL_EXPORTER_OTLP_ENDPOINT 127.0.0.1: give a URL"],
  ["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://a:b@c", "METRICS_ENDPOINT: metrics cannot be"],
  ["OTEL_EXPORTER_OTLP_TIMEOUT", "10s", "OTEL_EXPORTER_OTLP_TIMEOUT=10s: give milliseconds"],
  ["OTEL_EXPORTER_OTLP_TIMEOUT", "0", "a whole number from 1 to 600000"],
  ["OTEL_EXPORTER_OTLP_COMPRESSION", "zstd", "OTEL_EXPORTER_OTLP_COMPRESSION=zstd: give gzip or"],
  ["OTEL_EXPORTER_OTLP_HEADERS", "a=1,secret", "HEADERS: entry 2 is not of the form key=value"],
  ["OTEL_EXPORTER_OTLP_HEADERS", "a=%zzsecret", "HEADERS: entry 1 is not of the form key=value"],
  ["OTEL_EXPORTER_OTLP_HEADERS", "a b=secret", "entry 1: its name is not that of a header"],
  ["OTEL_EXPORTER_OTLP_HEADERS", "a=secret%0Ax", "entry 1: its value has characters"],
  ["OTEL_EXPORTER_OTLP_HEADERS", "Content-Type=secret", "entry 1: Content-Type is not to be given"],
  ["OTEL_RESOURCE_ATTRIBUTES", "=x", "OTEL_RESOURCE_ATTRIBUTES: entry 1 is not of the form"],
  [
    "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
    "constructor",
    "give explicit_bucket_histogram or base2_exponential_bucket_histogram",
  ],
])("%s=%s is refused, and no header is shown", (name, value, message) => {
  expect(() => of({ [name]: value })).toThrow(message);
  expect(() => of({ [name]: value })).not.toThrow("secret");
});
