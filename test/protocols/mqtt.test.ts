import { describe, expect, it, test } from "vitest";
import { mqtt } from "../../src/protocols/mqtt/mqtt.ts";
import { expectMessages, expectOpening, openWith, sessionOf, written } from "./chunks.ts";

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");
const latin1 = (text: string) => hex(text).toString("latin1");
const text = (value: string) => Buffer.from(value).toString("hex");

/** PUBLISH to "a/b" with "hi": QoS 0, and QoS 1 with identifier 7. */
const publish0 = hex(`30 07 0003 ${text("a/b")} ${text("hi")}`);
const publish1 = hex(`32 09 0003 ${text("a/b")} 0007 ${text("hi")}`);

describe("a publish of mqtt", () => {
  it("has topic and payload", async () => {
    const session = await sessionOf(mqtt, { topic: "a/b" });
    expect(written(session, 0, "hi")).toEqual(publish0);
  });

  it("has an identifier with QoS 1, which comes again after 65,535", async () => {
    const session = await sessionOf(mqtt, { topic: "a/b", qos: 1, retain: true });
    expect(written(session, 0, "hi")).toEqual(hex(`33 09 0003 ${text("a/b")} 0001 ${text("hi")}`));
    expect(written(session, 65_534, "hi").readUInt16BE(7)).toBe(65_535);
    expect(written(session, 65_535, "hi").readUInt16BE(7)).toBe(1);
  });

  it("has properties in version 5, none of them", async () => {
    const session = await sessionOf(mqtt, { topic: "t", qos: 1, version: "5" });
    expect(written(session, 1, "x")).toEqual(hex(`32 07 0001 ${text("t")} 0002 00 ${text("x")}`));
  });

  it("has a length of up to four bytes, and the connection's number in its topic", async () => {
    const session = await sessionOf(mqtt, { topic: "u/{{connection}}" });
    for (const [payload, length] of [
      [119, "7f"],
      [120, "8001"],
      [2_097_151 - 8, "ffff7f"],
      [2_097_152 - 8, "80808001"],
    ] as const) {
      const message = written(session, 0, "x".repeat(payload + 2));
      const head = hex(`30 ${length} 0004 ${text("u/42")}`);
      expect(message.subarray(0, head.length)).toEqual(head);
      expect(message.length).toBe(head.length + payload + 2);
    }
  });
});

describe("what comes over mqtt", () => {
  it("is a push, an acknowledgement, or to be ignored", async () => {
    const stream = Buffer.concat([publish0, publish1, hex("4002 0003 d000"), publish0]);
    await expectMessages(() => sessionOf(mqtt, { qos: 1 }), stream, [
      { end: 9, kind: "push" },
      { end: 20, kind: "push", answer: hex("4002 0007") },
      { end: 24, kind: "reply", match: 2 },
      { end: 26, kind: "ignore" },
      { end: 35, kind: "push" },
    ]);
  });

  it("is the acknowledgement of the latest message with its identifier, if there is one", async () => {
    const make = () => sessionOf(mqtt, { qos: 1 });
    const stream = hex("4002 0001 4002 0005 4002 0000");
    const expected = (...matches: number[]) =>
      matches.map((match, i) => ({ end: 4 + 4 * i, kind: "reply" as const, match }));
    await expectMessages(make, stream, expected(65_535, 4, -1), 65_536);
    await expectMessages(make, stream, expected(65_535, 65_539, -1), 65_540);
    await expectMessages(make, stream, expected(0, -1, -1), 4);
  });

  it("is refused by name in version 5, whatever properties follow", async () => {
    const long = "00".repeat(200);
    const ends = "e002 0000  e000  e001 8b  e003 8d00 00  e001 fe";
    const stream = hex(`4003 0001 10  4004 0002 87 00  40cd01 0003 97 c801 ${long}  ${ends}`);
    await expectMessages(() => sessionOf(mqtt, { qos: 1, version: "5" }), stream, [
      { end: 5, kind: "reply", match: 0 },
      { end: 11, kind: "error", code: "MQTT_NOT_AUTHORIZED", match: 1 },
      { end: 219, kind: "error", code: "MQTT_QUOTA_EXCEEDED", match: 2 },
      { end: 223, kind: "ignore" },
      { end: 225, kind: "ignore" },
      { end: 228, kind: "error", code: "MQTT_SERVER_SHUTTING_DOWN", match: -1, closes: true },
      { end: 233, kind: "error", code: "MQTT_KEEP_ALIVE_TIMEOUT", match: -1, closes: true },
      { end: 236, kind: "error", code: "MQTT_REASON_254", match: -1, closes: true },
    ]);
  });

  it.each([
    ["a type that servers do not send", "8202 0001"],
    ["a type that is reserved", "0000"],
    ["an acknowledgement that is too short", "4001 00"],
    ["a length of more than four bytes", "30 ffffffff 01"],
    ["a packet of more than 16 MiB", "30 8180800 8"],
  ])("is malformed: %s", async (_, bytes) => {
    await expectMessages(() => sessionOf(mqtt), Buffer.concat([publish0, hex(bytes)]), [
      { end: 9, kind: "push" },
      "malformed",
    ]);
  });

  it("is not acknowledged where its topic is longer than the packet", async () => {
    await expectMessages(() => sessionOf(mqtt), hex("3203 00ff 61"), [{ end: 5, kind: "push" }]);
  });
});

test("a session of mqtt keeps its connections alive, where the broker is to expect it", async () => {
  expect((await sessionOf(mqtt)).keepAlive).toBeUndefined();
  const { keepAlive } = await sessionOf(mqtt, { keepAlive: 30 });
  expect(keepAlive?.everyMs).toBe(15_000);
  const into = Buffer.alloc(4, 0xee);
  expect(keepAlive?.write(1, into, 1)).toBe(2);
  expect(into).toEqual(hex("eec0 00ee"));
});

describe("the opening of mqtt", () => {
  const connected = hex("2002 0000");
  const connect = latin1(`100c 0004 ${text("MQTT")} 04 02 0000 0000`);

  it("connects", async () => {
    const session = await sessionOf(mqtt);
    expectOpening(session, [connected], { sent: [connect], result: "opened" });
    expectOpening(session, [hex("d000")], { sent: [connect], result: "waits" });
  });

  it("says who connects", async () => {
    const who = { clientId: "c{{connection}}", user: "me", password: "pw", keepAlive: 300 };
    const session = await sessionOf(mqtt, who);
    const said = `0003 ${text("c42")} 0002 ${text("me")} 0002 ${text("pw")}`;
    expectOpening(session, [connected], {
      sent: [latin1(`1017 0004 ${text("MQTT")} 04 c2 012c ${said}`)],
      result: "opened",
    });
    const fifth = await sessionOf(mqtt, { ...who, version: "5" });
    expectOpening(fifth, [hex("2003 00 00 00")], {
      sent: [latin1(`1018 0004 ${text("MQTT")} 05 c2 012c 00 ${said}`)],
      result: "opened",
    });
  });

  it("subscribes, and acknowledges what comes before that is confirmed", async () => {
    const session = await sessionOf(mqtt, { subscribe: "a/#", qos: 1 });
    const subscribe = latin1(`8208 0001 0003 ${text("a/#")} 01`);
    expectOpening(session, [connected, publish1, publish0, hex("9003 0001 01")], {
      sent: [connect, subscribe, latin1("4002 0007")],
      result: "opened",
    });
    const fifth = await sessionOf(mqtt, { subscribe: "a", version: "5" });
    expect(openWith(fifth, [hex("2003 000000"), hex("9004 0001 00 00")])).toMatchObject({
      sent: [expect.anything(), latin1(`8207 0001 00 0001 ${text("a")} 00`)],
      result: "opened",
    });
  });

  it.each([
    ["3.1.1", ["2002 0001"], "MQTT_UNACCEPTABLE_PROTOCOL_VERSION"],
    ["3.1.1", ["2002 0005"], "MQTT_NOT_AUTHORIZED"],
    ["3.1.1", ["2002 0063"], "MQTT_REASON_99"],
    ["3.1.1", ["2002 0000", "9003 0001 80"], "MQTT_SUBSCRIPTION_REFUSED"],
    ["3.1.1", ["4002 0001"], "MQTT_UNEXPECTED_PACKET"],
    ["3.1.1", ["0000"], "malformed"],
    ["5", ["2003 00 86 00"], "MQTT_BAD_USER_NAME_OR_PASSWORD"],
    ["5", ["2003 00 00 00", "9004 0001 00 87"], "MQTT_NOT_AUTHORIZED"],
    ["5", ["e002 8d00"], "MQTT_KEEP_ALIVE_TIMEOUT"],
    ["5", [`2083 01 00 87 8001 ${"00".repeat(128)}`], "MQTT_NOT_AUTHORIZED"],
  ])("of version %s is refused by name: %s", async (version, answers, result) => {
    const session = await sessionOf(mqtt, { version, subscribe: "a" });
    expect(openWith(session, answers.map(hex)).result).toBe(result);
    expect(openWith(session, answers.map(hex), [1, 2, 3]).result).toBe(result);
  });

  it("refuses options that do not go together", async () => {
    await expect(sessionOf(mqtt, { topic: "plant/#" })).rejects.toThrow(
      'topic: "plant/#" has # in it, with which nothing can be published',
    );
    await expect(sessionOf(mqtt, { password: "x" })).rejects.toThrow("give user as well");
    await expect(sessionOf(mqtt, { topic: "a/{{row}}" })).rejects.toThrow(
      "topic: {{row}} is not known here; {{connection}} is",
    );
    await expect(sessionOf(mqtt, { clientId: "x".repeat(70_000) })).rejects.toThrow("60,000");
    await sessionOf(mqtt, { password: "x", version: "5" });
  });
});
