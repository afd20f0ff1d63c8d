import { describe, expect, test } from "vitest";
import { liveOptions, otlpOf, refuseRemote } from "../../../src/cli/load/live-options.ts";

describe("--metrics", () => {
  const { coerce } = liveOptions.metrics;

  test.each([
    [undefined, undefined],
    ["", { address: "127.0.0.1", port: 9464 }],
    ["0", { address: "127.0.0.1", port: 0 }],
    ["9100", { address: "127.0.0.1", port: 9100 }],
    ["127.0.0.9:9100", { address: "127.0.0.9", port: 9100 }],
    ["[::1]:9100", { address: "::1", port: 9100 }],
  ])("%j", (given, endpoint) => {
    expect(coerce(given)).toEqual(endpoint);
  });

  test.each([
    ["nonsense", '--metrics "nonsense" is not an endpoint'],
    ["99999", '--metrics "127.0.0.1:99999" is not an endpoint'],
    ["127.0.0.256:1", "--metrics 127.0.0.256"],
    [["1", "2"], "--metrics is given more than once"],
  ])("%j is refused", (given, message) => {
    expect(() => coerce(given)).toThrow(message);
  });
});

describe("--otlp", () => {
  const { coerce } = liveOptions.otlp;

  test.each([
    ["http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/metrics"],
    ["http://127.0.0.1:4318/", "http://127.0.0.1:4318/v1/metrics"],
    ["https://[::1]:4318/otlp/v1/metrics?x=1", "https://[::1]:4318/otlp/v1/metrics?x=1"],
  ])("%s", (given, url) => {
    expect(String(coerce(given))).toBe(url);
  });

  test.each(["127.0.0.1:4318", "ftp://127.0.0.1/", "nonsense", "http://a:b@127.0.0.1/"])(
    "%j is refused",
    (given) => {
      expect(() => coerce(given)).toThrow("--otlp");
    },
  );
});

describe("what is pushed, and where", () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" };

  test("is the environment's to say where --otlp has no URL, and nothing without --otlp", () => {
    expect(otlpOf({}, env)).toBeUndefined();
    const given = liveOptions.otlp.coerce("");
    expect(String(otlpOf({ otlp: given }, env)?.url)).toBe("http://127.0.0.1:9/v1/metrics");
    const url = liveOptions.otlp.coerce("http://127.0.0.1:7/x");
    expect(String(otlpOf({ otlp: url }, env)?.url)).toBe("http://127.0.0.1:7/x");
  });

  test("has the histograms that are wanted", () => {
    const { coerce } = liveOptions["otlp-histograms"];
    const args = { otlp: "environment", "otlp-histograms": coerce("exponential") };
    expect(otlpOf(args, {})?.histograms).toBe("exponential");
    expect(() => coerce("fine")).toThrow("--otlp-histograms fine: give one of explicit, exponen");
    expect(() => otlpOf({ ...args, otlp: undefined }, {})).toThrow("give --otlp as well");
  });
});

describe("refuseRemote", () => {
  test.each([
    ["http://127.0.0.1:4318/", false],
    ["http://127.1:4318/", false],
    ["http://localhost:4318/", false],
    ["http://[::1]:4318/", false],
    ["http://192.168.0.1/", true],
    ["http://localhost.example/", true],
    ["http://[2001:db8::1]/", true],
    ["http://0.0.0.0/", true],
  ])("--otlp %s is remote: %s", (url, isRemote) => {
    const refuse = (allowed: boolean) => () => refuseRemote({}, new URL(url), allowed);
    if (isRemote) expect(refuse(false)).toThrow("add --allow-remote if they may");
    else expect(refuse(false)).not.toThrow();
    expect(refuse(true)).not.toThrow();
  });

  test("--metrics on an address that other machines can reach", () => {
    const everywhere = { address: "0.0.0.0", port: 9464 };
    expect(() => refuseRemote({ metrics: everywhere }, undefined, false)).toThrow(
      "is not a loopback address, so other machines could read it",
    );
    expect(() => refuseRemote({ metrics: everywhere }, undefined, true)).not.toThrow();
    expect(() =>
      refuseRemote({ ui: { address: "127.0.0.1", port: 1 } }, undefined, false),
    ).not.toThrow();
  });
});

describe("--snapshot-every", () => {
  const { coerce } = liveOptions["snapshot-every"];

  test.each([
    [undefined, undefined],
    ["5m", 300e9],
    ["1s", 1e9],
  ])("%j", (given, ns) => {
    expect(coerce(given)).toBe(ns);
  });

  test.each([
    ["5", "--snapshot-every 5: "],
    ["often", "write a duration such as 5m"],
    ["10ms", "it is 1s at least"],
    ["1000h", "it is 24 days at most"],
    [["1s", "2s"], "--snapshot-every is given more than once"],
  ])("%j is refused", (given, message) => {
    expect(() => coerce(given)).toThrow(message);
  });
});
