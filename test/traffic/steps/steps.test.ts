/** The steps of a workload's connections, over a transport without sockets. */
import { describe, expect, it } from "vitest";
import { createFlowSpace } from "../../../src/address/flow-space.ts";
import { emptyKey } from "../../../src/messages/message.ts";
import { isStamped } from "../../../src/messages/stamp.ts";
import { Recorder } from "../../../src/metrics/recorder.ts";
import type { OpenStep } from "../../../src/scenario/scenario.ts";
import { createOpenSteps } from "../../../src/traffic/steps/create-steps.ts";
import { progress, type Steps } from "../../../src/traffic/steps/steps.ts";
import { FakeIo, FakeTransport } from "../../support/fake-io.ts";
import { makeWorkload } from "../../support/traffic.ts";

const slots = 8;

async function setUp(open: readonly OpenStep[]) {
  const transport = new FakeTransport({
    protocol: "tcp",
    slots,
    // The test itself hands out the events.
    events: { drained() {} } as unknown as FakeTransport["events"],
  });
  const factory = await createOpenSteps({
    workload: makeWorkload({ open, connections: slots }),
    index: 0,
    portion: {
      worker: 0,
      firstConnection: 0,
      connections: slots,
      portion: 0,
      ofPortions: 1,
      cycle: slots,
    },
    space: createFlowSpace({
      sources: [["127.0.0.1", "127.0.0.9"]],
      ports: [[1024, 32767]],
      destinations: [{ address: "127.0.0.1", port: 9 }],
      connectionsPerSource: null,
    }),
    seed: 1,
    tag: 1,
    io: new FakeIo(),
    recorder: new Recorder(0, 0, 0),
    now: () => 0,
    saturated: () => false,
  });
  const steps = factory?.create({
    transport,
    keyOf: (slot, step) => ({
      ...emptyKey(),
      slot,
      connection: 100 + slot,
      sequence: step,
      source: `127.0.0.1:${1024 + slot}`,
    }),
  }) as Steps;
  return { steps, transport };
}

const text = (message: string) => ({
  kind: "bytes" as const,
  base64: Buffer.from(message, "latin1").toString("base64"),
});
const lines = { ...text("\r\n"), kind: "delimiter" as const, maxBytes: 200 };

const line = (send: string | null, expected: string): OpenStep => ({
  name: null,
  capture: [],
  message: send === null ? null : text(send),
  receive: { framing: lines, expect: text(expected) },
});
const sends = (message: string): OpenStep => ({
  name: null,
  capture: [],
  message: text(message),
  receive: null,
});

/** Hands out a text, in an array of its own. @returns what came of it, and the bytes left over */
function receive(steps: Steps, slot: number, message: string) {
  const bytes = Buffer.from(`<${message}`, "latin1");
  const came = steps.received(slot, bytes, 1, bytes.length);
  return { came, left: bytes.subarray(steps.rest).toString("latin1") };
}

describe("replies of steps", () => {
  it("are found wherever their stream is cut, of many connections at once", async () => {
    const { steps, transport } = await setUp([
      line(null, "220 hello\r\n"),
      line("AUTH\r\n", "+OK\r\n"),
      {
        name: null,
        capture: [],
        message: text("ping"),
        receive: { framing: { kind: "echo" }, expect: { kind: "echo" } },
      },
    ]);
    const replies = ["220 hello\r\n", "+OK\r\n", "ping"];
    for (const reply of replies) {
      const isFirst = reply === replies[0];
      const isLast = reply === replies.at(-1);
      // Slot k gets its reply in two pieces, cut behind the k-th byte; slot 0 gets it whole.
      for (let slot = 0; slot < slots; slot++) {
        if (isFirst) expect(steps.begin(slot)).toBe(progress.waits);
        const cut = slot % reply.length;
        if (cut > 0) expect(receive(steps, slot, reply.slice(0, cut)).came).toBe(progress.waits);
      }
      for (let slot = 0; slot < slots; slot++) {
        const rest = `${reply.slice(slot % reply.length)}${isLast ? "news" : ""}`;
        const { came, left } = receive(steps, slot, rest);
        expect(came).toBe(isLast ? progress.done : progress.waits);
        expect(left).toBe(isLast ? "news" : "");
      }
    }
    for (let slot = 0; slot < slots; slot++) {
      expect(transport.sent.get(slot)).toEqual(["AUTH\r\n", "ping"]);
    }
  });

  it("are read anew on the slot's next connection", async () => {
    const { steps } = await setUp([line(null, "220 hello\r\n")]);
    steps.begin(3);
    expect(receive(steps, 3, "220 he").came).toBe(progress.waits);
    const failed = steps.end(3, "ECONNRESET");
    expect(failed).toMatchObject({ step: 0, cause: "ECONNRESET" });
    expect(Buffer.from(failed.received).toString()).toBe("220 he");
    steps.begin(3);
    expect(receive(steps, 3, "220 hello\r\n").came).toBe(progress.done);
  });

  it("that are refused say the first reason, and how much came", async () => {
    const { steps } = await setUp([line(null, "220 hello\r\n")]);
    steps.begin(0);
    const long = `${"x".repeat(150)}\r\n`;
    expect(receive(steps, 0, long).came).toBe(progress.failed);
    // What comes until the connection has ended changes nothing.
    expect(receive(steps, 0, "220 hello\r\n").came).toBe(progress.failed);
    steps.fail(0, "TIMEOUT");
    const failed = steps.end(0, "ECONNRESET");
    expect(failed).toMatchObject({ step: 0, cause: "UNEXPECTED" });
    expect(failed.receivedBytes).toBe(152);
    expect(failed.received).toHaveLength(128);
  });

  it("say an HTTP status, and need not be the connection's last where it says so", async () => {
    const http: OpenStep = {
      name: null,
      capture: [],
      message: text("GET / HTTP/1.1\r\nUpgrade: chat\r\n\r\n"),
      receive: {
        framing: { kind: "http", maxBytes: 1000 },
        expect: { kind: "any", statuses: [[101, 101]] },
      },
    };
    const { steps } = await setUp([http]);
    for (const slot of [0, 1]) steps.begin(slot);
    const upgraded = receive(steps, 0, "HTTP/1.1 101 Switching\r\nUpgrade: chat\r\n\r\nhi");
    expect(upgraded).toEqual({ came: progress.done, left: "hi" });
    const refusal = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
    expect(receive(steps, 1, refusal).came).toBe(progress.failed);
    expect(steps.end(1, "EOF")).toMatchObject({ step: 0, cause: "HTTP_401" });
  });
});

describe("values captured from replies", () => {
  const keeps = (after: string | null, before: string | null): OpenStep["capture"] => [
    {
      name: "token",
      afterBase64: after === null ? null : text(after).base64,
      beforeBase64: before === null ? null : text(before).base64,
      maxBytes: 8,
    },
  ];
  const any = { framing: lines, expect: { kind: "any" as const } };
  const use: OpenStep = {
    name: null,
    capture: [],
    message: { kind: "template", text: "use {{token}}\r\n" },
    receive: any,
  };

  it.each([
    ["=", "\r\n", "token=abc\r\n", "abc"],
    ["=", null, "token=abc\r\n", "abc\r\n"],
    [null, " ", "abc def\r\n", "abc"],
    ["a=", ";", "b=1;a=;c=2\r\n", ""],
    ["=", "\r\n", "=12345678\r\n", "12345678"],
  ])("behind %j and before %j of %j: %j", async (after, before, reply, token) => {
    const { steps, transport } = await setUp([
      { name: null, message: null, receive: any, capture: keeps(after, before) },
      use,
    ]);
    for (const slot of [2, 5]) {
      steps.begin(slot);
      expect(receive(steps, slot, reply.replace("abc", `ab${slot}`)).came).toBe(progress.waits);
    }
    for (const slot of [2, 5]) {
      expect(transport.sent.get(slot)).toEqual([`use ${token.replace("abc", `ab${slot}`)}\r\n`]);
    }
  });

  it.each(["token\r\n", "=123456789\r\n"])("%j has none", async (reply) => {
    const { steps } = await setUp([
      { name: null, message: null, receive: any, capture: keeps("=", "\r\n") },
      use,
    ]);
    steps.begin(0);
    expect(receive(steps, 0, reply).came).toBe(progress.failed);
    expect(steps.end(0, "EOF")).toMatchObject({ step: 0, cause: "NOT_CAPTURED" });
  });
});

describe("messages of steps", () => {
  it("wait for a transport that takes no more", async () => {
    const { steps, transport } = await setUp([sends("one"), sends("two"), line("three", "3\r\n")]);
    for (const slot of [0, 1]) {
      transport.full.add(slot);
      expect(steps.begin(slot)).toBe(progress.waits);
      expect(transport.sent.get(slot)).toBeUndefined();
    }
    transport.drain(0, 0);
    expect(steps.drained(0)).toBe(progress.waits);
    expect(transport.sent.get(0)).toEqual(["one", "two", "three"]);
    expect(receive(steps, 0, "3\r\n").came).toBe(progress.done);
    // Nothing has been asked for yet.
    expect(receive(steps, 1, "3\r\n").came).toBe(progress.failed);
    expect(steps.end(1, "EOF")).toMatchObject({ step: 1, cause: "UNEXPECTED" });
  });

  it("are over, behind the last step, when the transport takes more again", async () => {
    const { steps, transport } = await setUp([sends("one")]);
    transport.full.add(0);
    expect(steps.begin(0)).toBe(progress.waits);
    transport.drain(0, 0);
    expect(steps.drained(0)).toBe(progress.done);
    expect(steps.begin(0)).toBe(progress.done);
  });

  it("carry no stamp, by which they would count as the workload's", async () => {
    const { steps, transport } = await setUp([
      { name: null, capture: [], message: { kind: "size", bytes: 64 }, receive: null },
      {
        name: null,
        capture: [],
        message: { kind: "sizes", sizes: { kind: "choices", bytes: [8, 64] } },
        receive: null,
      },
    ]);
    for (let slot = 0; slot < slots; slot++) expect(steps.begin(slot)).toBe(progress.done);
    for (const sent of [...transport.sent.values()].flat()) {
      const bytes = Buffer.from(sent, "latin1");
      expect(bytes.length >= 16 && isStamped(bytes, 0, bytes.length)).toBe(false);
    }
  });
});
