/** Protocols that nothing answers: syslog and statsd. */
import { describe, expect, it } from "vitest";
import { kind } from "../../src/protocols/protocol.ts";
import { statsd } from "../../src/protocols/statsd.ts";
import { syslog } from "../../src/protocols/syslog.ts";
import { sessionOf, slot, written } from "./chunks.ts";

const datagrams = { isStream: false };

describe("syslog", () => {
  it("is a line with its priority over UDP", async () => {
    const session = await sessionOf(syslog, {}, datagrams);
    expect(written(session, 0, "it works").toString()).toBe(
      "<14>1 - client-42 slash8 - - - it works",
    );
    const options = { facility: "local7", severity: "debug", hostname: "h", appName: "a" };
    const other = await sessionOf(syslog, options, datagrams);
    expect(written(other, 0, "").toString()).toBe("<191>1 - h a - - - ");
  });

  it("has its length in front over TCP, in bytes", async () => {
    const session = await sessionOf(syslog, { hostname: "h", appName: "a" });
    expect(written(session, 0, "caf\u00e9").toString()).toBe("23 <14>1 - h a - - - caf\u00e9");
  });

  it.each([
    [{ hostname: "two words" }, "hostname: 1 to 239 printable ASCII characters"],
    [{ hostname: "" }, "hostname: 1 to 239"],
    [{ appName: "x".repeat(49) }, "appName: 1 to 48"],
    [{ hostname: "{{source}}" }, "hostname: {{source}} is not known here"],
  ])("refuses the options %j", async (options, message) => {
    await expect(sessionOf(syslog, options)).rejects.toThrow(message);
  });
});

it.each([statsd, syslog])("ignores what comes all the same: $about", async (protocol) => {
  const session = await sessionOf(protocol);
  expect(session.scan?.(slot, Buffer.from("hello"), 1, 4)).toBe(4);
  expect(session.classify?.(slot, Buffer.from("hello"), 1, 4)).toBe(kind.ignore);
});

describe("statsd", () => {
  it("is a metric, which a line feed ends over TCP", async () => {
    expect(written(await sessionOf(statsd, {}, datagrams), 0, "a:1|c").toString()).toBe("a:1|c");
    expect(written(await sessionOf(statsd), 0, "a:1|c").toString()).toBe("a:1|c\n");
  });
});
