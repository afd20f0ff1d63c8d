import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Delivery, tickMs } from "../../src/channel/delivery.ts";

const limits = { packetBytes: 100, silenceNs: 1.5e9, interruptionNs: 6e9 };

/** Two ends, and between them packets that are delivered when the test says so. */
function ends(fate: () => "arrives" | "is lost" | "arrives twice" = () => "arrives") {
  let nowNs = 0;
  const made = [0, 1].map(() => {
    const received: string[] = [];
    const closed: string[] = [];
    const sent: Uint8Array[] = [];
    const events = {
      packet: (bytes: Uint8Array) => {
        const how = fate();
        if (how !== "is lost") sent.push(bytes);
        if (how === "arrives twice") sent.push(bytes);
      },
      message: (bytes: Uint8Array) => received.push(new TextDecoder().decode(bytes)),
      closed: (why: string) => closed.push(why),
    };
    return { delivery: new Delivery(limits, events, nowNs), received, closed, sent };
  });
  const [a, b] = made as [(typeof made)[0], (typeof made)[0]];
  const deliver = () => {
    while (a.sent.length + b.sent.length > 0) {
      for (const bytes of a.sent.splice(0)) b.delivery.receive(bytes);
      for (const bytes of b.sent.splice(0)) a.delivery.receive(bytes);
    }
  };
  return {
    a,
    b,
    deliver,
    send: (end: typeof a, text: string) => end.delivery.send(new TextEncoder().encode(text)),
    /** Lets time pass; `alive`: which of them run. */
    pass: (ms: number, alive = [a, b]) => {
      for (let passed = 0; passed < ms; passed += tickMs) {
        nowNs += tickMs * 1e6;
        for (const end of alive) end.delivery.tick(nowNs);
        deliver();
      }
    },
    jump: (ms: number) => {
      nowNs += ms * 1e6;
    },
  };
}

describe("messages over packets", () => {
  it("arrive in order, both ways, empty ones and large ones too", () => {
    const { a, b, send, deliver } = ends();
    const large = "0123456789".repeat(20_000);
    for (const text of ["one", "", large, "four"]) send(a, text);
    send(b, "back");
    deliver();
    expect(b.received).toEqual(["one", "", large, "four"]);
    expect(a.received).toEqual(["back"]);
  });

  it("arrive each once and in order, whatever is lost and doubled for a while", () => {
    const fates = fc.constantFrom("arrives", "is lost", "arrives twice" as const);
    fc.assert(
      fc.property(
        fc.infiniteStream(fates as fc.Arbitrary<"arrives" | "is lost" | "arrives twice">),
        fc.array(fc.tuple(fc.boolean(), fc.string({ unit: "grapheme-ascii", maxLength: 300 }))),
        (stream, messages) => {
          let isBad = true;
          const { a, b, send, pass } = ends(() =>
            isBad ? (stream.next().value ?? "arrives") : "arrives",
          );
          for (const [ofA, text] of messages) {
            send(ofA ? a : b, text);
            // No silence of 1.5 s: packets that are all lost are another test.
            if (messages.length < 5) pass(tickMs);
          }
          isBad = false;
          pass(6_000);
          expect(b.received).toEqual(messages.filter(([ofA]) => ofA).map(([, text]) => text));
          expect(a.received).toEqual(messages.filter(([ofA]) => !ofA).map(([, text]) => text));
          expect([...a.closed, ...b.closed]).toEqual([]);
        },
      ),
    );
  });

  it("are not sent again and again to an end that has too much to do, and are at once to one that was interrupted", () => {
    const sent: Uint8Array[] = [];
    const packet = (bytes: Uint8Array) => sent.push(bytes);
    const a = new Delivery(limits, { packet, message: () => {}, closed: () => {} }, 0);
    const sign = (expected: number, wasInterrupted = false) => {
      const bytes = new Uint8Array(12);
      bytes.set([3, wasInterrupted ? 1 : 0]);
      new DataView(bytes.buffer).setUint32(8, expected, true);
      a.receive(bytes);
      return sent.splice(0).length;
    };
    for (const _ of "ab") a.send(new Uint8Array(5));
    sent.length = 0;
    // Of ten seconds.
    const copies = Array.from({ length: 40 }, () => sign(0));
    expect(copies.flatMap((count, at) => (count === 0 ? [] : [at, count]))).toEqual([
      3, 2, 11, 2, 27, 2,
    ]);
    expect(sign(0, true)).toBe(2);
    expect([sign(1), sign(1), sign(1), sign(1)]).toEqual([0, 0, 0, 1]);
    expect([sign(2), sign(2, true)]).toEqual([0, 0]);
  });

  it("are sent again after an interruption of 5 s, and none is missing", () => {
    const { a, b, send, pass } = ends();
    send(a, "before");
    pass(1_000);
    for (const end of [a, b]) end.delivery.connected(false);
    for (let n = 0; n < 20; n++) {
      send(a, `meanwhile ${n}`);
      pass(250);
    }
    for (const end of [a, b]) end.delivery.connected(true);
    pass(1_000);
    expect(b.received).toHaveLength(21);
    expect(b.received.at(-1)).toBe("meanwhile 19");
    expect([...a.closed, ...b.closed]).toEqual([]);
  });
});

describe("a channel over packets", () => {
  it("is closed where the other end is silent, and not before", () => {
    const { a, b, pass } = ends();
    pass(10_000);
    expect(a.closed).toEqual([]);
    pass(1_500, [a]);
    expect(a.closed).toEqual([]);
    pass(500, [a]);
    expect(a.closed).toEqual(["the other end was silent for 1.5 s"]);
    // It was there, and did not run.
    expect(b.closed).toEqual([
      expect.stringMatching(/^the other end heard nothing of this one for 1\.5 s and gave up/),
    ]);
  });

  it("is not closed by an end that was stopped itself", () => {
    const { a, pass, jump } = ends();
    pass(1_000);
    jump(60_000);
    pass(1_000);
    expect(a.closed).toEqual([]);
  });

  it("is closed where the broker is not reached any more", () => {
    const { a, pass } = ends();
    a.delivery.connected(false);
    pass(6_000, [a]);
    expect(a.closed).toEqual([]);
    pass(250, [a]);
    expect(a.closed).toEqual(["the broker was not reached for 6 s"]);
  });

  it("is ended after the last message, at both ends", () => {
    const { a, b, send, deliver } = ends();
    send(a, "last words");
    a.delivery.end();
    send(a, "too late");
    deliver();
    expect(b.received).toEqual(["last words"]);
    expect(b.closed).toEqual(["it was ended by the other end"]);
    expect(a.closed).toEqual(["it was ended by this end"]);
  });

  it("is closed by an end whose message does not end, before it takes all memory", () => {
    const { b } = ends();
    const part = new Uint8Array(12 + 2 ** 20);
    const view = new DataView(part.buffer);
    for (let number = 0; number <= 256; number++) {
      view.setUint32(4, number, true);
      b.delivery.receive(part);
    }
    expect(b.closed).toEqual(["the other end sends a message that does not end"]);
    expect(b.received).toEqual([]);
  });

  it("ignores packets that make no sense", () => {
    const { a, b, send, deliver } = ends();
    const header = (kind: number, number: number, expected: number) => {
      const bytes = new Uint8Array(12);
      const view = new DataView(bytes.buffer);
      view.setUint8(0, kind);
      view.setUint32(4, number, true);
      view.setUint32(8, expected, true);
      return bytes;
    };
    b.delivery.receive(new Uint8Array(5));
    b.delivery.receive(header(9, 0, 0));
    b.delivery.receive(header(1, 7, 0));
    b.delivery.receive(header(3, 0, 4_000_000_000));
    send(a, "fine");
    deliver();
    expect(b.received).toEqual(["fine"]);
  });
});
