import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/base/errors.ts";
import { guarded } from "../../../src/protocols/modules/guarded.ts";
import type { Opening, ProtocolSession } from "../../../src/protocols/protocol.ts";

const bytes = new Uint8Array(10);
const right: Required<Omit<ProtocolSession, "opening" | "readsMessages" | "unanswered">> & {
  opening: Opening;
} = {
  reset() {},
  maxBytes: (payloadBytes) => payloadBytes + 1,
  write: () => 3,
  scan: (_slot, _bytes, _start, end) => end,
  end: () => true,
  classify: () => 1,
  errorCode: () => "CHAT_MUTED",
  match: () => 4,
  answer: () => 2,
  answerBytes: 2,
  keepAlive: { everyMs: 1, maxBytes: 2, write: () => 2 },
  status: () => 200,
  closes: () => true,
  opening: {
    maxBytes: 4,
    scan: (_slot, _bytes, _start, end) => end,
    begin: () => 4,
    received: () => -2,
    last: () => true,
    awaits: () => "HELLO",
  },
};

const broken = (): never => {
  throw new Error("on purpose");
};
const over = (changes: Partial<ProtocolSession>) =>
  guarded({ ...right, ...changes } as ProtocolSession, "./chat.ts", "/chat.ts");
const opens = (changes: Partial<Opening>) => over({ opening: { ...right.opening, ...changes } });

describe("a session of a module", () => {
  it("has what the module's has, and answers as that does", () => {
    const session = over({});
    expect(session.maxBytes?.(5)).toBe(6);
    expect(session.write?.(bytes, 0, 0, 0, bytes, 0, 5)).toBe(3);
    expect(session.scan?.(0, bytes, 2, 7)).toBe(7);
    expect(session.end?.(0)).toBe(true);
    expect(session.classify?.(0, bytes, 0, 1)).toBe(1);
    expect(session.errorCode?.(0)).toBe("CHAT_MUTED");
    expect(session.match?.(0, bytes, 0, 1, 5)).toBe(4);
    expect(session.answer?.(0, bytes, 0, 1, bytes, 0)).toBe(2);
    expect(session.keepAlive?.write(0, bytes, 0)).toBe(2);
    expect(session.keepAlive).toMatchObject({ everyMs: 1, maxBytes: 2 });
    expect(session.status?.(0)).toBe(200);
    expect(session.closes?.(0)).toBe(true);
    expect(session.opening?.begin(0, bytes, 0)).toBe(4);
    expect(session.opening?.scan?.(0, bytes, 2, 7)).toBe(7);
    expect(session.opening?.received(0, bytes, 0, 1, bytes, 0)).toBe(-2);
    expect(session.opening?.last?.(0)).toBe(true);
    expect(session.opening?.awaits?.(0)).toBe("HELLO");
    expect(Object.keys(guarded({ reset() {} }, "a", "b"))).toEqual(["reset"]);
  });

  const call = {
    maxBytes: (session: ProtocolSession) => session.maxBytes?.(5),
    write: (session: ProtocolSession) => session.write?.(bytes, 4, 0, 0, bytes, 0, 5),
    scan: (session: ProtocolSession) => session.scan?.(0, bytes, 0, 4),
    classify: (session: ProtocolSession) => session.classify?.(0, bytes, 0, 4),
    errorCode: (session: ProtocolSession) => session.errorCode?.(0),
    match: (session: ProtocolSession) => session.match?.(0, bytes, 0, 4, 5),
    answer: (session: ProtocolSession) => session.answer?.(0, bytes, 0, 4, bytes, 0),
    status: (session: ProtocolSession) => session.status?.(0),
  } as const;

  it.each([
    ["maxBytes", -1, "a length in bytes"],
    ["write", 7, "the length of the message, at most maxBytes (6)"],
    ["write", 1.5, "the length of the message"],
    ["scan", 0, "the index after the message (1 to 4), incomplete (-1) or malformed (-2)"],
    ["scan", 5, "returned 5"],
    ["scan", undefined, "scan(slot, bytes, 0, 4) returned undefined"],
    ["classify", 4, "kind.reply, kind.error, kind.push or kind.ignore"],
    ["classify", "reply", "returned reply"],
    ["errorCode", "not a code", "capital letters, digits and _"],
    ["errorCode", undefined, "returned undefined"],
    ["match", 5, "the sequence of a request, below 5, or -1 for none"],
    ["match", Number.NaN, "returned NaN"],
    ["answer", 3, "its length, 0 to answerBytes (2)"],
    ["status", 99, "100 to 999, or 0 for none"],
  ] as const)("may not answer %s with %o", (method, answer, remedy) => {
    const session = over({ [method]: () => answer });
    expect(() => call[method](session)).toThrow("protocol ./chat.ts: ");
    expect(() => call[method](session)).toThrow(remedy);
  });

  const nonsense: readonly (readonly [string, Partial<Opening>, string])[] = [
    ["begin", { begin: () => 5 }, "the length of what it wrote, 0 to maxBytes (4) or opened"],
    ["begin", { begin: () => -2 }, "opening.begin returned -2"],
    ["received", { received: () => -3 }, "0 to maxBytes (4), opened or refused"],
    ["scan", { scan: () => 0 }, "opening.scan(slot, bytes, 0, 4) returned 0"],
    ["awaits", { awaits: () => "" }, 'the name of what is awaited, as "CONNACK"'],
  ];
  it.each(nonsense)("may not answer opening.%s with nonsense", (method, changes, remedy) => {
    const { opening } = opens(changes);
    expect(() => {
      if (method === "begin") opening?.begin(0, bytes, 0);
      else if (method === "received") opening?.received(0, bytes, 0, 4, bytes, 0);
      else if (method === "scan") opening?.scan?.(0, bytes, 0, 4);
      else opening?.awaits?.(0);
    }).toThrow(remedy);
  });

  it("may not answer keepAlive.write with nonsense, nor throw there", () => {
    const keeping = (write: () => number) =>
      over({ keepAlive: { everyMs: 1, maxBytes: 2, write } }).keepAlive?.write(0, bytes, 0);
    expect(() => keeping(() => 3)).toThrow(
      "keepAlive.write returned 3; return its length, 0 to maxBytes (2)",
    );
    const fails = () => {
      throw new RangeError("on purpose");
    };
    expect(() => keeping(fails)).toThrow("keepAlive.write threw RangeError: on purpose");
  });

  it.each(Object.keys(call) as (keyof typeof call)[])("is named where %s throws", (method) => {
    const session = over({
      [method]() {
        throw new RangeError("on purpose");
      },
    });
    expect(() => call[method](session)).toThrow(
      `protocol ./chat.ts: ${method} threw RangeError: on purpose`,
    );
  });

  it.each([
    ["just text", '"just text"'],
    [null, "null"],
    [undefined, "undefined"],
    [5n, "5"],
    [new Proxy({}, { get: () => broken() }), "something that cannot be shown"],
  ])("is named where what it throws is no error: %#", (thrown, text) => {
    const session = over({
      scan() {
        throw thrown;
      },
    });
    expect(() => call.scan(session)).toThrow(
      new UserError(`protocol ./chat.ts: scan threw ${text}`),
    );
  });

  it("is named where what is called seldom throws", () => {
    const session = over({ reset: broken, end: broken, closes: broken });
    expect(() => session.reset(0, 0)).toThrow("reset threw Error: on purpose");
    expect(() => session.end?.(0)).toThrow("end threw Error: on purpose");
    expect(() => session.closes?.(0)).toThrow("closes threw Error: on purpose");
    expect(() => opens({ begin: broken }).opening?.begin(0, bytes, 0)).toThrow(
      "opening.begin threw Error: on purpose",
    );
  });
});
