import { describe, expect, test } from "vitest";
import { liveOptions, refuseRemote } from "../../../src/cli/load/live-options.ts";

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

  test.each(["127.0.0.1:4318", "ftp://127.0.0.1/", "nonsense", "http://a:b@127.0.0.1/", ""])(
    "%j is refused",
    (given) => {
      expect(() => coerce(given)).toThrow("--otlp");
    },
  );
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
