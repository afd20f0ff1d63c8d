import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/base/errors.ts";
import { closestName } from "../../../src/base/suggestion.ts";
import { createMessage, type MessageContext } from "../../../src/messages/create-message.ts";
import { emptyKey, type MessageKey, type MessageWriter } from "../../../src/messages/message.ts";
import { pipes } from "../../../src/messages/template/pipes.ts";
import type { SlotBytes } from "../../../src/messages/template/slot-bytes.ts";
import { sources } from "../../../src/messages/template/sources.ts";
import { createTemplateMessage } from "../../../src/messages/template/template-message.ts";
import { dataSet } from "../../support/scenario-parts.ts";

const people = [
  ["Jo", 'Jörg "J" Öz\n', "7"],
  ["", "a/b c", "8"],
  ["Alexandra", "", "9"],
] as const;
const namesAlone = people.map(([name]) => [name]);
const data = [
  dataSet("users", "sequential", ["name", "full name", "id"], people),
  dataSet("any", "random", ["name"], namesAlone),
  dataSet("own", "oncePerConnection", ["name"], namesAlone),
  dataSet("words", "sequential", ["line"], [["one"], ["two"]]),
  dataSet("only", "random", ["name"], [["Jo"]]),
];

const run: MessageContext = { workload: 0, seed: 1, tag: 9, data, closestName };

function keyOf(changes: Partial<MessageKey> = {}): MessageKey {
  return { ...emptyKey(), sentNs: 5e9, source: "127.0.0.1:2000", ...changes };
}

function message(text: string, parts?: Readonly<Record<string, string>>, context = run) {
  return createMessage({ kind: "template", text, ...(parts && { parts }) }, context);
}

/** Writes the message, and checks its length and that no bytes around it were touched. */
function bytesOf(writer: MessageWriter, key: MessageKey): Buffer {
  const into = Buffer.alloc(writer.maxBytes + 8, 0xee);
  const length = writer.write(into, 4, key);
  expect(length).toBeLessThanOrEqual(writer.maxBytes);
  if (writer.fixedBytes !== null) expect(length).toBe(writer.fixedBytes);
  expect(into.subarray(0, 4)).toEqual(Buffer.alloc(4, 0xee));
  expect(into.subarray(4 + length).every((byte) => byte === 0xee)).toBe(true);
  return into.subarray(4, 4 + length);
}

const written = (text: string, changes: Partial<MessageKey> = {}) =>
  bytesOf(message(text), keyOf(changes)).toString();

describe("placeholders", () => {
  const key = { sequence: 12_345, connection: 3, number: 4 };

  it.each([
    ["{{sequence}}/{{connection}}/{{number}}/{{source}}", "12345/3/4/127.0.0.1:2000"],
    ["{{sequence % 10000 | width 5}}", "02345"],
    ["{{sequence % 10000}}", "2345"],
    ["{{sequence / 10 % 100 + 1}}", "35"],
    ["{{sequence | width 3}}", "12345"],
    ["{{sequence | width 20}}", "00000000000000012345"],
    ["{{sequence % 10 | hex | width 4 | upper}}", "0005"],
    ["{{hex sequence}}", "3039"],
    ["{{connection + 7 | hex | upper}}", "A"],
    ["{{users.name}}", ""],
    ["[{{own.name}}]", "[Jo]"],
    ['{{users."full name"}}', "a/b c"],
    ["{{users.id | width 3}}|", "8  |"],
    ["{{own.name | hex}}", "4a6f"],
    ["{{own.name | base64}}{{base64 users.name}}{{own.name | base64url}}", "Sm8=Sm8"],
    ["{{own.name | lower}}{{own.name | upper}}", "joJO"],
    ["{{words}} {{words.line}}", "one one"],
    ["{{only.name}}", "Jo"],
    ['{{"{{"}}{{"a b" | url}}', "{{a%20b"],
    ["{{sequence | json}} {{own.name | json}}", '12345 "Jo"'],
  ])("%s is written as %j", (text, expected) => {
    expect(written(text, key)).toBe(expected);
  });

  it("writes bytes and binary numbers", () => {
    const bytes = bytesOf(
      message(
        "{{bytes 00 ff}}{{sequence | uint16}}{{sequence | uint32 little}}{{sequence | uint8}}",
      ),
      keyOf({ sequence: 0x0102_0304 }),
    );
    expect(bytes.toString("hex")).toBe("00ff" + "0304" + "04030201" + "04");
  });

  it("writes what JSON, URLs and base64 need of any text", () => {
    const anyText = fc.string({ unit: "grapheme", maxLength: 20 });
    fc.assert(
      fc.property(anyText, (text) => {
        const set = dataSet("d", "sequential", ["t"], [[text], ["other"]]);
        const of = (pipe: string) =>
          bytesOf(
            message(`{{d.t | ${pipe}}}`, undefined, { ...run, data: [set] }),
            keyOf(),
          ).toString();
        expect(JSON.parse(of("json"))).toBe(text);
        expect(decodeURIComponent(of("url"))).toBe(text);
        expect(of("base64")).toBe(Buffer.from(text).toString("base64"));
        expect(of("base64url")).toBe(Buffer.from(text).toString("base64url"));
        expect(of("hex")).toBe(Buffer.from(text).toString("hex"));
      }),
    );
  });

  it("draws numbers in their limits", () => {
    const seen = new Set<number>();
    const writer = message("{{random 8 11}}");
    for (let sequence = 0; sequence < 200; sequence++) {
      seen.add(Number(bytesOf(writer, keyOf({ sequence })).toString()));
    }
    expect([...seen].toSorted((a, b) => a - b)).toEqual([8, 9, 10, 11]);
    expect(message("{{random 5 5 | width 3}}").fixedBytes).toBe(3);
  });

  it("writes UUIDs and trace contexts, none twice, and others in another run", () => {
    const seen = new Set<string>();
    for (const tag of [1, 2]) {
      const writer = message("{{uuid}} {{traceparent}}", undefined, { ...run, tag });
      for (let connection = 0; connection < 10; connection++) {
        for (let sequence = 0; sequence < 10; sequence++) {
          const [uuid, trace] = bytesOf(writer, keyOf({ connection, sequence }))
            .toString()
            .split(" ");
          expect(uuid).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
          expect(trace).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-01$/);
          seen.add(uuid as string).add(trace as string);
        }
      }
    }
    expect(seen.size).toBe(2 * 2 * 100);
  });

  it("writes the time at which a message is sent, whenever it is written", () => {
    const spec = { kind: "template", text: "{{timestampMs}} {{timestampMs / 1000}}" } as const;
    const writer = createTemplateMessage(spec, {
      workload: 3,
      seed: 1,
      tag: 1,
      data: [],
      bySlot: new Map(),
      closestName,
      epochMs: 1_700_000_000_000.5,
    });
    const key = keyOf({ sentNs: 2_000_600_000 });
    expect(bytesOf(writer, key).toString()).toBe("1700000002001 1700000002");
    expect(writer.uses).toEqual({ number: false, sentNs: true, source: false, times: false });
    const now = Number(written("{{timestampMs}}", { sentNs: Number(process.hrtime.bigint()) }));
    expect(Math.abs(now - Date.now())).toBeLessThan(60_000);
  });

  it("takes rows in order, at random, or one for each connection", () => {
    const names = people.map(([name]) => name);
    const rows = (text: string, keys: readonly Partial<MessageKey>[]) => {
      const writer = message(text);
      return keys.map((key) => bytesOf(writer, keyOf(key)).toString());
    };
    const numbers = [0, 1, 2, 3, 4];
    const inOrder = numbers.map((n) => names[n % 3]);
    expect(
      rows(
        "{{users.name}}",
        numbers.map((number) => ({ number })),
      ),
    ).toEqual(inOrder);
    expect(
      rows(
        "{{own.name}}",
        numbers.map((connection) => ({ connection })),
      ),
    ).toEqual(inOrder);
    expect(
      rows(
        "{{own.name}}",
        numbers.map((sequence) => ({ sequence })),
      ),
    ).toEqual(numbers.map(() => "Jo"));
    const many = Array.from({ length: 300 }, (_, sequence) => ({ sequence }));
    const drawn = rows("{{any.name}}", many);
    expect(new Set(drawn)).toEqual(new Set(names));
    for (const name of names) {
      expect(drawn.filter((one) => one === name).length).toBeGreaterThan(60);
    }
    expect(message("{{users.name}}").uses.number).toBe(true);
    expect(message("{{any.name}}").uses.number).toBe(false);
  });

  it("takes all cells of a message from the same row", () => {
    const set = dataSet(
      "d",
      "random",
      ["a", "b"],
      [..."abcdefgh"].map((x) => [x, x]),
    );
    const writer = message("{{d.a}}{{d.b}}{{d.a}}", undefined, { ...run, data: [set] });
    for (let sequence = 0; sequence < 50; sequence++) {
      expect(bytesOf(writer, keyOf({ sequence })).toString()).toMatch(/^(.)\1\1$/);
    }
  });
});

describe("named parts", () => {
  it("have a length, in front of them or behind", () => {
    const writer = message("Content-Length: {{length body}}\r\n\r\n{{body}}", {
      body: '{"n":{{sequence}},"name":{{users.name | json}}}',
    });
    const content = bytesOf(writer, keyOf({ sequence: 7 })).toString();
    expect(content).toBe('Content-Length: 19\r\n\r\n{"n":7,"name":"Jo"}');
  });

  it("may have a binary length, hold each other, and go through pipes", () => {
    const writer = message("{{length frame + 4 | uint32}}{{frame}}{{inner | base64}}", {
      frame: "<{{inner}}>",
      inner: "{{sequence}}",
    });
    const content = bytesOf(writer, keyOf({ sequence: 1234 }));
    expect(content.toString("hex", 0, 4)).toBe("0000000a");
    expect(content.toString("latin1", 4)).toBe("<1234>MTIzNA==");
  });

  it("are written once, whatever they draw", () => {
    const writer = message("{{n}} {{n}} {{length n}}", { n: "{{random 0 99999}}" });
    for (let sequence = 0; sequence < 20; sequence++) {
      const [one, two, length] = bytesOf(writer, keyOf({ sequence })).toString().split(" ");
      expect(two).toBe(one);
      expect(Number(length)).toBe(one?.length);
    }
  });

  it("that never change are a part of the text", () => {
    const writer = message("{{length body}}:{{body}}", { body: "{{bytes 41}}BC" });
    expect(Buffer.from(writer.constant as Uint8Array).toString()).toBe("3:ABC");
  });
});

describe("values by slot", () => {
  it("are read when the message is written", () => {
    const bytes = Buffer.from("abcdef");
    const token: SlotBytes = {
      maxBytes: 3,
      bytes,
      start: (slot) => slot,
      end: (slot) => slot + 2,
    };
    const writer = message("t={{token | upper}};{{sequence}}", undefined, {
      ...run,
      bySlot: new Map([["token", token]]),
    });
    expect(bytesOf(writer, keyOf({ slot: 1 })).toString()).toBe("t=BC;0");
    bytes.write("xyz");
    expect(bytesOf(writer, keyOf({ slot: 1 })).toString()).toBe("t=YZ;0");
    expect(writer.isDistinct).toBe(true);
  });
});

/** Expressions of all kinds, and texts of them. */
const values = [
  ...["{{sequence}}", "{{connection}}", "{{number}}", "{{source}}", "{{random 0 9999}}"],
  ...["{{randomBytes 5}}", "{{uuid}}", "{{timestampMs}}", "{{traceparent}}", "{{bytes 00 ff}}"],
  ...[
    "{{users.name}}",
    '{{users."full name" | json}}',
    "{{any.name}}",
    "{{own.name}}",
    "{{words}}",
  ],
  ...["{{part}}", "{{length part}}", "{{part | base64}}", "{{length part | uint32 little}}"],
  ...["{{sequence % 7 | width 3}}", "{{randomBytes 3 | url}}", "{{hex any.name}}", "text", "\r\n"],
];
const texts = fc.array(fc.constantFrom(...values), { minLength: 1, maxLength: 8 });
const keys = fc.record({
  slot: fc.nat(100),
  connection: fc.nat(1_000_000),
  sequence: fc.oneof(fc.nat(1000), fc.nat(2 ** 48)),
  number: fc.nat(2 ** 48),
  sentNs: fc.nat(2 ** 50),
  intendedNs: fc.nat(2 ** 50),
  phase: fc.nat(3),
  source: fc.ipV4().map((address) => `${address}:1024`),
});

describe("any template", () => {
  const create = (parts: readonly string[]) => {
    const text = parts.join("");
    return message(
      text,
      text.includes("part") ? { part: "p{{random 0 99}}{{any.name}}" } : undefined,
    );
  };

  it("writes the same for the same message, whatever was written before", () => {
    fc.assert(
      fc.property(texts, fc.array(keys, { minLength: 2, maxLength: 6 }), (parts, all) => {
        const writer = create(parts);
        const first = all.map((key) => Buffer.from(bytesOf(writer, key)));
        const again = all.toReversed().map((key) => Buffer.from(bytesOf(writer, key)));
        expect(again.toReversed()).toEqual(first);
        // Another worker's writer. Only its clock is another.
        if (!parts.includes("{{timestampMs}}")) {
          const other = create(parts);
          expect(all.map((key) => bytesOf(other, key))).toEqual(first);
        }
      }),
    );
  });

  it("never repeats a message that it calls distinct", () => {
    fc.assert(
      fc.property(texts, keys, fc.integer({ min: 1, max: 64 }), (parts, key, distance) => {
        const writer = create(parts);
        fc.pre(writer.isDistinct);
        const other = { ...key, sequence: key.sequence + distance, number: key.number + distance };
        expect(Buffer.from(bytesOf(writer, key)).equals(bytesOf(writer, other))).toBe(false);
      }),
    );
  });
});

it.each([
  ["{{sequence}}", true],
  ["a{{connection}}{{source}}{{sequence}}", true],
  ["{{sequence}}{{source}}", true],
  ["{{sequence}};{{users.name}}", true],
  ["{{sequence | width 20}}{{users.name}}", true],
  ["{{uuid}}{{users.name}}", true],
  ["{{sequence | base64}}", true],
  // What follows could be taken for digits of it, or what precedes for its beginning.
  ["{{sequence}}{{users.name}}", false],
  ["{{sequence}}0{{users.name}}", false],
  ["{{users.name}}{{sequence}}", false],
  ["{{sequence % 1000}}", false],
  ["{{sequence | uint16}}", false],
  ["{{random 0 9}}", false],
])("%s: no two messages of a connection are the same is %s", (text, isDistinct) => {
  expect(message(text).isDistinct).toBe(isDistinct);
});

describe("errors", () => {
  it.each([
    [
      "{{seqence}}",
      "unknown placeholder {{seqence}} in a message; did you mean {{sequence}}? Known: {{sequence}}, ",
    ],
    [
      "{{zzzzzz}}",
      "unknown placeholder {{zzzzzz}} in a message; known: {{sequence}}, {{connection}}",
    ],
    ["{{users}}", "{{users}}: which column? Write {{users.COLUMN}}; known: name, full name, id"],
    ["{{users.nam}}", '{{users.nam}}: data "users" has no column "nam"; did you mean "name"?'],
    ["{{words.word}}", 'has no column "word"; its rows are lines: write {{words}}'],
    ["{{user.name}}", 'there is no data "user"; did you mean "users"?'],
    ["{{sequence | widht 3}}", 'unknown pipe "widht"; did you mean "width"?'],
    ["{{sequence | width}}", "{{sequence | width}}: width takes a number of bytes, 1 to 1000"],
    ["{{sequence | hex 3}}", "hex takes no arguments"],
    ["{{users.name % 3}}", "% takes a number, not a text"],
    ["{{users.name | uint16}}", "uint16 takes a number, not a text"],
    ["{{sequence | uint16 middle}}", "uint16 takes the order of the bytes, big or little"],
    ["{{random 5}}", "random takes the least and the most"],
    ["{{random 9 5}}", "random takes the least and the most"],
    ["{{randomBytes 0}}", "randomBytes takes their number"],
    ["{{bytes 0}}", "bytes takes pairs of hexadecimal digits"],
    ["{{length}}", "length takes the name of a part"],
    ["{{length body}}", 'the message has no part "body"'],
    ["{{sequence 5}}", '{{sequence 5}}: "5" is not expected'],
    ["{{users.name 5}}", '{{users.name 5}}: "5" is not expected'],
  ])("%s: %s", (text, expected) => {
    expect(() => message(text)).toThrow(UserError);
    expect(() => message(text)).toThrow(expected);
  });

  it("names parts that are not used, hold themselves or are too long", () => {
    expect(() => message("a", { body: "b" })).toThrow('the text does not contain part "body"');
    const circle = { a: "{{b}}", b: "{{a}}" };
    expect(() => message("{{a}}", circle)).toThrow('part "a" contains itself');
    const long = { body: "x".repeat(300) };
    expect(() => message("{{length body | uint8}}{{body}}", long)).toThrow(
      /uint8 holds at most 255, and the length may be 300; take a longer one$/,
    );
  });

  it("names the captured values in what is too long", () => {
    const token = { maxBytes: 300, bytes: Buffer.alloc(0), start: () => 0, end: () => 0 };
    const bySlot = new Map([["token", token]]);
    const parts = { body: "{{inner}}", inner: "{{token}}" };
    for (const text of [
      "{{length body | uint8}}{{body}}",
      "{{length inner}}{{length body + 1 | uint8}}{{body}}",
    ]) {
      expect(() => message(text, parts, { ...run, bySlot })).toThrow(
        /the length may be 30[01]; take a longer one, or capture token with a smaller maxSize$/,
      );
    }
  });
});

it("describes every source and pipe with an example that can be compiled", () => {
  const set = dataSet("users", "sequential", ["name"], [["Jo"], ["x"]]);
  for (const { example, description } of [...Object.values(sources), ...Object.values(pipes)]) {
    const parts = /\bbody\b/.test(example) ? { body: "{{users.name}}" } : undefined;
    const text = parts === undefined ? example : `${example}{{body}}`;
    expect(() => message(text, parts, { ...run, data: [set] }), example).not.toThrow();
    expect(description.length).toBeGreaterThan(10);
  }
});
