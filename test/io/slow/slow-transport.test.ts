import { beforeEach, describe, expect, it } from "vitest";
import { emptyFlow } from "../../../src/address/flow.ts";
import { pieceBytes, type Slowness, slowReceiveBufferBytes } from "../../../src/io/slow/pace.ts";
import { SlowTransport } from "../../../src/io/slow/slow-transport.ts";
import { FakeIo, type FakeTransport } from "../../support/fake-io.ts";
import { RecordingEvents } from "../../support/recording-events.ts";

const ms = 1e6;
const infinity = Number.POSITIVE_INFINITY;

let nowNs: number;
let io: FakeIo;
let events: RecordingEvents;
let below: FakeTransport;
let slow: SlowTransport;

/** A slow transport whose slots 0 and 1 are open. */
function make(slowness: Partial<Slowness>): void {
  nowNs = 1e9;
  io = new FakeIo();
  events = new RecordingEvents();
  const all = { readBytesPerSecond: null, writeBytesPerSecond: null, stallNs: 0, ...slowness };
  slow = new SlowTransport(
    io,
    { protocol: "tcp", slots: 4, events },
    all,
    (options) => io.transport(options),
    () => nowNs,
  );
  below = io.transports[0] as FakeTransport;
  for (const slot of [0, 1]) {
    slow.open(slot, emptyFlow());
    below.events.opened(slot, nowNs);
  }
  below.calls.length = 0;
}

function send(slot: number, text: string): boolean {
  const bytes = Buffer.from(`<${text}>`);
  return slow.send(slot, bytes, 1, bytes.length - 1);
}

/** Calls `start` when it is due, until that time. */
function passUntil(endNs: number): void {
  for (;;) {
    const nextNs = slow.start(nowNs);
    if (nextNs > endNs) break;
    nowNs = nextNs;
  }
  nowNs = endNs;
}

describe("pieces", () => {
  it("are a quarter of a second's bytes, 1 B to 16 KiB", () => {
    expect([1, 10, 1024, 1e9].map(pieceBytes)).toEqual([1, 3, 256, 16_384]);
    expect(pieceBytes(1 / 60)).toBe(1);
    expect([1, 10_240, 1e9].map(slowReceiveBufferBytes)).toEqual([4096, 5120, 32_768]);
  });
});

describe("a connection that sends slowly", () => {
  beforeEach(() => make({ writeBytesPerSecond: 8 }));

  it("sends a message in pieces, each when the one before has had its time", () => {
    const beganNs = nowNs;
    expect(send(0, "abcdefg")).toBe(false);
    expect(below.sent.get(0)).toEqual(["ab"]);
    passUntil(beganNs + 249 * ms);
    expect(below.sent.get(0)).toEqual(["ab"]);
    passUntil(beganNs + 250 * ms);
    expect(below.sent.get(0)).toEqual(["ab", "cd"]);
    passUntil(beganNs + 749 * ms);
    expect(events.drainedCount).toBe(0);
    passUntil(beganNs + 750 * ms);
    expect(below.sent.get(0)).toEqual(["ab", "cd", "ef", "g"]);
    expect(events.drainedCount).toBe(1);
    expect(slow.start(nowNs)).toBe(infinity);
  });

  it("takes a message that is one piece at once, and the next when that has had its time", () => {
    expect(send(0, "ab")).toBe(true);
    expect(send(0, "c")).toBe(false);
    expect(below.sent.get(0)).toEqual(["ab"]);
    passUntil(nowNs + 250 * ms);
    expect(below.sent.get(0)).toEqual(["ab", "c"]);
    expect(events.drainedCount).toBe(1);
  });

  it("keeps its rate where the loop looks late, but makes up for no more than a piece", () => {
    const beganNs = nowNs;
    send(0, "abcdefgh");
    nowNs = beganNs + 260 * ms;
    expect(slow.start(nowNs)).toBe(beganNs + 500 * ms);
    nowNs = beganNs + 5000 * ms;
    expect(slow.start(nowNs)).toBe(nowNs + 250 * ms);
    expect(below.sent.get(0)).toEqual(["ab", "cd", "ef"]);
  });

  it("wakes the io for what is due before all others, and does not hold up other connections", () => {
    send(0, "abcd");
    expect(io.woken).toBe(1);
    nowNs += 100 * ms;
    send(1, "efgh");
    expect(io.woken).toBe(1);
    expect(below.sent.get(1)).toEqual(["ef"]);
    expect(slow.start(nowNs)).toBe(nowNs + 150 * ms);
  });

  it("waits for a target that does not read", () => {
    below.full.add(0);
    expect(send(0, "abcd")).toBe(false);
    expect(slow.start(nowNs)).toBe(infinity);
    nowNs += 1000 * ms;
    below.drain(0, nowNs);
    expect(below.sent.get(0)).toEqual(["ab", "cd"]);
    expect(events.drainedCount).toBe(1);
  });

  it("says that it is drained only when the last piece is with the kernel", () => {
    below.full.add(0);
    expect(send(0, "ab")).toBe(false);
    passUntil(nowNs + 1000 * ms);
    expect(events.drainedCount).toBe(0);
    below.drain(0, nowNs);
    expect(events.drainedCount).toBe(1);
  });

  it("keeps what was sent although it takes no more, in its order", () => {
    send(0, "abc");
    const later = Buffer.from("defg");
    expect(slow.send(0, later, 0, 4)).toBe(false);
    later.fill("x");
    passUntil(nowNs + 2000 * ms);
    expect(below.sent.get(0)?.join("")).toBe("abcdefg");
    expect(events.drainedCount).toBe(1);
  });

  it("closes in order behind what is still being sent, and at once by a reset", () => {
    send(0, "abcd");
    send(1, "abcd");
    slow.close(0, "fin");
    slow.close(1, "fin");
    slow.close(1, "reset");
    expect(below.calls).toEqual(["close 1 reset"]);
    below.receive(0, "late", nowNs);
    expect(events.receivedBytes).toBe(0);
    passUntil(nowNs + 1000 * ms);
    expect(below.sent.get(0)).toEqual(["ab", "cd"]);
    expect(below.sent.get(1)).toEqual(["ab"]);
    expect(below.calls).toEqual(["close 1 reset", "close 0 fin"]);
    below.events.closed(0, "ECONNRESET", nowNs);
    expect(events.log.at(-1)).toBe("closed 0 null");
    expect(events.drainedCount).toBe(0);
  });

  it("sends FIN behind what is still being sent", () => {
    send(0, "abcd");
    slow.finish(0);
    slow.finish(1);
    expect(below.calls).toEqual(["finish 1"]);
    passUntil(nowNs + 1000 * ms);
    expect(below.calls).toEqual(["finish 1", "finish 0"]);
  });

  it("forgets what was left when the connection ends, and begins anew with the next", () => {
    send(0, "abcd");
    below.events.closed(0, "ECONNRESET", nowNs);
    expect(events.log.at(-1)).toBe("closed 0 ECONNRESET");
    expect(slow.start(nowNs)).toBe(infinity);
    slow.open(0, emptyFlow());
    below.events.opened(0, nowNs);
    send(0, "ef");
    expect(below.sent.get(0)).toEqual(["ab", "ef"]);
  });

  it("sends nothing on a slot that is not open", () => {
    expect(send(2, "ab")).toBe(true);
    slow.close(0, "reset");
    expect(send(0, "ab")).toBe(true);
    expect(below.sent.size).toBe(0);
  });
});

describe("a connection that reads slowly", () => {
  beforeEach(() => make({ readBytesPerSecond: 40 }));

  it("asks for small reads and a small receive buffer", () => {
    expect(below.options).toMatchObject({ mostReadBytes: 10, receiveBufferBytes: 4096 });
  });

  it("hands on what came, and does not read again until that has had its time", () => {
    below.receive(0, "0123456789", nowNs);
    expect(events.text(0)).toBe("0123456789");
    expect(below.calls).toEqual(["pause 0"]);
    passUntil(nowNs + 249 * ms);
    expect(below.calls).toEqual(["pause 0"]);
    passUntil(nowNs + 1 * ms);
    expect(below.calls).toEqual(["pause 0", "resume 0"]);
    expect(slow.start(nowNs)).toBe(infinity);
  });

  it("counts what was on its way when it was paused", () => {
    below.receive(0, "0123456789", nowNs);
    below.receive(0, "0123456789", nowNs);
    passUntil(nowNs + 499 * ms);
    expect(below.calls).toEqual(["pause 0"]);
    passUntil(nowNs + 1 * ms);
    expect(below.calls).toEqual(["pause 0", "resume 0"]);
  });

  it("is read again only where its user reads as well", () => {
    below.receive(0, "0123456789", nowNs);
    slow.pause(0);
    passUntil(nowNs + 1000 * ms);
    expect(below.calls).toEqual(["pause 0"]);
    slow.resume(0);
    slow.pause(1);
    slow.resume(1);
    expect(below.calls).toEqual(["pause 0", "resume 0", "pause 1", "resume 1"]);
  });

  it("is not read again when it has ended", () => {
    below.receive(0, "0123456789", nowNs);
    below.events.closed(0, null, nowNs);
    expect(slow.start(nowNs)).toBe(infinity);
  });

  it("sends as fast as it goes", () => {
    const text = "x".repeat(1e5);
    expect(send(0, text)).toBe(true);
    expect(below.sent.get(0)).toEqual([text]);
  });
});

describe("a connection that stalls", () => {
  beforeEach(() => make({ stallNs: 5000 * ms }));

  it("sends half of each message, then sends and reads nothing, then sends the rest", () => {
    expect(send(0, "abcde")).toBe(false);
    expect(below.sent.get(0)).toEqual(["ab"]);
    expect(below.calls).toEqual(["pause 0"]);
    passUntil(nowNs + 4999 * ms);
    expect(below.sent.get(0)).toEqual(["ab"]);
    passUntil(nowNs + 1 * ms);
    expect(below.sent.get(0)).toEqual(["ab", "cde"]);
    expect(below.calls).toEqual(["pause 0", "resume 0"]);
    expect(events.drainedCount).toBe(1);
    expect(send(0, "fg")).toBe(false);
    expect(below.sent.get(0)).toEqual(["ab", "cde", "f"]);
  });

  it("waits before a message of one byte", () => {
    expect(send(0, "a")).toBe(false);
    expect(below.sent.size).toBe(0);
    passUntil(nowNs + 5000 * ms);
    expect(below.sent.get(0)).toEqual(["a"]);
  });

  it("stalls in what was sent although it took no more, too", () => {
    send(0, "abcd");
    send(0, "efgh");
    passUntil(nowNs + 5000 * ms);
    expect(below.sent.get(0)).toEqual(["ab", "cd", "ef"]);
    passUntil(nowNs + 5000 * ms);
    expect(below.sent.get(0)).toEqual(["ab", "cd", "ef", "gh"]);
  });

  it("sends slowly before and after it", () => {
    make({ stallNs: 5000 * ms, writeBytesPerSecond: 4 });
    send(0, "abcd");
    passUntil(nowNs + 250 * ms);
    expect(below.sent.get(0)).toEqual(["a", "b"]);
    passUntil(nowNs + 4999 * ms);
    expect(below.sent.get(0)).toEqual(["a", "b"]);
    passUntil(nowNs + 1000 * ms);
    expect(below.sent.get(0)).toEqual(["a", "b", "c", "d"]);
  });
});
